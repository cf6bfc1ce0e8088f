"""Reference values of the statistics tests, from scipy.

The tests hold these numbers as constants; nothing runs this file by itself. To make them again:

    python3 -m venv venv && venv/bin/pip install scipy
    venv/bin/python tests/reference/statistics.py

Every line is the call that made a value and the value. Last run with scipy 1.17.1.
"""

import numpy as np
import scipy
from scipy import stats

values = [9.7, 10.2, 10.0, 9.9, 14.8, 10.1, 9.6, 10.4]
base = [101.3, 99.8, 100.4, 100.9, 98.7]
new = [96.2, 97.9, 95.4, 98.8, 96.6, 97.1]
# Student's sleep data (Student 1908; R's `sleep`), as logarithms of runs.
sleep_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
sleep_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
log = np.log


def t_interval(runs, level):
    logs = log(runs)
    return np.exp(stats.t.interval(level, len(runs) - 1, logs.mean(), stats.sem(logs)))


def welch(baseline, candidate, alternative="two-sided"):
    return stats.ttest_ind(candidate, baseline, equal_var=False, alternative=alternative)


def robust_z(value, others):
    return (value - np.median(others)) / (1.4826 * stats.median_abs_deviation(others))


# Not binomtest(...).proportion_ci, whose root finder stops at an absolute 1e-12.
def interval(hits, trials, level):
    tail = (1 - level) / 2
    low = stats.beta.ppf(tail, hits, trials - hits + 1)
    return low, stats.beta.isf(tail, hits + 1, trials - hits)


CALLS = """
stats.median_abs_deviation(values)
1.4826 * stats.median_abs_deviation(values)
robust_z(9.0, values)
stats.t.ppf(0.975, 1)
stats.t.ppf(0.975, 4)
stats.t.ppf(0.995, 8.7)
stats.t.ppf(0.9, 37.25)
stats.t.cdf(-2.5, 3)
stats.t.cdf(-11, 9.4)
stats.t.cdf(1.25, 17.776)
np.median(base), t_interval(base, 0.95)
np.median(new), t_interval(new, 0.99)
welch(log(base), log(new))
welch(log(base), log(new)).df
welch(log(base), log(new), 'less').pvalue
welch(log(base), log(new), 'greater').pvalue
np.expm1(log(new).mean() - log(base).mean())
np.expm1(welch(log(base), log(new)).confidence_interval(0.95))
welch(sleep_2, sleep_1), welch(sleep_2, sleep_1).df
welch(sleep_2, sleep_1).confidence_interval(0.95)
stats.hmean([12.0, 30.0, 8.0])
stats.hmean([12.0, 30.0, 8.0], weights=[3.0, 1.0, 0.25])
[stats.binom.sf(3, 7, i / 7) for i in (1, 2)]
interval(1, 200, 0.95)
interval(7, 50, 0.99)
interval(4321, 10000, 0.95)
stats.beta.isf(0.05, 3 + 1, 997)
stats.beta.ppf(0.01, 999, 1 + 1)
stats.norm.ppf(1 - 1e-4)
floor_of(0.01 * stats.norm.ppf((np.arange(1, 21) - 0.5) / 20))
[np.expm1(stats.norm.ppf(1 - 1 / (200 * cases)) * np.hypot(0.0063, 2**0.5 * 0.01)) for cases in (1, 50)]
between_days(np.log([1.0, 0.98, 1.02]))
floor_of(np.log1p(0.001 * np.arange(-3, 4)))[0]
"""


def floor_of(logs):
    """Scale and floor of the effect between 5 and 5 runs drawn from these without repetition."""
    scale = np.std(logs, ddof=1) * (1 / 5 + 1 / 5) ** 0.5
    return scale, np.expm1(scale * stats.norm.ppf(0.99))


def between_days(days):
    """The standard deviation of days of which these are the means, at most with 95 % certainty."""
    return (np.var(days, ddof=1) * (len(days) - 1) / stats.chi2.ppf(0.05, len(days) - 1)) ** 0.5


def plain(value):
    if isinstance(value, (tuple, list, np.ndarray)):
        return ", ".join(plain(part) for part in value)
    return repr(float(value))


if __name__ == "__main__":
    print("scipy", scipy.__version__)
    for call in CALLS.split("\n"):
        if call:
            print(call, "->", plain(eval(call)))

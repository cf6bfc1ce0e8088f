"""E-divisive by brute force, straight from Matteson & James (2014), equations 5 to 8; numpy only.

Shares nothing with divisive.rs: means of explicit distance blocks, no running sums, no rearranged formula.
"""
import itertools, math
import numpy as np

LEAST = 3


def energy(x, y):
    """Q(X, Y; alpha = 1) with unbiased (i < k) means within."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    between = np.abs(x[:, None] - y[None, :]).mean()
    def within(v):
        return np.mean([abs(a - b) for a, b in itertools.combinations(v, 2)])
    n, m = len(x), len(y)
    return n * m / (n + m) * (2 * between - within(x) - within(y))


def best(z, least=LEAST):
    """(q, tau, kappa) of the largest Q; None if no Q is above 0."""
    found = None
    for kappa in range(2 * least, len(z) + 1):
        for tau in range(least, kappa - least + 1):
            q = energy(z[:tau], z[tau:kappa])
            if q > 0 and (found is None or q > found[0] * (1 + 1e-12)):
                found = (q, tau, kappa)
    return found


def exact_p(z):
    """Share of all orders of z whose largest Q is at least that of z itself."""
    q = best(z)[0]
    cache, hits, total = {}, 0, 0
    for order in itertools.permutations(range(len(z))):
        total += 1
        top = 0
        for kappa in range(2 * LEAST, len(z) + 1):
            for tau in range(LEAST, kappa - LEAST + 1):
                key = (frozenset(order[:tau]), frozenset(order[tau:kappa]))
                if key not in cache:
                    cache[key] = energy([z[i] for i in key[0]], [z[i] for i in key[1]])
                top = max(top, cache[key])
        hits += top >= q * (1 - 1e-9)
    return hits, total


def changes(z, limit, rounds, rng):
    """The whole procedure, to compare places."""
    bounds, found = [0, len(z)], []
    z = np.asarray(z, float)
    def top(v):
        splits = [(b[0], a + b[1]) for a, e in zip(bounds, bounds[1:]) if (b := best(v[a:e]))]
        return max(splits, default=(0, None))
    while True:
        q, at = top(z)
        if at is None:
            return sorted(found)
        over = 0
        for _ in range(rounds):
            v = z.copy()
            for a, e in zip(bounds, bounds[1:]):
                rng.shuffle(v[a:e])
            over += top(v)[0] >= q * (1 - 1e-9)
            if (1 + over) / (1 + rounds) > limit:
                return sorted(found)
        found.append(at)
        bounds = sorted(bounds + [at])


SERIES = {
    "three against three": [1, 2, 4, 7, 11, 16],
    "step": [10.1, 9.8, 10.3, 9.9, 10.0, 10.2, 12.1, 11.8, 12.4, 12.0, 11.9],
    "bump that ends": [5.0, 5.2, 4.9, 5.1, 5.3, 8.1, 7.9, 8.2, 8.0, 5.1, 4.8, 5.0, 5.2, 4.9],
    "wider scatter": [0.1, -0.1, 0.2, -0.2, 0.1, -0.1, 3.0, -4.0, 2.0, -3.0, 5.0, -2.0],
    "late step": [3.1, 2.9, 3.0, 3.2, 2.8, 3.1, 3.0, 2.9, 3.3, 4.6, 4.4, 4.5],
    "slope": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    "steps of exact ties": [0, 0, 0, 0, 0.5, 1, 1, 1, 1],
}

if __name__ == "__main__":
    for name, z in SERIES.items():
        print(name, best(z))
    for z in ([1, 5, 2, 4, 9, 8, 12], [1, 2, 3, 9, 8, 12, 11]):
        print("exact", z, best(z), *exact_p(z))
    rng = np.random.default_rng(20)
    noise = rng.normal(0, 1, 60).round(2)
    two = (100 + noise / 2 + np.repeat([0, 3, -1], [25, 15, 20])).round(2)
    print("sixty", two.tolist(), best(two))
    print(changes(two.tolist()[:], 0.05, 19, rng))
    print("fewest", [(s, next(n for n in range(2 * s, 99) if math.comb(n, s) >= 2000)) for s in range(2, 8)])
    print("for 95 %", [(s, next(n for n in range(2 * s, 999) if (1 - 2 / math.comb(n, s)) ** 999 >= .95)) for s in range(2, 8)])

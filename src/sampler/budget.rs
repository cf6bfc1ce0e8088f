//! How long a case may take, and how that differs for bursts and for devices measured at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Seconds of a burst's warm-up, and of one of its samples: with the margin that is planned for, 3 ms.
const BURST_WARM_UP: f64 = 0.3;
const BURST_SAMPLE: f64 = 2e-3;

/// Seconds of samples of devices measured at once, and more samples than those ever hold.
const EVEN_SECONDS: f64 = 5.0;
const MOST_EVEN_SAMPLES: u32 = 100_000;

/// How long one case may take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Warm-up lasts at least this long.
    pub warm_up_seconds: f64,
    /// Warm-up ends here even if the rate still moves (flag `not_steady`). What only the host's clock can time is not waited
    /// for: it is warmed up as briefly as a burst, unless a soak is asked for.
    pub warm_up_cap_seconds: f64,
    /// A sample lasts at least this long.
    pub sample_seconds: f64,
    /// No fewer samples, unless the time is up; then at least two.
    pub min_samples: u32,
    /// No more samples.
    pub max_samples: u32,
    /// Sampling ends here.
    pub cap_seconds: f64,
    /// The chip idles for so long before each sample; absent where it doesn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest_seconds: Option<f64>,
    /// While it warms up, the answer is checked every so many seconds; absent where it isn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_seconds: Option<f64>,
}

impl Budget {
    /// The same by time alone, so that devices which are measured at once are under load together from the first batch to
    /// the last sample.
    #[must_use]
    pub fn even(self) -> Self {
        Self {
            warm_up_cap_seconds: self.warm_up_seconds,
            min_samples: MOST_EVEN_SAMPLES,
            max_samples: MOST_EVEN_SAMPLES,
            cap_seconds: self.cap_seconds.min(EVEN_SECONDS),
            ..self
        }
    }

    /// Whether time alone ends it: see [`even`](Self::even).
    pub fn is_even(&self) -> bool {
        self.min_samples == self.max_samples
    }

    /// The most seconds of warm-up and samples, rests included.
    pub fn most_seconds(&self) -> f64 {
        let rests = match self.is_even() {
            true => 0.0,
            false => self.rest_seconds.unwrap_or(0.0) * f64::from(self.max_samples),
        };
        self.warm_up_cap_seconds + self.cap_seconds + rests
    }

    /// The same, warmed up only as long as caches and clocks need.
    #[must_use]
    pub fn brief(self) -> Self {
        Self {
            warm_up_seconds: self.warm_up_seconds.min(BURST_WARM_UP),
            warm_up_cap_seconds: self.warm_up_cap_seconds.min(BURST_WARM_UP),
            ..self
        }
    }

    /// The same for a burst: a brief warm-up, then samples too short to heat the chip, with gaps ten times as long
    /// between them.
    #[must_use]
    pub fn burst(self) -> Self {
        Self {
            sample_seconds: self.sample_seconds.min(BURST_SAMPLE),
            rest_seconds: Some(10.0 * BURST_SAMPLE),
            ..self.brief()
        }
    }
}

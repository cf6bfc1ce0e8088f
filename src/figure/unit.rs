//! The units sheets print, and which way is better.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::word;

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Rates and bandwidths.
    MoreIsBetter,
    /// Latencies.
    LessIsBetter,
}

/// The units sheets print. Decimal: 1 GB = 10⁹ bytes, 1 TFLOPS = 10¹² FLOP/s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Unit {
    /// 10¹² floating-point operations per second.
    #[serde(rename = "TFLOPS")]
    Tflops,
    /// 10¹² integer operations per second.
    #[serde(rename = "TOPS")]
    Tops,
    /// 10⁹ bytes per second.
    #[serde(rename = "GB/s")]
    GigabytesPerSecond,
    /// 10⁻⁶ seconds.
    #[serde(rename = "µs")]
    Microseconds,
    /// 10⁹ bytes.
    #[serde(rename = "GB")]
    Gigabytes,
    /// Watts.
    #[serde(rename = "W")]
    Watts,
}

impl Unit {
    /// How many base units (operations/s, bytes/s, seconds, bytes, watts) one of this unit is.
    pub fn in_base(self) -> f64 {
        match self {
            Self::Tflops | Self::Tops => 1e12,
            Self::GigabytesPerSecond | Self::Gigabytes => 1e9,
            Self::Microseconds => 1e-6,
            Self::Watts => 1.0,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&word(self))
    }
}

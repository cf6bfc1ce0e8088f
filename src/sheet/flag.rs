//! Everything a sheet may remark on a row, as one enum: a word for programs, words for readers, a meaning.

use std::fmt;

use serde::Serialize;

use crate::figure::word;
use crate::results;

/// A remark on a row of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// The interval is wide, or samples are few.
    Noisy,
    /// The warm-up ended at its cap before the rate stood still.
    NotSteady,
    /// Spoilt samples, too few to make the case invalid.
    SomeSpoilt,
    /// Time and work do not fit.
    TimerSuspect,
    /// The power limit held the clock down.
    PowerCapped,
    /// The clock probe moved while the samples were taken.
    ClockDrift,
    /// The vendor's clock and the clock probe disagree on how the clock moved.
    ClocksDisagree,
    /// The GPU counted errors meanwhile.
    HardwareErrors,
    /// Above the official figure of the same kind.
    AboveOfficial,
    /// Host and GPU clock disagree.
    WallDiffers,
    /// No timestamps: timed by the host.
    HostClock,
    /// Tiles that were wrong were dropped.
    WrongCandidates,
    /// No packed form of half precision is faster than scalars.
    NotPacked,
    /// The tile was not searched for.
    DefaultTile,
    /// Measured on a CPU.
    SoftwareAdapter,
    /// int8 dots made of other instructions.
    EmulatedDot,
    /// Printed equals official.
    Same,
    /// The printed number is of another kind than the row's first or the official figure.
    KindDiffers,
    /// Values of one kind disagree.
    Conflict,
    /// The report has nothing although there is something.
    PublicButPrintedNa,
    /// A value that no vendor page was seen for.
    Unconfirmed,
    /// The kind is presumed.
    Presumed,
    /// This tool can't run there.
    NotMeasurable,
}

impl Flag {
    /// All flags, in the order they are shown.
    pub const ALL: [Self; 23] = [
        Self::Noisy,
        Self::NotSteady,
        Self::SomeSpoilt,
        Self::TimerSuspect,
        Self::PowerCapped,
        Self::ClockDrift,
        Self::ClocksDisagree,
        Self::HardwareErrors,
        Self::AboveOfficial,
        Self::WallDiffers,
        Self::HostClock,
        Self::WrongCandidates,
        Self::NotPacked,
        Self::DefaultTile,
        Self::SoftwareAdapter,
        Self::EmulatedDot,
        Self::Same,
        Self::KindDiffers,
        Self::Conflict,
        Self::PublicButPrintedNa,
        Self::Unconfirmed,
        Self::Presumed,
        Self::NotMeasurable,
    ];

    /// Whether it is a reason to doubt the row, rather than to understand it.
    pub fn is_doubt(self) -> bool {
        !matches!(self, Self::Same | Self::NotMeasurable)
    }

    /// One line for a reader.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Noisy => {
                "fewer than 30 samples, or the median's 95 % interval is wider than ± 0.5 %"
            }
            Self::NotSteady => "the warm-up ended at its cap before the rate stood still",
            Self::SomeSpoilt => {
                "samples without a time, or taken under a fault of cooling, power or beside a foreign process: a fifth at most"
            }
            Self::TimerSuspect => {
                "twice the work did not take twice the time, or the GPU's clock and the host's disagreed on it"
            }
            Self::PowerCapped => {
                "the power limit held the clock down for more than a tenth of the time: normal for a large product"
            }
            Self::ClockDrift => {
                "a fixed chain of multiply-adds took 2 % more or less time after the samples than before: the clock moved"
            }
            Self::ClocksDisagree => {
                "the clock the sensors show moved by 5 % against a fixed chain of multiply-adds: one of them is wrong"
            }
            Self::HardwareErrors => {
                "the GPU counted memory or driver errors meanwhile: how many stands under power and clock"
            }
            Self::AboveOfficial => {
                "more than 2 % above the official figure of the same kind, which may be of another clock"
            }
            Self::WallDiffers => "the host's clock differs by more than 5 % from the GPU's",
            Self::HostClock => {
                "the adapter has no timestamps, or gives none: timed by the host's clock"
            }
            Self::WrongCandidates => {
                "the search met tiles with a wrong answer on this device and dropped them"
            }
            Self::NotPacked => {
                "no form of packed pairs was 1.5 times (in a product 1.2) as fast as scalars: half precision runs unpacked here"
            }
            Self::DefaultTile => {
                "the tile was not searched for (--tune off): another may be faster"
            }
            Self::SoftwareAdapter => "a CPU driver: it proves answers, never speed",
            Self::EmulatedDot => {
                "the backend has no int8 dot instruction and makes it of others: no rate of a dot engine"
            }
            Self::Same => "the report prints the public figure",
            Self::KindDiffers => {
                "the printed number is not of the kind of the row's first number, or of the public figure"
            }
            Self::Conflict => {
                "values that claim to count the same thing disagree: all are shown; no ratio where official ones do"
            }
            Self::PublicButPrintedNa => "a figure is public where the report prints NA",
            Self::Unconfirmed => {
                "a value for which no vendor's text was seen: known, derived or a database's"
            }
            Self::Presumed => {
                "nobody stated the kind in full: the rest is presumed, and so is every ratio on it"
            }
            Self::NotMeasurable => {
                "can't be measured by this tool: no Vulkan, Metal or DX12 driver"
            }
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PublicButPrintedNa => f.write_str("public but printed NA"),
            flag => f.write_str(&word(flag).replace('_', " ")),
        }
    }
}

impl From<results::Flag> for Flag {
    fn from(flag: results::Flag) -> Self {
        match flag {
            results::Flag::NotSteady => Self::NotSteady,
            results::Flag::TimerSuspect => Self::TimerSuspect,
        }
    }
}

//! One run in two files is one run.

use super::{Record, Results};

impl Results {
    /// Whether the two hold one run: redacted, formatted anew or dated otherwise, it is still one. No two runs have the
    /// same samples, to the last digit; scripted times do, and tell runs apart by when they began.
    pub fn is_copy_of(&self, other: &Self) -> bool {
        let same = self.started == other.started && self.one_of == other.one_of;
        let same = same && self.device == other.device && self.records == other.records;
        let scripted = self.device.backend == "simulated";
        let sampled = || self.samples().next().is_some() && self.samples().eq(other.samples());
        same || (!scripted && sampled())
    }

    /// Every sample, by both clocks.
    fn samples(&self) -> impl Iterator<Item = &f64> {
        let measured = self.records.iter().filter_map(Record::measured);
        let clocks = measured.flat_map(|one| [&one.seconds, &one.wall_seconds]);
        clocks.flatten()
    }
}

//! What measures cases, and who watches.

use crate::device::{Device, DeviceInfo};
use crate::error::Result;
use crate::figure::Figure;
use crate::kernel::Case;
use crate::results::Record;
use crate::sampler::Budget;
use crate::tune::Tuner;

use super::{Lent, measure};

/// Who watches a run: progress is shown and interruptions come in here.
pub trait Watch {
    /// A case begins.
    fn begin(&mut self, case: &Case);
    /// A step is over, however small.
    fn alive(&mut self) {}
    /// What is run from now on: a candidate of the search, or its winner.
    fn chosen(&mut self, _case: &Case) {}
    /// The search for its tile tried a candidate.
    fn tried(&mut self);
    /// Something the user should know that changes no result.
    fn note(&mut self, text: &str);
    /// A batch of it is over; its figure, if it has one.
    fn progress(&mut self, figure: Option<Figure>);
    /// A sample was taken: seconds of one dispatch.
    fn sampled(&mut self, seconds: f64);
    /// A record is done and saved.
    fn record(&mut self, record: &Record);
    /// The signal that arrived, if one did.
    fn interrupted(&self) -> Option<i32>;
}

/// What measures the cases of one device.
pub trait Bench {
    /// The device, open.
    fn info(&self) -> &DeviceInfo;

    /// One case to its record.
    ///
    /// # Errors
    ///
    /// An interruption; a device's faults are records.
    fn measure(&mut self, case: &Case, budget: &Budget, watch: &mut dyn Watch) -> Result<Record>;
}

/// Measures in this process.
pub struct InProcess<'a> {
    /// On what.
    pub device: &'a dyn Device,
    /// With which tiles.
    pub tuner: Tuner,
    /// The device's sensors.
    pub sensors: Lent,
}

impl Bench for InProcess<'_> {
    fn info(&self) -> &DeviceInfo {
        self.device.info()
    }

    fn measure(&mut self, case: &Case, budget: &Budget, watch: &mut dyn Watch) -> Result<Record> {
        measure(
            self.device,
            case,
            &mut self.tuner,
            budget,
            &mut self.sensors,
            watch,
        )
    }
}

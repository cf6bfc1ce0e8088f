//! One tile at full size: its answer checked, and how its dispatches must be cut.

use crate::agree::{Agreement, Wrong};
use crate::device::{Device, Loaded};
use crate::error::Result;
use crate::kernel::Case;
use crate::matrix::Words;

use super::trial;

/// A case as it was proven, to go on with: making its buffers and filling them takes longer than most dispatches.
pub struct Proven<'d> {
    /// Loaded, with the operands of [`Case::proof`] in place.
    pub loaded: Box<dyn Loaded + 'd>,
    /// The right answer on them.
    pub answer: Words,
    /// Those operands.
    pub operands: Vec<Words>,
    /// How many submits the dispatch that gave it was cut into.
    pub bands: u32,
}

/// Checks one tile on the operands of [`Case::proof`] at full size, with the length of a chain's dispatch; finds
/// the submits a dispatch must be cut into.
///
/// # Errors
///
/// Those of the device; a wrong answer is the inner result.
pub fn proven(
    device: &dyn Device,
    case: Case,
) -> Result<Result<(Case, u32, Agreement, Proven<'_>), Wrong>> {
    let case = trial::grown(device, case)?;
    let mut loaded = device.load(&case)?;
    let most = trial::most_bands(&case);
    let right = match trial::checked(loaded.as_mut(), &case, most)? {
        Ok(right) => right,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let mut bands = trial::bands(right.took, most);
    if bands > 1 {
        // The first dispatch was cold: a warm one may need fewer.
        bands = trial::bands(loaded.run(1, bands)?, bands);
    }
    let proven = Proven {
        loaded,
        answer: right.answer,
        operands: right.operands,
        bands: most,
    };
    Ok(Ok((case, bands, right.agreement, proven)))
}

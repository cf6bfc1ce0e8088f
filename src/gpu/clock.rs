//! The GPU's own clock: timestamps around a pass.
//!
//! wgpu writes timestamps at the two ends of a pass only. Ticks are u64; they are subtracted as integers
//! and then multiplied by the period as f64. A pair that doesn't grow (Metal may return zeros, a counter
//! may wrap) is no time.

use crate::error::Result;

use super::buffers;
use super::connection::{Connection, Submitted};

/// Two timestamps and the way back to the host.
pub(super) struct Clock {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    staging: wgpu::Buffer,
    period_seconds: f64,
}

/// Two u64.
const BYTES: u64 = 16;

/// The unit of the device's ticks, where it has timestamps.
pub(super) fn period_seconds(connection: &Connection) -> Option<f64> {
    let features = connection.device.features();
    if !features.contains(wgpu::Features::TIMESTAMP_QUERY) {
        return None;
    }
    let nanoseconds = f64::from(connection.queue.get_timestamp_period());
    (nanoseconds > 0.0).then_some(nanoseconds * 1e-9)
}

impl Clock {
    /// A clock for one pass at a time; none where the device has no timestamps.
    pub(super) fn new(connection: &Connection) -> Result<Option<Self>> {
        let Some(period_seconds) = period_seconds(connection) else {
            return Ok(None);
        };
        let queries = connection.attempt(|| {
            connection
                .device
                .create_query_set(&wgpu::QuerySetDescriptor {
                    label: None,
                    ty: wgpu::QueryType::Timestamp,
                    count: 2,
                })
        })?;
        let usage = wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC;
        Ok(Some(Self {
            queries,
            resolved: buffers::make(connection, BYTES, usage)?,
            staging: buffers::readable(connection, BYTES)?,
            period_seconds,
        }))
    }

    /// What a pass needs to be timed.
    pub(super) fn writes(&self) -> wgpu::ComputePassTimestampWrites<'_> {
        wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(0),
            end_of_pass_write_index: Some(1),
        }
    }

    /// Records the way of the ticks to the host, behind the pass.
    pub(super) fn resolve(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.resolve_query_set(&self.queries, 0..2, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.staging, 0, BYTES);
    }

    /// Seconds between the two ends of a submitted pass that is complete.
    pub(super) fn read(
        &self,
        connection: &Connection,
        submitted: &Submitted,
    ) -> Result<Option<f64>> {
        connection.attempt(|| self.staging.map_async(wgpu::MapMode::Read, .., |_| ()))?;
        let mut words = [0; 4];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
        let take = |seen: &[u8]| bytes.copy_from_slice(seen);
        buffers::seen(connection, submitted, &self.staging, BYTES, take)?;
        Ok(seconds(words, self.period_seconds))
    }
}

/// Begin and end, each low word first.
fn seconds(words: [u32; 4], period_seconds: f64) -> Option<f64> {
    let ticks = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    let begin = ticks(words[0], words[1]);
    let end = ticks(words[2], words[3]);
    let passed = end.checked_sub(begin).filter(|ticks| *ticks > 0)?;
    Some(passed as f64 * period_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_subtracted_before_they_become_seconds() {
        // 2^60 ticks have no room for 3 more in an f64.
        let high = 1 << 28;
        assert_eq!(seconds([0, high, 3, high], 0.5), Some(1.5));
    }

    #[test]
    fn an_end_that_is_not_after_its_begin_is_no_time() {
        assert_eq!(seconds([0; 4], 1.0), None);
        assert_eq!(seconds([5, 0, 5, 0], 1.0), None);
        assert_eq!(seconds([5, 1, 5, 0], 1.0), None);
    }
}

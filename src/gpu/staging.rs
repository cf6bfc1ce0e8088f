//! Between the host's words and device buffers, through a few staging buffers in turn: the host fills or empties one
//! while the bus is busy with another.

use std::ops::Range;

use crate::error::{Error, Result};

use super::buffers;
use super::connection::{Connection, Submitted};

/// Bytes of one staging buffer, and how many take turns.
const CHUNK: u64 = 8 << 20;
const TURNS: usize = 4;

/// `0..bytes` as it crosses, a staging buffer at a time.
pub(super) fn turns(bytes: u64) -> impl Iterator<Item = Range<u64>> {
    buffers::chunks(bytes, CHUNK)
}

/// As many buffers as `bytes` need, made by `make`.
fn staging(bytes: u64, make: impl Fn(u64) -> Result<wgpu::Buffer>) -> Result<Vec<wgpu::Buffer>> {
    let needed = turns(bytes).count().clamp(1, TURNS);
    (0..needed).map(|_| make(bytes.min(CHUNK))).collect()
}

/// From the host to the device.
pub(super) struct Up(Vec<wgpu::Buffer>);

impl Up {
    /// For buffers of `bytes`.
    pub(super) fn new(connection: &Connection, bytes: u64) -> Result<Self> {
        let usage = wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC;
        staging(bytes, |bytes| buffers::make(connection, bytes, usage)).map(Self)
    }

    /// Makes every staging buffer writable, as [`copy`](Self::copy) finds and leaves them.
    pub(super) fn ready(&self, connection: &Connection) -> Result<()> {
        for staging in &self.0 {
            map(connection, staging)?;
        }
        connection.finish(None)
    }

    /// The opposite of [`ready`](Self::ready).
    pub(super) fn release(&self, connection: &Connection) -> Result<()> {
        for staging in &self.0 {
            connection.attempt(|| staging.unmap())?;
        }
        Ok(())
    }

    /// Puts `words` at the start of `buffer` and waits until they are there.
    pub(super) fn copy(
        &self,
        connection: &Connection,
        buffer: &wgpu::Buffer,
        words: &[u32],
    ) -> Result<()> {
        let bytes: &[u8] = bytemuck::cast_slice(words);
        let mut sent: Vec<Submitted> = Vec::new();
        for (turn, range) in turns(bytes.len() as u64).enumerate() {
            let staging = &self.0[turn % self.0.len()];
            if let Some(before) = turn.checked_sub(self.0.len()) {
                connection.wait(&sent[before])?;
            }
            let part = &bytes[range.start as usize..range.end as usize];
            sent.push(send(connection, staging, buffer, range.start, part)?);
            map(connection, staging)?;
        }
        sent.last().map_or(Ok(()), |last| connection.wait(last))
    }
}

fn map(connection: &Connection, staging: &wgpu::Buffer) -> Result<()> {
    let map = || staging.map_async(wgpu::MapMode::Write, .., |_| ());
    Ok(connection.attempt(map)?)
}

/// Starts one chunk on its way to `offset`.
fn send(
    connection: &Connection,
    staging: &wgpu::Buffer,
    buffer: &wgpu::Buffer,
    offset: u64,
    bytes: &[u8],
) -> Result<Submitted> {
    let length = bytes.len() as u64;
    let written = connection.attempt(|| {
        let view = staging.get_mapped_range_mut(..length);
        let mut view = view.map_err(|error| error.to_string())?;
        view.copy_from_slice(bytes);
        drop(view);
        staging.unmap();
        Ok(())
    })?;
    written.map_err(|why| Error::Device { why })?;
    let copy = connection.encode(|encoder| {
        encoder.copy_buffer_to_buffer(staging, 0, buffer, offset, length);
    })?;
    connection.submit(Some(copy))
}

/// From the device to the host.
pub(super) struct Down(Vec<wgpu::Buffer>);

impl Down {
    /// For buffers of `bytes`.
    pub(super) fn new(connection: &Connection, bytes: u64) -> Result<Self> {
        staging(bytes, |bytes| buffers::readable(connection, bytes)).map(Self)
    }

    /// Fills `words` from the start of `buffer`.
    pub(super) fn copy(
        &self,
        connection: &Connection,
        buffer: &wgpu::Buffer,
        words: &mut [u32],
    ) -> Result<()> {
        let ranges: Vec<_> = turns(size_of_val(words) as u64).collect();
        let start = |turn: usize, range: &Range<u64>| {
            let staging = &self.0[turn % self.0.len()];
            buffers::copy_out(connection, buffer, range.clone(), staging)
        };
        let first = ranges.iter().enumerate().take(self.0.len());
        let mut sent = first
            .map(|(turn, range)| start(turn, range))
            .collect::<Result<Vec<_>>>()?;
        for (turn, range) in ranges.iter().enumerate() {
            let part = &mut words[range.start as usize / 4..range.end as usize / 4];
            let staging = &self.0[turn % self.0.len()];
            buffers::take(connection, &sent[turn], staging, part)?;
            if let Some(next) = ranges.get(turn + self.0.len()) {
                sent.push(start(turn + self.0.len(), next)?);
            }
        }
        Ok(())
    }
}

//! Between the host's words and device buffers, through a few staging buffers in turn: the host fills or empties one
//! while the bus is busy with another.

use std::cell::Cell;
use std::ops::Range;

use crate::error::{Error, Result};

use super::buffers;
use super::connection::{Connection, Submitted};

/// Bytes of one staging buffer, and how many take turns.
const CHUNK: u64 = 8 << 20;
const TURNS: usize = 4;

/// Bytes that need them all.
const MOST: u64 = CHUNK * TURNS as u64;

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
        let mut released = Ok(());
        for staging in &self.0 {
            released = released.and(connection.attempt(|| staging.unmap()));
        }
        Ok(released?)
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

    /// Shows the first `bytes` of `buffer` to `see`, piece by piece in order, each with the place of its first byte.
    pub(super) fn visit(
        &self,
        connection: &Connection,
        buffer: &wgpu::Buffer,
        bytes: u64,
        mut see: impl FnMut(usize, &[u8]),
    ) -> Result<()> {
        let ranges: Vec<_> = turns(bytes).collect();
        let start = |turn: usize, range: &Range<u64>| {
            let staging = &self.0[turn % self.0.len()];
            buffers::copy_out(connection, buffer, range.clone(), staging)
        };
        let first = ranges.iter().enumerate().take(self.0.len());
        let mut sent = first
            .map(|(turn, range)| start(turn, range))
            .collect::<Result<Vec<_>>>()?;
        for (turn, range) in ranges.iter().enumerate() {
            let staging = &self.0[turn % self.0.len()];
            let length = range.end - range.start;
            buffers::seen(connection, &sent[turn], staging, length, |piece| {
                see(range.start as usize, piece);
            })?;
            if let Some(next) = ranges.get(turn + self.0.len()) {
                sent.push(start(turn + self.0.len(), next)?);
            }
        }
        Ok(())
    }

    /// Fills `words` from the start of `buffer`.
    pub(super) fn copy(
        &self,
        connection: &Connection,
        buffer: &wgpu::Buffer,
        words: &mut [u32],
    ) -> Result<()> {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(words);
        self.visit(connection, buffer, bytes.len() as u64, |at, piece| {
            bytes[at..at + piece.len()].copy_from_slice(piece);
        })
    }

    /// Where the words at the start of `buffer` first differ from `truth`, and what is there.
    pub(super) fn unlike(
        &self,
        connection: &Connection,
        buffer: &wgpu::Buffer,
        truth: &[u32],
    ) -> Result<Option<(usize, u32)>> {
        let truth: &[u8] = bytemuck::cast_slice(truth);
        let mut first = None;
        self.visit(connection, buffer, truth.len() as u64, |at, piece| {
            let truth = &truth[at..at + piece.len()];
            if first.is_none() && piece != truth {
                first = unlike(piece, truth).map(|(word, got)| (at / 4 + word, got));
            }
        })?;
        Ok(first)
    }
}

/// The first word in which two pieces differ.
fn unlike(piece: &[u8], truth: &[u8]) -> Option<(usize, u32)> {
    let [got, want] = [piece, truth].map(|bytes| bytes.as_chunks::<4>().0);
    let at = got.iter().zip(want).position(|(got, want)| got != want)?;
    Some((at, u32::from_ne_bytes(got[at])))
}

/// What a connection keeps for the next copy up. None is kept for a copy down: a staging buffer that was read before still
/// holds what was read, and would hide that nothing was copied; fresh ones begin with poison.
#[derive(Default)]
pub(super) struct Reused(Cell<Option<Up>>);

impl Reused {
    /// Copies with staging buffers of the full size. Those of a copy that failed are not used again: they may still be on
    /// their way.
    pub(super) fn copy(
        &self,
        connection: &Connection,
        buffer: &wgpu::Buffer,
        words: &[u32],
    ) -> Result<()> {
        let up = match self.0.take() {
            Some(up) => up,
            None => {
                let up = Up::new(connection, MOST)?;
                up.ready(connection)?;
                up
            }
        };
        up.copy(connection, buffer, words)?;
        self.0.set(Some(up));
        Ok(())
    }

    /// Lets them go.
    pub(super) fn clear(&self) {
        drop(self.0.take());
    }
}

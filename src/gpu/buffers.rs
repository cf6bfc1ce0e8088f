//! Device buffers: making them, filling them, reading them back, in chunks.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::matrix::{Words, zeros};

use super::connection::{Connection, Submitted};
use super::faults::Fault;
use super::staging::Down;

/// What the output holds before a kernel has written it.
///
/// Not zero: a kernel that writes nothing must not pass where the truth is zero. As f32 it is −6.26e18, as
/// two f16 −1.733 and −427.25, as i32 −559,038,737: nothing that small integers add up to; and no buffer of random words
/// holds it everywhere.
pub const POISON: u32 = 0xdead_beef;

/// Bytes up to which the queue's own staging memory does.
const FEW_BYTES: usize = 64 << 10;

/// Bytes of staging memory that are poisoned before something is read into it.
const HEAD_BYTES: u64 = 4 << 10;

/// Bytes of poison that cross the bus at most; they are copied on the device as often as a buffer needs.
const POISON_BYTES: u64 = 8 << 20;

/// Bytes a buffer really takes: a shader's last 16-byte element is whole.
pub(super) fn allocated(bytes: u64) -> u64 {
    bytes.next_multiple_of(16).max(16)
}

/// A buffer of at least `bytes`.
pub(super) fn make(
    connection: &Connection,
    bytes: u64,
    usage: wgpu::BufferUsages,
) -> Result<wgpu::Buffer> {
    created(connection, bytes, usage, false)
}

fn created(
    connection: &Connection,
    bytes: u64,
    usage: wgpu::BufferUsages,
    mapped_at_creation: bool,
) -> Result<wgpu::Buffer> {
    let made = connection.attempt(|| {
        connection.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: allocated(bytes),
            usage,
            mapped_at_creation,
        })
    });
    made.map_err(|fault| match fault {
        Fault::OutOfMemory(why) => Error::OutOfMemory {
            why: format!("a buffer of {}: {why}", size(bytes)),
        },
        other => other.into(),
    })
}

/// A buffer shaders and copies use.
pub(super) fn storage(connection: &Connection, bytes: u64) -> Result<wgpu::Buffer> {
    let usage =
        wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
    make(connection, bytes, usage)
}

/// Puts `words` at the start of `buffer` and waits until they are there.
pub(super) fn write(connection: &Connection, buffer: &wgpu::Buffer, words: &[u32]) -> Result<()> {
    let bytes: &[u8] = bytemuck::cast_slice(words);
    if bytes.len() <= FEW_BYTES {
        connection.attempt(|| connection.queue.write_buffer(buffer, 0, bytes))?;
        return connection.finish(None);
    }
    connection.staging.copy(connection, buffer, words)
}

/// Fills all of `buffer` with [`POISON`] and waits.
pub(super) fn poison(connection: &Connection, buffer: &wgpu::Buffer) -> Result<()> {
    let usage = wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
    let one = buffer.size().min(POISON_BYTES);
    let source = make(connection, one, usage)?;
    write(connection, &source, &vec![POISON; one as usize / 4])?;
    for range in chunks(buffer.size(), POISON_BYTES) {
        let copy = connection.encode(|encoder| {
            let bytes = range.end - range.start;
            encoder.copy_buffer_to_buffer(&source, 0, buffer, range.start, bytes);
        })?;
        // Each in a submit of its own: a GiB at once is long on a slow bus.
        connection.finish(Some(copy))?;
    }
    Ok(())
}

/// The first `bytes` of `buffer`; a multiple of 4.
pub(super) fn read(connection: &Connection, buffer: &wgpu::Buffer, bytes: u64) -> Result<Words> {
    let mut words = zeros(bytes as usize / 4);
    Down::new(connection, bytes)?.copy(connection, buffer, &mut words)?;
    Ok(words)
}

/// Where the words at the start of `buffer` first differ from `truth`, and what is there: without a copy of them all.
pub(super) fn unlike(
    connection: &Connection,
    buffer: &wgpu::Buffer,
    truth: &[u32],
) -> Result<Option<(usize, u32)>> {
    let down = Down::new(connection, size_of_val(truth) as u64)?;
    down.unlike(connection, buffer, truth)
}

/// Staging memory the host reads. It begins with [`POISON`]: its place may be that of a buffer before, with what that was
/// read for, and a copy that never came must not pass for one that did.
pub(super) fn readable(connection: &Connection, bytes: u64) -> Result<wgpu::Buffer> {
    let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
    let buffer = created(connection, bytes, usage, true)?;
    let head = vec![POISON; buffer.size().min(HEAD_BYTES) as usize / 4];
    let written = connection.attempt(|| {
        let view = buffer.get_mapped_range_mut(..size_of_val(&*head) as u64);
        let mut view = view.map_err(|error| error.to_string())?;
        view.copy_from_slice(bytemuck::cast_slice(&head));
        drop(view);
        buffer.unmap();
        Ok(())
    })?;
    written.map_err(|why| Error::Device { why })?;
    Ok(buffer)
}

/// Starts the copy of a range into staging memory.
pub(super) fn copy_out(
    connection: &Connection,
    buffer: &wgpu::Buffer,
    range: Range<u64>,
    staging: &wgpu::Buffer,
) -> Result<Submitted> {
    let bytes = range.end - range.start;
    let copy = connection.encode(|encoder| {
        encoder.copy_buffer_to_buffer(buffer, range.start, staging, 0, bytes);
    })?;
    let submitted = connection.submit(Some(copy))?;
    // The map's own result is not needed: a failed one has no range to take.
    connection.attempt(|| staging.map_async(wgpu::MapMode::Read, .., |_| ()))?;
    Ok(submitted)
}

/// Waits for a copy into staging memory whose map was asked for, and shows its first `bytes` to `see`.
pub(super) fn seen(
    connection: &Connection,
    copied: &Submitted,
    staging: &wgpu::Buffer,
    bytes: u64,
    see: impl FnOnce(&[u8]),
) -> Result<()> {
    connection.wait(copied)?;
    let taken = connection.attempt(|| {
        let view = staging.get_mapped_range(..bytes);
        let view = view.map_err(|error| error.to_string())?;
        see(&view);
        drop(view);
        staging.unmap();
        Ok(())
    })?;
    taken.map_err(|why| Error::Device { why })
}

/// `0..bytes` in pieces of at most `most`.
pub(super) fn chunks(bytes: u64, most: u64) -> impl Iterator<Item = Range<u64>> {
    let starts = (0..bytes.div_ceil(most)).map(move |index| index * most);
    starts.map(move |start| start..bytes.min(start + most))
}

/// Bytes as a person reads them.
pub(super) fn size(bytes: u64) -> String {
    let units = [(1u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units.into_iter().find(|(unit, _)| bytes >= *unit);
    match unit {
        Some((unit, name)) => format!("{:.1} {name}", bytes as f64 / unit as f64),
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_the_whole_and_no_more() {
        let pieces = |bytes, most| chunks(bytes, most).collect::<Vec<_>>();
        assert_eq!(pieces(10, 4), [0..4, 4..8, 8..10]);
        assert_eq!(pieces(8, 4), [0..4, 4..8]);
        assert_eq!(pieces(3, 4).len(), 1);
        assert_eq!(pieces(0, 4).len(), 0);
    }

    #[test]
    fn sizes_read_like_sizes() {
        assert_eq!(size(12), "12 B");
        assert_eq!(size(3 << 19), "1.5 MiB");
        assert_eq!(size(5 << 30), "5.0 GiB");
    }
}

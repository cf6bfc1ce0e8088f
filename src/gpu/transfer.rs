//! Host memory to device memory and back, and the empty submit: timed by the host's clock alone.
//!
//! What is timed is the whole way between ordinary host memory and device memory. wgpu's staging
//! memory is no substitute for either end: on a GPU whose memory the host can reach (resizable BAR) it
//! lies on the GPU itself, and a copy from there crosses no bus. The way goes through a few staging
//! buffers in turn, so that the host fills or empties one while the bus is busy with another.
//!
//! What is pinned: wgpu's staging buffers are (the driver allocates them, and the device reads and writes
//! them by itself); the words they are filled from and emptied into are ordinary pageable memory, because
//! wgpu can't pin or import a program's own. So a core copies each word once on each way, beside the bus:
//! where the bus is faster than a core copies (some 10 GB/s), the figure is the core's. Several cores would
//! be faster, but wgpu's view of memory to write can't be shared among threads. The round trip goes up with
//! all its words before it comes down again: the ways don't overlap, and its time is that of both.

use std::rc::Rc;
use std::time::Instant;

use crate::device::{Loaded, Timing, as_long};
use crate::error::Result;
use crate::matrix::{Words, unlike};

use super::buffers;
use super::compute::{check_bytes, check_inputs};
use super::connection::Connection;
use super::staging::{Down, Up, turns};

fn check(connection: &Connection, bytes: u64) -> Result<()> {
    check_bytes(bytes, connection.device.limits().max_buffer_size)
}

/// Runs `once`, which makes `submits` submits, `dispatches` times and adds up the host's time. The longest submit
/// is taken for the longest `once` divided by them: they are alike.
fn by_wall(
    dispatches: u32,
    submits: usize,
    mut once: impl FnMut() -> Result<()>,
) -> Result<Timing> {
    let start = Instant::now();
    let (mut before, mut longest) = (0.0, 0.0_f64);
    for _ in 0..dispatches {
        once()?;
        let now = start.elapsed().as_secs_f64();
        longest = longest.max(now - before);
        before = now;
    }
    Ok(Timing {
        gpu_seconds: None,
        wall_seconds: before,
        submit_seconds: longest / submits.max(1) as f64,
        spent_seconds: before,
    })
}

/// `transfer/upload`: the words of the host into a device buffer.
pub(super) struct Upload {
    kernel: &'static str,
    bytes: u64,
    words: Words,
    buffer: wgpu::Buffer,
    up: Up,
    connection: Rc<Connection>,
}

impl Upload {
    pub(super) fn load(
        connection: Rc<Connection>,
        kernel: &'static str,
        bytes: u64,
    ) -> Result<Self> {
        check(&connection, bytes)?;
        Ok(Self {
            kernel,
            bytes,
            words: Words::new(),
            buffer: buffers::storage(&connection, bytes)?,
            up: Up::new(&connection, bytes)?,
            connection,
        })
    }

    /// Words to send (there are none before the first fill) and staging memory to write, before the clock starts.
    fn ready(&mut self) -> Result<()> {
        self.words.resize(self.bytes as usize / 4, 0);
        self.up.ready(&self.connection)
    }

    fn once(&self) -> Result<()> {
        self.up.copy(&self.connection, &self.buffer, &self.words)
    }

    fn release(&self) -> Result<()> {
        self.up.release(&self.connection)
    }
}

impl Loaded for Upload {
    fn fill(&mut self, inputs: &[Words]) -> Result<()> {
        check_inputs(self.kernel, inputs, &[self.bytes, self.bytes])?;
        self.words = inputs[0].clone();
        self.clear()
    }

    fn clear(&mut self) -> Result<()> {
        buffers::poison(&self.connection, &self.buffer)
    }

    fn run(&mut self, dispatches: u32, _bands: u32) -> Result<Timing> {
        self.ready()?;
        let submits = turns(self.bytes).count();
        let timing = by_wall(dispatches, submits, || self.once());
        // After a fault too: the next run makes them writable anew, as far as it gets.
        let released = self.release();
        timing.and_then(|timing| released.map(|()| timing))
    }

    fn output(&mut self) -> Result<Words> {
        buffers::read(&self.connection, &self.buffer, self.bytes)
    }

    fn unlike(&mut self, truth: &[u32]) -> Result<Option<(usize, u32)>> {
        as_long(self.bytes as usize / 4, truth)?;
        buffers::unlike(&self.connection, &self.buffer, truth)
    }
}

/// `transfer/download`: a device buffer into words of the host.
pub(super) struct Download {
    kernel: &'static str,
    bytes: u64,
    words: Words,
    buffer: wgpu::Buffer,
    down: Down,
    connection: Rc<Connection>,
}

impl Download {
    pub(super) fn load(
        connection: Rc<Connection>,
        kernel: &'static str,
        bytes: u64,
    ) -> Result<Self> {
        check(&connection, bytes)?;
        let buffer = buffers::storage(&connection, bytes)?;
        Self::around(connection, kernel, bytes, buffer)
    }

    fn around(
        connection: Rc<Connection>,
        kernel: &'static str,
        bytes: u64,
        buffer: wgpu::Buffer,
    ) -> Result<Self> {
        Ok(Self {
            kernel,
            bytes,
            words: Words::new(),
            buffer,
            down: Down::new(&connection, bytes)?,
            connection,
        })
    }

    /// Words to write to, before the clock starts; there are none before the first fill.
    fn ready(&mut self) {
        self.words.resize(self.bytes as usize / 4, 0);
    }

    fn once(&mut self) -> Result<()> {
        self.down
            .copy(&self.connection, &self.buffer, &mut self.words)
    }
}

impl Loaded for Download {
    fn fill(&mut self, inputs: &[Words]) -> Result<()> {
        check_inputs(self.kernel, inputs, &[self.bytes, self.bytes])?;
        self.clear()?;
        buffers::write(&self.connection, &self.buffer, &inputs[0])
    }

    fn clear(&mut self) -> Result<()> {
        // Written once, so that the clock meets no page the system has yet to find.
        self.ready();
        self.words.fill(buffers::POISON);
        Ok(())
    }

    fn run(&mut self, dispatches: u32, _bands: u32) -> Result<Timing> {
        self.ready();
        by_wall(dispatches, turns(self.bytes).count(), || self.once())
    }

    fn output(&mut self) -> Result<Words> {
        Ok(self.words.clone())
    }

    fn unlike(&mut self, truth: &[u32]) -> Result<Option<(usize, u32)>> {
        as_long(self.bytes as usize / 4, truth)?;
        Ok(unlike(&self.words, truth))
    }
}

/// `transfer/round-trip`: the words of the host into a device buffer, and from there into others of the host.
pub(super) struct RoundTrip {
    upload: Upload,
    download: Download,
}

impl RoundTrip {
    /// Both ways share the device's buffer.
    pub(super) fn load(
        connection: Rc<Connection>,
        kernel: &'static str,
        bytes: u64,
    ) -> Result<Self> {
        let upload = Upload::load(Rc::clone(&connection), kernel, bytes)?;
        let buffer = upload.buffer.clone();
        let download = Download::around(connection, kernel, bytes, buffer)?;
        Ok(Self { upload, download })
    }
}

impl Loaded for RoundTrip {
    fn fill(&mut self, inputs: &[Words]) -> Result<()> {
        self.upload.fill(inputs)?;
        self.download.clear()
    }

    fn clear(&mut self) -> Result<()> {
        // The words that come back replace poison on the device and on the host: neither way can be left out.
        self.upload.clear()?;
        self.download.clear()
    }

    fn run(&mut self, dispatches: u32, _bands: u32) -> Result<Timing> {
        self.upload.ready()?;
        self.download.ready();
        let (upload, download) = (&self.upload, &mut self.download);
        let submits = 2 * turns(upload.bytes).count();
        let timing = by_wall(dispatches, submits, || {
            upload.once()?;
            download.once()
        });
        let released = self.upload.release();
        timing.and_then(|timing| released.map(|()| timing))
    }

    fn output(&mut self) -> Result<Words> {
        self.download.output()
    }

    fn unlike(&mut self, truth: &[u32]) -> Result<Option<(usize, u32)>> {
        self.download.unlike(truth)
    }
}

/// `latency/dispatch`: an empty submit until the host has seen it complete.
pub(super) struct Submit {
    pub(super) connection: Rc<Connection>,
}

impl Loaded for Submit {
    fn fill(&mut self, _inputs: &[Words]) -> Result<()> {
        Ok(())
    }

    fn clear(&mut self) -> Result<()> {
        Ok(())
    }

    fn run(&mut self, dispatches: u32, _bands: u32) -> Result<Timing> {
        by_wall(dispatches, 1, || self.connection.finish(None))
    }

    fn output(&mut self) -> Result<Words> {
        Ok(Words::new())
    }
}

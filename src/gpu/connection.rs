//! One open wgpu device: its queue, its faults, its pipelines, and waiting with a deadline.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

use super::faults::{self, Fault, Faults};
use super::kept::Kept;
use super::pipelines::Pipelines;
use super::staging;

/// An open device. Everything loaded on it holds it; after a fault it is replaced, never repaired.
pub(super) struct Connection {
    pub(super) device: ManuallyDrop<wgpu::Device>,
    pub(super) queue: ManuallyDrop<wgpu::Queue>,
    pub(super) pipelines: RefCell<Pipelines>,
    pub(super) kept: Option<Kept>,
    pub(super) staging: staging::Reused,
    pub(super) deadline: Cell<Duration>,
    faults: Arc<Faults>,
    hung: Cell<bool>,
}

impl Connection {
    /// Opens the adapter with all it offers, so that no limit of ours hides one of the device's.
    ///
    /// Compiled pipelines are kept in `folder`, where there is one and the backend can.
    pub(super) fn open(
        adapter: &wgpu::Adapter,
        deadline: Duration,
        folder: Option<&Path>,
    ) -> Result<Rc<Self>> {
        // Mappable primary buffers move every buffer to host-visible memory on discrete GPUs. Of what is
        // experimental, nothing but cooperative matrices is used.
        let matrices = wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX;
        let unwanted = wgpu::Features::MAPPABLE_PRIMARY_BUFFERS
            | (wgpu::Features::all_experimental_mask() - matrices);
        let experimental_features = if adapter.features().contains(matrices) {
            // SAFETY: what may go wrong in an experimental feature is undefined behaviour on the GPU; every answer
            // is checked, and a device that doesn't offer it isn't asked for it.
            unsafe { wgpu::ExperimentalFeatures::enabled() }
        } else {
            wgpu::ExperimentalFeatures::disabled()
        };
        let descriptor = wgpu::DeviceDescriptor {
            label: None,
            required_features: adapter.features() - unwanted,
            required_limits: adapter.limits(),
            experimental_features,
            memory_hints: wgpu::MemoryHints::Performance,
            trace: wgpu::Trace::Off,
        };
        let lost = |why: String| Error::Lost {
            why: format!("can't be opened: {why}"),
        };
        let asked = faults::quietly(|| pollster::block_on(adapter.request_device(&descriptor)));
        let (device, queue) = asked
            .map_err(lost)?
            .map_err(|error| lost(error.to_string()))?;
        Ok(Rc::new(Self {
            faults: Faults::listen(&device),
            kept: folder.and_then(|folder| Kept::open(&device, &adapter.get_info(), folder)),
            device: ManuallyDrop::new(device),
            queue: ManuallyDrop::new(queue),
            pipelines: RefCell::default(),
            staging: staging::Reused::default(),
            deadline: Cell::new(deadline),
            hung: Cell::new(false),
        }))
    }

    /// Whether the next load needs a fresh one.
    pub(super) fn is_spent(&self) -> bool {
        self.hung.get() || self.faults.is_lost()
    }

    /// Gives the device up: the next load opens a fresh one.
    pub(super) fn lose(&self, why: String) {
        self.faults.lose(why);
    }

    /// Runs one step with wgpu and returns its value only if nothing went wrong in it.
    pub(super) fn attempt<T>(&self, step: impl FnOnce() -> T) -> Result<T, Fault> {
        self.faults.attempt(step)
    }

    /// Hands commands to the queue.
    pub(super) fn submit(&self, commands: Option<wgpu::CommandBuffer>) -> Result<Submitted> {
        let index = self.attempt(|| self.queue.submit(commands))?;
        Ok(Submitted(index))
    }

    /// Waits until a submission is complete, and no longer than the deadline.
    ///
    /// # Errors
    ///
    /// [`Error::Hung`] past the deadline, [`Error::Lost`] where the device went away.
    pub(super) fn wait(&self, submitted: &Submitted) -> Result<()> {
        let start = Instant::now();
        loop {
            // OpenGL waits 2 s at most, whatever it is told: so the loop.
            let left = self.deadline.get().saturating_sub(start.elapsed());
            let wait = wgpu::PollType::Wait {
                submission_index: Some(submitted.0.clone()),
                timeout: Some(left),
            };
            match self.attempt(|| self.device.poll(wait))? {
                Ok(_) => return Ok(()),
                Err(wgpu::PollError::Timeout) if left.is_zero() => {
                    self.hung.set(true);
                    return Err(Error::Hung {
                        seconds: self.deadline.get().as_secs_f64(),
                    });
                }
                Err(wgpu::PollError::Timeout) => {}
                // wgpu drops submissions to a lost device without a word.
                Err(error @ wgpu::PollError::WrongSubmissionIndex(..)) => {
                    self.faults.lose("it takes no more work".into());
                    return Err(Error::Lost {
                        why: error.to_string(),
                    });
                }
            }
        }
    }

    /// Hands commands to the queue and waits until they are complete.
    pub(super) fn finish(&self, commands: Option<wgpu::CommandBuffer>) -> Result<()> {
        let submitted = self.submit(commands)?;
        self.wait(&submitted)
    }

    /// Records commands.
    pub(super) fn encode(
        &self,
        record: impl FnOnce(&mut wgpu::CommandEncoder),
    ) -> Result<wgpu::CommandBuffer> {
        let encoded = self.attempt(|| {
            let mut encoder = self.device.create_command_encoder(&Default::default());
            record(&mut encoder);
            encoder.finish()
        });
        Ok(encoded?)
    }
}

/// Something the queue was handed.
pub(super) struct Submitted(wgpu::SubmissionIndex);

impl Drop for Connection {
    fn drop(&mut self) {
        if self.hung.get() {
            // Dropping the queue waits for it without a deadline; a hung one is left to the end of the
            // process.
            return;
        }
        if let (Some(kept), false) = (&self.kept, self.faults.is_lost()) {
            let _ = faults::quietly(|| kept.save(self.pipelines.borrow().len()));
        }
        let _ = faults::quietly(|| self.staging.clear());
        // SAFETY: neither is used after this, the struct is being dropped.
        let (device, queue) = unsafe {
            (
                ManuallyDrop::take(&mut self.device),
                ManuallyDrop::take(&mut self.queue),
            )
        };
        // A queue that fails while it is waited for panics in its drop.
        let _ = faults::quietly(move || drop((queue, device)));
    }
}

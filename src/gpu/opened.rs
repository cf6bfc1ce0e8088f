//! [`Gpu`]: a real device behind the [`Device`] trait.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use crate::device::{Device, DeviceInfo, Loaded};
use crate::error::{Error, Result};
use crate::kernel::{Action, Case};

use super::adapters::{Adapter, adapters};
use super::clock;
use super::compute::Compute;
use super::connection::Connection;
use super::pipelines;
use super::select::select;
use super::transfer::{Download, RoundTrip, Submit, Upload};

/// How long one submit may take before the device counts as hung. Work is kept under 150 ms a submit on
/// a GPU; a software driver on a busy machine has no such bound.
const DEADLINE: Duration = Duration::from_secs(60);
const CPU_DEADLINE: Duration = Duration::from_secs(600);

/// An open adapter. A wgpu device that was lost, or hangs, is left and the next load opens a fresh one.
pub struct Gpu {
    adapter: Adapter,
    deadline: Duration,
    /// Where compiled pipelines are kept.
    folder: Option<PathBuf>,
    connection: RefCell<Option<Rc<Connection>>>,
}

/// Opens the one adapter that is meant: see [`select`] and [`adapters`].
///
/// # Errors
///
/// Those of [`adapters`], [`select`] and [`Gpu::open`]; [`Error::DeviceName`] where `wanted` is `all` and
/// there are several.
pub fn open(wanted: Option<&str>, backend: Option<&str>) -> Result<Gpu> {
    let adapters = adapters(backend)?;
    let chosen = select(adapters.iter().map(Adapter::info), wanted)?;
    match chosen.as_slice() {
        [index] => Gpu::open(&adapters[*index]),
        several => Err(Error::DeviceName {
            wanted: wanted.unwrap_or_default().into(),
            why: format!("{} adapters where one is meant", several.len()),
            known: several
                .iter()
                .map(|index| format!("{index}: {}", adapters[*index].info().name))
                .collect(),
        }),
    }
}

impl Gpu {
    /// Opens an adapter.
    ///
    /// # Errors
    ///
    /// [`Error::Lost`] where the driver doesn't open it.
    pub fn open(adapter: &Adapter) -> Result<Self> {
        Self::open_keeping(adapter, None)
    }

    /// Opens an adapter whose compiled pipelines are kept in `folder`, so that the next run need not compile.
    ///
    /// # Errors
    ///
    /// Those of [`Gpu::open`].
    pub fn open_keeping(adapter: &Adapter, folder: Option<PathBuf>) -> Result<Self> {
        let mut adapter = adapter.clone();
        let deadline = match adapter.info.is_cpu() {
            true => CPU_DEADLINE,
            false => DEADLINE,
        };
        let connection = Connection::open(&adapter.raw, deadline, folder.as_deref())?;
        adapter.info.timestamp_period_seconds = clock::period_seconds(&connection);
        Ok(Self {
            adapter,
            deadline,
            folder,
            connection: RefCell::new(Some(connection)),
        })
    }

    /// The same device with another deadline for every wait.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self {
            deadline,
            connection: RefCell::new(None),
            ..self
        }
    }

    /// The open wgpu device, or a fresh one where there is none or it is spent.
    pub(super) fn connection(&self) -> Result<Rc<Connection>> {
        let mut held = self.connection.borrow_mut();
        if let Some(open) = held.as_ref().filter(|open| !open.is_spent()) {
            return Ok(Rc::clone(open));
        }
        *held = None;
        let fresh = Connection::open(&self.adapter.raw, self.deadline, self.folder.as_deref())?;
        *held = Some(Rc::clone(&fresh));
        Ok(fresh)
    }
}

impl Device for Gpu {
    fn info(&self) -> &DeviceInfo {
        self.adapter.info()
    }

    fn prepare(&self, cases: &[Case]) {
        let Ok(connection) = self.connection() else {
            return;
        };
        let shader = |case: &Case| match case.action() {
            Action::Compute(program) => Some((case.wgsl().ok()?, program.buffers.len())),
            _ => None,
        };
        pipelines::prepare(&connection, cases.iter().filter_map(shader).collect());
    }

    fn load(&self, case: &Case) -> Result<Box<dyn Loaded + '_>> {
        let connection = self.connection()?;
        let kernel = case.kernel.name;
        Ok(match case.action() {
            Action::Compute(program) => Box::new(Compute::load(connection, case, program)?),
            Action::Upload { bytes } => Box::new(Upload::load(connection, kernel, bytes)?),
            Action::Download { bytes } => Box::new(Download::load(connection, kernel, bytes)?),
            Action::RoundTrip { bytes } => Box::new(RoundTrip::load(connection, kernel, bytes)?),
            Action::Submit => Box::new(Submit { connection }),
        })
    }
}

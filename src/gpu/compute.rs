//! A compute case on a real device: shader, buffers, bands, clock.
//!
//! Everything a run needs is made before its time starts. Dispatches share the written buffer, so wgpu puts
//! a barrier between them and they run one after the other, as a measurement wants them.

use std::rc::Rc;
use std::time::Instant;

use crate::device::{Loaded, Timing, as_long, not_its_trips};
use crate::error::{Error, Result};
use crate::kernel::{Action, Band, Case, Program};
use crate::matrix::Words;

use super::buffers::{self, size};
use super::clock::Clock;
use super::connection::Connection;
use super::pipelines::{self, Pipeline};

/// A compiled shader with its buffers.
pub(super) struct Compute {
    kernel: &'static str,
    program: Program,
    buffers: Vec<wgpu::Buffer>,
    pipeline: Rc<Pipeline>,
    bands: Bands,
    clock: Option<Clock>,
    // Last, so that what was made on the device goes before it.
    connection: Rc<Connection>,
}

impl Compute {
    /// Compiles the shader and makes the buffers.
    pub(super) fn load(connection: Rc<Connection>, case: &Case, program: Program) -> Result<Self> {
        let limits = connection.device.limits();
        check_grid(&program, &limits)?;
        check_buffers(&program.buffers, &limits)?;
        let kernel = case.kernel.name;
        let count = program.buffers.len();
        let pipeline = pipelines::pipeline(&connection, kernel, &case.wgsl()?, count)?;
        let sizes = program.buffers.iter();
        let buffers = sizes.map(|bytes| buffers::storage(&connection, *bytes));
        let buffers: Vec<_> = buffers.collect::<Result<_>>()?;
        Ok(Self {
            kernel,
            bands: Bands::new(&connection, &pipeline, &program, &buffers, 1)?,
            clock: Clock::new(&connection)?,
            program,
            buffers,
            pipeline,
            connection,
        })
    }

    /// The program in so many bands.
    fn cut(&self, bands: u32) -> Result<Bands> {
        Bands::new(
            &self.connection,
            &self.pipeline,
            &self.program,
            &self.buffers,
            bands,
        )
    }

    /// One submit: `dispatches` times one band, in one timed pass.
    fn pass(&self, (band, offset): &(Band, u32), dispatches: u32) -> Result<Timing> {
        let commands = self.connection.encode(|encoder| {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: None,
                timestamp_writes: self.clock.as_ref().map(Clock::writes),
            });
            pass.set_pipeline(&self.pipeline.compute);
            pass.set_bind_group(0, &self.bands.group, &[*offset]);
            for _ in 0..dispatches {
                pass.dispatch_workgroups(band.columns, band.rows, 1);
            }
            drop(pass);
            if let Some(clock) = &self.clock {
                clock.resolve(encoder);
            }
        })?;
        let start = Instant::now();
        let submitted = self.connection.submit(Some(commands))?;
        self.connection.wait(&submitted)?;
        let wall_seconds = start.elapsed().as_secs_f64();
        let clock = self.clock.as_ref();
        let gpu_seconds = clock.map(|clock| clock.read(&self.connection, &submitted));
        let gpu_seconds = gpu_seconds.transpose()?.flatten();
        Ok(Timing {
            gpu_seconds,
            wall_seconds,
            submit_seconds: gpu_seconds.unwrap_or(wall_seconds),
            spent_seconds: wall_seconds,
        })
    }
}

impl Loaded for Compute {
    fn fill(&mut self, inputs: &[Words]) -> Result<()> {
        let Some((_, operands)) = self.buffers.split_last() else {
            return Ok(());
        };
        check_inputs(self.kernel, inputs, &self.program.buffers)?;
        for (buffer, words) in operands.iter().zip(inputs) {
            buffers::write(&self.connection, buffer, words)?;
        }
        self.clear()
    }

    fn clear(&mut self) -> Result<()> {
        match self.buffers.last() {
            Some(output) => buffers::poison(&self.connection, output),
            None => Ok(()),
        }
    }

    fn with_trips_of(&mut self, case: &Case) -> Result<()> {
        let grid = |program: &Program| (program.columns, program.rows, program.constants.len());
        let program = match case.action() {
            Action::Compute(program)
                if program.buffers == self.program.buffers
                    && grid(&program) == grid(&self.program) =>
            {
                program
            }
            _ => return Err(not_its_trips(case)),
        };
        let before = std::mem::replace(&mut self.program, program);
        match self.cut(self.bands.list.len() as u32) {
            Ok(bands) => self.bands = bands,
            Err(error) => {
                self.program = before;
                return Err(error);
            }
        }
        self.clear()
    }

    fn run(&mut self, dispatches: u32, bands: u32) -> Result<Timing> {
        let apart = bands > 1;
        let bands = bands.clamp(1, self.program.most_bands());
        if self.bands.list.len() != bands as usize {
            self.bands = self.cut(bands)?;
        }
        if let [whole] = self.bands.list.as_slice()
            && !apart
        {
            return self.pass(whole, dispatches);
        }
        let mut total = Timing::of(0.0);
        for _ in 0..dispatches {
            for band in &self.bands.list {
                let timing = self.pass(band, 1)?;
                total.wall_seconds += timing.wall_seconds;
                total.spent_seconds += timing.spent_seconds;
                total.submit_seconds = total.submit_seconds.max(timing.submit_seconds);
                let both = total.gpu_seconds.zip(timing.gpu_seconds);
                total.gpu_seconds = both.map(|(sum, more)| sum + more);
            }
        }
        Ok(total)
    }

    fn output(&mut self) -> Result<Words> {
        match (self.buffers.last(), self.program.buffers.last()) {
            (Some(buffer), Some(bytes)) => buffers::read(&self.connection, buffer, *bytes),
            _ => Ok(Words::new()),
        }
    }

    fn unlike(&mut self, truth: &[u32]) -> Result<Option<(usize, u32)>> {
        match (self.buffers.last(), self.program.buffers.split_last()) {
            (Some(buffer), Some((output, _))) => {
                as_long(*output as usize / 4, truth)?;
                buffers::unlike(&self.connection, buffer, truth)
            }
            _ => as_long(0, truth).map(|()| None),
        }
    }
}

/// The bands of a grid, and the bind group that holds their uniform blocks and the buffers.
struct Bands {
    /// Each with the place of its block in the uniform buffer, in bytes.
    list: Vec<(Band, u32)>,
    group: wgpu::BindGroup,
}

impl Bands {
    fn new(
        connection: &Connection,
        pipeline: &Pipeline,
        program: &Program,
        buffers: &[wgpu::Buffer],
        count: u32,
    ) -> Result<Self> {
        let block = (program.constants.len() as u32 + 2).next_multiple_of(4);
        let alignment = connection
            .device
            .limits()
            .min_uniform_buffer_offset_alignment;
        let slot = (4 * block).next_multiple_of(alignment);
        let mut words = Vec::new();
        let mut list = Vec::new();
        for band in program.bands(count) {
            list.push((band, 4 * words.len() as u32));
            words.extend(band.block(&program.constants));
            words.resize((slot / 4) as usize * list.len(), 0);
        }
        let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
        let uniform = buffers::make(connection, words.len() as u64 * 4, usage)?;
        buffers::write(connection, &uniform, &words)?;
        let size = wgpu::BufferSize::new(u64::from(4 * block));
        let group = connection
            .attempt(|| bind_group(&connection.device, pipeline, buffers, &uniform, size))?;
        Ok(Self { list, group })
    }
}

fn bind_group(
    device: &wgpu::Device,
    pipeline: &Pipeline,
    buffers: &[wgpu::Buffer],
    uniform: &wgpu::Buffer,
    size: Option<wgpu::BufferSize>,
) -> wgpu::BindGroup {
    let mut entries = vec![wgpu::BindGroupEntry {
        binding: 0,
        resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: uniform,
            offset: 0,
            size,
        }),
    }];
    for (binding, buffer) in (1..).zip(buffers) {
        entries.push(wgpu::BindGroupEntry {
            binding,
            resource: buffer.as_entire_binding(),
        });
    }
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &pipeline.layout,
        entries: &entries,
    })
}

fn check_grid(program: &Program, limits: &wgpu::Limits) -> Result<()> {
    let most = limits.max_compute_workgroups_per_dimension;
    let (columns, rows) = (program.columns, program.rows);
    if columns.max(rows) > most {
        return Err(Error::Device {
            why: format!("a grid of {columns} × {rows} workgroups: the device takes {most} a side"),
        });
    }
    Ok(())
}

fn check_buffers(buffers: &[u64], limits: &wgpu::Limits) -> Result<()> {
    let most = limits.max_storage_buffers_per_shader_stage;
    if buffers.len() > most as usize {
        return Err(Error::Device {
            why: format!("{} buffers: the device binds {most}", buffers.len()),
        });
    }
    let most = limits
        .max_storage_buffer_binding_size
        .min(limits.max_buffer_size);
    let largest = buffers.iter().copied().max().unwrap_or(0);
    check_bytes(largest, most)
}

/// A buffer of `bytes` against the device's largest.
pub(super) fn check_bytes(bytes: u64, most: u64) -> Result<()> {
    if bytes > most || buffers::allocated(bytes) > most {
        return Err(Error::OutOfMemory {
            why: format!(
                "a buffer of {}: the device takes {} at most",
                size(bytes),
                size(most)
            ),
        });
    }
    Ok(())
}

/// The inputs are as long as the kernel said they would be.
pub(super) fn check_inputs(kernel: &str, inputs: &[Words], buffers: &[u64]) -> Result<()> {
    let given: Vec<u64> = inputs.iter().map(|words| 4 * words.len() as u64).collect();
    let wanted = buffers
        .split_last()
        .map_or(buffers, |(_, operands)| operands);
    if given != wanted {
        return Err(Error::Data {
            what: format!("inputs of {kernel}"),
            why: format!("buffers of {wanted:?} bytes, inputs of {given:?}"),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_over_the_limit_is_refused_with_both_sizes() {
        assert!(check_bytes(1 << 30, 1 << 30).is_ok());
        let error = check_bytes(8 << 30, (2 << 30) - 1).unwrap_err();
        assert!(matches!(error, Error::OutOfMemory { .. }));
        assert!(error.to_string().contains("8.0 GiB"), "{error}");
        assert!(error.to_string().contains("2.0 GiB"), "{error}");
        check_bytes(u64::MAX - 20, 1 << 30).unwrap_err();
    }
}

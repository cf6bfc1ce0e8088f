//! WGSL → compute pipelines, compiled once a device and shader.
//!
//! The shader is parsed here before wgpu parses it: for what wgpu doesn't check (workgroup memory), for
//! the access each binding declares (the layout must say the same), and for an error that points at the
//! line.

use std::collections::HashMap;
use std::rc::Rc;

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use wgpu::naga;

use crate::error::{Error, Result};

use super::buffers::size;
use super::connection::Connection;
use super::faults;
use super::kept::Kept;

/// What has been compiled on one device, by the hash of its WGSL and its number of buffers.
pub(super) type Pipelines = HashMap<([u8; 32], usize), Rc<Pipeline>>;

/// A compiled shader with its layout.
pub(super) struct Pipeline {
    pub(super) layout: wgpu::BindGroupLayout,
    pub(super) compute: wgpu::ComputePipeline,
}

/// The pipeline of a shader with `buffers` storage buffers, compiled unless it has been before.
///
/// # Errors
///
/// [`Error::Shader`] with what the parser, the validator or the driver said.
pub(super) fn pipeline(
    connection: &Connection,
    kernel: &str,
    wgsl: &str,
    buffers: usize,
) -> Result<Rc<Pipeline>> {
    let key = key(wgsl, buffers);
    if let Some(known) = connection.pipelines.borrow().get(&key) {
        return Ok(Rc::clone(known));
    }
    let refused = |why: String| Error::Shader {
        kernel: kernel.into(),
        why,
    };
    let facts = Facts::checked(&connection.device, wgsl, buffers).map_err(refused)?;
    let kept = connection.kept.as_ref().map(Kept::raw);
    let compiled = connection.attempt(|| compile(&connection.device, wgsl, &facts.read_only, kept));
    let compiled = Rc::new(compiled.map_err(|fault| match fault {
        faults::Fault::Refused(why) => refused(why),
        other => other.into(),
    })?);
    let mut pipelines = connection.pipelines.borrow_mut();
    pipelines.insert(key, Rc::clone(&compiled));
    Ok(compiled)
}

fn key(wgsl: &str, buffers: usize) -> ([u8; 32], usize) {
    (Sha256::digest(wgsl.as_bytes()).into(), buffers)
}

/// Compiles what has not been compiled before, on all processors. A shader that fails is left to [`pipeline`],
/// which says why.
pub(super) fn prepare(connection: &Connection, shaders: Vec<(String, usize)>) {
    let known = connection.pipelines.borrow();
    let fresh = shaders
        .into_iter()
        .filter(|(wgsl, buffers)| !known.contains_key(&key(wgsl, *buffers)));
    let fresh: Vec<_> = fresh.collect();
    drop(known);
    let (device, kept) = (&*connection.device, connection.kept.as_ref().map(Kept::raw));
    let compiled = fresh.par_iter().map(|(wgsl, buffers)| {
        let made = alone(device, wgsl, *buffers, kept);
        (key(wgsl, *buffers), made)
    });
    let compiled: Vec<_> = compiled.collect();
    let mut pipelines = connection.pipelines.borrow_mut();
    for (key, made) in compiled {
        match made {
            Ok(Some(pipeline)) => drop(pipelines.insert(key, Rc::new(pipeline))),
            Ok(None) => {}
            // What state it left the device in is unknown.
            Err(panic) => connection.lose(panic),
        }
    }
}

/// One shader compiled on this thread, whose errors stay on it: wgpu's error scopes are a thread's own. None where it
/// is refused; a panic is the error.
fn alone(
    device: &wgpu::Device,
    wgsl: &str,
    buffers: usize,
    kept: Option<&wgpu::PipelineCache>,
) -> Result<Option<Pipeline>, String> {
    let Ok(facts) = Facts::checked(device, wgsl, buffers) else {
        return Ok(None);
    };
    faults::quietly(|| {
        let filters = [
            wgpu::ErrorFilter::Validation,
            wgpu::ErrorFilter::Internal,
            wgpu::ErrorFilter::OutOfMemory,
        ];
        let scopes = filters.map(|filter| device.push_error_scope(filter));
        let made = compile(device, wgsl, &facts.read_only, kept);
        let mut refused = false;
        for scope in scopes.into_iter().rev() {
            refused |= pollster::block_on(scope.pop()).is_some();
        }
        (!refused).then_some(made)
    })
}

fn compile(
    device: &wgpu::Device,
    wgsl: &str,
    read_only: &[bool],
    kept: Option<&wgpu::PipelineCache>,
) -> Pipeline {
    // SAFETY: the shaders are ours (or a developer's own, by --shaders): they index inside the buffers
    // the case declares, and their loops end. Checks would be measured along with the arithmetic; the
    // loop bound alone has cost a factor of 100.
    let module = unsafe {
        device.create_shader_module_trusted(
            wgpu::ShaderModuleDescriptor {
                label: None,
                source: wgpu::ShaderSource::Wgsl(wgsl.into()),
            },
            wgpu::ShaderRuntimeChecks::unchecked(),
        )
    };
    let layout = layout(device, read_only);
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    let compute = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: None,
        layout: Some(&pipeline_layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions {
            constants: &[],
            // One thread zeroes it all on Metal and HLSL.
            zero_initialize_workgroup_memory: false,
        },
        cache: kept,
    });
    Pipeline { layout, compute }
}

/// Binding 0: the uniform block, one slot a band. Then the buffers.
fn layout(device: &wgpu::Device, read_only: &[bool]) -> wgpu::BindGroupLayout {
    let entry = |binding: u32, ty, has_dynamic_offset| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset,
            min_binding_size: None,
        },
        count: None,
    };
    let mut entries = vec![entry(0, wgpu::BufferBindingType::Uniform, true)];
    for (binding, read_only) in (1..).zip(read_only) {
        let ty = wgpu::BufferBindingType::Storage {
            read_only: *read_only,
        };
        entries.push(entry(binding, ty, false));
    }
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: None,
        entries: &entries,
    })
}

/// What a shader says about its memory.
#[derive(Debug)]
struct Facts {
    /// Of each storage buffer, whether the shader declares it read-only.
    read_only: Vec<bool>,
    workgroup_bytes: u64,
}

impl Facts {
    /// The facts of a shader that this device has the workgroup memory for; wgpu doesn't check that.
    fn checked(device: &wgpu::Device, wgsl: &str, buffers: usize) -> Result<Self, String> {
        let facts = Self::of(wgsl, buffers)?;
        let limit = device.limits().max_compute_workgroup_storage_size;
        if facts.workgroup_bytes > u64::from(limit) {
            return Err(format!(
                "needs {} of workgroup memory, the device has {}",
                size(facts.workgroup_bytes),
                size(limit.into())
            ));
        }
        Ok(facts)
    }

    /// Inputs the shader doesn't declare count as read-only, the last buffer as written.
    fn of(wgsl: &str, buffers: usize) -> Result<Self, String> {
        // naga panics on some shaders it can't take.
        let parsed = faults::quietly(|| naga::front::wgsl::parse_str(wgsl))?;
        let module = parsed.map_err(|error| error.emit_to_string(wgsl))?;
        let mut layouter = naga::proc::Layouter::default();
        layouter
            .update(module.to_ctx())
            .map_err(|error| error.to_string())?;
        let mut facts = Self {
            read_only: (1..=buffers).map(|binding| binding < buffers).collect(),
            workgroup_bytes: 0,
        };
        for (_, variable) in module.global_variables.iter() {
            match variable.space {
                naga::AddressSpace::WorkGroup => {
                    facts.workgroup_bytes += u64::from(layouter[variable.ty].size);
                }
                naga::AddressSpace::Storage { access } => {
                    let binding = variable.binding.map_or(0, |place| place.binding as usize);
                    let place = binding.checked_sub(1);
                    if let Some(entry) = place.and_then(|index| facts.read_only.get_mut(index)) {
                        *entry = !access.contains(naga::StorageAccess::STORE);
                    }
                }
                _ => {}
            }
        }
        Ok(facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shader_tells_the_access_of_its_buffers_and_its_workgroup_memory() {
        let wgsl = "
            var<workgroup> tile: array<vec4<f32>, 256>;
            var<workgroup> sum: u32;
            @group(0) @binding(1) var<storage, read_write> a: array<u32>;
            @group(0) @binding(3) var<storage, read_write> c: array<u32>;
            @compute @workgroup_size(1) fn main() { c[0] = u32(tile[0].x) + sum + a[0]; }";
        let facts = Facts::of(wgsl, 3).unwrap();
        assert_eq!(facts.read_only, [false, true, false]);
        assert_eq!(facts.workgroup_bytes, 4096 + 4);
    }

    #[test]
    fn a_shader_that_does_not_parse_is_refused_with_the_line() {
        let error = Facts::of("fn main() {\n  let x = ;\n}", 1).unwrap_err();
        assert!(error.contains("2"), "{error}");
        assert!(error.contains("let x = ;"), "{error}");
    }
}

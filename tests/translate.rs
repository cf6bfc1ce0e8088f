//! Every shader, with every candidate, through naga's writers for the backends there are.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on fails by panicking"
)]

use naga::back::{hlsl, msl, spv};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{Module, ShaderStage};

use suanli::kernel::{Case, Feature, Kernel, Mode, Params};
use suanli::kernels;

struct Translated {
    name: String,
    wgsl: String,
    module: Module,
    info: ModuleInfo,
    f64: bool,
    dot: bool,
    matrix: bool,
}

fn translated(kernel: &'static Kernel, tile: usize) -> Translated {
    let case = Case::new(kernel, Params::new(Mode::Burst), 1);
    let case = case.with_tile(kernel.candidates().remove(tile));
    let name = format!("{} {:?}", kernel.name, case.params.tile);
    let wgsl = case.wgsl().unwrap();
    let module = naga::front::wgsl::parse_str(&wgsl)
        .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&wgsl)));
    let info = valid(&module, Capabilities::all()).unwrap();
    Translated {
        name,
        module,
        info,
        f64: kernel.requires.contains(&Feature::ShaderF64),
        matrix: kernel.requires.contains(&Feature::CooperativeMatrix),
        dot: wgsl.contains("dot4I8Packed"),
        wgsl,
    }
}

fn valid(module: &Module, offered: Capabilities) -> Result<ModuleInfo, String> {
    let mut validator = Validator::new(ValidationFlags::all(), offered);
    let validated = validator.validate(module);
    validated.map_err(|error| format!("{error:?}"))
}

fn all() -> Vec<Translated> {
    let shaders = kernels::ALL
        .iter()
        .filter(|kernel| kernel.template.is_some());
    let each = shaders
        .flat_map(|kernel| (0..kernel.candidates().len()).map(|tile| translated(kernel, tile)));
    each.collect()
}

fn to_hlsl(shader: &Translated) -> Result<String, hlsl::Error> {
    let options = hlsl::Options {
        shader_model: hlsl::ShaderModel::V6_4,
        zero_initialize_workgroup_memory: false,
        restrict_indexing: false,
        force_loop_bounding: false,
        ..Default::default()
    };
    let pipeline = hlsl::PipelineOptions {
        entry_point: Some((ShaderStage::Compute, "main".into())),
    };
    let mut text = String::new();
    let mut writer = hlsl::Writer::new(&mut text, &options, &pipeline);
    writer.write(&shader.module, &shader.info, None)?;
    Ok(text)
}

fn to_msl(shader: &Translated) -> Result<String, msl::Error> {
    let options = msl::Options {
        lang_version: (3, 0),
        fake_missing_bindings: true,
        zero_initialize_workgroup_memory: false,
        force_loop_bounding: false,
        ..Default::default()
    };
    let pipeline = msl::PipelineOptions::default();
    Ok(msl::write_string(&shader.module, &shader.info, &options, &pipeline)?.0)
}

#[test]
fn every_candidate_becomes_spir_v() {
    // OpSDot with packed operands, as the int8 kernels count on.
    const OP_SDOT: u32 = 4450;
    for shader in all() {
        let options = spv::Options {
            lang_version: (1, 6),
            zero_initialize_workgroup_memory: spv::ZeroInitializeWorkgroupMemoryMode::None,
            force_loop_bounding: false,
            ..Default::default()
        };
        let words = spv::write_vec(&shader.module, &shader.info, &options, None)
            .unwrap_or_else(|error| panic!("{}: {error}", shader.name));
        let dots = words
            .iter()
            .filter(|word| *word & 0xffff == OP_SDOT)
            .count();
        let written = shader.wgsl.matches("dot4I8Packed(").count();
        assert!(dots >= written, "{}: {dots} of {written}", shader.name);
    }
}

#[test]
fn every_candidate_becomes_hlsl_with_native_dots() {
    // Cooperative matrices are refused: there are none in HLSL.
    // f64 too: naga's writer doesn't refuse it, though wgpu offers no f64 on DX12, where it is unsupported.
    for shader in all() {
        let offered = valid(&shader.module, hlsl::supported_capabilities());
        assert_eq!(
            offered.is_err(),
            shader.matrix,
            "{}: {offered:?}",
            shader.name
        );
        if shader.matrix {
            continue;
        }
        let text = to_hlsl(&shader).unwrap_or_else(|error| panic!("{}: {error}", shader.name));
        let native = text.contains("dot4add_i8packed");
        assert_eq!(shader.dot, native, "{}", shader.name);
    }
}

#[test]
fn every_candidate_but_f64_becomes_msl() {
    for shader in all() {
        let offered = valid(&shader.module, msl::supported_capabilities());
        assert_eq!(offered.is_err(), shader.f64, "{}: {offered:?}", shader.name);
        if offered.is_ok() {
            let text = to_msl(&shader).unwrap_or_else(|error| panic!("{}: {error}", shader.name));
            assert!(text.contains("kernel void main_"), "{}", shader.name);
        }
    }
}

#[test]
fn nothing_slow_creeps_into_the_rendered_text() {
    for shader in all() {
        // A `for` becomes a flag-carrying loop on HLSL and MSL; a `var` in a loop is zeroed at every trip.
        assert!(!shader.wgsl.contains("for ("), "{}", shader.name);
        let (_, looped) = shader.wgsl.split_once(" {\n").unwrap();
        let looped = ["while (", "loop {"]
            .iter()
            .find_map(|word| looped.split_once(word));
        if let Some((_, body)) = looped {
            let body = body.split("\n    }\n").next().unwrap();
            assert!(!body.contains("var "), "{}", shader.name);
        }
    }
}

//! Cooperative matrices in plain WGSL, so that the shaders of the matrix engine run where there is none.
//!
//! A lane of the assumed subgroup holds the elements of C that follow each other from its number on, the row of
//! A and the columns of B they need. Loads take their values at once, as the real ones do.

use std::fmt::Write;

use suanli::device::DeviceInfo;
use suanli::figure::Format;
use suanli::kernel::{Case, MatrixShape};

/// The device as if it had the shapes of every device, and subgroups of every size the tiles assume.
pub fn offering(info: &DeviceInfo) -> DeviceInfo {
    let mut info = info.clone();
    let sums = [Format::F16, Format::F32].into_iter();
    let shapes = sums.flat_map(|accumulate| {
        [8, 16].map(|size| MatrixShape {
            size,
            operands: Format::F16,
            accumulate,
        })
    });
    info.matrices = shapes.collect();
    info.subgroup_size = [32, 64];
    info
}

/// The case with its shader in plain WGSL. `real_lanes` is what the shader is told of its subgroups' size.
pub fn emulated(case: &Case, real_lanes: u32) -> Case {
    let mut case = case.clone();
    let wgsl = case.wgsl().unwrap();
    case.template = plain(&wgsl, &case, real_lanes).into();
    case
}

fn plain(wgsl: &str, case: &Case, real_lanes: u32) -> String {
    let [size, lanes] = ["size", "lanes"].map(|key| case.params.tiled(key));
    let sum = match case.kernel.kind.accumulate {
        Some(Format::F16) => "f16",
        _ => "f32",
    };
    let kept = wgsl.lines().filter(|line| {
        let cooperative = line.starts_with("enable wgpu_") || line.starts_with("alias ");
        let subgroups = line.contains("@builtin(") && line.contains("subgroup");
        !cooperative && !subgroups && !line.contains("@builtin(local_invocation_index)")
    });
    let mut text = String::new();
    for line in kept {
        text += line;
        text.push('\n');
        if line == ") {" {
            writeln!(
                text,
                "let lane_ = thread % {lanes}u; let invocation = lane_;
                let subgroup_id = thread / {lanes}u; let subgroup_size = {real_lanes}u;
                let subgroup_count = THREADS / {lanes}u;"
            )
            .unwrap();
        }
    }
    let threads = between(wgsl, "@workgroup_size(", ")").to_owned();
    text = text
        .replace(
            "fn main(\n",
            "fn main(@builtin(local_invocation_index) thread: u32,\n",
        )
        .replace("THREADS", &format!("{threads}u"))
        .replace("coopMultiplyAdd(", "multiply_add(");
    let mut functions = fragments(size, lanes, sum);
    text = calls(&text, wgsl, size, &mut functions);
    text + &functions
}

/// What stands between the first `from` and the next `to`.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap() + from.len();
    let end = text[start..].find(to).unwrap();
    &text[start..start + end]
}

fn fragments(size: u32, lanes: u32, sum: &str) -> String {
    let share = size * size / lanes;
    format!(
        "
        const share = {share}u;
        struct Left {{ x: array<f16, {size}> }}
        struct Right {{ x: array<f16, {}> }}
        struct Sum {{ x: array<{sum}, {share}> }}
        fn multiply_add(a: Left, b: Right, c: Sum) -> Sum {{
            var left = a; var right = b; var total = c;
            for (var e = 0u; e < {share}u; e++) {{
                for (var k = 0u; k < {size}u; k++) {{
                    total.x[e] = fma({sum}(left.x[k]), {sum}(right.x[k * {share}u + e]), total.x[e]);
                }}
            }}
            return total;
        }}
        ",
        size * share
    )
}

/// Loads and stores become calls of functions, one for each kind of fragment and array.
fn calls(text: &str, wgsl: &str, size: u32, functions: &mut String) -> String {
    let mut done = String::new();
    let mut rest = text;
    let mut known: Vec<String> = Vec::new();
    while let Some(at) = rest.find("coop") {
        done += &rest[..at];
        rest = &rest[at..];
        let (call, end) = if let Some(role) = rest.strip_prefix("coopLoadT<") {
            let role = &role[..role.find('>').unwrap()];
            let place = between(rest, "(&", "[").to_owned();
            let name = format!("load_{role}_{place}");
            if !known.contains(&name) {
                *functions += &load(&name, role, &place, wgsl, size);
                known.push(name.clone());
            }
            (format!("{name}(lane_, "), rest.find('[').unwrap() + 1)
        } else {
            let value = between(rest, "coopStoreT(", ",");
            let place = between(rest, "&", "[");
            let name = format!("store_{place}");
            if !known.contains(&name) {
                *functions += &store(&name, place, size);
                known.push(name.clone());
            }
            (
                format!("{name}(lane_, {value}, "),
                rest.find('[').unwrap() + 1,
            )
        };
        done += &call;
        // Of `index], stride)` only the bracket goes.
        let close = end + rest[end..].find("],").unwrap();
        done += &rest[end..close];
        rest = &rest[close + 1..];
    }
    done + rest
}

/// How many numbers one element of an array holds, and how number `i` of it is read.
fn width(array: &str, wgsl: &str) -> (u32, String) {
    let vectors = wgsl.contains(&format!("{array}: array<vec4<f16>"));
    match vectors {
        true => (4, format!("{array}[i / 4u][i % 4u]")),
        false => (1, format!("{array}[i]")),
    }
}

fn load(name: &str, role: &str, array: &str, wgsl: &str, size: u32) -> String {
    let (width, read) = width(array, wgsl);
    let body = match role {
        "Left" => format!(
            "for (var k = 0u; k < {size}u; k++) {{
                let i = (at + row * stride) * {width}u + k;
                got.x[k] = {read};
            }}"
        ),
        "Right" => format!(
            "for (var k = 0u; k < {size}u; k++) {{
                for (var e = 0u; e < share; e++) {{
                    let i = (at + k * stride) * {width}u + column + e;
                    got.x[k * share + e] = {read};
                }}
            }}"
        ),
        _ => format!(
            "for (var e = 0u; e < share; e++) {{
                let i = (at + row * stride) * {width}u + column + e;
                got.x[e] = {read};
            }}"
        ),
    };
    format!(
        "fn {name}(lane: u32, at: u32, stride: u32) -> {role} {{
            var got: {role}; {} {body}
            return got;
        }}\n",
        place(size)
    )
}

/// Where in the fragment a lane's elements begin.
fn place(size: u32) -> String {
    format!("let row = lane * share / {size}u; let column = lane * share % {size}u;")
}

fn store(name: &str, array: &str, size: u32) -> String {
    format!(
        "fn {name}(lane: u32, value: Sum, at: u32, stride: u32) {{
            var held = value; {}
            for (var e = 0u; e < share; e++) {{
                {array}[at + row * stride + column + e] = held.x[e];
            }}
        }}\n",
        place(size)
    )
}

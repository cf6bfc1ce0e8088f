//! Can the answer check fail? Each arithmetic line of each shader is changed in turn, and every change must
//! be noticed. Run by `make mutants`: it takes minutes.
//!
//! A mutant is one operator of one template line turned into another. It is caught if the answer of a curated
//! tile is wrong at one of three shapes, or the process crashes or hangs.
//! One that the shader compiler refuses proves nothing about the check and counts as stillborn.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that can't go on fails by panicking, and its table is its result"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use suanli::agree::{self, Agreement};
use suanli::device::Device;
use suanli::kernel::{Case, Feature, Input, Kernel, Mode, Params, Sizing, Template};
use suanli::{gpu, kernels, tune};

mod emulation;

/// Longer than any right kernel takes: what is still running then is caught as a hang.
const DEADLINE: Duration = Duration::from_secs(120);

/// Operators and what they are turned into. `//` divides in the template language only.
const SWAPS: [(&str, &str); 14] = [
    (" + ", " - "),
    (" - ", " + "),
    (" * ", " + "),
    (" / ", " * "),
    (" // ", " * "),
    (" // ", " // 2 // "),
    (" % ", " / "),
    (" < ", " <= "),
    (" ^ ", " + "),
    (" >> ", " << "),
    (" += ", " -= "),
    (" -= ", " += "),
    ("fma(", "-fma("),
    ("dot4I8Packed(", "-dot4I8Packed("),
];

/// One change of one line.
struct Mutant {
    template: &'static str,
    line: usize,
    before: String,
    after: String,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Caught,
    Stillborn,
    Alive,
}

/// Every mutant of a template.
fn mutants(template: Template) -> Vec<Mutant> {
    let lines: Vec<&str> = template.source.lines().collect();
    let mut mutants = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        for after in changed(line) {
            let mut text = lines.clone();
            text[number] = &after;
            mutants.push(Mutant {
                template: template.name,
                line: number + 1,
                before: line.trim().into(),
                text: text.join("\n") + "\n",
                after: after.trim().into(),
            });
        }
    }
    mutants
}

/// A line with one operator changed, once for every operator in its code.
fn changed(line: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let code = &line[..code_ends(line)];
    // The sizes of arrays are no arithmetic of the kernel's.
    if code.starts_with("var<workgroup>") {
        return lines;
    }
    for (from, to) in SWAPS {
        for (at, _) in code.match_indices(from) {
            // A difference of the template's own would often be negative, which no index can be.
            let rendered = code[..at].rfind("{{") > code[..at].rfind("}}");
            let to = if rendered && from == " + " {
                " + 1 + "
            } else {
                to
            };
            lines.push(format!("{}{to}{}", &line[..at], &line[at + from.len()..]));
        }
    }
    lines
}

/// A line without its template expressions.
fn rendered_out(line: &str) -> String {
    let mut rest = line;
    let mut text = String::new();
    if line.starts_with("{%") {
        return text;
    }
    while let Some((before, after)) = rest.split_once("{{") {
        text += before;
        rest = after.split_once("}}").map_or("", |(_, after)| after);
    }
    text + rest
}

/// Where the comment begins: at `//` outside the template's own expressions, where that divides.
fn code_ends(line: &str) -> usize {
    if line.trim_start().starts_with("{#") {
        return 0;
    }
    let mut inside = false;
    for (at, _) in line.char_indices() {
        let rest = &line[at..];
        if rest.starts_with("{{") || rest.starts_with("{%") {
            inside = true;
        } else if rest.starts_with("}}") || rest.starts_with("%}") {
            inside = false;
        } else if rest.starts_with("//") && !inside {
            return at;
        }
    }
    line.len()
}

/// What becomes of the mutant in the kernels that use its template: caught by one is caught.
fn fate(mutant: &Mutant) -> Fate {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(mutant.template), &mutant.text).unwrap();
    let uses = |kernel: &&&Kernel| {
        kernel
            .template
            .is_some_and(|template| template.name == mutant.template)
    };
    let mut fates = Vec::new();
    for (number, kernel) in kernels::ALL.iter().filter(uses).enumerate() {
        let out = folder.path().join(format!("{number}.json"));
        let fate = match kernel.requires.contains(&Feature::CooperativeMatrix) {
            true => interpreted(kernel, &mutant.text),
            false => judged(kernel, &folder.path().join(mutant.template), &out),
        };
        if fate == Fate::Caught {
            return fate;
        }
        fates.push(fate);
    }
    if fates.iter().all(|fate| *fate == Fate::Stillborn) {
        Fate::Stillborn
    } else {
        Fate::Alive
    }
}

/// A kernel of the matrix engine with the changed template, interpreted with tiles of every sort.
fn interpreted(kernel: &'static Kernel, text: &str) -> Fate {
    let mut params = Params::new(Mode::Sustained);
    (params.m, params.n, params.k) = (Some(129), Some(65), Some(133));
    (params.workgroups, params.trips) = (Some(4), Some(3));
    let mut case = Case::new(kernel, params, 7);
    case.template = text.into();
    let (mut changes, mut compiled) = (false, false);
    for tile in kernel.candidates() {
        let case = case.with_tile(tile.clone());
        let unchanged = Case::new(kernel, case.params.clone(), 7);
        if case.wgsl().ok() == unchanged.wgsl().ok() {
            continue;
        }
        changes = true;
        let Ok(wgsl) = case.wgsl() else { continue };
        if naga::front::wgsl::parse_str(&wgsl).is_err() {
            continue;
        }
        compiled = true;
        let right = std::panic::catch_unwind(|| {
            let inputs = (kernel.inputs)(&case, Input::Exact);
            let output = emulation::run(&case, &inputs, 2, case.params.tiled("lanes"));
            let mut agreement = Agreement::default();
            agree::check(&case, Input::Exact, &inputs, &output, &mut agreement).is_ok()
        });
        if !right.unwrap_or(false) {
            return Fate::Caught;
        }
    }
    if changes && !compiled {
        Fate::Stillborn
    } else {
        Fate::Alive
    }
}

/// What a child process is told: kernel, changed template, where the verdict goes.
const CHILD: [&str; 3] = ["SUANLI_MUTANT_KERNEL", "SUANLI_MUTANT", "SUANLI_VERDICT"];

/// One kernel with the changed template, in a process of its own: the answer of each tile that the change
/// reaches, the quickest to compile first, until one is wrong.
fn judged(kernel: &Kernel, template: &Path, out: &Path) -> Fate {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "--ignored", "a_kernel_of_a_mutant_is_judged"]);
    child.env(CHILD[0], kernel.name);
    child.env(CHILD[1], template).env(CHILD[2], out);
    match ended(child) {
        Some(0) => match fs::read_to_string(out).unwrap().as_str() {
            "caught" => Fate::Caught,
            "stillborn" => Fate::Stillborn,
            _ => Fate::Alive,
        },
        // It crashed, or ran too long.
        _ => Fate::Caught,
    }
}

#[test]
#[ignore = "what `every_mutant_of_every_shader_is_caught` runs in a process of its own"]
fn a_kernel_of_a_mutant_is_judged() {
    let [Ok(kernel), Ok(template), Ok(out)] = CHILD.map(std::env::var) else {
        return;
    };
    let kernel = kernels::find(&kernel).unwrap();
    let gpu = gpu::open(None, None).unwrap();
    let mut params = Params::new(Mode::Burst);
    match kernel.sizing {
        Sizing::Gemm => (params.m, params.n, params.k) = (Some(129), Some(65), Some(133)),
        Sizing::Buffer | Sizing::Loop => params.bytes = Some(5 << 20),
        Sizing::Chain | Sizing::Fixed => {}
    }
    let case = Case::new(kernel, params, 7);
    let mut tiles = tune::candidates(&case, gpu.info());
    tiles.sort_by_key(|case| {
        let product = |keys: &[&str]| {
            keys.iter()
                .map(|key| case.params.tiled(key))
                .product::<u32>()
        };
        product(&["tm", "tn", "bk", "unroll", "chains", "per"]) / product(&["split"])
    });
    // A tile that it doesn't change says nothing, if there is one that it does.
    let (mut changes, mut runs) = (false, false);
    for unchanged in tiles {
        let mut changed = unchanged.clone();
        changed.template = fs::read_to_string(&template).unwrap().into();
        if changed.wgsl().ok() == unchanged.wgsl().ok() {
            continue;
        }
        changes = true;
        match right(&gpu, &changed) {
            None => {}
            Some(true) => runs = true,
            Some(false) => return fs::write(out, "caught").unwrap(),
        }
    }
    let stillborn = changes && !runs;
    fs::write(out, if stillborn { "stillborn" } else { "alive" }).unwrap();
}

/// Bytes of workgroup memory a shader takes: more than the kernel says is caught by
/// `demands_are_what_the_shader_takes`, though no answer shows it.
fn workgroup_bytes(wgsl: &str) -> Option<u32> {
    let module = naga::front::wgsl::parse_str(wgsl).ok()?;
    let variables = module.global_variables.iter().map(|(_, variable)| variable);
    let shared = variables.filter(|variable| variable.space == naga::AddressSpace::WorkGroup);
    let bytes = shared.map(|variable| module.types[variable.ty].inner.size(module.to_ctx()));
    Some(bytes.sum())
}

/// Whether every shape's answer is right, cut into bands too; none where the shader is refused.
fn right(gpu: &gpu::Gpu, case: &Case) -> Option<bool> {
    if workgroup_bytes(&case.wgsl().ok()?)? != kernels::demands(case).workgroup_bytes {
        return Some(false);
    }
    for (bands, shape) in (1..).zip(tune::shapes(case)) {
        let mut loaded = gpu.load(&shape).ok()?;
        if tune::checked(loaded.as_mut(), &shape, bands)
            .unwrap()
            .is_err()
        {
            return Some(false);
        }
    }
    Some(true)
}

/// The exit code of a process that ends by itself; none if it crashed or ran past [`DEADLINE`].
fn ended(mut child: Command) -> Option<i32> {
    child.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = child.spawn().unwrap();
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if start.elapsed() > DEADLINE {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The templates, each once.
fn templates() -> Vec<Template> {
    let mut templates: Vec<Template> = kernels::ALL.iter().filter_map(|k| k.template).collect();
    templates.sort_by_key(|template| template.name);
    templates.dedup_by_key(|template| template.name);
    templates
}

/// Every mutant's fate, two processes at a time.
fn fates(mutants: &[Mutant]) -> Vec<Fate> {
    let next = AtomicUsize::new(0);
    let fates = Mutex::new(vec![Fate::Alive; mutants.len()]);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(mutant) = mutants.get(index) else {
                return;
            };
            let fate = fate(mutant);
            fates.lock().unwrap()[index] = fate;
            if fate != Fate::Caught {
                println!(
                    "{fate:?} {}:{}\n  - {}\n  + {}",
                    mutant.template, mutant.line, mutant.before, mutant.after
                );
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    fates.into_inner().unwrap()
}

#[test]
#[ignore = "takes minutes; `make mutants` runs it"]
fn every_mutant_of_every_shader_is_caught() {
    let (mut alive, mut untested) = (0, Vec::new());
    // One template alone: SUANLI_TEMPLATE=gemm-dot.wgsl make mutants
    let only = std::env::var("SUANLI_TEMPLATE").ok();
    let wanted = |name: &str| only.as_ref().is_none_or(|only| only == name);
    for template in templates()
        .into_iter()
        .filter(|template| wanted(template.name))
    {
        let mutants = mutants(template);
        let fates = fates(&mutants);
        let count = |wanted| fates.iter().filter(|fate| **fate == wanted).count();
        println!(
            "{}: {} mutants, {} caught, {} stillborn, {} alive",
            template.name,
            mutants.len(),
            count(Fate::Caught),
            count(Fate::Stillborn),
            count(Fate::Alive)
        );
        alive += count(Fate::Alive);
        let caught = |line: usize| {
            let mut pairs = mutants.iter().zip(&fates);
            pairs.any(|(mutant, fate)| mutant.line == line && *fate == Fate::Caught)
        };
        // Where the template language alone has operators every mutant may be refused: they make names and loops.
        let of_the_template = |mutant: &&Mutant| changed(&rendered_out(&mutant.before)).is_empty();
        let lines = mutants.iter().filter(|mutant| !of_the_template(mutant));
        let lines = lines.map(|mutant| mutant.line);
        untested.extend(
            lines
                .filter(|line| !caught(*line))
                .map(|line| format!("{}:{line}", template.name)),
        );
    }
    untested.dedup();
    assert_eq!(alive, 0, "mutants live");
    assert!(
        untested.is_empty(),
        "lines without a caught mutant: {untested:?}"
    );
}

#[test]
fn every_template_has_lines_that_mutate_and_comments_do_not() {
    for template in templates() {
        assert!(mutants(template).len() > 3, "{}", template.name);
    }
    assert!(changed("// a + b").is_empty());
    assert_eq!(
        changed("let x = a + b; // c + d"),
        ["let x = a - b; // c + d"]
    );
    assert_eq!(
        changed("{% set t = a // b %}"),
        ["{% set t = a * b %}", "{% set t = a // 2 // b %}"]
    );
    assert_eq!(changed("t[{{ a + b }}u]"), ["t[{{ a + 1 + b }}u]"]);
    assert_eq!(changed("x = fma(a, b, c);"), ["x = -fma(a, b, c);"]);
    assert_eq!(
        rendered_out("let b{{ 2 * s }} = x{{ c }} + y;"),
        "let b = x + y;"
    );
}

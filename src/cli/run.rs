//! `suanli run`, and `suanli` alone: plan everything, take a place for the results, measure, print.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cases::{Planned, plan, shuffled};
use crate::chips;
use crate::error::{Error, Result};
use crate::isolated::Opening;
use crate::isolated::parent::Isolated;
use crate::render;
use crate::results::{OneOf, Results, SCHEMA, Tool};
use crate::run::{Bench, InProcess, run as measure};
use crate::sheet::Sheet;
use crate::telemetry;

use super::args::{REVISION, RunArgs, WGPU};
use super::dry_run;
use super::host::{environment, host};
use super::output;
use super::progress::Progress;
use super::request::{Request, Show};
use super::resume::resume;
use super::signals::Signals;
use super::target::Target;
use super::terminal;
use super::tiles::tuner;
use super::turn::Turn;

/// One device, what to measure on it, and the head of its results.
struct Job {
    target: Target,
    plan: Vec<Planned>,
    results: Results,
}

/// `suanli run`; the exit code.
///
/// # Errors
///
/// Everything that is wrong before the first measurement; what goes wrong later is a record.
pub fn run(args: &RunArgs) -> Result<u8> {
    begin(Request::new(args)?)
}

/// `suanli` alone: the quick suite on the best device, with a sheet beside the results.
///
/// # Errors
///
/// Those of [`run`].
pub fn bare() -> Result<u8> {
    let mut request = Request::new(&RunArgs::default())?;
    request.show = Show::Sheet;
    begin(request)
}

fn begin(request: Request) -> Result<u8> {
    // Every device's plan is made before the first is measured: a size that the last can't take is
    // known now.
    let mut jobs = Vec::new();
    for target in request.targets()? {
        jobs.push(job(&request, target)?);
    }
    if request.show == Show::Plan {
        let plans = jobs
            .iter()
            .map(|job| (job.target.info(), job.plan.as_slice()));
        return terminal::print(&dry_run::text(plans, &request.settings(), request.runs))
            .map(|()| 0);
    }
    let signals = Signals::listen()?;
    let mut code = 0;
    let mut done: Vec<Vec<Done>> = jobs.iter().map(|_| Vec::new()).collect();
    let mut turns = turns(jobs.len(), request.runs, request.interleave)
        .into_iter()
        .peekable();
    while let Some((at, run)) = turns.next() {
        let one = one_of(&request, &done[at], run);
        // One device that fails to start doesn't keep the next from being measured.
        match perform(&request, &jobs[at], one, &signals) {
            Ok(one) => {
                // Of the codes a run has, 4 stands before 2 and 2 before 0.
                code = code.max(one.code);
                done[at].push(one);
            }
            Err(error) => {
                terminal::error(&error);
                code = code.max(error.exit_code());
            }
        }
        if let Some(signal) = signals.arrived() {
            let left = turns.peek().is_some();
            return Ok(if left {
                Error::Interrupted { signal }.exit_code()
            } else {
                code
            });
        }
        if request.runs > 1 && run == request.runs && !done[at].is_empty() {
            together(&request, &done[at])?;
        }
    }
    Ok(code)
}

/// Which device and run come one after the other; runs from 1.
fn turns(devices: usize, runs: u32, interleave: bool) -> Vec<(usize, u32)> {
    let runs = 1..=runs;
    match interleave {
        true => runs
            .flat_map(|run| (0..devices).map(move |at| (at, run)))
            .collect(),
        false => (0..devices)
            .flat_map(|at| runs.clone().map(move |run| (at, run)))
            .collect(),
    }
}

/// What a run says of its siblings; the group is named when the first one's file is.
fn one_of(request: &Request, done: &[Done], run: u32) -> Option<OneOf> {
    let first = done.first().and_then(|first| first.results.one_of.as_ref());
    (request.runs > 1).then(|| OneOf {
        group: first.map_or(String::new(), |first| first.group.clone()),
        index: run,
        of: request.runs,
        order_seed: request.selection.seed.wrapping_add(run.into()),
    })
}

/// A run that came to its end.
struct Done {
    code: u8,
    results: Results,
    path: PathBuf,
}

/// The table of all runs of a device.
fn together(request: &Request, done: &[Done]) -> Result<()> {
    if request.show == Show::Nothing {
        return Ok(());
    }
    let results: Vec<Results> = done.iter().map(|done| done.results.clone()).collect();
    terminal::print(&table(&results))?;
    let paths: Vec<_> = done.iter().map(|done| quoted(&done.path)).collect();
    terminal::message(&format!(
        "beside Table 2: suanli report {}",
        paths.join(" ")
    ));
    Ok(())
}

fn job(request: &Request, target: Target) -> Result<Job> {
    let mut plan = plan(&request.selection, target.info())?;
    let mut results = Results {
        schema: SCHEMA,
        tool: Tool {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            revision: REVISION.into(),
            wgpu: WGPU.into(),
        },
        suite: request.selection.suite.id(),
        started: output::now(),
        finished: None,
        host: host(),
        environment: None,
        device: target.info().clone(),
        settings: request.settings(),
        one_of: None,
        records: Vec::new(),
    };
    if let Some(cut) = &request.cut {
        resume(cut, &mut results, &mut plan)?;
    }
    if request.redact {
        results.redact();
    }
    Ok(Job {
        target,
        plan,
        results,
    })
}

/// Measures one device once, when it is this run's turn.
fn perform(request: &Request, job: &Job, one_of: Option<OneOf>, signals: &Signals) -> Result<Done> {
    let _turn = Turn::take(job.target.info(), request.wait, signals)?;
    let mut results = job.results.clone();
    let mut plan = job.plan.clone();
    if request.cut.is_none() {
        // When the device is this run's alone, and before it is on it itself.
        results.started = output::now();
        results.environment = Some(Box::new(environment(job.target.info())));
        results.one_of = one_of;
    }
    if let Some(one_of) = &results.one_of {
        plan = shuffled(&plan, one_of.order_seed);
    }
    let custom_shaders = request.shaders.is_some();
    if !request.in_process {
        let info = job.target.info();
        let opening = Opening {
            device: job.target.address(),
            backend: request.backend.clone(),
            tuning: request.tuning,
            custom_shaders,
        };
        let mut bench = Isolated::open(worker()?, opening, request.deadline(info), &|| {
            signals.arrived()
        })?;
        return measured(request, plan, results, &mut bench, signals);
    }
    let (tuner, word) = tuner(request.tuning, &job.target, custom_shaders);
    if let Some(word) = word {
        terminal::message(&format!("warning: {word}"));
    }
    let device = job.target.open()?;
    let mut bench = InProcess {
        device: device.as_ref(),
        tuner,
        sensors: telemetry::sensors(device.info()).ok(),
    };
    measured(request, plan, results, &mut bench, signals)
}

/// What starts a child to measure in: this same program.
fn worker() -> Result<impl Fn() -> Command> {
    let program = std::env::current_exe().map_err(|error| {
        Error::usage(
            "suanli",
            format!("its own file can't be found: {error}"),
            "give --in-process",
        )
    })?;
    Ok(move || {
        let mut command = Command::new(&program);
        command.arg("worker");
        command
    })
}

/// Measures the plan on `bench`.
fn measured(
    request: &Request,
    plan: Vec<Planned>,
    mut results: Results,
    bench: &mut dyn Bench,
    signals: &Signals,
) -> Result<Done> {
    if request.cut.is_none() {
        // Open, it knows more of itself.
        results.device = bench.info().clone();
    }
    if bench.info().is_cpu() {
        let name = &bench.info().name;
        terminal::message(&format!(
            "note: {name} is a software adapter: it proves answers, never speed"
        ));
    }
    let path = match &request.cut {
        Some(cut) => cut.path.clone(),
        None => {
            if request.redact {
                results.redact();
            }
            reserve(request, &mut results)?
        }
    };
    if request.cut.is_some() && plan.is_empty() {
        let path = path.display();
        terminal::message(&format!("nothing is left to measure in {path}"));
    }
    let quiet = request.show == Show::Nothing;
    let cases = |planned: &&Planned| matches!(planned, Planned::Case(_));
    let count = plan.iter().filter(cases).count();
    let mut watch = Progress::new(count, &results.settings.budget, quiet, signals.clone());
    let mut save = |results: &Results| match request.redact {
        true => results.redacted().save(&path),
        false => results.save(&path),
    };
    let outcome = measure(bench, plan, &mut results, &mut save, &mut watch);
    watch.clear();
    match outcome {
        Ok(()) => finish(request, results, path),
        Err(Error::Interrupted { signal }) => {
            let kept = results.records.len();
            interrupted(request, &path, kept);
            Ok(Done {
                code: Error::Interrupted { signal }.exit_code(),
                results,
                path,
            })
        }
        Err(error) => Err(error),
    }
}

/// A place for the results; the first of several runs gives its name to the group.
fn reserve(request: &Request, results: &mut Results) -> Result<PathBuf> {
    let path = request.place.reserve(results)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    if let Some(one_of) = &mut results.one_of
        && one_of.group.is_empty()
    {
        one_of.group = name.into_owned();
        results.save(&path)?;
    }
    Ok(path)
}

fn interrupted(request: &Request, path: &Path, kept: usize) {
    let records = if kept == 1 { "record" } else { "records" };
    let shaders = request.shaders.as_deref();
    let shaders = shaders.map_or(String::new(), |folder| {
        format!(" --shaders {}", quoted(folder))
    });
    terminal::message(&format!(
        "interrupted: kept {kept} {records} in {}; go on with: suanli run --resume {}{shaders}",
        path.display(),
        quoted(path)
    ));
}

/// A path as it can be typed into a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+:\\".contains(letter);
    if text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn finish(request: &Request, mut results: Results, path: PathBuf) -> Result<Done> {
    results.finished.get_or_insert_with(output::now);
    if request.redact {
        results.redact();
    }
    results.save(&path)?;
    if request.runs == 1 {
        show(request, &results, &path)?;
    } else {
        terminal::message(&format!("results: {}", path.display()));
    }
    Ok(Done {
        code: code(&results),
        results,
        path,
    })
}

/// What a run by itself prints when it is done.
fn show(request: &Request, results: &Results, path: &Path) -> Result<()> {
    let all = std::slice::from_ref(results);
    match request.show {
        Show::Json => terminal::print(&results.to_json())?,
        Show::Nothing | Show::Plan => {}
        Show::Table | Show::Sheet => terminal::print(&table(all))?,
    }
    terminal::message(&format!("results: {}", path.display()));
    if matches!(request.show, Show::Json | Show::Nothing) {
        return Ok(());
    }
    if request.show == Show::Sheet {
        let beside = path.with_extension("md");
        let sheet = Sheet::new(all, &chips::all()?);
        output::create(&beside, render::markdown::sheet(&sheet).as_bytes())?;
        terminal::message(&format!("sheet: {}", beside.display()));
    }
    terminal::message(&format!("beside Table 2: suanli report {}", quoted(path)));
    Ok(())
}

/// 4 if a case failed or is invalid, also where it did so before the run was cut.
fn code(results: &Results) -> u8 {
    if results.has_fault() { 4 } else { 0 }
}

/// What was measured, and what its flags mean. Table 2 is ten times as long: `suanli report` prints it.
fn table(results: &[Results]) -> String {
    let sheet = Sheet::new(results, &[]);
    let measured = render::text::measured(&sheet, terminal::look());
    measured + "\n" + &render::text::explanations(&sheet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_a_hint_can_be_typed_as_it_stands() {
        assert_eq!(quoted(Path::new("results/a-1.json")), "results/a-1.json");
        assert_eq!(quoted(Path::new("my runs/a.json")), "'my runs/a.json'");
        assert_eq!(quoted(Path::new("it's.json")), r"'it'\''s.json'");
    }
}

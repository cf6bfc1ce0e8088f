//! `suanli run`, and `suanli` alone: plan everything, take a place for the results, measure, print.

use std::path::Path;

use crate::cases::{Planned, plan};
use crate::chips;
use crate::error::{Error, Result};
use crate::render;
use crate::results::{Results, SCHEMA, Tool};
use crate::run::run as measure;
use crate::sheet::Sheet;

use super::args::{REVISION, RunArgs, WGPU};
use super::dry_run;
use super::host::host;
use super::output;
use super::progress::Progress;
use super::request::{Request, Show};
use super::resume::resume;
use super::signals::Signals;
use super::target::Target;
use super::terminal;
use super::tiles::tuner;

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
        return terminal::print(&dry_run::text(plans, &request.selection.budget())).map(|()| 0);
    }
    let signals = Signals::listen()?;
    let mut code = 0;
    for job in jobs {
        // One device that fails to start doesn't keep the next from being measured.
        let one = perform(&request, job, &signals).unwrap_or_else(|error| {
            terminal::error(&error);
            error.exit_code()
        });
        if signals.arrived().is_some() {
            return Ok(one);
        }
        // Of the codes a run has, 4 stands before 2 and 2 before 0.
        code = code.max(one);
    }
    Ok(code)
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
        device: target.info().clone(),
        settings: request.settings(),
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

/// Measures one device; the exit code.
fn perform(request: &Request, job: Job, signals: &Signals) -> Result<u8> {
    let mut results = job.results;
    let mut tuner = tuner(request.tuning, &job.target, request.shaders.is_some());
    let device = job.target.open()?;
    if request.cut.is_none() {
        // Open, it knows more of itself.
        results.device = device.info().clone();
    }
    if device.info().is_cpu() {
        let name = &device.info().name;
        terminal::message(&format!(
            "note: {name} is a software adapter: it proves answers, never speed"
        ));
    }
    let path = match &request.cut {
        Some(cut) => cut.path.clone(),
        None => request.place.reserve(&results)?,
    };
    if request.cut.is_some() && job.plan.is_empty() {
        let path = path.display();
        terminal::message(&format!("nothing is left to measure in {path}"));
    }
    let quiet = request.show == Show::Nothing;
    let cases = |planned: &&Planned| matches!(planned, Planned::Case(_));
    let count = job.plan.iter().filter(cases).count();
    let mut watch = Progress::new(count, &results.settings.budget, quiet, signals.clone());
    let mut save = |results: &Results| results.save(&path);
    let outcome = measure(
        device.as_ref(),
        job.plan,
        &mut tuner,
        &mut results,
        &mut save,
        &mut watch,
    );
    watch.clear();
    match outcome {
        Ok(()) => finish(request, results, &path),
        Err(Error::Interrupted { signal }) => {
            let kept = results.records.len();
            interrupted(request, &path, kept);
            Ok(Error::Interrupted { signal }.exit_code())
        }
        Err(error) => Err(error),
    }
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

fn finish(request: &Request, mut results: Results, path: &Path) -> Result<u8> {
    results.finished.get_or_insert_with(output::now);
    results.save(path)?;
    let code = code(&results);
    let results = [results];
    match request.show {
        Show::Json => terminal::print(&results[0].to_json())?,
        Show::Nothing | Show::Plan => {}
        Show::Table | Show::Sheet => terminal::print(&table(&results))?,
    }
    terminal::message(&format!("results: {}", path.display()));
    if matches!(request.show, Show::Json | Show::Nothing) {
        return Ok(code);
    }
    if request.show == Show::Sheet {
        let beside = path.with_extension("md");
        let sheet = Sheet::new(&results, &chips::all()?);
        output::create(&beside, render::markdown::sheet(&sheet).as_bytes())?;
        terminal::message(&format!("sheet: {}", beside.display()));
    }
    terminal::message(&format!("beside Table 2: suanli report {}", quoted(path)));
    Ok(code)
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

//! One run on one device: take the device, measure, keep the file, print.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cases::{Planned, shuffled};
use crate::chips;
use crate::cli::report;
use crate::error::{Error, Result};
use crate::isolated::Opening;
use crate::isolated::parent::Isolated;
use crate::results::{Concurrent, OneOf, Results};
use crate::run::{Bench, InProcess, run as measure};
use crate::sheet::Sheet;

use super::Job;
use super::start::Seat;
use crate::cli::host::environment;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::cli::request::{Cut, Request, Show};
use crate::cli::signals::Signals;
use crate::cli::target::Target;
use crate::cli::terminal;
use crate::cli::tiles::tuner;

/// A run that came to its end.
pub struct Done {
    /// The exit code.
    pub code: u8,
    /// What the file holds.
    pub results: Results,
    /// The file.
    pub path: PathBuf,
}

/// How a run stands to others.
#[derive(Default)]
pub struct Others<'a> {
    /// Which of several runs of the device it is.
    pub one_of: Option<OneOf>,
    /// Which devices are measured at the same time, and this one's seat among them.
    pub beside: Option<(Concurrent, Seat<'a>)>,
}

/// Measures one device once; the caller has its turn.
///
/// # Errors
///
/// A device that can't be opened, a file that can't be written, and an interruption before the first case.
pub fn perform(
    request: &Request,
    job: &Job,
    others: Others<'_>,
    signals: &Signals,
) -> Result<Done> {
    if let Some(cut) = &request.cut {
        untouched(cut)?;
    }
    let mut results = job.results.clone();
    let mut plan = job.plan.clone();
    if request.cut.is_none() {
        // When the device is this run's alone, and before it is on it itself.
        results.started = output::now();
        results.environment = Some(Box::new(environment(&job.target)));
        results.one_of = others.one_of;
        let beside = others.beside.as_ref();
        results.concurrent = beside.map(|(concurrent, _)| concurrent.clone());
    }
    if let Some(one_of) = &results.one_of {
        plan = shuffled(&plan, one_of.order_seed);
    }
    let custom_shaders = request.shaders.is_some();
    let seat = others.beside.map(|(_, seat)| seat);
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
        return measured(request, job, (plan, results), &mut bench, seat, signals);
    }
    let (tuner, word) = tuner(request.tuning, &job.target, custom_shaders);
    if let Some(word) = word {
        terminal::message(&format!("warning: {word}"));
    }
    let device = job.target.open()?;
    let mut bench = InProcess {
        device: device.as_ref(),
        tuner,
        sensors: job.target.sensors().ok(),
    };
    measured(request, job, (plan, results), &mut bench, seat, signals)
}

/// Whether the file is still as it was read: while this run waited for the device, another may have gone on with it.
fn untouched(cut: &Cut) -> Result<()> {
    if Results::load(&cut.path)? == cut.results {
        return Ok(());
    }
    Err(Error::usage(
        format!("--resume {}", cut.path.display()),
        "another run has gone on with it meanwhile",
        "give --resume again, if it is not finished",
    ))
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
    job: &Job,
    (plan, mut results): (Vec<Planned>, Results),
    bench: &mut dyn Bench,
    seat: Option<Seat<'_>>,
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
    if let Some(seat) = seat {
        let info = bench.info();
        let bus = info.pci_bus_id.as_ref();
        let bus = bus.map_or(String::new(), |bus| format!(" at {bus}"));
        watch = watch.seated(seat, &format!("{}{bus}", info.name));
    }
    let mut save = |results: &Results| match request.redact {
        true => results.redacted().save(&path),
        false => results.save(&path),
    };
    let outcome = measure(bench, plan, &mut results, &mut save, &mut watch);
    watch.clear();
    match outcome {
        Ok(()) => finish(request, &job.target, results, path),
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
    let again = [
        ("--shaders", &request.shaders),
        ("--params-from", &request.params_file),
    ];
    let again = again.map(|(option, path)| {
        let path = path.as_deref();
        path.map_or(String::new(), |path| format!(" {option} {}", quoted(path)))
    });
    if request.concurrent {
        let path = path.display();
        terminal::message(&format!(
            "interrupted: kept {kept} {records} in {path}; a run with --concurrent can't be resumed"
        ));
        return;
    }
    terminal::message(&format!(
        "interrupted: kept {kept} {records} in {}; go on with: suanli run --resume {}{}",
        path.display(),
        quoted(path),
        again.concat()
    ));
    if request.runs > 1 {
        terminal::message("it finishes this run alone; runs that have not begun are not made up");
    }
}

/// A path as it can be typed into a shell.
pub fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+:\\".contains(letter);
    if text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn finish(request: &Request, target: &Target, mut results: Results, path: PathBuf) -> Result<Done> {
    results.finished.get_or_insert_with(output::now);
    if let Some(environment) = &mut results.environment {
        environment.gpu_after = target.sensors().ok().map(|mut sensors| sensors.gpu());
    }
    if request.redact {
        results.redact();
    }
    results.save(&path)?;
    if request.runs == 1 && !request.concurrent {
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
        Show::Table | Show::Sheet => terminal::print(&super::table(all))?,
    }
    terminal::message(&format!("results: {}", path.display()));
    if matches!(request.show, Show::Json | Show::Nothing) {
        return Ok(());
    }
    if request.show == Show::Sheet {
        let beside = path.with_extension("html");
        let sheet = Sheet::new(all, &chips::all()?);
        output::create(
            &beside,
            report::page(&sheet, terminal::language())?.as_bytes(),
        )?;
        terminal::message(&format!(
            "sheet: {} (open it in a browser, or print it)",
            beside.display()
        ));
    }
    terminal::message(&format!("beside Table 2: suanli report {}", quoted(path)));
    Ok(())
}

/// 4 if a case failed or is invalid, also where it did so before the run was cut.
fn code(results: &Results) -> u8 {
    if results.has_fault() { 4 } else { 0 }
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

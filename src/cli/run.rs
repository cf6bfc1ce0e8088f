//! `suanli run`, and `suanli` alone: plan everything, take a place for the results, measure, print.

use crate::cases::{Planned, plan};
use crate::error::{Error, Result};
use crate::render;
use crate::results::{OneOf, Results, SCHEMA, Tool};
use crate::sheet::Sheet;

use super::args::{NAGA, REVISION, RunArgs, WGPU};
use super::dry_run;
use super::host::host;
use super::output;
use super::request::{Request, Show};
use super::resume::resume;
use super::signals::Signals;
use super::target::Target;
use super::terminal;
use super::turn::Turn;

mod concurrent;
mod one;
pub mod start;

use one::{Done, Others, perform, quoted};

/// One device, what to measure on it, and the head of its results.
#[derive(Clone)]
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
        // Alone, and beside the others.
        let runs = if request.concurrent { 2 } else { request.runs };
        return terminal::print(&dry_run::text(plans, &request.settings(), runs)).map(|()| 0);
    }
    let signals = Signals::listen()?;
    match request.concurrent {
        true => concurrent::run(&request, &jobs, &signals),
        false => in_turn(&request, &jobs, &signals),
    }
}

/// Every device and run, one after the other.
fn in_turn(request: &Request, jobs: &[Job], signals: &Signals) -> Result<u8> {
    // Several runs belong together: nobody slips in between.
    let infos: Vec<_> = jobs.iter().map(|job| job.target.info()).collect();
    let held = match request.runs {
        1 => Vec::new(),
        _ => Turn::take_all(&infos, request.wait, signals)?,
    };
    let mut code = 0;
    let mut done: Vec<Vec<Done>> = jobs.iter().map(|_| Vec::new()).collect();
    let mut turns = turns(jobs.len(), request.runs, request.interleave)
        .into_iter()
        .peekable();
    while let Some((at, run)) = turns.next() {
        let others = Others {
            one_of: one_of(request, &done[at], run),
            beside: None,
        };
        // One device that fails to start doesn't keep the next from being measured.
        let turn = match held.is_empty() {
            true => Turn::take(infos[at], request.wait, signals).map(Some),
            false => Ok(None),
        };
        match turn.and_then(|_turn| perform(request, &jobs[at], others, signals)) {
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
            if done[at].len() > 1 {
                together(request, &done[at])?;
            }
            let left = turns.peek().is_some();
            return Ok(if left {
                Error::Interrupted { signal }.exit_code()
            } else {
                code
            });
        }
        if request.runs > 1 && run == request.runs && !done[at].is_empty() {
            together(request, &done[at])?;
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
    let group = first.map_or(String::new(), |first| first.group.clone());
    let own = (request.runs > 1).then_some((group, run, request.runs));
    let (group, index, of) = request.one_of.clone().or(own)?;
    Some(OneOf {
        group,
        index,
        of,
        order_seed: request.selection.seed.wrapping_add(index.into()),
    })
}

/// The table of runs that belong together, and what to type for more.
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
            naga: Some(NAGA.into()),
        },
        suite: request.selection.suite.id(),
        started: output::now(),
        finished: None,
        host: host(),
        environment: None,
        device: target.info().clone(),
        settings: request.settings(),
        one_of: None,
        concurrent: None,
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

/// What was measured, and what its flags mean. Table 2 is ten times as long: `suanli report` prints it.
fn table(results: &[Results]) -> String {
    let sheet = Sheet::new(results, &[]);
    terminal::said(&render::pages::measured(&sheet), None)
}

//! Several devices at once: each alone first, then all together with a common start, and the loss between the two.

use crate::cases::Planned;
use crate::error::{Error, Result};
use crate::results::{Concurrent, Results};

use super::gate::Gate;
use super::one::{Done, Others, perform, quoted};
use super::{Job, table};
use crate::cli::request::{Request, Show};
use crate::cli::signals::Signals;
use crate::cli::terminal;

/// Measures every device alone, one after the other, and then all at once with the tiles that were best alone; the exit
/// code.
///
/// # Errors
///
/// [`Error::Usage`] for fewer than two devices.
pub fn run(request: &Request, jobs: &[Job], signals: &Signals) -> Result<u8> {
    if jobs.len() < 2 {
        return Err(Error::usage(
            "--concurrent",
            "there is one device, and nothing to measure beside it",
            "give --device all, on a machine with several",
        ));
    }
    let mut code = 0;
    let mut alone = Vec::new();
    for job in jobs {
        let done = perform(request, job, Others::default(), signals);
        if let Some(done) = kept(done, &mut code) {
            alone.push((job, done));
        }
        if let Some(signal) = signals.arrived() {
            return Ok(Error::Interrupted { signal }.exit_code());
        }
    }
    let all = match alone.len() {
        0 | 1 => {
            terminal::message("fewer than two devices could be measured: there is no loss to tell");
            Vec::new()
        }
        _ => at_once(request, &alone, signals, &mut code),
    };
    let done: Vec<Done> = alone.into_iter().map(|(_, done)| done).chain(all).collect();
    show(request, &done)?;
    Ok(code)
}

/// What came of a run; its code, or its error's, stands where it is higher.
fn kept(done: Result<Done>, code: &mut u8) -> Option<Done> {
    match done {
        Ok(done) => {
            *code = (*code).max(done.code);
            Some(done)
        }
        Err(error) => {
            terminal::error(&error);
            *code = (*code).max(error.exit_code());
            None
        }
    }
}

/// All devices together, each in a thread of its own that waits for the others before each case.
fn at_once(
    request: &Request,
    alone: &[(&Job, Done)],
    signals: &Signals,
    code: &mut u8,
) -> Vec<Done> {
    let gate = Gate::new(alone.len());
    let one = |place: usize| {
        let (job, done) = &alone[place];
        let name = done.path.file_stem().unwrap_or_default();
        let concurrent = Concurrent {
            devices: alone.len() as u32,
            alone: name.to_string_lossy().into_owned(),
        };
        let others = Others {
            one_of: None,
            beside: Some((concurrent, gate.seat(place))),
        };
        perform(request, &same_tiles(job, &done.results), others, signals)
    };
    let done: Vec<Result<Done>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..alone.len())
            .map(|place| scope.spawn(move || one(place)))
            .collect();
        let ended = threads.into_iter().map(|thread| {
            let crashed = |_| {
                Err(Error::Crashed {
                    how: "ended by a fault in suanli".into(),
                })
            };
            thread.join().unwrap_or_else(crashed)
        });
        ended.collect()
    });
    done.into_iter()
        .filter_map(|done| kept(done, code))
        .collect()
}

/// The job with the sizes and tiles as they were measured alone: a search beside others would find others.
fn same_tiles(job: &Job, alone: &Results) -> Job {
    let measured = |planned: &Planned| match planned {
        Planned::Case(case) => alone.records.iter().find(|record| {
            record.kernel == case.kernel.name
                && record.measured().is_some()
                && record.params.asks_same(&case.params)
        }),
        Planned::Record(_) => None,
    };
    let mut job = job.clone();
    for planned in &mut job.plan {
        let found = measured(planned).map(|record| record.params.clone());
        if let (Planned::Case(case), Some(params)) = (planned, found) {
            case.params = params;
        }
    }
    job
}

/// One table of all, and what to type for more.
fn show(request: &Request, done: &[Done]) -> Result<()> {
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

//! Several devices at once: each alone first, then all together with a common start, and the loss between the two.

use crate::cases::Planned;
use crate::error::{Error, Result};
use crate::results::{Concurrent, Record, Results};

use super::one::{Done, Others, perform};
use super::start::Start;
use super::{Job, together};
use crate::cli::request::Request;
use crate::cli::signals::Signals;
use crate::cli::terminal;
use crate::cli::turn::Turn;

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
    // Taken once for both: nobody slips in between.
    let infos: Vec<_> = jobs.iter().map(|job| job.target.info()).collect();
    let _turns = Turn::take_all(&infos, request.wait, signals)?;
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
    together(request, &done)?;
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
    let start = Start::new(alone.len());
    let one = |place: usize| {
        let (job, done) = &alone[place];
        let concurrent = Concurrent {
            devices: alone.len() as u32,
            alone_started: done.results.started.clone(),
        };
        let others = Others {
            one_of: None,
            beside: Some((concurrent, start.seat(place))),
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
    let done = done.into_iter().filter_map(|done| kept(done, code));
    let mut done: Vec<Done> = done.collect();
    for error in counted(&mut done, request.redact) {
        terminal::error(&error);
        *code = (*code).max(error.exit_code());
    }
    done
}

/// Writes into every record how many devices measured its case: a loss against fewer is another loss. What can't be
/// written is returned.
fn counted(done: &mut [Done], redact: bool) -> Vec<Error> {
    let measured = |record: &Record, one: &Done| {
        let same = |other: &&Record| {
            other.kernel == record.kernel && other.params.asks_same(&record.params)
        };
        let found = one.results.records.iter().find(same);
        found.is_some_and(|record| record.measured().is_some())
    };
    let count = |record: &Record| {
        let beside = done.iter().filter(|one| measured(record, one));
        Some(beside.count() as u32)
    };
    let counts: Vec<Vec<_>> = done
        .iter()
        .map(|one| one.results.records.iter().map(count).collect())
        .collect();
    let devices = done.len() as u32;
    let mut errors = Vec::new();
    for (one, counts) in done.iter_mut().zip(counts) {
        for (record, count) in one.results.records.iter_mut().zip(counts) {
            record.beside = count;
        }
        if let Some(concurrent) = &mut one.results.concurrent {
            concurrent.devices = devices;
        }
        let saved = match redact {
            true => one.results.redacted().save(&one.path),
            false => one.results.save(&one.path),
        };
        errors.extend(saved.err());
    }
    errors
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

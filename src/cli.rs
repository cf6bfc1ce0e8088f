//! The command line: the only folder that prints. One file a command.
//!
//! `args` is what was typed; what it means is the commands' business. Standard output carries what was
//! asked for, standard error progress and messages; every refusal closes with a `hint:`.

use std::ffi::OsString;
use std::panic;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use crate::error::Result;

mod aa;
mod args;
mod audit;
mod baseline;
mod calibrate;
mod check;
mod chips;
mod completions;
mod devices;
mod doctor;
mod dry_run;
mod host;
mod import;
mod kernels;
mod laid;
mod loaded;
mod output;
mod plan;
mod progress;
mod report;
mod request;
mod resume;
mod rounds;
mod run;
mod schema;
mod selection;
mod sign;
mod signals;
mod stored;
mod target;
mod tender;
mod terminal;
mod tiles;
mod trend;
mod tune;
mod turn;
mod verify;
mod worker;

use args::{Command, Typed};

/// Runs the program on this process's command line; the exit code.
pub fn main() -> u8 {
    hush();
    let words: Vec<OsString> = std::env::args_os().collect();
    // A fault of ours must not look like one of the device, nor end as a backtrace.
    panic::catch_unwind(|| answer(&words)).unwrap_or(2)
}

fn answer(words: &[OsString]) -> u8 {
    let typed = match Typed::try_parse_from(words) {
        Ok(typed) => typed,
        Err(error) => return refused(&error, words),
    };
    match perform(typed) {
        Ok(code) => code,
        Err(error) => {
            terminal::error(&error);
            error.exit_code()
        }
    }
}

fn perform(typed: Typed) -> Result<u8> {
    match typed.command {
        None => run::bare(),
        Some(Command::Run(args)) => run::run(&args),
        Some(Command::Tune(args)) => tune::tune(&args),
        Some(Command::Devices(args)) => devices::devices(&args),
        Some(Command::Doctor) => doctor::doctor(),
        Some(Command::Kernels(args)) => kernels::kernels(&args),
        Some(Command::Report(args)) => report::report(&args),
        Some(Command::Chips(args)) => chips::chips(&args),
        Some(Command::Plan(args)) => plan::plan(&args),
        Some(Command::Sign(args)) => sign::sign(&args),
        Some(Command::Verify(args)) => verify::verify(&args),
        Some(Command::Import(args)) => import::import(&args),
        Some(Command::Audit(args)) => audit::audit(&args),
        Some(Command::Tender(args)) => tender::tender(&args),
        Some(Command::Check(args)) => check::check(&args),
        Some(Command::Calibrate(args)) => calibrate::calibrate(&args),
        Some(Command::Aa(args)) => aa::aa(&args),
        Some(Command::Baseline(args)) => baseline::baseline(&args),
        Some(Command::Trend(args)) => trend::trend(&args),
        Some(Command::Schema) => schema::schema(),
        Some(Command::Completions(args)) => completions::completions(&args),
        Some(Command::Worker) => worker::worker(),
    }
}

/// Prints what the parser says. `--help` and `--version` come this way too.
fn refused(error: &clap::Error, words: &[OsString]) -> u8 {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        // A reader that went away needs no help.
        drop(error.print());
        return 0;
    }
    let text = error.render();
    let text = if terminal::coloured(&std::io::stderr()) {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    // Our hint says the same in the form every other refusal has.
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("For more information"));
    let lines: Vec<&str> = lines.collect();
    terminal::message(lines.join("\n").trim_end());
    let known = Typed::command();
    let mut commands = words.iter().skip(1).filter_map(|word| word.to_str());
    let command = commands.find(|word| known.find_subcommand(word).is_some());
    let command = command.map_or(String::new(), |name| format!(" {name}"));
    terminal::hint(&format!("`suanli{command} --help` shows what can be typed"));
    2
}

/// A panic is a fault of ours: said in one line, with where it happened.
fn hush() {
    panic::set_hook(Box::new(|info| {
        if crate::error::is_guarded() {
            return;
        }
        let payload = info.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        let place = info
            .location()
            .map_or(String::new(), |place| format!(" ({place})"));
        terminal::fault(&format!(
            "a fault in suanli or in a driver: {}{place}",
            text.unwrap_or("unknown")
        ));
        terminal::hint("please report this line with the command you typed");
    }));
}

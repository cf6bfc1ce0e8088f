//! The command lines of a gate's runs.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::cli::args::{Measuring, Modes};
use crate::error::{Error, Result};
use crate::figure::word;

/// The command line of one side, up to `run`.
#[derive(Debug, Clone)]
pub struct Side {
    /// What it is called, and the folder of its results.
    pub name: &'static str,
    /// The program with its own words; the first is what is started.
    typed: Vec<OsString>,
    /// Whether it is this program.
    is_own: bool,
}

impl Side {
    /// This program, as it is.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where its own file can't be found.
    pub fn own(name: &'static str) -> Result<Self> {
        let program = std::env::current_exe().map_err(|error| {
            let why = format!("its own file can't be found: {error}");
            Error::usage("suanli", why, "give a path, such as /usr/local/bin/suanli")
        })?;
        Ok(Self {
            name,
            typed: vec![program.into()],
            is_own: true,
        })
    }

    /// A command as it is typed, with or without `run` at its end or options behind that.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for an empty one, and for quotes that aren't closed.
    pub fn typed(name: &'static str, command: &str) -> Result<Self> {
        let words = shlex::split(command).filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| {
            Error::usage(
                format!("--baseline-command '{command}'"),
                "is empty, or has a quote that isn't closed",
                "give what starts suanli, such as '/opt/old/suanli'",
            )
        })?;
        Ok(Self {
            name,
            typed: words.into_iter().map(Into::into).collect(),
            is_own: false,
        })
    }

    /// The whole command line: what the side says itself, and what it doesn't.
    pub fn words(
        &self,
        options: &Options,
        params: Option<&Path>,
        out: &Path,
        wait: bool,
    ) -> Vec<OsString> {
        let mut words = self.typed.clone();
        if !self.says_run() {
            words.push("run".into());
        }
        let mut all = options.every.clone();
        if self.is_own {
            all.extend(options.own.clone());
        }
        match params {
            Some(file) => all.push(("--params-from".into(), file.into())),
            None => all.extend(options.shapes.clone()),
        }
        all.push(("--out".into(), out.into()));
        all.push(("--quiet".into(), OsString::new()));
        if wait {
            all.push(("--wait".into(), OsString::new()));
        }
        for (name, value) in all {
            if !self.says(&name) {
                words.push(name.into());
                words.extend(Some(value).filter(|value| !value.is_empty()));
            }
        }
        words
    }

    /// Whether `run` stands behind the program: what starts it, as `docker run`, may have that word too.
    fn says_run(&self) -> bool {
        let is_suanli = |word: &OsString| {
            let name = Path::new(word)
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy();
            name.starts_with("suanli")
        };
        let program = self.typed.iter().rposition(is_suanli).unwrap_or(0);
        self.typed[program..]
            .iter()
            .skip(1)
            .any(|word| word == "run")
    }

    /// Whether the option is typed already.
    fn says(&self, name: &str) -> bool {
        self.typed.iter().any(|word| {
            let word = word.to_string_lossy();
            word.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        })
    }
}

/// Options with their values, empty where they take none.
type Pairs = Vec<(String, OsString)>;

/// What was typed for the runs.
pub struct Options {
    /// What every run is given.
    every: Pairs,
    /// What only this suanli is: templates under work are what is tested.
    own: Pairs,
    /// Sizes and shapes: what a file of parameters takes the place of.
    shapes: Pairs,
}

impl Options {
    /// The options of `suanli run` among those that were typed.
    pub fn of(measuring: &Measuring) -> Self {
        let (what, loads) = (&measuring.what, &measuring.loads);
        let mut every: Pairs = Vec::new();
        let mut give = |name: &str, value: &OsStr| every.push((name.into(), value.into()));
        what.suite
            .iter()
            .for_each(|suite| give("--suite", suite.name().as_ref()));
        what.device
            .iter()
            .for_each(|device| give("--device", device.as_ref()));
        what.backend
            .iter()
            .for_each(|backend| give("--backend", backend.as_ref()));
        what.only
            .iter()
            .for_each(|glob| give("--only", glob.as_ref()));
        what.seed
            .iter()
            .for_each(|seed| give("--seed", seed.to_string().as_ref()));
        loads
            .mode
            .iter()
            .for_each(|mode| give("--mode", mode_word(*mode).as_ref()));
        loads
            .data
            .iter()
            .for_each(|data| give("--data", word(data).as_ref()));
        let pair = |name: &str, value: &OsStr| (name.to_owned(), value.to_owned());
        let sizes = what.size.iter().map(|size| pair("--size", size.as_ref()));
        let sets = what.shapes.iter().map(|set| pair("--shapes", set.as_ref()));
        let shaders = what.shaders.iter();
        Self {
            shapes: sizes.chain(sets).collect(),
            own: shaders
                .map(|folder| pair("--shaders", folder.as_os_str()))
                .collect(),
            every,
        }
    }

    /// An option of every run that was not typed.
    pub fn also(&mut self, name: &str, value: OsString) {
        if !self.every.iter().any(|(known, _)| known == name) {
            self.every.push((name.into(), value));
        }
    }
}

fn mode_word(mode: Modes) -> &'static str {
    match mode {
        Modes::Burst => "burst",
        Modes::Sustained => "sustained",
        Modes::Both => "both",
    }
}

/// A scripted device draws its luck by the number of the run.
pub fn numbered(mut words: Vec<OsString>, number: u32) -> Vec<OsString> {
    for word in &mut words {
        let text = word.to_string_lossy();
        let script = text.strip_prefix("--device=").unwrap_or(&text);
        if script == "simulated" {
            *word = format!("{text}:run={number}").into();
        } else if script.starts_with("simulated:") {
            *word = format!("{text},run={number}").into();
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(command: &str) -> String {
        let side = Side::typed("baseline", command).unwrap();
        let options = Options {
            every: vec![
                ("--device".into(), "0".into()),
                ("--only".into(), "gemm/*".into()),
            ],
            own: vec![("--shaders".into(), "new".into())],
            shapes: Vec::new(),
        };
        let words = side.words(&options, None, Path::new("1.json"), false);
        let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        words.join(" ")
    }

    #[test]
    fn a_command_is_given_what_it_does_not_say_itself() {
        let rest = "--only gemm/* --out 1.json --quiet";
        assert_eq!(line("suanli"), format!("suanli run --device 0 {rest}"));
        assert_eq!(
            line("/opt/suanli-1 run --device=1"),
            format!("/opt/suanli-1 run --device=1 {rest}")
        );
        let within = "docker run --gpus all image suanli";
        assert_eq!(line(within), format!("{within} run --device 0 {rest}"));
        assert_eq!(
            line("env 'A=b c' suanli"),
            format!("env A=b c suanli run --device 0 {rest}")
        );
        // An option that begins alike is another.
        assert!(line("suanli run --devices").contains("--device 0"));
    }

    #[test]
    fn an_unclosed_quote_and_nothing_at_all_are_no_command() {
        for wrong in ["", "  ", "'suanli"] {
            assert!(Side::typed("baseline", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn scripted_devices_are_told_the_number_of_the_run() {
        let words = [
            "--device",
            "simulated",
            "--device=simulated:cpu",
            "simulator",
        ]
        .map(OsString::from);
        let expected = [
            "--device",
            "simulated:run=3",
            "--device=simulated:cpu,run=3",
            "simulator",
        ]
        .map(OsString::from);
        assert_eq!(numbered(words.into(), 3), expected);
    }
}

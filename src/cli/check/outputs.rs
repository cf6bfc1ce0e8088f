//! Which forms the verdicts are wanted in, and where each goes.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::cli::args::CheckArgs;
use crate::cli::{output, terminal};
use crate::error::{Error, Result};
use crate::files;
use crate::gate::Judgement;
use crate::render::{self, Lang, ci};

/// What GitHub names the file of a step's summary by.
const SUMMARY_VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// A form of the verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Md,
    Html,
    Xlsx,
    Json,
    Junit,
    Github,
    Gitlab,
    Bencher,
    BiggerIsBetter,
    SmallerIsBetter,
    Openmetrics,
}

/// The forms that were asked for.
pub struct Outputs {
    wanted: Vec<(Form, Option<PathBuf>)>,
    strict: bool,
    lang: Lang,
}

impl Outputs {
    /// What was typed, or a table for the terminal.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for a form there isn't, [`Error::Exists`] for a file that is there: only the textfile of a collector,
    /// which is read again and again under one name, is replaced.
    pub fn of(args: &CheckArgs) -> Result<Self> {
        let mut wanted = Vec::new();
        for typed in &args.output {
            let (name, file) = match typed.split_once('=') {
                Some((name, file)) => (name, Some(PathBuf::from(file))),
                None => (typed.as_str(), None),
            };
            let form = Form::from_str(name, true).map_err(|_| unknown(typed))?;
            if let Some(file) = &file {
                can_be_made(form, file, &wanted)?;
            }
            wanted.push((form, file));
        }
        if args.json {
            wanted.push((Form::Json, None));
        }
        // A person who asks for files alone still wants to know.
        if wanted.iter().all(|(_, file)| file.is_some()) {
            wanted.insert(0, (Form::Text, None));
        }
        Ok(Self {
            wanted,
            strict: args.strict,
            lang: args.lang.unwrap_or_else(terminal::language),
        })
    }

    /// Prints and writes them.
    ///
    /// # Errors
    ///
    /// Those of writing.
    pub fn give(&self, judgement: &Judgement) -> Result<()> {
        // Files first: a reader of standard output may have gone.
        let (written, printed): (Vec<_>, Vec<_>) =
            self.wanted.iter().partition(|(_, file)| file.is_some());
        for (form, file) in written.into_iter().chain(printed) {
            let bytes = self.bytes(*form, judgement, file.is_none())?;
            match file {
                None => terminal::print_bytes(&bytes)?,
                Some(path) if *form == Form::Openmetrics => files::replace(path, &bytes)?,
                Some(path) => output::create(path, &bytes)?,
            }
            if *form == Form::Github {
                self.summary(judgement)?;
            }
        }
        Ok(())
    }

    /// A form's bytes; on a terminal, text looks as the terminal wants it.
    fn bytes(&self, form: Form, judgement: &Judgement, printed: bool) -> Result<Vec<u8>> {
        let document = || render::gate::judgement(judgement, self.strict).said(self.lang);
        let look = match printed {
            true => terminal::look(),
            false => render::text::Look::default(),
        };
        Ok(match form {
            Form::Text => render::text::document(&document(), look),
            Form::Md => render::markdown::document(&document()),
            Form::Html => render::html::document(&document(), self.lang)?,
            Form::Xlsx => return render::xlsx::document(&document(), self.lang),
            Form::Json => terminal::json(judgement),
            Form::Junit => ci::junit::document(judgement, self.strict),
            Form::Github => ci::annotations::commands(judgement, self.strict),
            Form::Gitlab => ci::gitlab::document(judgement, self.strict),
            Form::Bencher => ci::bencher::document(judgement),
            Form::BiggerIsBetter => ci::tracker::bigger_is_better(judgement),
            Form::SmallerIsBetter => ci::tracker::smaller_is_better(judgement),
            Form::Openmetrics => ci::openmetrics::document(judgement),
        }
        .into_bytes())
    }

    /// Adds the tables to the summary of a step, where one is kept.
    fn summary(&self, judgement: &Judgement) -> Result<()> {
        let Some(path) = std::env::var_os(SUMMARY_VARIABLE).filter(|path| !path.is_empty()) else {
            return Ok(());
        };
        let path = Path::new(&path);
        let failed = |source| Error::Write {
            path: path.into(),
            source,
        };
        let document = render::gate::judgement(judgement, self.strict).said(self.lang);
        let mut options = OpenOptions::new();
        let mut file = options
            .append(true)
            .create(true)
            .open(path)
            .map_err(failed)?;
        // What earlier commands of the step have written counts too.
        let there = file.metadata().map_err(failed)?.len();
        let left = ci::summary::LIMIT.saturating_sub(usize::try_from(there).unwrap_or(usize::MAX));
        let text = ci::summary::cut(&render::markdown::document(&document), left);
        file.write_all(text.as_bytes()).map_err(failed)
    }
}

/// Known before anything is measured: a file that is there, a folder that isn't, and one file for two forms.
fn can_be_made(form: Form, file: &Path, wanted: &[(Form, Option<PathBuf>)]) -> Result<()> {
    let twice = wanted
        .iter()
        .any(|(_, other)| other.as_deref() == Some(file));
    if twice || (form != Form::Openmetrics && file.exists()) {
        return Err(Error::Exists { path: file.into() });
    }
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if file.file_name().is_some() && folder.is_dir() {
        return Ok(());
    }
    Err(Error::usage(
        format!("--output {}", file.display()),
        format!("there is no folder {} to write it to", folder.display()),
        "make the folder, or give another file",
    ))
}

fn unknown(typed: &str) -> Error {
    let forms = Form::value_variants();
    let forms = forms.iter().filter_map(ValueEnum::to_possible_value);
    let forms: Vec<String> = forms.map(|form| form.get_name().to_owned()).collect();
    Error::usage(
        format!("--output {typed}"),
        "is no form of the verdicts",
        format!("forms are {}, each with =FILE or without", forms.join(", ")),
    )
}

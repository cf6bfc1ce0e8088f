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

    /// Prints and writes them, the others too where one can't be written: a verdict took long to get.
    ///
    /// # Errors
    ///
    /// The first of those of writing.
    pub fn give(&self, judgement: &Judgement) -> Result<()> {
        // Files first: a reader of standard output may have gone.
        let (written, printed): (Vec<_>, Vec<_>) =
            self.wanted.iter().partition(|(_, file)| file.is_some());
        let mut given = Ok(());
        for (form, file) in written.into_iter().chain(printed) {
            given = given.and(self.one(*form, file.as_deref(), judgement));
        }
        given
    }

    fn one(&self, form: Form, file: Option<&Path>, judgement: &Judgement) -> Result<()> {
        let bytes = self.bytes(form, judgement, file.is_none())?;
        match file {
            None => terminal::print_bytes(&bytes)?,
            Some(path) if form == Form::Openmetrics => files::replace(&linked(path), &bytes)?,
            Some(path) => output::create(path, &bytes)?,
        }
        match form {
            Form::Github => self.summary(judgement),
            _ => Ok(()),
        }
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
        let failed = |error: std::io::Error| {
            Error::usage(
                SUMMARY_VARIABLE,
                format!("names {}, which can't be written: {error}", path.display()),
                "let it name a file, or unset it",
            )
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

/// Known before anything is measured: a file that is there, a folder that isn't or can't be written to, and one file for two
/// forms.
fn can_be_made(form: Form, file: &Path, wanted: &[(Form, Option<PathBuf>)]) -> Result<()> {
    let refused = |why: String, hint: &str| {
        let typed = format!("--output {}={}", name(form), file.display());
        Err(Error::usage(typed, why, hint))
    };
    if file.file_name().is_none() {
        return refused("names no file".into(), "give one behind the equals sign");
    }
    let same = |other: &Path| linked(other) == linked(file);
    if wanted
        .iter()
        .filter_map(|(_, other)| other.as_deref())
        .any(same)
    {
        return refused(
            "is the file of another form too".into(),
            "give each form a file",
        );
    }
    if form != Form::Openmetrics && file.symlink_metadata().is_ok() {
        return Err(Error::Exists { path: file.into() });
    }
    // It is replaced by renaming another one over it, which would leave a device or a fifo gone.
    if file.metadata().is_ok_and(|about| !about.is_file()) {
        return refused("is there and no regular file".into(), "give another file");
    }
    let file = linked(file);
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let why = format!("there is no folder {} to write it to", folder.display());
        return refused(why, "make the folder, or give another file");
    }
    match files::written_beside(&file, |_| Ok(())) {
        Err(Error::Write { source, .. }) => refused(
            format!("nothing can be written to {}: {source}", folder.display()),
            "give a file in a folder that you may write to",
        ),
        other => other.map(drop),
    }
}

/// The file that a link stands for, which is replaced, not the link; one that isn't there yet, by its folder's own name.
fn linked(path: &Path) -> PathBuf {
    let there = path.canonicalize();
    let parent = || path.parent()?.join(".").canonicalize().ok();
    let made = || Some(parent()?.join(path.file_name()?));
    there.ok().or_else(made).unwrap_or_else(|| path.into())
}

/// A form as it is typed.
fn name(form: Form) -> String {
    let value = form.to_possible_value();
    value.map_or(String::new(), |value| value.get_name().to_owned())
}

fn unknown(typed: &str) -> Error {
    let forms = Form::value_variants().iter();
    let forms: Vec<String> = forms.map(|form| name(*form)).collect();
    Error::usage(
        format!("--output {typed}"),
        "is no form of the verdicts",
        format!("forms are {}, each with =FILE or without", forms.join(", ")),
    )
}

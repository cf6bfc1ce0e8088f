//! Where baselines and floors are kept between gates: a folder of plain files, by machine, driver and suite.
//!
//! Nothing in it is ever overwritten: what is saved anew lies beside the old, under its date, and the newest counts.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::FEWEST_RUNS;
use super::floor::{self, Floors};
use super::sides::first_look;
use crate::device::DeviceInfo;
use crate::error::{Error, Result};
use crate::files::{self, slug};
use crate::results::Results;

/// The variable that names the folder.
pub const STORE_VARIABLE: &str = "SUANLI_STORE";

/// The folder.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// A baseline that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// Machine, driver, suite and date: what it is known by.
    pub name: String,
    /// Host and card.
    pub machine: String,
    /// Driver with version.
    pub driver: String,
    /// The suite.
    pub suite: String,
    /// When it was saved, UTC.
    pub saved: String,
    /// How many runs.
    pub runs: usize,
    /// Whether it is the newest of its machine, driver and suite.
    pub newest: bool,
    /// The folder of its files.
    pub path: PathBuf,
}

impl Store {
    /// The folder that was named, by option or by `$SUANLI_STORE`, else `suanli` in the system's folder for data.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where no folder is known.
    pub fn of(named: Option<&Path>) -> Result<Self> {
        let variable = std::env::var_os(STORE_VARIABLE).filter(|value| !value.is_empty());
        let usual = || dirs::data_dir().map(|folder| folder.join("suanli"));
        let root = named
            .map(PathBuf::from)
            .or_else(|| variable.map(Into::into))
            .or_else(usual);
        let root = root.ok_or_else(|| {
            Error::usage(
                "the store",
                "this system has no folder for data",
                format!("give --store DIR, or set {STORE_VARIABLE}"),
            )
        })?;
        Ok(Self { root })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Keeps runs of one machine, driver and suite, to the letter; `saved` is the date, `20261126T120000Z`.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for no runs or runs of several machines, drivers or suites, [`Error::Exists`], [`Error::Write`].
    pub fn save(&self, runs: &[(Results, Vec<u8>)], saved: &str) -> Result<Saved> {
        let place = one_place(runs)?;
        let above = self.root.join("baselines").join(place.join("/"));
        let path = above.join(saved);
        write(runs, &above, &path)?;
        let name = format!("{}/{saved}", place.join("/"));
        let mut kept = self.list()?.into_iter();
        kept.find(|kept| kept.name == name)
            .ok_or_else(|| Error::Data {
                what: path.display().to_string(),
                why: "was saved and can't be found again".into(),
            })
    }

    /// Every baseline, the newest of its kind first.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn list(&self) -> Result<Vec<Saved>> {
        let mut kept = Vec::new();
        let root = self.root.join("baselines");
        for machine in folders(&root)? {
            for driver in folders(&root.join(&machine))? {
                for suite in folders(&root.join(&machine).join(&driver))? {
                    let above = root.join(&machine).join(&driver).join(&suite);
                    let mut dates = folders(&above)?;
                    // What somebody else has put there is no baseline.
                    dates.retain(|saved| {
                        names(&above.join(saved)).is_ok_and(|names| !names.is_empty())
                    });
                    dates.reverse();
                    for (at, saved) in dates.into_iter().enumerate() {
                        let path = above.join(&saved);
                        kept.push(Saved {
                            name: [machine.as_str(), &driver, &suite, &saved].join("/"),
                            machine: machine.clone(),
                            driver: driver.clone(),
                            suite: suite.clone(),
                            saved,
                            runs: names(&path)?.len(),
                            newest: at == 0,
                            path,
                        });
                    }
                }
            }
        }
        Ok(kept)
    }

    /// The newest baseline of a machine and suite: of its driver if there is one, else of another driver, which the gate then
    /// names.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn baseline(&self, machine: &str, driver: &str, suite: &str) -> Result<Option<Saved>> {
        let (driver, suite) = (slug(driver), suite_name(suite));
        let mut kept = self.list()?;
        kept.retain(|one| one.machine == machine && one.suite == suite && one.newest);
        kept.sort_by(|a, b| {
            ((a.driver == driver), &a.saved).cmp(&((b.driver == driver), &b.saved))
        });
        Ok(kept.pop())
    }

    /// Keeps floors beside older ones.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn save_floors(&self, floors: &Floors, saved: &str) -> Result<PathBuf> {
        let folder = self
            .root
            .join("floors")
            .join(&floors.machine)
            .join(slug(&floors.driver));
        let path = folder.join(format!("{saved}.json"));
        if path.exists() {
            return Err(Error::Exists { path });
        }
        let text = serde_json::to_string_pretty(floors).unwrap_or_default() + "\n";
        files::replace(&path, text.as_bytes())?;
        Ok(path)
    }

    /// The floors that are kept, the newest first; what can't be read is returned beside them.
    pub fn floors(&self) -> (Vec<Floors>, Vec<Error>) {
        let (mut floors, mut errors) = (Vec::new(), Vec::new());
        let files = self.floor_files().unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        });
        for path in files {
            match Floors::load(&path) {
                Ok(one) => floors.push(one),
                Err(error) => errors.push(error),
            }
        }
        floors.sort_by(|a, b| b.dated.cmp(&a.dated));
        (floors, errors)
    }

    fn floor_files(&self) -> Result<Vec<PathBuf>> {
        let root = self.root.join("floors");
        let mut files = Vec::new();
        for machine in folders(&root)? {
            for driver in folders(&root.join(&machine))? {
                let folder = root.join(&machine).join(driver);
                files.extend(names(&folder)?.into_iter().map(|name| folder.join(name)));
            }
        }
        Ok(files)
    }
}

/// The machine, driver and suite that all runs are of.
fn one_place(runs: &[(Results, Vec<u8>)]) -> Result<[String; 3]> {
    let places: Vec<[String; 3]> = runs.iter().map(|(run, _)| place(run)).collect();
    let [first, others @ ..] = &places[..] else {
        let hint = "give results files or directories";
        return Err(Error::usage("baseline save", "there are no runs", hint));
    };
    if let Some(other) = others.iter().find(|other| *other != first) {
        let [one, other] = [first, other].map(|place| place.join(", "));
        let hint = "save those of one machine, driver and suite at a time";
        return Err(Error::usage(
            "baseline save",
            format!("runs of {one} and of {other}"),
            hint,
        ));
    }
    let results: Vec<Results> = runs.iter().map(|(run, _)| run.clone()).collect();
    named(&results)?;
    first_look("baseline save", &results)?;
    whole(&results)?;
    Ok(first.clone())
}

/// Refuses what no gate could use: too few runs, and runs that were cut or measured nothing.
fn whole(runs: &[Results]) -> Result<()> {
    let refused = |why: String| {
        let hint = "make them anew: suanli run --runs 5 --out DIR";
        Err(Error::usage("baseline save", why, hint))
    };
    let started = |run: &Results| format!("the run that began at {}", run.started);
    if let Some(cut) = runs.iter().find(|run| run.finished.is_none()) {
        return refused(format!("{} was cut", started(cut)));
    }
    let empty = |run: &&Results| !run.records.iter().any(|record| record.measured().is_some());
    if let Some(empty) = runs.iter().find(empty) {
        return refused(format!("{} has measured nothing", started(empty)));
    }
    let copy = |(at, run): (usize, &Results)| runs[..at].iter().any(|other| other.is_copy_of(run));
    let copies = runs
        .iter()
        .enumerate()
        .filter(|(at, run)| copy((*at, run)))
        .count();
    if runs.len() - copies < FEWEST_RUNS {
        let runs = runs.len() - copies;
        return refused(format!(
            "{runs} runs (copies not counted); a gate needs {FEWEST_RUNS}"
        ));
    }
    Ok(())
}

/// Writes the runs into a new folder, which appears whole: a gate that begins meanwhile finds all of its runs or none.
fn write(runs: &[(Results, Vec<u8>)], above: &Path, path: &Path) -> Result<()> {
    let failed = |source| Error::Write {
        path: path.into(),
        source,
    };
    fs::create_dir_all(above).map_err(failed)?;
    let mut made = tempfile::Builder::new();
    let made = made.prefix(".saving-").tempdir_in(above).map_err(failed)?;
    for (at, (_, bytes)) in runs.iter().enumerate() {
        fs::write(made.path().join(format!("{:03}.json", at + 1)), bytes).map_err(failed)?;
    }
    if path.exists() {
        return Err(Error::Exists { path: path.into() });
    }
    for_everyone(made.path()).map_err(failed)?;
    fs::rename(made.path(), path).map_err(failed)?;
    drop(made.keep());
    Ok(())
}

/// What floors and baselines belong to: the card by its GPU's own id, else by host and bus.
pub fn machine(run: &Results) -> String {
    let uuid = run.gpu().and_then(|gpu| gpu.uuid.as_deref());
    machine_of(&run.device, uuid, run.host.name.as_deref())
}

/// The same for a card that is not measured yet.
pub fn machine_of(device: &DeviceInfo, uuid: Option<&str>, host: Option<&str>) -> String {
    if let Some(uuid) = uuid {
        return format!("{}_{}", device.slug(), slug(uuid));
    }
    let mut words = vec![device.slug(), slug(host.unwrap_or(UNNAMED))];
    words.extend(device.pci_bus_id.as_deref().map(slug));
    words.join("_")
}

/// What stands for a host that doesn't say its name.
const UNNAMED: &str = "unnamed";

/// Refuses runs of which nobody knows the machine: what is kept of them would be taken for that of any other.
///
/// # Errors
///
/// [`Error::Usage`].
pub fn named(runs: &[Results]) -> Result<()> {
    let nameless = |run: &&Results| {
        run.host.name.is_none() && run.gpu().and_then(|gpu| gpu.uuid.as_ref()).is_none()
    };
    match runs.iter().find(nameless) {
        None => Ok(()),
        Some(_) => Err(Error::usage(
            "the runs",
            "name neither host nor GPU, so that nobody could tell which machine's they are",
            "measure without --redact what is to be kept",
        )),
    }
}

/// Machine, driver and suite.
fn place(run: &Results) -> [String; 3] {
    [
        machine(run),
        slug(&floor::driver(&run.device)),
        suite_name(&run.suite.name),
    ]
}

/// A suite's name is a stranger's text too, and must not lead out of the folder.
fn suite_name(suite: &str) -> String {
    let parts: Vec<String> = suite.split('@').map(slug).collect();
    parts.join("@")
}

/// The folders in a folder, by name; none in one that isn't there.
fn folders(folder: &Path) -> Result<Vec<String>> {
    entries(folder, |path| path.is_dir())
}

/// The files in a folder that end in `.json`, by name.
fn names(folder: &Path) -> Result<Vec<String>> {
    entries(folder, |path| {
        path.extension().is_some_and(|ending| ending == "json")
    })
}

fn entries(folder: &Path, wanted: fn(&Path) -> bool) -> Result<Vec<String>> {
    let failed = |source| Error::Read {
        path: folder.into(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && wanted(&entry.path()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// A temporary folder is its owner's alone; a baseline is for whom the umask says.
#[cfg(unix)]
fn for_everyone(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let above = folder.parent().map(fs::metadata).transpose()?;
    above.map_or(Ok(()), |above| {
        fs::set_permissions(
            folder,
            fs::Permissions::from_mode(above.permissions().mode() & 0o777),
        )
    })
}

#[cfg(not(unix))]
fn for_everyone(_: &Path) -> std::io::Result<()> {
    Ok(())
}

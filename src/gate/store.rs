//! Where baselines and floors are kept between gates: a folder of plain files, by machine, driver and suite.
//!
//! Nothing in it is ever overwritten: what is saved anew lies beside the old, under its date, and the newest counts.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::floor::{self, Floors};
use crate::device::DeviceInfo;
use crate::error::{Error, Result};
use crate::files::{self, slug};
use crate::results::{Host, Results};

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
        let places: Vec<[String; 3]> = runs
            .iter()
            .map(|(run, _)| place(&run.host, &run.device, &run.suite.name))
            .collect();
        let [first, others @ ..] = &places[..] else {
            return Err(Error::usage(
                "baseline save",
                "there are no runs",
                "give results files or directories",
            ));
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
        let above = self.root.join("baselines").join(first.join("/"));
        let path = above.join(saved);
        let failed = |source| Error::Write {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(&above).map_err(failed)?;
        // It appears whole: a gate that begins meanwhile finds all of its runs or none.
        let made = tempfile::Builder::new()
            .prefix(".saving-")
            .tempdir_in(&above)
            .map_err(failed)?;
        for (at, (_, bytes)) in runs.iter().enumerate() {
            fs::write(made.path().join(format!("{:03}.json", at + 1)), bytes).map_err(failed)?;
        }
        if path.exists() {
            return Err(Error::Exists { path });
        }
        for_everyone(made.path()).map_err(failed)?;
        fs::rename(made.path(), &path).map_err(failed)?;
        drop(made.keep());
        let name = format!("{}/{saved}", first.join("/"));
        self.list()?
            .into_iter()
            .find(|kept| kept.name == name)
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
    pub fn baseline(&self, host: &Host, device: &DeviceInfo, suite: &str) -> Result<Option<Saved>> {
        let [machine, driver, suite] = place(host, device, suite);
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
        let text = serde_json::to_string_pretty(floors).unwrap_or_default() + "\n";
        files::replace(&path, text.as_bytes())?;
        Ok(path)
    }

    /// The floors that are kept, the newest first; what can't be read is returned beside them.
    pub fn floors(&self) -> (Vec<Floors>, Vec<Error>) {
        let (mut floors, mut errors) = (Vec::new(), Vec::new());
        let root = self.root.join("floors");
        for machine in folders(&root).unwrap_or_default() {
            for driver in folders(&root.join(&machine)).unwrap_or_default() {
                let folder = root.join(&machine).join(driver);
                for name in names(&folder).unwrap_or_default() {
                    match Floors::load(&folder.join(name)) {
                        Ok(one) => floors.push(one),
                        Err(error) => errors.push(error),
                    }
                }
            }
        }
        floors.sort_by(|a, b| b.dated.cmp(&a.dated));
        (floors, errors)
    }
}

/// Host and card: what floors and baselines belong to.
pub fn machine(host: &Host, device: &DeviceInfo) -> String {
    let host = host.name.as_deref().unwrap_or("unnamed");
    let mut words = vec![slug(host), device.slug()];
    words.extend(device.pci_bus_id.as_deref().map(slug));
    words.join("_")
}

/// Machine, driver and suite.
fn place(host: &Host, device: &DeviceInfo, suite: &str) -> [String; 3] {
    // A suite's name is a stranger's text too, and must not lead out of the folder.
    let suite: Vec<String> = suite.split('@').map(slug).collect();
    [
        machine(host, device),
        slug(&floor::driver(device)),
        suite.join("@"),
    ]
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

//! `suanli sign`: results and all that follows from them as a signed bundle, and keys to sign with.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use crate::bundle::{self, Found, Given, Made, Options, Pair, Password, Secret};
use crate::chips;
use crate::error::{Error, Result};

use super::args::SignArgs;
use super::loaded::loaded;
use super::{output, terminal};

/// Makes a bundle and signs it, or makes a key pair.
///
/// # Errors
///
/// Those of the results, the chips and the key; [`Error::Exists`] where the bundle or key is there already.
pub fn sign(args: &SignArgs) -> Result<u8> {
    if let Some(path) = &args.new_key {
        return new_key(path, args);
    }
    // The parser lets none of the two be left out.
    let (Some(out), Some(key)) = (&args.out, &args.key) else {
        return Err(Error::usage(
            "sign",
            "has no --out or no --key",
            "give both",
        ));
    };
    if out.symlink_metadata().is_ok() {
        return Err(Error::Exists { path: out.clone() });
    }
    let given = given(args)?;
    let key = secret(key, args)?;
    let Made { mut files, shaders } = bundle::make(&given)?;
    bundle::sign(&mut files, &key, &given.created)?;
    let found = checked(Found::of(files), &key)?;
    bundle::write(&found.files, out)?;
    for shader in &shaders {
        if let Some(why) = &shader.missing {
            let kernel = &shader.kernel;
            terminal::message(&format!(
                "warning: the WGSL of {kernel} is not in the bundle: {why}"
            ));
        }
    }
    terminal::message(&format!("bundle: {}", out.display()));
    terminal::message(&format!("signed by key {}", key.public()?.id()));
    Ok(0)
}

/// What the bundle is made of, read once.
fn given(args: &SignArgs) -> Result<Given> {
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let (mut files, mut results) = (Vec::new(), Vec::new());
    for one in loaded(&args.results)? {
        files.push((name(&one.path), one.bytes));
        results.push(one.results);
    }
    let own = args.chips.iter();
    let own = own.map(|path| Ok((name(path), chips::text(path)?)));
    // Errors of a user's chips name the file as it was typed.
    chips::with(&args.chips)?;
    let languages = match args.lang.is_empty() {
        true => vec![terminal::language()],
        false => args.lang.clone(),
    };
    Ok(Given {
        files,
        results,
        chips: own.collect::<Result<_>>()?,
        languages,
        created: output::now(),
    })
}

/// The bundle as it will be read: what is signed is what can be verified.
fn checked(found: Found, key: &Secret) -> Result<Found> {
    let public = key.public()?;
    let options = Options { key: Some(&public) };
    let verdict = bundle::verify(&found, options);
    match verdict.differences.first() {
        None => Ok(found),
        Some(first) => Err(Error::Data {
            what: format!("bundle: {}", first.path),
            why: format!("can't be made anew: {}", first.what),
        }),
    }
}

/// The secret key of a file, which must not lie where it is given away.
fn secret(path: &Path, args: &SignArgs) -> Result<Secret> {
    kept_apart("--key", path)?;
    let what = format!("--key {}", path.display());
    let bytes = small(path).map_err(|why| {
        let hint = "`suanli sign --new-key FILE` makes a key pair";
        Error::usage(&what, format!("can't be read: {why}"), hint)
    })?;
    let text = String::from_utf8_lossy(&bytes);
    Secret::open(&what, &text, || password(args))
}

fn kept_apart(option: &str, path: &Path) -> Result<()> {
    let what = || format!("{option} {}", path.display());
    if let Some(bundle) = bundle::holding(path) {
        let why = format!("lies in the bundle {}", bundle.display());
        let hint = "keep a secret key where nobody else gets it";
        return Err(Error::usage(what(), why, hint));
    }
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.into());
    if whole
        .ancestors()
        .skip(1)
        .any(|folder| folder.join(".git").exists())
    {
        let warning = "lies in a git work tree: a secret key must never be committed";
        terminal::message(&format!("warning: {} {warning}", what()));
    }
    Ok(())
}

/// What a key is encrypted with: from the variable that was named, from a pipe, or as typed without an echo.
fn password(args: &SignArgs) -> Result<Password> {
    let given = match &args.password_env {
        Some(name) => std::env::var(name).map_err(|error| error.to_string()),
        None if io::stdin().is_terminal() => return Ok(Password::Asked),
        None => line().map_err(|error| error.to_string()),
    };
    let from = match &args.password_env {
        Some(name) => format!("--password-env {name}"),
        None => "password".into(),
    };
    let hint =
        "send the password through a pipe, or name the variable that holds it with --password-env";
    match given {
        Ok(password) if !password.is_empty() => Ok(Password::Given(password)),
        Ok(_) => Err(Error::usage(from, "is empty", hint)),
        Err(why) => Err(Error::usage(from, why, hint)),
    }
}

/// The first line of standard input.
fn line() -> io::Result<String> {
    const LONGEST: u64 = 4096;
    let mut line = String::new();
    io::stdin().lock().take(LONGEST).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// The bytes of a key's file: a regular one, of no more than a key has.
pub fn small(path: &Path) -> Result<Vec<u8>, String> {
    const LONGEST: u64 = 16 << 10;
    let about = path.metadata().map_err(|error| error.to_string())?;
    if !about.is_file() || about.len() > LONGEST {
        return Err("it is no file of a key's size".into());
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

/// Makes a key pair, and prints the public key.
fn new_key(path: &Path, args: &SignArgs) -> Result<u8> {
    let mut public = path.as_os_str().to_owned();
    public.push(".pub");
    let public = PathBuf::from(public);
    for path in [path, &public] {
        if path.symlink_metadata().is_ok() {
            return Err(Error::Exists { path: path.into() });
        }
    }
    kept_apart("--new-key", path)?;
    let pair = Pair::new(match args.no_password {
        true => Password::None,
        false => password(args)?,
    })?;
    let written = secret_file(path).and_then(|mut file| file.write_all(pair.secret.as_bytes()));
    written.map_err(|error| {
        let what = format!("--new-key {}", path.display());
        let hint = "give a file in a folder that is there and that you may write to";
        Error::usage(what, format!("can't be written: {error}"), hint)
    })?;
    output::create(&public, pair.public.as_bytes())?;
    terminal::message(&format!(
        "secret key: {} (keep it to yourself)",
        path.display()
    ));
    terminal::message(&format!(
        "public key: {} (give it to whoever checks)",
        public.display()
    ));
    terminal::print(&format!("{}\n", pair.line))?;
    Ok(0)
}

/// A new file that its owner alone can read, from the first byte on.
fn secret_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

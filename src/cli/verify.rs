//! `suanli verify`: a bundle's signature and hashes, and its sheet made anew from the raw samples.

use std::path::Path;

use crate::bundle::{self, Options, Public};
use crate::error::{Error, Result};

use super::args::VerifyArgs;
use super::terminal;

/// Prints what was checked and what differs; 1 where anything does.
///
/// # Errors
///
/// Those of [`bundle::read`]; [`Error::Usage`] where there is no key to check with, or it is none.
pub fn verify(args: &VerifyArgs) -> Result<u8> {
    let found = bundle::read(&args.bundle)?;
    let key = match (&args.public_key, args.unsigned) {
        (Some(typed), _) => Some(public(typed)?),
        (None, true) => None,
        (None, false) => {
            return Err(Error::usage(
                "--public-key",
                "is missing: without it nobody's signature can be checked",
                "give the signer's public key, or --unsigned to check all the rest",
            ));
        }
    };
    let options = Options { key: key.as_ref() };
    let verdict = bundle::verify(&found, options);
    let text = match args.json {
        true => terminal::json(&verdict),
        false => terminal::said(&bundle::document(&verdict), args.lang),
    };
    terminal::print(&text)?;
    Ok(u8::from(!verdict.verified))
}

/// A public key, typed as it is or as the file that holds it.
fn public(typed: &str) -> Result<Public> {
    let path = Path::new(typed);
    if let Some(key) = Public::of_line(typed).filter(|_| !path.exists()) {
        return Ok(key);
    }
    let wrong = |why: String| {
        let hint = "give the file FILE.pub, or its second line: 56 letters that begin with RW";
        Error::usage(format!("--public-key {typed}"), why, hint)
    };
    let bytes = super::sign::small(path).map_err(|why| wrong(format!("can't be read: {why}")))?;
    let text = String::from_utf8_lossy(&bytes);
    Public::of_text(&text).ok_or_else(|| wrong("is no public key in minisign's format".into()))
}

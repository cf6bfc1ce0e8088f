//! A document as the bytes of a layout, printed or written to a file that is not there yet.

use std::ffi::OsStr;
use std::path::Path;

use crate::error::{Error, Result};
use crate::render::text::Look;
use crate::render::{self, Document, Lang};

use super::args::Layout;
use super::{output, terminal};

/// How and where a document goes.
pub struct Laid<'a> {
    /// What was asked for; absent where the file's ending says it.
    layout: Option<Layout>,
    /// The file; absent for standard output.
    out: Option<&'a Path>,
    /// The language it is said in.
    lang: Lang,
}

impl<'a> Laid<'a> {
    /// What was asked for; a file that is there is refused before anything is read.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`], and [`Error::Usage`] where nobody can tell how it is to be laid out.
    pub fn free(layout: Option<Layout>, out: Option<&'a Path>, lang: Lang) -> Result<Self> {
        let laid = Self { layout, out, lang };
        laid.layout()?;
        match out.filter(|out| out.exists()) {
            Some(out) => Err(Error::Exists { path: out.into() }),
            None => Ok(laid),
        }
    }

    /// Prints it, or writes it and says where.
    ///
    /// # Errors
    ///
    /// Those of the layout and of writing.
    pub fn give(
        &self,
        said: impl FnOnce() -> Document,
        json: impl FnOnce() -> String,
    ) -> Result<()> {
        // A file is read where no terminal is.
        let look = match self.out {
            Some(_) => Look::default(),
            None => terminal::look(),
        };
        let bytes = match self.layout()? {
            Layout::Text => render::text::document(&said(), look).into_bytes(),
            Layout::Md => render::markdown::document(&said()).into_bytes(),
            Layout::Html => render::html::document(&said(), self.lang)?.into_bytes(),
            Layout::Xlsx => render::xlsx::document(&said(), self.lang)?,
            Layout::Json => json().into_bytes(),
        };
        match self.out {
            Some(out) => {
                output::create(out, &bytes)?;
                terminal::message(&format!("written: {}", out.display()));
                Ok(())
            }
            None => terminal::print_bytes(&bytes),
        }
    }

    fn layout(&self) -> Result<Layout> {
        if let Some(layout) = self.layout {
            return Ok(layout);
        }
        let ending = self.out.and_then(Path::extension).and_then(OsStr::to_str);
        Ok(match ending {
            None | Some("txt") => Layout::Text,
            Some("md") => Layout::Md,
            Some("html" | "htm") => Layout::Html,
            Some("xlsx") => Layout::Xlsx,
            Some("json") => Layout::Json,
            Some(other) => {
                return Err(Error::usage(
                    "--out",
                    format!("what .{other} is to hold is not known"),
                    "end it in .txt, .md, .html, .xlsx or .json, or give --format",
                ));
            }
        })
    }
}

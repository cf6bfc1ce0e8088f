//! What is typed behind `suanli sign` and `suanli verify`.

use std::path::PathBuf;

use clap::Args;

use crate::render::Lang;

/// What `suanli sign` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli sign --new-key ~/keys/bench.key                        a key pair: bench.key and bench.key.pub
  suanli sign results/mycard --out evidence --key ~/keys/bench.key
  suanli sign results/mycard --out 证据 --key ~/keys/bench.key --lang zh,en

A bundle is a folder: the results to the letter, the WGSL that ran, the chip data used, the sheet in every format, and a
manifest with the SHA-256 of each, signed in minisign's format. Check it with `suanli verify`, or its signature alone with
`minisign -Vm manifest.json -p bench.key.pub`. A key's password is asked for, or read from a pipe or --password-env.")]
pub struct SignArgs {
    /// Results files, or directories with some in or below them
    #[arg(value_name = "RESULTS", required_unless_present = "new_key")]
    pub results: Vec<PathBuf>,
    /// The folder to make
    #[arg(long, value_name = "BUNDLE", required_unless_present = "new_key")]
    pub out: Option<PathBuf>,
    /// The secret key to sign with, as suanli or minisign makes it
    #[arg(long, value_name = "FILE", required_unless_present = "new_key")]
    pub key: Option<PathBuf>,
    /// Of the sheet, several with commas: zh, en [default: the locale's]
    #[arg(long, value_enum, value_delimiter = ',')]
    pub lang: Vec<Lang>,
    /// Further chips, and others in the place of those of the same name; may be repeated
    #[arg(long, value_name = "FILE")]
    pub chips: Vec<PathBuf>,
    /// Make a key pair instead: FILE, which stays secret, and FILE.pub
    #[arg(long, value_name = "FILE", conflicts_with_all = ["results", "out", "key", "lang", "chips"])]
    pub new_key: Option<PathBuf>,
    /// The environment variable that holds the key's password
    #[arg(long, value_name = "NAME")]
    pub password_env: Option<String>,
    /// Make a key that needs no password: whoever has the file can sign
    #[arg(long, requires = "new_key", conflicts_with = "password_env")]
    pub no_password: bool,
}

/// What `suanli verify` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli verify evidence --public-key bench.key.pub
  suanli verify evidence --public-key RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3
  suanli verify evidence --unsigned --json

Nothing is fetched and nothing written. The public key must come from the signer by another way than the bundle.

Exit codes: 0 verified; 1 something differs; 2 there is no bundle to read, or nothing to check it with.")]
pub struct VerifyArgs {
    /// The folder that `suanli sign` made
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,
    /// The signer's public key, a file or its line of Base64
    #[arg(long, value_name = "FILE|BASE64")]
    pub public_key: Option<String>,
    /// Check everything but whose signature it is
    #[arg(long, conflicts_with = "public_key")]
    pub unsigned: bool,
    /// zh or en [default: the locale's]
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

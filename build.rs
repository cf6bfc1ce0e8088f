//! Puts the git revision and the versions of wgpu and naga into the build; `unknown` where they can't be told.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=Cargo.lock");
    // A checkout writes HEAD, a commit the branch. A path that is absent would rerun this script on
    // every build.
    for path in [".git/HEAD", ".git/refs"] {
        if std::path::Path::new(path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    let revision = revision().unwrap_or_else(|| "unknown".into());
    println!("cargo::rustc-env=SUANLI_REVISION={revision}");
    for (name, variable) in [("wgpu", "SUANLI_WGPU"), ("naga", "SUANLI_NAGA")] {
        let version = locked(name).unwrap_or_else(|| "unknown".into());
        println!("cargo::rustc-env={variable}={version}");
    }
}

/// The short hash of the checkout this package is the root of. A crate unpacked inside somebody else's
/// checkout has no revision.
fn revision() -> Option<String> {
    if !std::path::Path::new(".git").exists() {
        return None;
    }
    let output = Command::new("git")
        .args(["rev-parse", "--short=7", "HEAD"])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.into())
}

/// The version of a dependency that this build was resolved to.
fn locked(name: &str) -> Option<String> {
    let lock = std::fs::read_to_string("Cargo.lock").ok()?;
    let mut lines = lock.lines();
    lines.find(|line| *line == format!("name = \"{name}\""))?;
    let version = lines.next()?.strip_prefix("version = ")?;
    Some(version.trim_matches('"').into())
}

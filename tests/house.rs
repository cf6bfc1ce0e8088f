//! The rules of the house that a compiler doesn't hold: who may import whom, who may name what.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

use suanli::results::{self, Results};
use suanli::sheet::Sheet;
use suanli::{chips, render};

/// Every source file under `src`, with the name of its top-level module.
fn sources() -> Vec<(String, PathBuf)> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    // Unit tests in files of their own may print why they skip.
    let of_tests = |path: &PathBuf| {
        let below = path.strip_prefix(&root).unwrap();
        path.ends_with("tests.rs") || below.components().any(|part| part.as_os_str() == "tests")
    };
    files.retain(|path| !of_tests(path));
    files.sort();
    let module = |path: &PathBuf| {
        let first = path
            .strip_prefix(&root)
            .unwrap()
            .components()
            .next()
            .unwrap();
        let name = first.as_os_str().to_str().unwrap();
        name.trim_end_matches(".rs").to_owned()
    };
    files
        .into_iter()
        .map(|path| (module(&path), path))
        .collect()
}

/// The modules in the order `lib.rs` lists them.
fn order() -> Vec<String> {
    let text = include_str!("../src/lib.rs");
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "));
    names
        .map(|name| name.trim_end_matches(';').to_owned())
        .collect()
}

/// The code of a file: no comments, no strings worth speaking of.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The top-level modules a file names by `crate::module`, grouped imports included.
fn imports(code: &str) -> Vec<String> {
    let word = |text: &str| {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => names.push(word(rest)),
            Some(group) => {
                let group = &group[..group.find("};").unwrap_or(group.len())];
                names.extend(group.split(',').map(|item| word(item.trim())));
            }
        }
    }
    names
}

#[test]
fn a_module_imports_only_from_modules_above_it() {
    let order = order();
    let rank = |name: &str| order.iter().position(|module| module == name);
    let mut offences = Vec::new();
    for (module, path) in sources() {
        let Some(own) = rank(&module) else { continue };
        for name in imports(&code(&path)) {
            if rank(&name).is_some_and(|other| other > own) {
                offences.push(format!("{}: imports {name}", path.display()));
            }
        }
    }
    assert!(order.len() > 15, "lib.rs lists {order:?}");
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn the_import_scan_sees_what_it_must() {
    let found = imports("use crate::gpu::Gpu;\nuse crate::{cli, run::run};\ncrate::sheet::Sheet");
    assert_eq!(found, ["gpu", "cli", "run", "sheet"]);
}

fn named_outside(words: &[&str], allowed: &[&str]) -> Vec<String> {
    let mut offences = Vec::new();
    for (module, path) in sources() {
        if allowed.contains(&module.as_str()) {
            continue;
        }
        let code = code(&path);
        for word in words.iter().filter(|word| code.contains(**word)) {
            offences.push(format!("{}: {word}", path.display()));
        }
    }
    offences
}

#[test]
fn wgpu_is_named_only_in_gpu() {
    let offences = named_outside(&["wgpu::", "use wgpu"], &["gpu"]);
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn clap_and_printing_stay_in_cli_and_main() {
    let words = [
        "clap::",
        "use clap",
        "println!",
        "eprintln!",
        "print!(",
        "eprint!(",
    ];
    let offences = named_outside(&words, &["cli", "main"]);
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn the_program_exits_only_in_main() {
    // But for a child whose parent is gone, and the fault that is one.
    let allowed = ["main", "isolated", "device"];
    let offences = named_outside(&["process::exit", "process::abort"], &allowed);
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn files_stay_under_four_hundred_lines() {
    let length = |path: &PathBuf| fs::read_to_string(path).unwrap().lines().count();
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(_, path)| (length(&path), path))
        .filter(|(lines, _)| *lines > 400)
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn the_readme_shows_what_the_committed_results_print() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let mark = "<!-- suanli report ";
    let mut shown = 0;
    for (at, _) in readme.match_indices(mark) {
        let rest = &readme[at + mark.len()..];
        let (file, rest) = rest.split_once(" -->").unwrap();
        let (block, _) = rest.split_once("<!-- end -->").unwrap();
        let results = Results::load(&root.join(file)).unwrap();
        let sheet = Sheet::new(&[results], &chips::all().unwrap());
        let look = render::text::Look {
            width: None,
            colour: false,
        };
        let printed = render::text::document(&render::pages::measured(&sheet), look)
            + &render::markdown::document(&render::pages::sheet(&sheet));
        let lines = block
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with("```"));
        for line in lines {
            assert!(printed.lines().any(|own| own == line), "README.md: {line}");
            shown += 1;
        }
    }
    assert!(shown > 20, "the README shows {shown} lines of results");
}

/// What is wrong with a results file by the schema of its own number.
fn errors(file: &Path) -> Vec<String> {
    let value: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let number = value["schema"].as_u64().unwrap();
    let golden = format!("tests/golden/results-{number}.schema.json");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join(golden);
    let golden = serde_json::from_str(&fs::read_to_string(golden).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&golden).unwrap();
    let errors = schema.iter_errors(&value).map(|error| error.to_string());
    errors.collect()
}

#[test]
fn old_files_validate_against_the_schema_they_were_written_in() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for number in [2, 3] {
        let errors = errors(&golden.join(format!("results-{number}.json")));
        assert!(errors.is_empty(), "{number}: {errors:#?}");
    }
}

#[test]
fn committed_results_validate_against_the_schema_they_were_written_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    // Runs of whoever works here lie in the same folder; the committed ones are those the README names.
    let mut seen = 0;
    let readme = include_str!("../results/README.md");
    let table = readme.split("\n## ").next().unwrap();
    for line in table.lines() {
        let Some(folder) = line
            .strip_prefix("| `")
            .and_then(|rest| rest.split('`').next())
        else {
            continue;
        };
        for file in results::files(&[root.join(folder)]).unwrap() {
            let errors = errors(&file);
            assert!(errors.is_empty(), "{}: {errors:#?}", file.display());
            seen += 1;
        }
    }
    assert!(seen > 0);
}

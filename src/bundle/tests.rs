use std::fs;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::render::{Document, pages, xlsx};
use crate::sheet::fixture;

/// A key pair for all tests: making one costs nothing, but each would sign other bytes.
static KEY: LazyLock<Secret> = LazyLock::new(key);

fn key() -> Secret {
    let pair = Pair::new(Password::None).unwrap();
    let asked = || -> Result<Password> { panic!("the key has no password") };
    Secret::open("key", &pair.secret, asked).unwrap()
}

/// A run with a shader of this build and one of another.
fn run() -> Results {
    let mut run = fixture::sxm5();
    let kernel = crate::kernels::find("peak/f32").unwrap();
    let mut params = run.records[2].params.clone();
    params.tile = kernel.candidates().into_iter().next();
    let case = crate::kernel::Case::new(kernel, params.clone(), 1);
    run.records[2].shader_sha256 = case.shader_sha256().unwrap();
    run.records[2].params = params;
    run.records[6].shader_sha256 = Some("ab".repeat(32));
    run
}

fn given(results: Vec<Results>, languages: &[Lang]) -> Given {
    let file = |one: &Results| ("run.json".to_owned(), one.to_json().into_bytes());
    Given {
        files: results.iter().map(file).collect(),
        results,
        chips: Vec::new(),
        languages: languages.into(),
        created: "2026-11-26T08:00:00Z".into(),
    }
}

/// A signed bundle in English.
fn bundle() -> Files {
    static BUNDLE: LazyLock<Files> = LazyLock::new(|| {
        let mut files = make(&given(vec![run()], &[Lang::En])).unwrap().files;
        sign(&mut files, &KEY, "2026-11-26T08:00:00Z").unwrap();
        files
    });
    BUNDLE.clone()
}

fn checked(files: Files) -> Verdict {
    let public = KEY.public().unwrap();
    let options = Options { key: Some(&public) };
    verify(&Found::of(files), options)
}

/// The same files with a manifest that fits them, signed by the holder of the key.
fn signed_again(mut files: Files, change: impl FnOnce(&mut Manifest)) -> Files {
    let old = Manifest::parse(&files[MANIFEST]).unwrap();
    let mut manifest = Manifest::of(&files, &old.created, &old.languages, &old.shaders);
    manifest.tool = old.tool;
    change(&mut manifest);
    files.insert(MANIFEST.into(), manifest.to_json().into());
    sign(&mut files, &KEY, "2026-11-26T08:00:00Z").unwrap();
    files
}

fn replaced(files: &mut Files, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[path].clone()).unwrap();
    assert!(text.contains(from), "{path}: {from}");
    files.insert(path.into(), text.replacen(from, to, 1).into());
}

/// What is said of the first difference.
fn first(files: Files) -> (String, String) {
    let verdict = checked(files);
    assert!(!verdict.verified);
    let first = &verdict.differences[0];
    (first.path.clone(), first.what.clone())
}

fn said(path: &str, what: &str) -> (String, String) {
    (path.into(), what.into())
}

const RESULTS: &str = "results/001-run.json";

#[test]
fn a_bundle_is_verified_and_says_what_was_looked_at() {
    let verdict = checked(bundle());
    assert_eq!(verdict.differences, []);
    assert!(verdict.verified);
    let checked = verdict.checked;
    assert_eq!((checked.results, checked.shaders), (1, 1));
    assert_eq!(checked.files, bundle().len() - 2);
    assert!(checked.cells > 1000, "{checked:?}");
    assert_eq!(
        verdict.notes,
        ["no WGSL: memory/copy: this build has no such kernel or tile"]
    );
    assert_eq!(verdict.signed_by, Some(KEY.public().unwrap().id()));
}

#[test]
fn each_part_that_is_changed_is_named_first() {
    let mut files = bundle();
    replaced(&mut files, RESULTS, "0.01,", "0.02,");
    let changed = "was changed after it was signed";
    assert_eq!(first(files), said(RESULTS, changed));
    let mut files = bundle();
    let wgsl = files
        .keys()
        .find(|path| path.starts_with("wgsl/"))
        .unwrap()
        .clone();
    files.get_mut(&wgsl).unwrap()[10] ^= 1;
    assert_eq!(first(files), said(&wgsl, changed));
    let mut files = bundle();
    files.remove(SIGNATURE);
    assert_eq!(
        first(files),
        said(SIGNATURE, "is missing: nobody signed the bundle")
    );
    let mut files = bundle();
    files.remove(RESULTS);
    assert_eq!(first(files), said(RESULTS, "is missing"));
    let mut files = bundle();
    files.insert("sheet/en/more.html".into(), Vec::new());
    assert_eq!(
        first(files),
        said("sheet/en/more.html", "is not in the manifest")
    );
    // Another order of keys, or of files, is another content.
    let mut files = bundle();
    let value: serde_json::Value = serde_json::from_slice(&files[RESULTS]).unwrap();
    files.insert(RESULTS.into(), serde_json::to_vec_pretty(&value).unwrap());
    assert_eq!(first(files), said(RESULTS, changed));
    let mut files = bundle();
    let value: serde_json::Value = serde_json::from_slice(&files[MANIFEST]).unwrap();
    files.insert(MANIFEST.into(), serde_json::to_vec_pretty(&value).unwrap());
    let wrong = "is not the signature of this manifest";
    assert_eq!(first(files), said(SIGNATURE, wrong));
    let mut files = bundle();
    sign(&mut files, &key(), "x").unwrap();
    let (path, what) = first(files);
    assert!(
        path == SIGNATURE && what.starts_with("is by key "),
        "{what}"
    );
}

#[test]
fn what_the_holder_of_the_key_changes_is_found_by_making_it_anew() {
    let again = |change: fn(&mut Files)| {
        let mut files = bundle();
        change(&mut files);
        let files = signed_again(files, |_| {});
        let verdict = checked(files);
        assert!(verdict.signed_by.is_some());
        let first = verdict.differences.into_iter().next().unwrap();
        (first.path, first.what)
    };
    let wgsl = |files: &Files| {
        let path = files.keys().find(|path| path.starts_with("wgsl/"));
        path.unwrap().clone()
    };
    // Samples: the sheet no longer follows from them.
    let (path, what) = again(|files| {
        let text = String::from_utf8(files[RESULTS].clone()).unwrap();
        files.insert(RESULTS.into(), text.replace("0.01,", "0.011,").into());
    });
    assert_eq!((&*path, &*what), ("sheet/en/sheet.csv", compare::CELL));
    let (path, what) = again(|files| replaced(files, RESULTS, "0.00999", "-1"));
    assert!(
        path == RESULTS && what.starts_with("can't be read: records["),
        "{what}"
    );
    let (path, what) = again(|files| {
        let text = String::from_utf8(files["chips/table2.toml"].clone()).unwrap();
        files.insert("chips/table2.toml".into(), (text + "\n").into());
    });
    assert_eq!(
        (&*path, &*what),
        ("chips/table2.toml", "is not the chip data of this suanli")
    );
    let changed = |files: &mut Files| {
        let path = files.keys().find(|path| path.starts_with("wgsl/"));
        let path = path.unwrap().clone();
        files.get_mut(&path).unwrap().push(b' ');
    };
    let (path, what) = again(changed);
    assert_eq!(
        (&path, &*what),
        (&wgsl(&bundle()), "is not the WGSL that ran")
    );
    let (_, what) = again(|files| drop(files.insert("wgsl/a.wgsl".into(), Vec::new())));
    assert_eq!(what, "is named by no record");
    let (path, what) = again(|files| drop(files.remove("sheet/en/sheet.html")));
    assert_eq!((&*path, &*what), ("sheet/en/sheet.html", "is missing"));
    let (_, what) = again(|files| drop(files.insert("sheet/en/x.html".into(), Vec::new())));
    assert_eq!(what, "is nothing that this suanli prints");
    let (_, what) = again(|files| drop(files.insert("chips/x.toml".into(), Vec::new())));
    assert_eq!(what, "is no file of a bundle");
    let (path, what) = again(|files| drop(files.remove(RESULTS)));
    assert_eq!((&*path, &*what), ("results", "is missing"));
}

/// A text with its first letter or digit changed; none where it has neither.
fn other(text: &str) -> Option<String> {
    let at = text.find(|letter: char| letter.is_alphanumeric())?;
    let letter = text[at..].chars().next()?;
    let to = if letter == '7' { '8' } else { '7' };
    Some(format!(
        "{}{to}{}",
        &text[..at],
        &text[at + letter.len_utf8()..]
    ))
}

/// Every way of changing one piece of `text` between marks, with the piece as it is then.
fn changes(text: &str, marks: &[char]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut from = 0;
    for piece in text.split_inclusive(marks) {
        let bare = piece.trim_end_matches(marks);
        // A tag is no cell; a page's tags are compared to the letter all the same.
        let tag = text[..from].ends_with('<');
        if let Some(new) = other(bare).filter(|_| !tag) {
            let rest = &text[from + bare.len()..];
            all.push((format!("{}{new}{rest}", &text[..from]), new.trim().into()));
        }
        from += piece.len();
    }
    all
}

/// The files of a sheet, and what its cells stand between.
const MARKS: [(&str, &[char]); 6] = [
    ("sheet.md", &['|', '\n']),
    ("sheet.txt", &['│', '┆', '\n']),
    ("sheet.csv", &[',', '\n']),
    ("table2.csv", &[',', '\n']),
    ("sheet.html", &['<', '>', '\n']),
    ("sheet.json", &[',', ':', '\n']),
];

/// Whether a difference tells the changed `piece`, or the line it stands in.
fn tells(first: &Difference, piece: &str) -> bool {
    let plain = |text: &str| {
        text.replace(['"', '\\'], "")
            .replace("&#x2f;", "/")
            .replace("&#x27;", "'")
            .replace("&quot;", "")
            .replace("### ", "")
    };
    let stored = plain(first.stored.as_deref().unwrap());
    let piece = plain(piece);
    let number = |text: &str| text.parse::<f64>().ok();
    let same = number(&stored).is_some_and(|stored| number(&piece) == Some(stored));
    let line = first.place.as_ref().unwrap().row.starts_with("line");
    same || line || stored.contains(&piece) || stored.ends_with('…')
}

#[test]
fn every_printed_cell_that_is_changed_in_any_format_is_named() {
    let product = fixture::product("gemm/f32", fixture::VECTOR_F32, 4096, 51.9e12);
    let run = fixture::results(
        fixture::device("NVIDIA H100 80GB HBM3", 0x2330),
        vec![product],
    );
    // Few chips: each of the cells is changed in turn.
    let sheet = Sheet::new(&[run], &chips::all().unwrap()[..2]);
    let (mut tried, mut unnamed) = (0, Vec::new());
    for lang in [Lang::En, Lang::Zh] {
        let asked = Asked {
            lang,
            ..Asked::default()
        };
        let made = Format::ALL.map(|format| files::of(&sheet, format, asked).unwrap());
        let made: BTreeMap<_, _> = made.into_iter().flatten().collect();
        for (name, marks) in MARKS {
            let own = String::from_utf8(made[name].clone()).unwrap();
            for (text, piece) in changes(&own, marks) {
                let found = compare::sheet(name, text.as_bytes(), own.as_bytes());
                let first = found.first().unwrap_or_else(|| panic!("{name}: {piece}"));
                // A key of JSON is no cell, but its value is then missing.
                let key = name == "sheet.json" && text.contains(&format!("{piece}:"));
                if !key && !tells(first, &piece) {
                    unnamed.push(format!("{name}: {piece}: {first:?}"));
                }
                tried += 1;
            }
        }
    }
    assert!(unnamed.is_empty(), "{unnamed:#?}");
    assert!(tried > 1000, "{tried}");
}

#[test]
fn every_cell_of_a_workbook_that_is_changed_is_named() {
    let product = fixture::product("gemm/f32", fixture::VECTOR_F32, 4096, 51.9e12);
    let run = fixture::results(
        fixture::device("NVIDIA H100 80GB HBM3", 0x2330),
        vec![product],
    );
    let sheet = Sheet::new(&[run], &chips::all().unwrap()[..2]);
    let book = pages::book(&sheet);
    let written = |book: &Document| xlsx::document(book, Lang::En).unwrap();
    let own = written(&book);
    let mut tried = 0;
    for (section, one) in book.sections.iter().enumerate() {
        let rows = one
            .grid
            .iter()
            .flat_map(|grid| grid.rows.iter().enumerate());
        for (row, (_, cells)) in rows {
            for column in 0..cells.len() {
                let mut book = book.clone();
                let grid = book.sections[section].grid.as_mut().unwrap();
                let cell = &mut grid.rows[row].1[column];
                let Some(text) = other(&cell.text) else {
                    continue;
                };
                let wanted = match &mut cell.number {
                    Some(number) => {
                        *number = *number * 1.5 + 1.0;
                        number.to_string()
                    }
                    None => text.clone(),
                };
                cell.text = text;
                let found = compare::sheet("sheet.xlsx", &written(&book), &own);
                let first = found.first().unwrap_or_else(|| panic!("{wanted}"));
                assert_eq!(first.stored.as_deref(), Some(&*wanted), "{first:?}");
                tried += 1;
            }
        }
    }
    assert!(tried > 150, "{tried}");
}

#[test]
fn a_changed_cell_is_refused_though_the_holder_of_the_key_signed_it() {
    for (name, marks) in MARKS {
        let path = format!("sheet/en/{name}");
        let own = String::from_utf8(bundle()[&path].clone()).unwrap();
        let all = changes(&own, marks);
        let step = all.len() / 8 + 1;
        for (text, _) in all.into_iter().step_by(step) {
            let found = compare::sheet(&path, text.as_bytes(), own.as_bytes());
            let mut files = bundle();
            files.insert(path.clone(), text.into());
            let verdict = checked(signed_again(files, |_| {}));
            assert!(verdict.signed_by.is_some() && !verdict.verified);
            assert_eq!(verdict.differences, found);
        }
    }
}

#[test]
fn a_changed_cell_is_named_by_table_row_and_column() {
    let files = bundle();
    for (name, from, to, table, row, column) in [
        (
            "sheet.md",
            "| 66.20 ± 0.04 |",
            "| 76.20 ± 0.04 |",
            "NVIDIA H100 80GB HBM3",
            "3 peak/f32",
            "value",
        ),
        (
            "sheet.txt",
            " 66.20 ± 0.04 ",
            " 76.20 ± 0.04 ",
            "NVIDIA H100 80GB HBM3",
            "3 peak/f32",
            "value",
        ),
        (
            "sheet.html",
            ">66.20 ± 0.04<",
            ">76.20 ± 0.04<",
            "NVIDIA H100 80GB HBM3",
            "3 peak/f32",
            "value",
        ),
        (
            "table2.csv",
            "fp16,TFLOPS,204.9",
            "fp16,TFLOPS,304.9",
            "",
            "2 H100",
            "printed",
        ),
        (
            "sheet.json",
            "\"printed\": \"204.9\"",
            "\"printed\": \"304.9\"",
            "chips",
            "2 H100",
            "printed",
        ),
    ] {
        let mut changed = files.clone();
        let path = format!("sheet/en/{name}");
        replaced(&mut changed, &path, from, to);
        let verdict = checked(signed_again(changed, |_| {}));
        let [one] = &verdict.differences[..] else {
            panic!("{name}: {:?}", verdict.differences)
        };
        let place = one.place.as_ref().unwrap();
        assert_eq!(one.path, path);
        assert!(place.table.starts_with(table), "{place:?}");
        assert_eq!((&*place.row, &*place.column), (row, column));
        let stored = one.stored.as_deref().unwrap();
        let expected = one.expected.as_deref().unwrap();
        assert!(to.contains(stored) && from.contains(expected), "{one:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_bundle_with_any_byte_changed_is_never_verified(
        file in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in prop::bool::weighted(0.1),
        again in any::<bool>(),
    ) {
        let mut files = bundle();
        let path = file.get(&files.keys().cloned().collect::<Vec<_>>()).clone();
        let content = files.get_mut(&path).unwrap();
        let at = at.index(content.len());
        prop_assume!(content[at] != byte || cut);
        match cut {
            true => content.truncate(at),
            false => content[at] = byte,
        }
        // Signed again, a changed sample may be one on which nothing printed depends.
        if again && path != RESULTS && path != MANIFEST && path != SIGNATURE {
            files = signed_again(files, |_| {});
        }
        let verdict = checked(files);
        prop_assert!(!verdict.verified, "{path}");
        let first = &verdict.differences[0];
        prop_assert!(first.path == path || path == MANIFEST, "{path}: {first:?}");
        prop_assert!(!document(&verdict).lead.is_empty());
    }
}

#[test]
fn a_bundle_of_another_version_is_held_to_the_letter_too() {
    let other = |change: fn(&mut Files)| {
        let mut files = bundle();
        change(&mut files);
        let files = signed_again(files, |manifest| manifest.tool.version = "9.9.9".into());
        let public = KEY.public().unwrap();
        let options = Options { key: Some(&public) };
        verify(&Found::of(files), options)
    };
    assert!(other(|_| {}).verified);
    // Who makes a bundle writes its version: it lets nothing off.
    let changed = other(|files| {
        replaced(
            files,
            "sheet/en/sheet.md",
            "| 66.20 ± 0.04 |",
            "| 76.20 ± 0.04 |",
        );
    });
    assert!(!changed.verified);
    let lead = document(&changed).lead.join("\n");
    assert!(
        lead.contains("made by suanli 9.9.9") && lead.contains("checked by suanli "),
        "{lead}"
    );
}

#[test]
fn what_the_stock_tool_signed_is_checked_and_no_letter_of_it_may_change() {
    let key = Public::of_text(include_str!("../../tests/golden/minisign/stock.pub")).unwrap();
    assert_eq!(key.id(), "D4B8080234CC743D");
    let signed = include_bytes!("../../tests/golden/minisign/signed.txt");
    let signature = include_str!("../../tests/golden/minisign/signed.txt.minisig");
    let check = |signature: &str| key.check(signed, signature.as_bytes());
    assert_eq!(check(signature), Ok("by minisign 0.11".into()));
    assert!(key.check(b"another text", signature.as_bytes()).is_err());
    let form = Err("is no signature in minisign's format".into());
    let legacy = include_str!("../../tests/golden/minisign/legacy.minisig");
    assert!(check(legacy).is_err());
    assert_eq!(check(&signature.replace("==", "AA")), form);
    assert_eq!(check(&signature.replace('\n', "\r\n")), form);
    assert_eq!(check(&signature.replace("secret key", "secret keg")), form);
    assert_eq!(check(signature.trim_end()), form);
    assert_eq!(check(&format!("{signature}\n")), form);
    assert_eq!(check(""), form);
    for at in 0..signature.len() {
        let mut bytes = signature.as_bytes().to_vec();
        bytes[at] ^= 1;
        assert!(key.check(signed, &bytes).is_err(), "{at}");
    }
    for wrong in ["", "RW", &"R".repeat(56), &"算".repeat(56)] {
        assert!(Public::of_line(wrong).is_none() && Public::of_text(wrong).is_none());
    }
}

#[test]
fn a_key_with_a_password_opens_with_that_one_alone() {
    let pair = Pair::new(Password::Given("correct horse".into())).unwrap();
    let open = |password: &str| {
        let given = Password::Given(password.into());
        Secret::open("--key k", &pair.secret, || Ok(given))
    };
    let public = Public::of_text(&pair.public).unwrap();
    assert_eq!(
        open("correct horse").unwrap().public().unwrap().id(),
        public.id()
    );
    assert_eq!(Public::of_line(&pair.line).unwrap().id(), public.id());
    let refused = open("battery").err().unwrap().to_string();
    assert!(refused.contains("--key k: Wrong password"), "{refused}");
    for wrong in ["", "untrusted comment: x\nAAAA\n", "a\nb", &pair.public] {
        let asked = || -> Result<Password> { panic!("no key, no password") };
        let refused = Secret::open("--key k", wrong, asked).err().unwrap();
        assert!(
            refused.to_string().contains("is no secret key"),
            "{refused}"
        );
    }
}

#[test]
fn a_folder_of_traps_is_refused_by_name() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("bundle");
    write(&bundle(), &out).unwrap();
    assert!(matches!(
        write(&bundle(), &out),
        Err(crate::error::Error::Exists { .. })
    ));
    let names = fs::read_dir(place.path()).unwrap().count();
    assert_eq!(names, 1, "nothing is left beside the bundle");
    assert_eq!(read(&out).unwrap().files, bundle());
    assert_eq!(holding(&out.join("results/key")), Some(out.clone()));
    assert_eq!(holding(&place.path().join("key")), None);
    let big = fs::File::create(out.join("results/big.json")).unwrap();
    big.set_len(1 << 40).unwrap();
    fs::create_dir_all(out.join("sheet/en/more/deep")).unwrap();
    let mut wanted = vec![
        ("results/big.json", "is larger than 256 MiB"),
        ("sheet/en/more", "is a folder too deep for a bundle"),
    ];
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        std::os::unix::fs::symlink("/etc/passwd", out.join("chips/link.toml")).unwrap();
        std::os::unix::fs::symlink("..", out.join("up")).unwrap();
        fs::write(out.join(std::ffi::OsStr::from_bytes(b"a\xff")), "x").unwrap();
        wanted.push(("a\u{fffd}", "has a name that is not UTF-8"));
        wanted.push(("chips/link.toml", "is a link, not a file"));
        wanted.push(("up", "is a link, not a file"));
    }
    wanted.sort_unstable();
    let found = read(&out).unwrap();
    let odd: Vec<_> = found
        .odd
        .iter()
        .map(|(path, why)| (&**path, &**why))
        .collect();
    assert_eq!(odd, wanted);
    let differences = verify(&found, Options::default()).differences;
    assert_eq!(differences.len(), wanted.len(), "{differences:?}");
    fs::remove_file(out.join(MANIFEST)).unwrap();
    assert!(
        read(&out)
            .unwrap_err()
            .to_string()
            .contains("no manifest.json")
    );
    assert!(
        read(&place.path().join("none"))
            .unwrap_err()
            .to_string()
            .contains("is no folder")
    );
}

/// Runs of three or more lower-case words: English that nobody translated.
fn english(text: &str) -> Option<String> {
    let word =
        |word: &&str| word.len() > 1 && word.chars().all(|letter| letter.is_ascii_lowercase());
    let words: Vec<&str> = text.split_whitespace().collect();
    let run = words.windows(3).find(|run| run.iter().all(word));
    run.map(|run| run.join(" "))
}

/// A change of a bundle.
type Change = fn(&mut Files);

/// Changes that the holder of the key may sign again.
const CHANGES: [Change; 13] = [
    |files| replaced(files, RESULTS, "0.00999", "-1"),
    |files| replaced(files, "sheet/en/sheet.md", "66.20", "76.20"),
    |files| replaced(files, "sheet/en/sheet.json", "66.2", "76.2"),
    |files| replaced(files, "sheet/en/sheet.md", "| ---", "| --- "),
    |files| replaced(files, "sheet/en/sheet.md", "\n| gemm", "\n\n|gemm"),
    |files| drop(files.insert("wgsl/x.wgsl".into(), Vec::new())),
    |files| drop(files.insert("chips/x.toml".into(), Vec::new())),
    |files| drop(files.insert("sheet/x.toml".into(), Vec::new())),
    |files| drop(files.insert("sheet/en/sheet.json".into(), Vec::new())),
    |files| files.retain(|path, _| !path.starts_with("wgsl/")),
    |files| files.retain(|path, _| !path.starts_with("sheet/")),
    |files| files.retain(|path, _| !path.starts_with("results/")),
    |files| replaced(files, "chips/table2.toml", "204.9", "204.8"),
];

/// Changes of the manifest and its signature.
const SIGNED: [Change; 7] = [
    |files| drop(files.remove(SIGNATURE)),
    |files| drop(files.insert(SIGNATURE.into(), b"x".to_vec())),
    |files| sign(files, &key(), "x").unwrap(),
    |files| drop(files.insert(MANIFEST.into(), b"{}".to_vec())),
    |files| replaced(files, MANIFEST, "\"schema\": 1", "\"schema\": 2"),
    |files| replaced(files, MANIFEST, "\"results/", "\"../results/"),
    |files| replaced(files, MANIFEST, "table2.toml", "others.toml"),
];

/// What is said of a bundle in each way it can be wrong.
fn verdicts() -> Vec<Verdict> {
    let unsigned = verify(&Found::of(bundle()), Options::default());
    let mut verdicts = vec![checked(bundle()), unsigned];
    for change in CHANGES.iter().chain(&SIGNED) {
        let mut files = bundle();
        change(&mut files);
        verdicts.push(checked(files));
    }
    for change in CHANGES {
        let mut files = bundle();
        change(&mut files);
        let foreign = |manifest: &mut Manifest| manifest.tool.version = "9.9.9".into();
        verdicts.push(checked(signed_again(files, foreign)));
    }
    verdicts
}

#[test]
fn a_verdict_is_said_in_chinese() {
    let mut seen = 0;
    for verdict in verdicts() {
        let said = document(&verdict).said(Lang::Zh);
        let text = crate::render::text::document(&said, crate::render::text::Look::default());
        // What a parser says of a file stays as it is.
        let parser = |line: &&str| line.contains("不是清单") || line.contains("无法读取");
        for line in text.lines().filter(|line| !parser(line)) {
            assert_eq!(english(line), None, "{line}");
            seen += 1;
        }
    }
    assert!(seen > 300, "{seen}");
}

#[test]
fn a_giant_sheet_of_hostile_words_is_named_without_being_taken_apart() {
    let mut files = bundle();
    let path = "sheet/en/sheet.md";
    let own = files[path].len();
    files.insert(path.into(), "a\n".repeat(own * 4).into());
    let verdict = checked(signed_again(files.clone(), |_| {}));
    let [one] = &verdict.differences[..] else {
        panic!("{:?}", verdict.differences)
    };
    assert_eq!(one.place.as_ref().unwrap().row, "line 1");
    // A heading as long as the sheet stands at none of its cells in full.
    let long = format!(
        "### {}\n\n{}",
        "x".repeat(own),
        "| a | b |\n".repeat(own / 10)
    );
    let cells = cells::cells(path, long.as_bytes());
    assert!(cells.len() > own / 10);
    assert!(cells.iter().all(|cell| cell.table.len() <= 203));
}

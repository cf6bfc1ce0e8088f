//! `suanli sign` and `suanli verify`: a bundle made, checked, and tampered with in each way.

use super::*;

impl Place {
    /// A run, a key without a password, and a bundle of both.
    fn signed() -> Self {
        let place = Self::new();
        place.run(&[
            "--only",
            "gemm/f32",
            "--only",
            "transfer/upload",
            "--size",
            "64",
            "--tune",
            "off",
        ]);
        place.key("k");
        place.sign(&["run.json", "--lang", "en,zh"]);
        place
    }

    fn key(&self, name: &str) -> String {
        let words = ["sign", "--new-key", name, "--no-password"];
        text(&self.suanli(&words).assert().code(0).get_output().stdout)
    }

    fn sign(&self, words: &[&str]) {
        let all = [&["sign", "--out", "bundle", "--key", "k"], words].concat();
        self.suanli(&all).assert().code(0);
    }

    /// The verdict on the bundle, with the exit code.
    fn verdict(&self, words: &[&str]) -> (i32, Value) {
        let all = [&["verify", "bundle", "--json"], words].concat();
        let run = self.suanli(&all).output().unwrap();
        let value = serde_json::from_slice(&run.stdout).unwrap();
        (run.status.code().unwrap(), value)
    }

    /// Changes a file of the bundle, sees the verdict refuse it, and puts the file back; path and reason of what differs
    /// first.
    fn tampered(&self, file: &str, change: impl FnOnce(&Path)) -> (String, String) {
        let path = self.path("bundle").join(file);
        let before = fs::read(&path).ok();
        change(&path);
        let (code, verdict) = self.verdict(&["--public-key", "k.pub"]);
        let words = ["verify", "bundle", "--public-key", "k.pub", "--lang", "en"];
        let said = self.suanli(&words).assert().code(1);
        let said = text(&said.get_output().stdout);
        match before {
            Some(before) => fs::write(&path, before).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        assert_eq!((code, &verdict["verified"]), (1, &false.into()));
        let first = &verdict["differences"][0];
        let word = |key: &str| first[key].as_str().unwrap().to_owned();
        let line = format!("first · {} · {}", word("path"), word("what"));
        assert!(
            said.lines().any(|own| own.starts_with(&line)),
            "{line}\n{said}"
        );
        (word("path"), word("what"))
    }

    /// One file of the bundle whose path holds `part`.
    fn one(&self, part: &str) -> String {
        let root = self.path("bundle");
        let paths = self.files().into_keys();
        let mut paths =
            paths.filter_map(|path| path.strip_prefix(&root).ok().map(Path::to_path_buf));
        let path = paths
            .find(|path| path.to_str().unwrap().contains(part))
            .unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn edit(from: &str, to: &str) -> impl FnOnce(&Path) {
    move |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
}

#[test]
fn a_bundle_holds_all_the_sheet_follows_from_and_is_verified() {
    let place = Place::signed();
    let (code, verdict) = place.verdict(&["--public-key", "k.pub"]);
    assert_eq!((code, &verdict["verified"]), (0, &true.into()), "{verdict}");
    assert_eq!(verdict["checked"]["results"], 1);
    assert_eq!(verdict["checked"]["shaders"], 1);
    let results = place.one("results/");
    assert_eq!(results, "results/001-run.json");
    let stored = fs::read(place.path("bundle").join(results)).unwrap();
    assert_eq!(stored, fs::read(place.path("run.json")).unwrap());
    let wgsl = fs::read_to_string(place.path("bundle").join(place.one("wgsl/"))).unwrap();
    assert!(wgsl.contains("@compute"), "{wgsl}");
    let manifest = place.json("bundle/manifest.json");
    let paths: Vec<_> = manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    for path in [
        "chips/others.toml",
        "chips/table2.toml",
        "sheet/en/sheet.md",
        "sheet/zh/sheet.html",
        "sheet/zh/table2.csv",
    ] {
        assert!(paths.contains(&path), "{paths:?}");
    }
    // The key as a line, and in Chinese.
    let line = fs::read_to_string(place.path("k.pub")).unwrap();
    let line = line.lines().nth(1).unwrap();
    let words = ["verify", "bundle", "--public-key", line, "--lang", "zh"];
    let said = text(&place.suanli(&words).assert().code(0).get_output().stdout);
    assert!(said.starts_with("核验通过 · 由密钥 "), "{said}");
    // What is printed in the bundle is what `report` prints.
    let words = ["report", "run.json", "--format", "html", "--lang", "zh"];
    let report = place.suanli(&words).assert().code(0);
    let page = fs::read(place.path("bundle/sheet/zh/sheet.html")).unwrap();
    assert_eq!(text(&report.get_output().stdout), text(&page));
}

#[test]
fn a_tampered_bundle_is_refused_and_the_change_named() {
    let place = Place::signed();
    let changed = |file: &str| {
        (
            file.to_owned(),
            "was changed after it was signed".to_owned(),
        )
    };
    let results = "results/001-run.json";
    let sample = |path: &Path| {
        let mut value: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        value["records"][0]["outcome"]["measured"]["seconds"][0] = 1e-3.into();
        fs::write(path, serde_json::to_string_pretty(&value).unwrap()).unwrap();
    };
    assert_eq!(place.tampered(results, sample), changed(results));
    let sorted = |path: &Path| {
        let value: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        fs::write(path, serde_json::to_string_pretty(&value).unwrap() + "\n").unwrap();
    };
    assert_eq!(place.tampered(results, sorted), changed(results));
    let signature = "manifest.json.minisig".to_owned();
    let unfit = (
        signature.clone(),
        "is not the signature of this manifest".to_owned(),
    );
    assert_eq!(place.tampered("manifest.json", sorted), unfit);
    let wgsl = place.one("wgsl/");
    assert_eq!(
        place.tampered(&wgsl, edit("@compute", "@Compute")),
        changed(&wgsl)
    );
    let page = "sheet/zh/sheet.html";
    assert_eq!(place.tampered(page, edit("204.9", "304.9")), changed(page));
    let gone = |path: &Path| fs::remove_file(path).unwrap();
    let missing = (signature, "is missing: nobody signed the bundle".to_owned());
    assert_eq!(place.tampered("manifest.json.minisig", gone), missing);
    assert_eq!(
        place.tampered(page, gone),
        (page.to_owned(), "is missing".to_owned())
    );
    let extra = |path: &Path| fs::write(path, "x").unwrap();
    assert_eq!(
        place.tampered("note.txt", extra).1,
        "is not in the manifest"
    );
    place.key("other");
    let (code, verdict) = place.verdict(&["--public-key", "other.pub"]);
    assert_eq!(code, 1);
    let what = verdict["differences"][0]["what"].as_str().unwrap();
    assert!(what.starts_with("is by key "), "{what}");
    assert_eq!(place.verdict(&["--public-key", "k.pub"]).0, 0);
}

#[test]
fn without_a_key_nobodys_signature_is_checked_and_that_is_said() {
    let place = Place::signed();
    place.refuses(
        &["verify", "bundle"],
        "nobody's signature can be checked",
        "--unsigned",
    );
    let words = ["verify", "bundle", "--unsigned", "--lang", "en"];
    let said = text(&place.suanli(&words).assert().code(0).get_output().stdout);
    assert!(
        said.starts_with("verified · nobody's signature was checked\n"),
        "{said}"
    );
    let (_, verdict) = place.verdict(&["--unsigned"]);
    assert!(verdict["signed_by"].is_null());
    for wrong in ["run.json", "RWQf6LRCGA9i53ml", "none.pub"] {
        let words = ["verify", "bundle", "--public-key", wrong];
        place.refuses(&words, &format!("--public-key {wrong}"), "FILE.pub");
    }
    place.refuses(
        &["verify", "none", "--unsigned"],
        "none: is no folder",
        "suanli sign",
    );
    place.refuses(
        &["verify", ".", "--unsigned"],
        "has no manifest.json",
        "suanli sign",
    );
}

#[test]
fn nothing_is_overwritten_and_no_key_is_given_away() {
    let place = Place::signed();
    let sign = ["sign", "run.json", "--out", "bundle", "--key", "k"];
    place.refuses(&sign, "bundle: exists already", "--out");
    place.refuses(
        &["sign", "--new-key", "k", "--no-password"],
        "k: exists already",
        "",
    );
    let inside = ["sign", "--new-key", "bundle/sheet/k", "--no-password"];
    place.refuses(&inside, "lies in the bundle", "keep a secret key");
    fs::copy(place.path("k"), place.path("bundle/k")).unwrap();
    let inside = ["sign", "run.json", "--out", "new", "--key", "bundle/k"];
    place.refuses(&inside, "lies in the bundle", "keep a secret key");
    let public = ["sign", "run.json", "--out", "new", "--key", "k.pub"];
    place.refuses(&public, "is no secret key", "--new-key");
    let none = ["sign", "run.json", "--out", "new", "--key", "none"];
    place.refuses(&none, "--key none: can't be read", "--new-key");
    place.refuses(
        &["sign", "run.json"],
        "required arguments",
        "`suanli sign --help`",
    );
    place.refuses(
        &["sign", "k", "--out", "new", "--key", "k"],
        "is not JSON",
        "suanli schema",
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = place.path("k").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    fs::create_dir(place.path(".git")).unwrap();
    let made = place
        .suanli(&["sign", "--new-key", "k2", "--no-password"])
        .assert()
        .code(0);
    let said = text(&made.get_output().stderr);
    assert!(
        said.contains("warning: --new-key k2 lies in a git work tree"),
        "{said}"
    );
}

#[test]
fn a_password_comes_through_a_pipe_or_a_variable() {
    let place = Place::signed();
    let mut make = place.suanli(&["sign", "--new-key", "p"]);
    make.write_stdin("correct horse\n").assert().code(0);
    let sign = ["sign", "run.json", "--out", "new", "--key", "p"];
    let refused = place
        .suanli(&sign)
        .write_stdin("battery\n")
        .assert()
        .code(2);
    let said = text(&refused.get_output().stderr);
    assert!(
        said.contains("Wrong password") && said.contains("hint: "),
        "{said}"
    );
    let refused = place.suanli(&sign).write_stdin("").assert().code(2);
    assert!(text(&refused.get_output().stderr).contains("password: is empty"));
    let words = [&sign[..], &["--password-env", "BENCH_KEY"]].concat();
    place
        .suanli(&words)
        .env_remove("BENCH_KEY")
        .assert()
        .code(2);
    assert!(!place.path("new").exists());
    place
        .suanli(&words)
        .env("BENCH_KEY", "correct horse")
        .assert()
        .code(0);
    let words = ["verify", "new", "--public-key", "p.pub"];
    place.suanli(&words).assert().code(0);
}

#[test]
fn chips_of_a_users_own_and_several_runs_are_part_of_a_bundle() {
    let place = Place::signed();
    fs::remove_dir_all(place.path("bundle")).unwrap();
    let run = place.suanli(&["chips", "--template"]).assert().code(0);
    let template = text(&run.get_output().stdout);
    place.write(
        "my chip.toml",
        &template.replace("Vendor My Card", "simulated"),
    );
    fs::create_dir(place.path("runs")).unwrap();
    // Names that a file system may mix up stay apart, in the order of the sheet.
    fs::copy(place.path("run.json"), place.path("runs/算力.json")).unwrap();
    place.write("runs/sheet.json", "{}");
    place.sign(&[
        "run.json",
        "runs",
        "--chips",
        "my chip.toml",
        "--lang",
        "en",
    ]);
    let (code, verdict) = place.verdict(&["--public-key", "k.pub"]);
    assert_eq!(code, 0, "{verdict}");
    assert_eq!(verdict["checked"]["results"], 2);
    let sheet = place.json("bundle/sheet/en/sheet.json");
    assert_eq!(sheet["runs"][0]["product"], "my card");
    assert_eq!(place.one("own-"), "chips/own-001-my_chip.toml");
    assert_eq!(place.one("results/002"), "results/002-__.json");
}

#[cfg(unix)]
#[test]
fn a_hostile_bundle_is_refused_by_name() {
    let place = Place::signed();
    let link = |path: &Path| std::os::unix::fs::symlink("/etc/passwd", path).unwrap();
    let (path, what) = place.tampered("results/002-link.json", link);
    assert_eq!(
        (&*path, &*what),
        ("results/002-link.json", "is a link, not a file")
    );
    for (from, to, what) in [
        (
            "\"results/001-run.json\"",
            "\"../../k\"",
            "names '../../k', no path of a bundle",
        ),
        (
            "\"results/001-run.json\"",
            "\"/etc/passwd\"",
            "names '/etc/passwd', no path of a bundle",
        ),
        (
            "table2.toml",
            "others.toml",
            "names chips/others.toml twice",
        ),
    ] {
        place.tampered("manifest.json", edit(from, to));
        let path = place.path("bundle/manifest.json");
        let before = fs::read(&path).unwrap();
        edit(from, to)(&path);
        let (code, verdict) = place.verdict(&["--unsigned"]);
        fs::write(&path, before).unwrap();
        assert_eq!(code, 1);
        assert_eq!(verdict["differences"][0]["what"], what);
    }
}

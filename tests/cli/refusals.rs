//! Bad input: each kind is refused with an error, a hint and exit code 2, and nothing on disk changes.

use super::*;

impl Place {
    /// Runs these words, which must be refused with `error` and `hint`.
    pub fn refuses(&self, words: &[&str], error: &str, hint: &str) {
        let before = self.files();
        let run = self.suanli(words).assert().code(2);
        let output = run.get_output();
        let said = text(&output.stderr);
        assert_eq!(text(&output.stdout), "", "{words:?}");
        let line = |start: &str, part: &str| {
            let mut lines = said.lines();
            lines.any(|line| line.starts_with(start) && line.contains(part))
        };
        assert!(
            line("error: ", error),
            "{words:?}: no '{error}' in:\n{said}"
        );
        assert!(line("hint: ", hint), "{words:?}: no '{hint}' in:\n{said}");
        let last = said.lines().last().unwrap_or_default();
        assert!(last.starts_with("hint: "), "{words:?} closes with '{last}'");
        assert_eq!(self.files(), before, "{words:?}");
    }
}

/// `suanli run` on the simulated device.
fn run<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [&["run", "--device", DEVICE], words].concat()
}

#[test]
fn words_that_mean_nothing_are_refused() {
    let place = Place::new();
    place.refuses(
        &["--bogus"],
        "unexpected argument '--bogus'",
        "`suanli --help`",
    );
    place.refuses(&["measure"], "unrecognized subcommand", "`suanli --help`");
    place.refuses(
        &["run", "--bogus"],
        "unexpected argument",
        "`suanli run --help`",
    );
    place.refuses(
        &["run", "--suite", "huge"],
        "invalid value 'huge'",
        "`suanli run --help`",
    );
    place.refuses(
        &["run", "--seed", "-1"],
        "invalid value '-1'",
        "`suanli run --help`",
    );
    place.refuses(
        &["run", "--out"],
        "a value is required",
        "`suanli run --help`",
    );
    place.refuses(&["report"], "required arguments", "`suanli report --help`");
    let both = ["run", "--resume", "a.json", "--out", "b.json"];
    place.refuses(&both, "cannot be used with", "`suanli run --help`");
    place.refuses(
        &["kernels", "gemm/f3"],
        "no kernel has this name",
        "gemm/f32",
    );
    place.refuses(
        &["kernels", "transfer/upload", "--source"],
        "runs no shader",
        "kernels",
    );
    place.refuses(&["chips", "H1000"], "no such chip", "H100");
}

#[test]
fn sizes_that_can_not_be_are_refused() {
    let place = Place::new();
    for (size, why) in [
        ("0", "0 is below 1"),
        ("-1", "-1 is below 1"),
        ("64,0,64", "0 is below 1"),
        ("64,64", "2 numbers"),
        ("1e3", "'1e3' is not a whole number"),
        ("4294967296", "over the limit of 4294967295"),
    ] {
        place.refuses(&run(&["--size", size]), why, "--size 4096");
    }
    // Over what the device says it can bind, and over the reach of a kernel.
    place.refuses(&run(&["--size", "100000"]), "2147483644", "smaller --size");
    let only = ["--only", "gemm/f32", "--size", "4294967295,4294967295,1"];
    place.refuses(&run(&only), "gemm/f32: ", "smaller --size");
}

#[test]
fn shapes_that_can_not_be_are_refused() {
    let place = Place::new();
    place.refuses(
        &run(&["--shapes", "square-ish"]),
        "no named set",
        "llm-decode",
    );
    place.write("shapes.txt", "64,64,64\n64,-2,64\n");
    place.refuses(&run(&["--shapes", "shapes.txt"]), "line 2 (", "M,N,K");
    place.write("empty.txt", "# nothing\n");
    place.refuses(&run(&["--shapes", "empty.txt"]), "holds no shape", "M,N,K");
}

#[test]
fn patterns_that_match_nothing_are_told_the_nearest_names() {
    let place = Place::new();
    place.refuses(
        &run(&["--only", "gem/f32"]),
        "matches no kernel",
        "gemm/f32",
    );
    // One that matches doesn't excuse one that doesn't.
    let both = ["--only", "peak/*", "--only", "peek/*"];
    place.refuses(&run(&both), "'peek/*' matches no kernel", "peak/");
    place.refuses(&run(&["--only", "gemm/{"]), "--only 'gemm/{'", "glob");
}

#[test]
fn a_device_that_is_not_there_is_refused() {
    let place = Place::new();
    let wanted = ["run", "--device", "no such device"];
    let refused = place.suanli(&wanted).assert().code(2);
    let said = text(&refused.get_output().stderr);
    assert!(
        said.contains("error: ") && said.contains("\nhint: "),
        "{said}"
    );
    place.refuses(
        &["run", "--device", "simulated:fast"],
        "'fast' is no script entry",
        "tflops",
    );
    // Nowhere are all three at home.
    let foreign = if cfg!(target_os = "macos") {
        "dx12"
    } else {
        "metal"
    };
    let words = ["run", "--backend", foreign];
    place.refuses(&words, "no GPU adapter found", "`suanli doctor`");
    place.refuses(
        &["devices", "--backend", foreign],
        "no GPU adapter found",
        "`suanli doctor`",
    );
    place.refuses(
        &["run", "--backend", "cuda"],
        "invalid value 'cuda'",
        "`suanli run --help`",
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_machine_without_any_driver_is_sent_to_the_doctor() {
    for words in [&[][..], &["run"], &["devices"]] {
        let place = Place::new();
        let mut bare = place.suanli(words);
        for variable in [
            "VK_DRIVER_FILES",
            "VK_ICD_FILENAMES",
            "__EGL_VENDOR_LIBRARY_FILENAMES",
        ] {
            bare.env(variable, "/nonexistent");
        }
        let run = bare.assert().code(2);
        let said = text(&run.get_output().stderr);
        assert!(said.contains("error: no GPU adapter found"), "{said}");
        assert!(
            said.ends_with("what is missing and what to install\n"),
            "{said}"
        );
        assert!(place.files().is_empty());
    }
}

#[test]
fn results_are_never_written_over_anything() {
    let place = Place::new();
    place.write("old.json", "precious");
    place.refuses(&run(&["--out", "old.json"]), "exists already", "--out");
    place.write("file", "precious");
    place.refuses(&run(&["--out", "file"]), "exists already", "--out");
    // Also where the user may write anywhere: below a file there is no directory.
    place.refuses(
        &run(&["--out", "file/below/run.json"]),
        "can't be written",
        "--out",
    );
    place.refuses(&run(&["--out", "file/below"]), "can't be written", "--out");
}

#[test]
fn templates_nobody_uses_are_refused() {
    let place = Place::new();
    place.refuses(
        &run(&["--shaders", "none"]),
        "--shaders none",
        "memory-copy.wgsl",
    );
    fs::create_dir(place.path("mine")).unwrap();
    place.refuses(
        &run(&["--shaders", "mine"]),
        "holds no *.wgsl",
        "memory-copy.wgsl",
    );
    place.write("mine/memory-cpoy.wgsl", "");
    let why = "memory-cpoy.wgsl is no template of any kernel";
    place.refuses(&run(&["--shaders", "mine"]), why, "memory-copy.wgsl");
}

#[test]
fn files_that_are_no_results_are_refused_by_report_and_resume() {
    let place = Place::new();
    let good = place.run(&["--only", "memory/copy"]).to_string();
    assert!(good.contains("\"seconds\":["), "compact JSON");
    // Keys are sorted: the clock probe comes before the samples.
    let steps = good.replacen("\"steps\":1048576", "\"steps\":0", 1);
    let probed = good.replacen("\"seconds\":[", "\"seconds\":[-", 1);
    let seconds = |first: &str| {
        let (before, after) = good.rsplit_once("\"seconds\":[").unwrap();
        let (_, rest) = after.split_once(',').unwrap();
        format!("{before}\"seconds\":[{first},{rest}")
    };
    let unknown = good.replacen("\"kind\":", "\"colour\":1,\"kind\":", 1);
    for (content, why) in [
        (String::new(), "is empty"),
        (" \n".into(), "is empty"),
        (good[..good.len() / 2].into(), "is cut off"),
        ("hello".into(), "is not JSON"),
        ("{\"seconds\": 1}".into(), "is not a results file"),
        ("{\"schema\": 1}".into(), "missing field"),
        (
            good.replacen("\"schema\":4", "\"schema\":5", 1),
            "schema 5 is newer",
        ),
        (good.replacen("\"schema\":4", "\"schema\":0", 1), "schema 0"),
        (seconds("NaN"), "is not JSON"),
        (seconds("1e999"), "out of range"),
        (seconds("-1.5"), "seconds[0] is -1.5"),
        (seconds("0"), "seconds[0] is 0"),
        (seconds("null"), "is not a results file"),
        (steps, "probe.steps is 0"),
        (probed, "probe.seconds[0] is -"),
        (
            format!("{{\"extra\":1,{}", &good[1..]),
            "unknown field `extra`",
        ),
        (unknown, "unknown field `colour`"),
    ] {
        place.write("bad.json", &content);
        place.refuses(&["report", "bad.json"], why, "");
        place.refuses(&run(&["--resume", "bad.json"]), why, "");
        // One bad file among good ones is not passed over.
        place.refuses(&["report", "run.json", "bad.json"], why, "");
    }
}

#[test]
fn files_that_are_not_there_are_refused_by_report_and_resume() {
    let place = Place::new();
    place.refuses(
        &["report", "none.json"],
        "none.json: can't be read",
        "results file",
    );
    place.refuses(
        &run(&["--resume", "none.json"]),
        "none.json: can't be read",
        "results file",
    );
    // A folder may hold other things; what is named must be results.
    fs::create_dir(place.path("mixed")).unwrap();
    place.write("mixed/other.json", "{}");
    place.refuses(&["report", "mixed"], "is not a results file", "");
    place.run(&["--only", "memory/copy"]);
    fs::rename(place.path("run.json"), place.path("mixed/run.json")).unwrap();
    let report = place.suanli(&["report", "mixed"]).assert().code(0);
    let said = text(&report.get_output().stderr);
    assert!(said.contains("warning: passed over: "), "{said}");
    place.refuses(
        &["report", "mixed/run.json", "mixed/other.json"],
        "is not a",
        "",
    );
    fs::create_dir(place.path("empty")).unwrap();
    place.refuses(&["report", "empty"], "without *.json", "suanli");
}

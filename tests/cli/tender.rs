//! `suanli tender`: the deviation table, its exit codes, and what is refused.

use super::*;

/// A bandwidth that the scripted card has, and one beyond it.
fn requirements(least: f64) -> String {
    format!(
        "[project]\nname = \"项目\"\n[[requirement]]\nclause = \"4.2\"\ntext = \"工作组内存带宽\"\nmark = \"★\"\n\
         metric = \"workgroup-bandwidth\"\nkernel = \"memory/workgroup\"\nat_least = {least:e}\nunit = \"GB/s\"\n"
    )
}

/// Runs of a scripted card, in `results`. Each test has cards of its own: two runs never share one.
fn measured(place: &Place, bus: &str, runs: &str) {
    let device = format!("simulated:bus=0000:{bus}:00.0");
    let words = [
        "run",
        "--device",
        &device,
        "--only",
        "memory/workgroup",
        "--runs",
        runs,
        "--out",
        "results",
        "--quiet",
    ];
    place.suanli(&words).assert().code(0);
}

fn json(place: &Place, words: &[&str], code: i32) -> Value {
    let all = [&["tender", "req.toml", "results", "--json"][..], words].concat();
    let run = place.suanli(&all).assert().code(code);
    serde_json::from_slice(&run.get_output().stdout).unwrap()
}

#[test]
fn the_template_is_printed_and_read_again() {
    let place = Place::new();
    let run = place.suanli(&["tender", "--template"]).assert().code(0);
    place.write("req.toml", &text(&run.get_output().stdout));
    measured(&place, "d1", "1");
    let table = json(&place, &[], 0);
    assert_eq!(table["schema"], 1);
    assert_eq!(table["lines"].as_array().unwrap().len(), 3);
    // One run proves nothing, and bandwidth is no rate.
    assert_eq!(table["summary"]["cannot_tell"], 3);
    json(&place, &["--strict"], 1);
}

#[test]
fn six_runs_meet_a_requirement_or_miss_it_and_the_exit_code_says_so() {
    let place = Place::new();
    place.write("req.toml", &requirements(1e-3));
    measured(&place, "d2", "6");
    let met = json(&place, &["--strict"], 0);
    let answer = &met["lines"][0]["answer"];
    assert_eq!(
        (&answer["verdict"], &answer["runs"]),
        (&"positive".into(), &6.into()),
        "{answer}"
    );
    // The hash is that of the file.
    let name = met["files"][0]["name"].as_str().unwrap();
    let hash = suanli::files::sha256(fs::read(place.path(name)).unwrap());
    assert_eq!(met["files"][0]["sha256"], hash);
    place.write("req.toml", &requirements(1e9));
    let missed = json(&place, &[], 1);
    assert_eq!(
        missed["summary"]["star_negative"],
        serde_json::json!(["4.2"])
    );

    let words = ["tender", "req.toml", "results", "--lang", "zh"];
    let run = place.suanli(&words).assert().code(1);
    let said = text(&run.get_output().stdout);
    let suite = missed["campaigns"][0]["suite"]["sha256"].as_str().unwrap();
    for part in ["负偏离", "★ 4.2", "招标条款号", suite, hash.as_str()] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let out = [&words[..], &["--out", "table.html"]].concat();
    place.suanli(&out).assert().code(1);
    let page = fs::read_to_string(place.path("table.html")).unwrap();
    assert!(
        page.contains("技术参数偏离表") && page.contains("<html"),
        "{page}"
    );
    place.refuses(&out, "exists already", "--out");
}

#[test]
fn an_acceptance_judges_each_card_and_has_lines_to_sign() {
    let place = Place::new();
    let terms = "[acceptance]\ncards_total = 128\ncards_sampled = 2\nwitnesses = [\"王五\"]\n";
    place.write("req.toml", &(requirements(1e-3) + terms));
    measured(&place, "d3", "6");
    let one = json(&place, &[], 0);
    assert_eq!(one["acceptance"]["outcome"], "cannot_tell");
    json(&place, &["--strict"], 1);
    measured(&place, "d4", "6");
    let two = json(&place, &["--strict"], 0);
    assert_eq!(two["acceptance"]["outcome"], "met", "{two}");
    assert_eq!(two["lines"][0]["cards"].as_array().unwrap().len(), 2);
    let words = [
        "tender", "req.toml", "results", "--lang", "zh", "--format", "md",
    ];
    let run = place.suanli(&words).assert().code(0);
    let said = text(&run.get_output().stdout);
    for part in [
        "签字盖章",
        "王五",
        "其余 126 块卡",
        "不是具备资质的检测机构",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // The option asks for the same without terms.
    place.write("req.toml", &requirements(1e-3));
    assert!(json(&place, &[], 0)["acceptance"].is_null());
    assert_eq!(json(&place, &["--acceptance"], 0)["acceptance"]["cards"], 2);
}

#[test]
fn what_is_no_requirement_and_no_result_is_refused_with_its_line_and_a_hint() {
    let place = Place::new();
    let results = place.write("results.json", "{}");
    let results = results.to_str().unwrap();
    place.write(
        "req.toml",
        "[[requirement]]\nclause = \"1\"\ntext = \"t\"\nmetric = \"rate\"\n",
    );
    let words = ["tender", "req.toml", results];
    place.refuses(
        &words,
        "req.toml:1: clause 1: engine: not stated",
        "engine = one of vector",
    );
    place.write("req.toml", &requirements(1.0));
    place.refuses(&words, "is not a results file", "suanli schema");
    place.refuses(
        &["tender", "none.toml", results],
        "none.toml: can't be read",
        "--template",
    );
    place.refuses(&["tender", "req.toml"], "required arguments", "--help");
    place.refuses(
        &["tender", "--template", "req.toml"],
        "--template",
        "--help",
    );
}

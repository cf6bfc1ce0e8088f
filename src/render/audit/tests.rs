use crate::audit::audit;
use crate::chips::all;
use crate::render::{Lang, pages, text};

/// A sheet that breaks every rule.
const SHEET: &str = "\
chip,precision,measured,rated,ratio,unit,单卡平均功耗,单卡TDP,clock
RTX 5090,int8,906,838,99%,TOPS,95 W,575 W,
RTX 5090,int8,906,838,108.1%,TOPS,,,2850 MHz
A100,fp16,312,624,/,TFLOPS,,,
A100,fp16,77.97,/,12%,TFLOPS,,,
A100,fp16,14.59.0,300,,TFLOPS,,,
A100,fp16,3 apples,300.5,,TFLOPS,,,
A100,fp16,282.4,282.4,,TFLOPS,,,

region,part,whole,share
a,11,28,28.2%
b,11,,28.2%

item,power_w,time_s,energy_kwh
a,350,3600,0.53

chip,总算力(PFLOPS),卡数,单卡算力(TFLOPS)
A100,984,4096,280
A100,984,1,

chip,precision,measured,unit,runs
A100,fp16,280,TFLOPS,1
";

#[test]
fn every_finding_is_said_in_chinese() {
    let found = audit("t.csv", SHEET.as_bytes(), &[], &all().unwrap()).unwrap();
    let mut rules: Vec<_> = found.findings.iter().map(|one| one.rule).collect();
    rules.sort();
    rules.dedup();
    // All but the power of a table without rated rates and that of Table 2.
    assert_eq!(rules.len(), 14, "{rules:?}");
    let document = pages::audit(&found).said(Lang::Zh);
    let said = text::document(&document, text::Look::default());
    super::super::imported::tests::holds_no_english(&said);
    assert!(
        said.contains("不可能") && said.contains("（推定）") || said.contains("该列其余为"),
        "{said}"
    );
}

//! What crosses the pipe comes out as it went in.

use super::*;
use crate::kernel::Mode;
use crate::sampler::Budget;

const BUDGET: Budget = Budget {
    warm_up_seconds: 0.3,
    warm_up_cap_seconds: 0.6,
    sample_seconds: 0.01,
    min_samples: 30,
    max_samples: 300,
    cap_seconds: 1.0,
    rest_seconds: Some(0.02),
    check_seconds: None,
};

fn case() -> Case {
    let kernel = kernels::find("gemm/f32").unwrap();
    let mut params = Params::new(Mode::Burst);
    (params.m, params.n, params.k) = (Some(129), Some(65), Some(33));
    Case::new(kernel, params, 7).with_tile(kernel.candidates().remove(3))
}

/// The case and budget on the other side, and the line between.
fn crossed(case: &Case) -> (Case, Budget, String) {
    let line = serde_json::to_string(&Order::of(case, &BUDGET)).unwrap();
    let order: Order = serde_json::from_str(&line).unwrap();
    let (case, budget) = order.case().unwrap();
    (case, budget, line)
}

#[test]
fn an_order_is_the_case_with_its_budget() {
    let (there, budget, line) = crossed(&case());
    assert_eq!(there.params, case().params);
    assert_eq!((there.kernel.name, there.seed), ("gemm/f32", 7));
    assert_eq!(there.wgsl().unwrap(), case().wgsl().unwrap());
    assert_eq!(budget, BUDGET);
    assert!(
        !line.contains("workgroup_size"),
        "the build's own template is not sent"
    );
}

#[test]
fn a_template_under_work_is_sent_along() {
    let mut case = case();
    case.template = case.template.replace("fma(", "-fma(").into();
    let (there, ..) = crossed(&case);
    assert_eq!(there.template, case.template);
}

#[test]
fn an_order_of_another_build_is_none() {
    let mut order = Order::of(&case(), &BUDGET);
    order.kernel = "gemm/f8".into();
    assert!(order.case().is_none());
}

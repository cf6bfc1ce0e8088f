use super::*;

fn layout(rows: usize, columns: usize) -> Layout {
    Layout {
        format: Format::F32,
        rows,
        columns,
        stride: columns + 3,
        lines: rows + 1,
        by_column: false,
    }
}

/// A product of (m, n, k) with entries from `element`, and its C summed in f32 in order of k.
fn product(
    [m, n, k]: [usize; 3],
    mut element: impl FnMut() -> f64,
) -> (Product, Vec<Words>, Words) {
    let product = Product {
        a: layout(m, k),
        b: layout(k, n),
        c: layout(m, n),
    };
    let operands = vec![
        product.a.fill(|_, _| element()),
        product.b.fill(|_, _| element()),
    ];
    let c = product.c.fill(|row, column| {
        let terms = (0..k).map(|i| {
            let a = product.a.read(&operands[0], row, i) as f32;
            (a, product.b.read(&operands[1], i, column) as f32)
        });
        f64::from(terms.fold(0.0f32, |sum, (a, b)| a.mul_add(b, sum)))
    });
    (product, operands, c)
}

fn random() -> impl FnMut() -> f64 {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    move || random.random_range(-1.0..=1.0)
}

fn small_integers() -> impl FnMut() -> f64 {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    move || f64::from(random.random_range(-1..=1))
}

#[test]
fn a_right_product_passes_both_passes() {
    let (p, operands, c) = product([33, 17, 40], small_integers());
    assert_eq!(freivalds(&p, &operands, &c, 7), Ok(()));
    let (p, operands, c) = product([33, 17, 400], random());
    let worst = sampled(&p, &operands, &c, 7, Format::F32).unwrap();
    assert!(worst > 0.0 && worst < 1.0, "{worst}");
}

#[test]
fn one_wrong_element_anywhere_fails_the_exact_pass_and_is_named() {
    let (p, operands, right) = product([9, 7, 12], small_integers());
    for row in 0..9 {
        for column in 0..7 {
            let mut c = right.clone();
            let value = p.c.read(&c, row, column);
            p.c.write(&mut c, row, column, value + 1.0);
            let Wrong(why) = freivalds(&p, &operands, &c, 7).unwrap_err();
            assert!(why.starts_with(&format!("C[{row},{column}] is ")), "{why}");
        }
    }
}

#[test]
fn a_fraction_or_a_nan_fails_the_exact_pass() {
    for bad in [0.5, f64::NAN, f64::INFINITY] {
        let (p, operands, mut c) = product([4, 4, 4], small_integers());
        p.c.write(&mut c, 2, 1, bad);
        assert!(freivalds(&p, &operands, &c, 7).is_err(), "{bad}");
    }
}

#[test]
fn a_lost_step_of_k_fails_the_random_pass() {
    let (p, mut operands, c) = product([64, 64, 4096], random());
    assert!(sampled(&p, &operands, &c, 7, Format::F16).is_ok());
    for row in 0..64 {
        for k in 2048..2064 {
            p.a.write(&mut operands[0], row, k, 0.0);
        }
    }
    assert!(sampled(&p, &operands, &c, 7, Format::F16).is_err());
}

#[test]
fn sums_that_all_go_one_way_have_the_wider_bound_they_need() {
    // f16 with ties at nearly every step: terms of mean 1/16 sum to 512.
    let mut count = 0u32;
    let (p, operands, _) = product([8, 8, 8192], || {
        count = count.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(count >> 30) / 2.0 - 0.5
    });
    let c = p.c.fill(|row, column| {
        let terms =
            (0..8192).map(|k| p.a.read(&operands[0], row, k) * p.b.read(&operands[1], k, column));
        terms.fold(0.0, |sum, term| half::f16::from_f64(sum + term).to_f64())
    });
    let worst = sampled(&p, &operands, &c, 7, Format::F16);
    assert!(worst.as_ref().is_ok_and(|worst| *worst > 0.0), "{worst:?}");
}

#[test]
fn a_nan_fails_the_random_pass() {
    let (p, operands, mut c) = product([3, 3, 8], random());
    p.c.write(&mut c, 0, 0, f64::NAN);
    assert!(sampled(&p, &operands, &c, 7, Format::F32).is_err());
}

#[test]
fn unequal_words_are_named() {
    let Wrong(why) = equal(&vec![1, 2, 3], &vec![1, 7, 3]).unwrap_err();
    assert_eq!(why, "word 1 of 3 is 0x00000002, should be 0x00000007");
    assert!(equal(&vec![1], &vec![1, 2]).is_err());
}

#[test]
fn an_integer_is_known_from_what_is_near_one() {
    for value in [0.0, -0.0, 1.0, -1.0, 2048.0, 1e9, -2_147_483_648.0] {
        assert!(is_integer(value), "{value}");
        assert_eq!(integer(value), value as i64);
    }
    let near = f64::from_bits(1.0_f64.to_bits() + 1);
    let odd = [
        0.5,
        near,
        -1e-300,
        1e10,
        1e300,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ];
    for value in odd {
        assert!(!is_integer(value), "{value}");
    }
}

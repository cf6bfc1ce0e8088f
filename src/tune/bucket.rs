//! Sizes that share a winner: the bucket of a case, and the size its search is made at.
//!
//! Three buckets a GEMM family are enough for every shape set: what decides between tiles is whether
//! the grid fills the chip. A search runs at the bucket's own size, so the winner doesn't depend on
//! which case came first.

use crate::kernel::{Case, Sizing};

/// Up to this many rows (or columns) of C, B (or A) is read once for so little work that memory decides.
const SKINNY: u32 = 64;

/// Up to this many elements of C, tiles of 128 × 128 leave most of a large chip idle.
const SMALL: u64 = 1536 * 1536;

/// Working sets up to these bytes are near (a core's own cache) and middle (a shared one).
const NEAR: u64 = 256 << 10;
const MIDDLE: u64 = 64 << 20;

/// The buffers a search is made with: the middle of each bucket, and of the far ones what is surely in device memory
/// and still quickly filled.
const NEAR_SEARCHED: u64 = 128 << 10;
const MIDDLE_SEARCHED: u64 = 16 << 20;
const FAR_SEARCHED: u64 = 256 << 20;

/// Halvings of a bucket's size: a search begins small and grows until the device is busy.
pub const HALVINGS: u32 = 4;

/// No dimension is halved below this.
const SMALLEST: u32 = 256;

/// The name of the bucket a case's winner is kept for.
pub fn name(case: &Case) -> &'static str {
    match case.kernel.sizing {
        Sizing::Gemm => gemm(case).0,
        Sizing::Buffer | Sizing::Loop => {
            let bytes = case.params.bytes.unwrap_or(0);
            if bytes <= NEAR {
                "near"
            } else if bytes <= MIDDLE {
                "middle"
            } else {
                "far"
            }
        }
        Sizing::Chain | Sizing::Fixed => "any",
    }
}

/// The case at its bucket's size, halved `halvings` times.
pub fn searched(case: &Case, halvings: u32) -> Case {
    let mut case = case.clone();
    match case.kernel.sizing {
        Sizing::Gemm => {
            let size = gemm(&case).1;
            let [m, n, k] = size.map(|edge| (edge >> halvings).max(edge.min(SMALLEST)));
            (case.params.m, case.params.n, case.params.k) = (Some(m), Some(n), Some(k));
        }
        Sizing::Buffer | Sizing::Loop => {
            let bucket = name(&case);
            case.params.bytes = case.params.bytes.map(|bytes| match bucket {
                "near" => NEAR_SEARCHED,
                "middle" => MIDDLE_SEARCHED,
                _ => bytes.min(FAR_SEARCHED),
            });
        }
        Sizing::Chain | Sizing::Fixed => {}
    }
    case
}

fn gemm(case: &Case) -> (&'static str, [u32; 3]) {
    let [m, n, _] = [case.params.m, case.params.n, case.params.k].map(|edge| edge.unwrap_or(1));
    if m <= SKINNY {
        ("skinny", [16, 5120, 5120])
    } else if n <= SKINNY {
        ("narrow", [5120, 16, 5120])
    } else if u64::from(m) * u64::from(n) <= SMALL {
        ("small", [1024; 3])
    } else {
        ("large", [4096; 3])
    }
}

/// The case at a size of a tile and a half: small, and with an edge in every dimension.
pub fn smallest(case: &Case) -> Case {
    let mut case = case.clone();
    match case.kernel.sizing {
        Sizing::Gemm => {
            let [bm, bn, bk] = ["bm", "bn", "bk"].map(|key| case.params.tiled(key));
            case.params.m = Some(bm + bm / 2 + 1);
            case.params.n = Some(bn + bn / 2 + 1);
            // Five steps of K: an odd number leaves a double buffer at its other half.
            case.params.k = Some(4 * bk + 1);
        }
        Sizing::Buffer => {
            let few = (3 << 20) + 12;
            case.params.bytes = case.params.bytes.map(|bytes| bytes.min(few));
        }
        Sizing::Loop => {
            let few = 800 << 10;
            case.params.bytes = case.params.bytes.map(|bytes| bytes.min(few));
            case.params.trips = Some(7);
        }
        Sizing::Chain => (case.params.workgroups, case.params.trips) = (Some(4), Some(3)),
        Sizing::Fixed => {}
    }
    case
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Mode, Params};
    use crate::kernels;

    fn gemm([m, n, k]: [u32; 3]) -> Case {
        let mut params = Params::new(Mode::Sustained);
        (params.m, params.n, params.k) = (Some(m), Some(n), Some(k));
        Case::new(kernels::find("gemm/f32").unwrap(), params, 1)
    }

    #[test]
    fn the_searched_size_depends_on_the_bucket_alone_and_grows_by_doubling() {
        let size = |case: &Case, halvings| searched(case, halvings).params.size();
        for case in [gemm([4095; 3]), gemm([2048, 13_696, 5120])] {
            assert_eq!(size(&case, 0), "4096");
            assert_eq!(size(&case, 1), "2048");
            assert_eq!(size(&case, HALVINGS), "256");
        }
        let decode = gemm([1, 13_696, 5120]);
        assert_eq!(size(&decode, 0), "16,5120,5120");
        assert_eq!(size(&decode, HALVINGS), "16,320,320");
        assert_eq!(size(&gemm([512; 3]), 2), "256");
    }
}

//! A GEMM tile's numbers by name, and what every template needs of them.

use crate::kernel::Tile;

use super::Demands;

/// Registers of 32 bits that an invocation has at most.
const REGISTERS: u32 = 255;

/// Invocations that a workgroup has at most anywhere.
const INVOCATIONS: u32 = 1024;

/// The most operations that one step of K is unrolled to: longer code falls out of the instruction cache.
const UNROLLED: u32 = 8192;

/// A tile's numbers; what a tile doesn't name is 1 (`pairs`: 0). The templates say what each is for.
pub(super) struct Shape {
    pub bm: u32,
    pub bn: u32,
    pub bk: u32,
    pub tm: u32,
    pub tn: u32,
    pub shared: u32,
    pub prefetch: u32,
    pub stages: u32,
    pub swizzle: u32,
    pub pad: u32,
    pub a_by_k: u32,
    pub unpack: u32,
    pub pairs: u32,
    pub planes: u32,
    pub split: u32,
}

impl Shape {
    pub(super) fn of(tile: &Tile) -> Self {
        let named = |name: &str| tile.get(name).copied().unwrap_or(1);
        Self {
            bm: named("bm"),
            bn: named("bn"),
            bk: named("bk"),
            tm: named("tm"),
            tn: named("tn"),
            shared: named("shared"),
            prefetch: named("prefetch"),
            stages: named("stages"),
            swizzle: named("swizzle"),
            pad: named("pad"),
            a_by_k: named("a_by_k"),
            unpack: named("unpack"),
            // Tiles of old records don't name it, and were of the other form.
            pairs: tile.get("pairs").copied().unwrap_or(0),
            planes: named("planes"),
            split: named("split"),
        }
    }

    /// Threads that share a step of K, one part of the tile each.
    pub(super) fn lanes(&self) -> u32 {
        (self.bm / self.tm.max(1)) * (self.bn / self.tn.max(1))
    }

    pub(super) fn threads(&self) -> u32 {
        self.lanes() * self.split
    }

    /// Sums that the upper half of the slices leaves in workgroup memory.
    pub(super) fn handed_over(&self) -> u32 {
        self.split / 2 * self.bm * self.bn
    }

    /// Vectors a thread holds for the next tile, of `vectors` in the tiles of A and B.
    pub(super) fn held(&self, vectors: u32) -> u32 {
        self.shared * self.prefetch * vectors.div_ceil(self.threads().max(1))
    }

    /// Whether the numbers are within what any template takes, for vectors of `vector` elements along K.
    pub(super) fn plain(&self, vector: u32) -> bool {
        let sizes = [self.bm, self.bn, self.bk, self.tm, self.tn];
        let switches = [
            self.shared,
            self.prefetch,
            self.pad,
            self.a_by_k,
            self.pairs,
        ];
        sizes.iter().all(|size| *size > 0)
            && switches.iter().all(|switch| *switch <= 1)
            && [self.stages, self.planes, self.unpack]
                .iter()
                .all(|number| (1..=2).contains(number))
            && self.swizzle > 0
            && self.split.is_power_of_two()
            && self.split <= 32
            && self.bm.is_multiple_of(self.tm)
            && self.bn.is_multiple_of(self.tn)
            && self.bk.is_multiple_of(vector * self.split)
            && self.threads() <= INVOCATIONS
            && self.tm * self.tn * self.bk / self.split <= UNROLLED * vector.div_ceil(4)
            && (self.shared == 1 || self.straight())
    }

    /// Without workgroup memory the keys that shape it have one value, so that no two tiles are the same shader.
    fn straight(&self) -> bool {
        let numbers = [self.prefetch, self.stages, self.pad, self.a_by_k];
        numbers == [0, 1, 0, 1] && self.unpack == 1 && self.planes == 1
    }

    /// Whether blocks of 4 columns and up to 4 rows make a thread's part, and rows of vectors of 4 the tiles.
    /// Rows of B are loaded `b_rows` at a time.
    pub(super) fn blocks(&self, b_rows: u32) -> bool {
        let (kv, nv) = (self.bk / 4, self.bn / 4);
        let threads = self.threads();
        let whole = |vectors: u32, a_row: u32, rows: u32| {
            threads.is_multiple_of(a_row) && vectors.is_multiple_of(threads * rows)
        };
        let a_rows = if self.a_by_k == 1 { 1 } else { 4 };
        self.tm.is_multiple_of(self.tm.min(4))
            && self.tn.is_multiple_of(4)
            && (self.a_by_k == 1 || self.tm.is_multiple_of(4))
            && (self.shared == 0
                || whole(self.bm * kv, kv, a_rows) && whole(self.bk * nv, nv, b_rows))
    }
}

/// Whether a thread's registers can hold what it can't do without.
pub(super) fn holds(demands: Demands) -> bool {
    demands.registers <= REGISTERS
}

/// A curated tile: bm, bn, bk, tm, tn, and what differs from the family's common keys.
pub(super) type Row = ([u32; 5], &'static [(&'static str, u32)]);

/// What follows from `shared` 0: straight from global memory to registers.
const STRAIGHT: [(&str, u32); 3] = [("shared", 0), ("prefetch", 0), ("pad", 0)];

/// The keys of every template, as a curated tile has them unless it says otherwise.
const COMMON: [(&str, u32); 6] = [
    ("shared", 1),
    ("prefetch", 1),
    ("stages", 1),
    ("swizzle", 1),
    ("pad", 1),
    ("split", 1),
];

/// The tiles of `rows`, with the common keys and the family's own.
pub(super) fn curated(own: &[(&'static str, u32)], rows: &[Row]) -> Vec<Tile> {
    let tile = |(numbers, changes): &Row| {
        let sizes = ["bm", "bn", "bk", "tm", "tn"].into_iter().zip(*numbers);
        let straight = changes.contains(&("shared", 0));
        let keys = COMMON.iter().chain(own).copied().chain(sizes);
        let keys = keys.chain(STRAIGHT.into_iter().filter(|_| straight));
        let keys = keys.chain(changes.iter().copied());
        keys.map(|(name, number)| (name.to_owned(), number))
            .collect()
    };
    rows.iter().map(tile).collect()
}

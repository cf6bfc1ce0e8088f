//! Operands: seeded random numbers, laid out as a kernel reads them.
//!
//! Every buffer comes from ChaCha8 seeded with the case's seed, one stream an operand. A matrix is
//! drawn line by line at its logical size, so it holds the same numbers whatever padding the tile needs.

use bytemuck::cast_slice_mut;
use half::f16;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

use crate::figure::Format;
use crate::kernel::{Input, Pattern};
use crate::matrix::{Layout, Words, in_pieces};

/// The most nonzero products in one exact sum: with entries from {−1, 0, 1} it stays within the integers
/// that f16 holds exactly, in whatever order it is summed.
pub const EXACT_TERMS: usize = 2048;

/// The random numbers of operand `index`.
pub fn stream(seed: u64, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index);
    rng
}

/// A buffer of `bytes` (a multiple of 4) plain words; low-toggle means the f32 values of that pattern.
pub fn words(bytes: u64, input: Input, mut rng: ChaCha8Rng) -> Words {
    let count = (bytes / 4) as usize;
    match input {
        Input::Timed(Pattern::Zeros) => vec![0; count],
        Input::Exact | Input::Timed(Pattern::Random) => {
            in_pieces(count, |start, piece| raw(&rng, start, piece))
        }
        Input::Timed(Pattern::LowToggle) => {
            let mut words = vec![0; count];
            draw::<f32>(cast_slice_mut(&mut words), input, &mut rng);
            words
        }
    }
}

/// The words of the stream from its word `start` on, whoever made those before.
fn raw(rng: &ChaCha8Rng, start: usize, piece: &mut [u32]) {
    let mut rng = rng.clone();
    rng.set_word_pos(rng.get_word_pos() + start as u128);
    rng.fill_bytes(cast_slice_mut(piece));
}

/// A buffer of `bytes` (a multiple of 4) f32 in [−1, 1] by steps of 2⁻²⁰, so that b + 3·c is exact, fused or not.
pub fn fractions(bytes: u64, input: Input, rng: ChaCha8Rng) -> Words {
    if matches!(input, Input::Timed(Pattern::Zeros | Pattern::LowToggle)) {
        return words(bytes, input, rng);
    }
    in_pieces((bytes / 4) as usize, |start, piece| {
        raw(&rng, start, piece);
        for word in piece {
            let steps = (*word >> 11) as f32;
            *word = (steps / (1 << 20) as f32 - 1.0).to_bits();
        }
    })
}

/// A matrix. For [`Input::Exact`], of `terms` products in a sum only every ⌈terms / 2048⌉th may be nonzero: pass
/// the length of the sum for one operand and 0 for the other.
pub fn matrix(layout: &Layout, input: Input, terms: usize, rng: ChaCha8Rng) -> Words {
    let mut words = vec![0; layout.words()];
    let every = terms.div_ceil(EXACT_TERMS).max(1);
    match layout.format {
        Format::I8 => lines::<i8>(&mut words, layout, input, every, &rng),
        Format::F16 => lines::<f16>(&mut words, layout, input, every, &rng),
        _ => lines::<f32>(&mut words, layout, input, every, &rng),
    }
    words
}

/// Fills every line, on all processors: a line has a place of its own in the stream of random numbers.
fn lines<T: Element>(
    words: &mut Words,
    layout: &Layout,
    input: Input,
    every: usize,
    rng: &ChaCha8Rng,
) {
    let (count, length) = match layout.by_column {
        true => (layout.columns, layout.rows),
        false => (layout.rows, layout.columns),
    };
    let elements: &mut [T] = cast_slice_mut(words);
    let filled = elements.par_chunks_mut(layout.stride).take(count);
    filled.enumerate().for_each(|(number, line)| {
        let mut rng = rng.clone();
        // No element takes more than a word.
        rng.set_word_pos((number * length) as u128);
        fill(&mut line[..length], input, number, every, &mut rng);
    });
}

fn fill<T: Element>(
    line: &mut [T],
    input: Input,
    number: usize,
    every: usize,
    rng: &mut ChaCha8Rng,
) {
    draw(line, input, rng);
    if input == Input::Exact && every > 1 {
        for (place, element) in line.iter_mut().enumerate() {
            if !(number + place).is_multiple_of(every) {
                *element = T::UNITS[1];
            }
        }
    }
}

fn draw<T: Element>(line: &mut [T], input: Input, rng: &mut ChaCha8Rng) {
    let bytes = match input {
        Input::Timed(Pattern::Zeros) => return,
        Input::Timed(Pattern::Random) => T::BYTES,
        _ => 1,
    };
    let mut raw = vec![0; line.len() * bytes];
    rng.fill_bytes(&mut raw);
    for (element, raw) in line.iter_mut().zip(raw.chunks_exact(bytes)) {
        *element = match input {
            Input::Exact => T::UNITS[usize::from(raw[0] % 3)],
            Input::Timed(Pattern::LowToggle) => T::HALVES[usize::from(raw[0] & 3)],
            Input::Timed(_) => T::uniform(raw),
        };
    }
}

/// Numbers as the words of a buffer in `format`; each fits it exactly.
pub fn encode(format: Format, numbers: &[f64]) -> Words {
    match format {
        Format::F64 => {
            let bits = numbers.iter().map(|number| number.to_bits());
            bits.flat_map(|bits| [bits as u32, (bits >> 32) as u32])
                .collect()
        }
        Format::F16 => {
            let bits = |number: &f64| u32::from(f16::from_f64(*number).to_bits());
            let pairs = numbers.chunks(2);
            pairs
                .map(|pair| bits(&pair[0]) | bits(&pair[1]) << 16)
                .collect()
        }
        _ => numbers
            .iter()
            .map(|number| (*number as f32).to_bits())
            .collect(),
    }
}

/// The numbers in the words of a buffer.
pub fn decode(format: Format, words: &[u32]) -> Vec<f64> {
    match format {
        Format::F64 => {
            let pairs = words.chunks_exact(2);
            pairs
                .map(|pair| f64::from_bits(u64::from(pair[0]) | u64::from(pair[1]) << 32))
                .collect()
        }
        Format::F16 => {
            let halves = words
                .iter()
                .flat_map(|word| [*word as u16, (word >> 16) as u16]);
            halves.map(|bits| f16::from_bits(bits).to_f64()).collect()
        }
        _ => words
            .iter()
            .map(|word| f64::from(f32::from_bits(*word)))
            .collect(),
    }
}

/// A number as operands hold it.
trait Element: bytemuck::Pod + Send + Sync {
    /// Random bytes one number takes.
    const BYTES: usize;
    /// Uniform in [−1, 1]; integers over their full range.
    fn uniform(raw: &[u8]) -> Self;
    /// −1, 0, 1.
    const UNITS: [Self; 3];
    /// From −1 to 2 halves, where the format has them; else units.
    const HALVES: [Self; 4];
}

impl Element for f32 {
    const BYTES: usize = 4;
    fn uniform(raw: &[u8]) -> Self {
        let steps = u32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]) >> 8;
        steps as f32 / (1 << 23) as f32 - 1.0
    }
    const UNITS: [Self; 3] = [-1.0, 0.0, 1.0];
    const HALVES: [Self; 4] = [-0.5, 0.0, 0.5, 1.0];
}

impl Element for f16 {
    const BYTES: usize = 2;
    fn uniform(raw: &[u8]) -> Self {
        STEPS[usize::from(u16::from_le_bytes([raw[0], raw[1]]) >> 5)]
    }
    const UNITS: [Self; 3] = [f16::NEG_ONE, f16::ZERO, f16::ONE];
    const HALVES: [Self; 4] = [
        f16::from_f32_const(-0.5),
        f16::ZERO,
        f16::from_f32_const(0.5),
        f16::ONE,
    ];
}

impl Element for i8 {
    const BYTES: usize = 1;
    fn uniform(raw: &[u8]) -> Self {
        raw[0] as i8
    }
    const UNITS: [Self; 3] = [-1, 0, 1];
    const HALVES: [Self; 4] = [-1, 0, 1, 2];
}

/// [−1, 1) by steps of 2⁻¹⁰, in order of an integer's top bits: none is subnormal, which some drivers flush when they
/// unpack. A table, because many millions are drawn.
static STEPS: [f16; 2048] = {
    let mut steps = [f16::ZERO; 2048];
    let mut at = 0;
    while at < 2048 {
        let signed = (at as i16) << 5 >> 5;
        steps[at] = f16::from_f32_const(signed as f32 / 1024.0);
        at += 1;
    }
    steps
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_is_the_top_bits_of_an_integer_by_steps_of_a_1024th() {
        for raw in 0..=u16::MAX {
            let steps = raw.cast_signed() >> 5;
            let want = f16::from_f32(f32::from(steps) / 1024.0);
            assert_eq!(f16::uniform(&raw.to_le_bytes()), want, "{raw}");
        }
    }
}

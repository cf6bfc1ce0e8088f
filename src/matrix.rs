//! A matrix inside device words: format, stride, orientation; reading and writing one element.
//!
//! Device buffers are vectors of 32-bit words. A [`Layout`] says how a logical rows × columns matrix
//! lies in one; padding beyond the logical size is there for the kernel's tiles and is zero.

use bytemuck::cast_slice;
use half::f16;
use half::slice::HalfFloatSliceExt;
use rayon::prelude::*;

use crate::figure::Format;

/// The content of a device buffer.
pub type Words = Vec<u32>;

/// Words of one piece that a processor makes at a time: 4 MiB, a multiple of every workgroup's part.
const PIECE: usize = 1 << 20;

/// `count` words, made by all processors: `fill` gets each piece with the place of its first word. A buffer
/// of a GiB is filled, or its truth computed, in a fraction of a second.
pub fn in_pieces(count: usize, fill: impl Fn(usize, &mut [u32]) + Sync) -> Words {
    let mut words = vec![0; count];
    let pieces = words.par_chunks_mut(PIECE).enumerate();
    pieces.for_each(|(index, piece)| fill(index * PIECE, piece));
    words
}

/// `count` zeros that lie in memory already: the system finds a place for new words when they are first written, which
/// one processor alone would wait for, page by page.
pub fn zeros(count: usize) -> Words {
    in_pieces(count, |_, piece| piece.fill(0))
}

/// The first of as many words that differ: its place, and what `got` holds there. On all processors, as fast as memory is
/// read.
pub fn unlike(got: &[u32], want: &[u32]) -> Option<(usize, u32)> {
    let pieces = got.par_chunks(PIECE).zip(want.par_chunks(PIECE));
    let piece = pieces.position_first(|(got, want)| got != want)?;
    let [got, want] = [got, want].map(|words| &words[piece * PIECE..]);
    let at = got.iter().zip(want).position(|(got, want)| got != want)?;
    Some((piece * PIECE + at, got[at]))
}

/// How a rows × columns matrix lies in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// `f32`, `f16`, `i8` or `i32`.
    pub format: Format,
    /// Logical rows.
    pub rows: usize,
    /// Logical columns.
    pub columns: usize,
    /// Elements from the start of one line to the next; a line is a row, or a column if `by_column`.
    pub stride: usize,
    /// Lines in the buffer, padding included.
    pub lines: usize,
    /// Each column is contiguous, instead of each row.
    pub by_column: bool,
}

impl Layout {
    /// Words the whole buffer takes, padding included.
    pub fn words(&self) -> usize {
        (self.stride * self.lines).div_ceil(self.per_word())
    }

    fn per_word(&self) -> usize {
        match self.format {
            Format::I8 => 4,
            Format::F16 => 2,
            _ => 1,
        }
    }

    fn index(&self, row: usize, column: usize) -> usize {
        if self.by_column {
            column * self.stride + row
        } else {
            row * self.stride + column
        }
    }

    /// The element at (row, column) as a number; every format here fits an f64 exactly.
    pub fn read(&self, words: &[u32], row: usize, column: usize) -> f64 {
        let index = self.index(row, column);
        match self.format {
            Format::I8 => {
                let byte = words[index / 4].to_le_bytes()[index % 4];
                f64::from(byte as i8)
            }
            Format::F16 => {
                let bits = (words[index / 2] >> (16 * (index % 2))) as u16;
                f16::from_bits(bits).to_f64()
            }
            Format::I32 => f64::from(words[index] as i32),
            _ => f64::from(f32::from_bits(words[index])),
        }
    }

    /// Stores `value`, rounded to the format, at (row, column).
    pub fn write(&self, words: &mut [u32], row: usize, column: usize, value: f64) {
        let index = self.index(row, column);
        match self.format {
            Format::I8 => {
                let shift = 8 * (index % 4);
                let byte = u32::from(value as i8 as u8);
                words[index / 4] = words[index / 4] & !(0xff << shift) | byte << shift;
            }
            Format::F16 => {
                let shift = 16 * (index % 2);
                let bits = u32::from(f16::from_f64(value).to_bits());
                words[index / 2] = words[index / 2] & !(0xffff << shift) | bits << shift;
            }
            Format::I32 => words[index] = value as i32 as u32,
            _ => words[index] = (value as f32).to_bits(),
        }
    }

    /// Line `line` (a row, or a column if `by_column`) as numbers, without its padding; `buffer` is filled with them.
    pub fn line(&self, words: &[u32], line: usize, buffer: &mut Vec<f64>) {
        let length = if self.by_column {
            self.rows
        } else {
            self.columns
        };
        let place = line * self.stride..line * self.stride + length;
        buffer.clear();
        match self.format {
            Format::I8 => {
                let bytes: &[i8] = cast_slice(words);
                buffer.extend(bytes[place].iter().map(|byte| f64::from(*byte)));
            }
            Format::F16 => {
                let halves: &[f16] = cast_slice(words);
                buffer.resize(length, 0.0);
                halves[place].convert_to_f64_slice(buffer);
            }
            Format::I32 => buffer.extend(words[place].iter().map(|word| f64::from(*word as i32))),
            _ => {
                let numbers: &[f32] = cast_slice(words);
                buffer.extend(numbers[place].iter().map(|number| f64::from(*number)));
            }
        }
    }

    /// The buffer with `element(row, column)` at every logical place, called in row order, and zero elsewhere.
    pub fn fill(&self, mut element: impl FnMut(usize, usize) -> f64) -> Words {
        let mut words = vec![0; self.words()];
        for row in 0..self.rows {
            for column in 0..self.columns {
                self.write(&mut words, row, column, element(row, column));
            }
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_word_is_made_once_with_its_place() {
        for count in [0, 1, PIECE, 3 * PIECE + 5] {
            let words = in_pieces(count, |start, piece| {
                for (at, word) in piece.iter_mut().enumerate() {
                    *word += (start + at) as u32 + 1;
                }
            });
            assert!(words.into_iter().eq(1..=count as u32), "{count}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_padding_stays_zero(
            format in prop::sample::select(vec![Format::F32, Format::F16, Format::I8, Format::I32]),
            rows in 1usize..6, columns in 1usize..6, pad in 0usize..5, by_column: bool,
        ) {
            let (line, lines) = if by_column { (rows, columns) } else { (columns, rows) };
            let layout = Layout {
                format, rows, columns, stride: line + pad, lines: lines + 1, by_column,
            };
            let value = |row: usize, column: usize| (row * 7 + column) as f64 - 5.0;
            let mut words = layout.fill(value);
            for row in 0..rows {
                for column in 0..columns {
                    prop_assert_eq!(layout.read(&words, row, column), value(row, column));
                    layout.write(&mut words, row, column, 0.0);
                }
            }
            let lines = layout.fill(value);
            let mut numbers = Vec::new();
            for number in 0..if by_column { columns } else { rows } {
                layout.line(&lines, number, &mut numbers);
                let own = (0..if by_column { rows } else { columns }).map(|at| {
                    if by_column { value(at, number) } else { value(number, at) }
                });
                prop_assert_eq!(&numbers, &own.collect::<Vec<_>>());
            }
            prop_assert!(words.iter().all(|word| *word == 0));
        }
    }
}

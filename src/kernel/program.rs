//! What a device is asked to do in one dispatch, and how a long one is cut.

/// A shader to dispatch, its buffers and its grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Bytes of each buffer in binding order from 1; the last is the output, the others are inputs.
    pub buffers: Vec<u64>,
    /// Workgroups in x.
    pub columns: u32,
    /// Workgroups in y.
    pub rows: u32,
    /// The uniform block at binding 0, after its first two words (the band's first row and column, written by
    /// the device).
    pub constants: Vec<u32>,
}

/// A part of a program's grid that is dispatched by itself, in workgroups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// The first row.
    pub row: u32,
    /// The first column.
    pub column: u32,
    /// Workgroups in y.
    pub rows: u32,
    /// Workgroups in x.
    pub columns: u32,
}

impl Band {
    /// The uniform block of this band.
    pub fn block(&self, constants: &[u32]) -> Vec<u32> {
        [&[self.row, self.column], constants].concat()
    }
}

impl Program {
    /// The most bands the grid can be cut into: its longer side, so that one row of workgroups can be cut too.
    pub fn most_bands(&self) -> u32 {
        self.rows.max(self.columns).max(1)
    }

    /// The grid in `count` bands across its longer side (or as many as can be), in order.
    pub fn bands(&self, count: u32) -> impl Iterator<Item = Band> {
        let (rows, columns, side) = (self.rows, self.columns, self.most_bands());
        let count = count.clamp(1, side);
        let edge = move |index| (u64::from(side) * u64::from(index) / u64::from(count)) as u32;
        (0..count).map(move |index| {
            let (first, length) = (edge(index), edge(index + 1) - edge(index));
            match rows >= columns {
                true => Band {
                    row: first,
                    column: 0,
                    rows: length,
                    columns,
                },
                false => Band {
                    row: 0,
                    column: first,
                    rows,
                    columns: length,
                },
            }
        })
    }
}

/// What one dispatch of a case is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A compute shader, entry point `main`.
    Compute(Program),
    /// Host memory to device memory.
    Upload {
        /// How much.
        bytes: u64,
    },
    /// Device memory to host memory.
    Download {
        /// How much.
        bytes: u64,
    },
    /// Host memory to device memory, and from there to host memory again.
    RoundTrip {
        /// How much, each way.
        bytes: u64,
    },
    /// An empty submit, waited for.
    Submit,
}

impl Action {
    /// The most submits one dispatch can be cut into.
    pub fn most_bands(&self) -> u32 {
        match self {
            Self::Compute(program) => program.most_bands(),
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_cover_every_workgroup_once_in_order() {
        for (side, count) in [(7, 7), (7, 2), (1, 1), (65_535, 1000), (10, 3), (3, 1024)] {
            for (rows, columns) in [(side, 1), (1, side), (side, side)] {
                let program = Program {
                    buffers: vec![],
                    columns,
                    rows,
                    constants: vec![],
                };
                let bands: Vec<_> = program.bands(count).collect();
                assert_eq!(bands.len(), count.min(side) as usize);
                let (mut row, mut column) = (0, 0);
                for band in bands {
                    assert_eq!((band.row, band.column), (row, column));
                    assert!(band.rows > 0 && band.columns > 0);
                    assert!(band.rows == rows || band.columns == columns);
                    match rows >= columns {
                        true => row += band.rows,
                        false => column += band.columns,
                    }
                }
                assert_eq!(
                    (row, column),
                    if rows >= columns {
                        (rows, 0)
                    } else {
                        (0, columns)
                    }
                );
            }
        }
    }
}

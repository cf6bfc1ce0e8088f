//! The matrices a matrix engine multiplies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::figure::Format;

/// A shape of cooperative matrices that an adapter offers and WGSL can say: `size` × `size` fragments.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct MatrixShape {
    /// Rows and columns of each of the three fragments: 8 or 16.
    pub size: u32,
    /// The format of A and B.
    pub operands: Format,
    /// The format of C.
    pub accumulate: Format,
}

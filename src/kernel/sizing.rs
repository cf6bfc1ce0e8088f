//! Which sizes a kernel takes, and how one is written.

/// Bytes in the largest unit they are whole in: `64 MiB`, `16 KiB`, `12 B`.
pub fn bytes_text(bytes: u64) -> String {
    match bytes {
        _ if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} B"),
    }
}

/// Which sizes a kernel takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizing {
    /// M, N, K.
    Gemm,
    /// Bytes a buffer.
    Buffer,
    /// Bytes a buffer; workgroups are the kernel's own or the tile's, and trips are grown until a dispatch is
    /// long enough.
    Loop,
    /// Free: workgroups and trips are grown until a dispatch is long enough.
    Chain,
    /// None at all.
    Fixed,
}

impl Sizing {
    /// Whether a dispatch's trips are grown on the device, so that its answer depends on their number.
    pub fn is_grown(self) -> bool {
        matches!(self, Self::Loop | Self::Chain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_in_the_largest_unit_they_are_whole_in() {
        let texts = [12, 16 << 10, 300_000, 64 << 20, 1 << 30].map(bytes_text);
        assert_eq!(texts, ["12 B", "16 KiB", "300000 B", "64 MiB", "1024 MiB"]);
    }
}

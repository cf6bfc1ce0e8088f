//! What `--redact` leaves out of a file.

use super::{Outcome, Results};

impl Results {
    /// Leaves out host name, ids and serial numbers of the GPU, process ids, the command line, and paths in what a driver
    /// said.
    pub fn redact(&mut self) {
        self.host.name = None;
        self.settings.command_line = None;
        for record in &mut self.records {
            if let Outcome::Failed { error, .. } = &mut record.outcome {
                *error = without_paths(error);
            }
        }
        if let Some(environment) = &mut self.environment {
            for gpu in [&mut environment.gpu, &mut environment.gpu_after] {
                let Some(gpu) = gpu else { continue };
                (gpu.uuid, gpu.serial, gpu.processes) = (None, None, None);
            }
        }
    }

    /// The same, redacted.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let mut results = self.clone();
        results.redact();
        results
    }
}

/// A driver's last words may name files of its user.
fn without_paths(text: &str) -> String {
    let is_path = |word: &str| {
        let word = word.trim_start_matches(['(', '\'', '"']);
        word.starts_with(['/', '~']) || word.contains(":\\")
    };
    let words = text.split(' ');
    let words = words.map(|word| if is_path(word) { "(path)" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::without_paths;

    #[test]
    fn paths_are_left_out_and_kernels_are_not() {
        assert_eq!(
            without_paths("shader of gemm/f32 refused (/root/.cargo/x.rs:1:2), in C:\\u\\x.dll"),
            "shader of gemm/f32 refused (path) in (path)"
        );
    }
}

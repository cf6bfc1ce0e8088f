//! Other processes that compute on the GPU while it is measured.

use std::path::Path;

use nvml_wrapper::Device;

use super::super::host;

/// The share of the compute units' time, in per cent, from which a process counts: desktops draw with less.
const BUSY: u32 = 10;

/// What one process used the compute units for, at one moment of the driver's.
#[derive(Debug, Clone, Copy)]
struct Use {
    pid: u32,
    /// µs since some moment.
    at: u64,
    per_cent: u32,
}

/// The driver's log of who computes, from where it was read last.
#[derive(Debug)]
pub(super) struct Neighbours {
    since: Option<u64>,
    /// The driver's process ids are those this process knows itself by.
    named: bool,
}

impl Neighbours {
    pub(super) fn new() -> Self {
        let named = !cfg!(target_os = "linux") || host::sees_all_processes(Path::new("/"));
        Self { since: None, named }
    }

    /// Whether another process has computed since the last look; the first look only begins.
    pub(super) fn compute(&mut self, device: &Device<'_>) -> bool {
        if !self.named {
            return false;
        }
        let log = device.process_utilization_stats(self.since);
        let log = log.unwrap_or_default().into_iter().map(|one| Use {
            pid: one.pid,
            at: one.timestamp,
            per_cent: one.sm_util,
        });
        self.heard(&log.collect::<Vec<_>>(), std::process::id())
    }

    fn heard(&mut self, log: &[Use], own: u32) -> bool {
        let newest = log.iter().map(|one| one.at).max().unwrap_or(0);
        // An empty log begins too: what comes then is new.
        let since = self.since.replace(newest.max(self.since.unwrap_or(0)));
        let foreign =
            |one: &Use, since: u64| one.pid != own && one.at > since && one.per_cent >= BUSY;
        since.is_some_and(|since| log.iter().any(|one| foreign(one, since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(pid: u32, at: u64, per_cent: u32) -> Use {
        Use { pid, at, per_cent }
    }

    #[test]
    fn only_another_process_that_is_busy_since_the_last_look_counts() {
        let mut neighbours = Neighbours {
            since: None,
            named: true,
        };
        assert!(!neighbours.heard(&[one(7, 100, 90)], 1), "an old load");
        assert!(!neighbours.heard(&[one(7, 100, 90)], 1), "told again");
        assert!(!neighbours.heard(&[one(1, 200, 99)], 1), "our own load");
        assert!(!neighbours.heard(&[one(7, 300, 9)], 1), "a desktop");
        assert!(!neighbours.heard(&[], 1));
        assert!(neighbours.heard(&[one(1, 400, 60), one(7, 400, 40)], 1));
        assert!(!neighbours.heard(&[one(7, 400, 40)], 1), "told again");
    }

    #[test]
    fn what_comes_after_an_empty_first_look_is_new() {
        let mut neighbours = Neighbours {
            since: None,
            named: true,
        };
        assert!(!neighbours.heard(&[], 1));
        assert!(neighbours.heard(&[one(7, 1, 50)], 1));
    }
}

//! Other processes that compute on the GPU while it is measured.
//!
//! The driver's log has been seen with entries that were never written (Syllo/nvtop#110, NVIDIA/DCGM#83): no process,
//! hundreds of per cent, times of another age. They are passed over.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use nvml_wrapper::Device;
use nvml_wrapper::error::NvmlError;

use super::super::host;

/// The share of the compute units' time, in per cent, from which a process counts. Desktops that draw have been seen at
/// 7 to 19; a load that takes less than this is left to the spread of the samples.
const BUSY: u32 = 30;

/// How far from now an entry's time may be, in µs.
const RECENT: u64 = 60_000_000;

/// What one process used the compute units for, at one moment of the driver's.
#[derive(Debug, Clone, Copy)]
struct Use {
    pid: u32,
    /// µs since 1970.
    at: u64,
    per_cent: u32,
}

/// The driver's log of who computes, from where it was read last.
#[derive(Debug)]
pub(super) struct Neighbours {
    since: Option<u64>,
    /// Why nobody can be seen.
    blind: Option<String>,
}

impl Neighbours {
    pub(super) fn new() -> Self {
        let named = !cfg!(target_os = "linux") || host::sees_all_processes(Path::new("/"));
        let why = "in a container the driver's process ids are of no use";
        Self {
            since: None,
            blind: (!named).then(|| why.into()),
        }
    }

    /// Why other processes can't be seen, if they can't.
    pub(super) fn blind(&self) -> Option<&String> {
        self.blind.as_ref()
    }

    /// Whether another process has computed since the last look; the first look only begins.
    pub(super) fn compute(&mut self, device: &Device<'_>) -> bool {
        if self.blind.is_some() {
            return false;
        }
        let log = match device.process_utilization_stats(self.since) {
            Ok(log) => log,
            // Nobody computed.
            Err(NvmlError::NotFound) => Vec::new(),
            Err(error) => {
                self.blind = Some(super::because(&error));
                return false;
            }
        };
        let log = log.into_iter().map(|one| Use {
            pid: one.pid,
            at: one.timestamp,
            per_cent: one.sm_util,
        });
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |now| now.as_micros() as u64);
        self.heard(&log.collect::<Vec<_>>(), std::process::id(), now)
    }

    fn heard(&mut self, log: &[Use], own: u32, now: u64) -> bool {
        let written =
            |one: &&Use| one.pid != 0 && one.per_cent <= 100 && one.at.abs_diff(now) <= RECENT;
        let log: Vec<&Use> = log.iter().filter(written).collect();
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

    /// Now, in µs.
    const NOW: u64 = 1_800_000_000_000_000;

    fn one(pid: u32, at: u64, per_cent: u32) -> Use {
        let at = NOW + at;
        Use { pid, at, per_cent }
    }

    fn neighbours() -> Neighbours {
        Neighbours {
            since: None,
            blind: None,
        }
    }

    #[test]
    fn only_another_process_that_is_busy_since_the_last_look_counts() {
        let mut neighbours = neighbours();
        let mut heard = |log: &[Use]| neighbours.heard(log, 1, NOW);
        assert!(!heard(&[one(7, 100, 90)]), "an old load");
        assert!(!heard(&[one(7, 100, 90)]), "told again");
        assert!(!heard(&[one(1, 200, 99)]), "our own load");
        assert!(!heard(&[one(7, 300, 19)]), "a desktop");
        assert!(!heard(&[]));
        assert!(heard(&[one(1, 400, 60), one(7, 400, 40)]));
        assert!(!heard(&[one(7, 400, 40)]), "told again");
    }

    #[test]
    fn what_comes_after_an_empty_first_look_is_new() {
        let mut neighbours = neighbours();
        assert!(!neighbours.heard(&[], 1, NOW));
        assert!(neighbours.heard(&[one(7, 1, 50)], 1, NOW));
    }

    #[test]
    fn entries_that_were_never_written_are_passed_over() {
        let mut neighbours = neighbours();
        assert!(!neighbours.heard(&[], 1, NOW));
        let unwritten = [
            one(0, 1, 50),
            one(50_554, 1, 37_100),
            one(7, 1, 2_147_483_632),
            Use {
                pid: 7,
                at: 217_144_956_601_725,
                per_cent: 50,
            },
            Use {
                pid: 7,
                at: u64::MAX,
                per_cent: 50,
            },
        ];
        assert!(!neighbours.heard(&unwritten, 1, NOW));
        // Nor do their times hide what comes.
        assert!(neighbours.heard(&[one(7, 2, 50)], 1, NOW));
    }
}

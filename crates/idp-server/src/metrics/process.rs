//! What the system says of this process (Linux: `/proc/self`). What it does not say is left out.

use std::{fs, time::Duration};

use rustix::{
    process::{Resource, getrlimit},
    time::{ClockId, clock_gettime},
};

/// What is known of the process.
#[derive(Clone, Debug, Default)]
pub(super) struct Process {
    /// Processor time so far.
    pub cpu: Duration,
    /// In bytes.
    pub resident_memory: Option<u64>,
    pub open_files: Option<u64>,
    pub open_files_limit: Option<u64>,
    pub threads: Option<u64>,
}

impl Process {
    /// Asks the system.
    pub(super) fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let field = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().trim_end_matches(" kB").parse().ok()
        };
        let spent = clock_gettime(ClockId::ProcessCPUTime);
        let cpu = Duration::try_from(spent).unwrap_or_default();
        Self {
            cpu,
            resident_memory: field("VmRSS:").map(|kib| kib.saturating_mul(1024)),
            // One of them is that of the folder that is read.
            open_files: fs::read_dir("/proc/self/fd")
                .ok()
                .map(|files| files.count().saturating_sub(1) as u64),
            open_files_limit: getrlimit(Resource::Nofile).current,
            threads: field("Threads:"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_system_knows_this_process() {
        let process = Process::now();
        assert!(process.cpu > Duration::ZERO);
        assert!(process.resident_memory.unwrap() > 1_000_000);
        let files = process.open_files.unwrap();
        assert!(files >= 3 && files < process.open_files_limit.unwrap_or(u64::MAX), "{files}");
        assert!(process.threads.unwrap() >= 1);
    }
}

//! A program that prints a secret, and is not waited for without end.

use std::{
    io::{self, Read as _},
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use zeroize::Zeroizing;

use super::{LARGEST, Result, SecretFileError};
use crate::clock::Stopwatch;

/// How long one may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked whether one that has closed its output has ended.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Runs the program without a shell, and takes what it prints. What it writes to standard error is the log's. One that is too slow
/// is ended, with all that it started.
pub(super) fn output(words: &[String], patience: Duration) -> Result<Zeroizing<Vec<u8>>> {
    let failed = |what: &str| SecretFileError::Command {
        program: words.first().cloned().unwrap_or_default(),
        what: what.to_owned(),
    };
    let (program, arguments) = words.split_first().ok_or_else(|| failed("is not named"))?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let running = command.process_group(0).spawn();
    let child = running.map_err(|error| failed(&format!("cannot be run: {error}")))?;
    let mut running = Running { child, has_ended: false };
    let printed = running.printed(patience);
    let printed = printed.map_err(|error| failed(&format!("failed: {error}")))?;
    let Some((status, printed)) = printed else {
        return Err(failed(&format!("printed no key within {} s", patience.as_secs())));
    };
    if !status.success() {
        return Err(failed(&format!("ended with {status}")));
    }
    Ok(printed)
}

/// A program in a process group of its own, which is ended with this.
struct Running {
    child: Child,
    /// It was waited for: its number may be another process's.
    has_ended: bool,
}

impl Running {
    /// Its status and what it printed; `None` when it was not done in time.
    fn printed(&mut self, patience: Duration) -> io::Result<Option<(ExitStatus, Zeroizing<Vec<u8>>)>> {
        let Some(output) = self.child.stdout.take() else { return Ok(None) };
        let took = Stopwatch::start();
        let (tell, told) = mpsc::channel();
        // It ends with the program, which is ended below at the latest.
        thread::spawn(move || {
            let mut printed = Zeroizing::new(Vec::with_capacity(4096));
            let read = output.take(LARGEST).read_to_end(&mut printed);
            tell.send(read.map(|_| printed))
        });
        let Ok(printed) = told.recv_timeout(patience) else { return Ok(None) };
        let printed = printed?;
        while took.elapsed() < patience {
            if let Some(status) = self.child.try_wait()? {
                self.has_ended = true;
                return Ok(Some((status, printed)));
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(None)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.has_ended {
            // Also where it has ended and left another one behind: until it is waited for, the group has its number.
            let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
            let _gone = group.map(|group| kill_process_group(group, Signal::KILL));
            let _ended = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_program_that_hangs_is_ended_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let told = folder.path().join("pids");
        let scripts = [
            "sleep 600 & echo $! >> PIDS; sleep 600",
            "sleep 600 & echo $! >> PIDS",
            // It goes on printing for ever.
            "echo $$ >> PIDS; exec yes",
            // It has printed a key, and does not end.
            "echo $$ >> PIDS; echo KEY; exec >&-; sleep 600",
        ];
        for script in scripts {
            let script = script.replace("PIDS", &told.display().to_string()).replace("KEY", "key");
            let words = ["sh", "-c", &script].map(str::to_owned);
            let failed = output(&words, Duration::from_secs(1)).map(drop).unwrap_err().to_string();
            assert!(
                failed.contains("printed no key within 1 s") || failed.contains("ended with"),
                "{failed}"
            );
        }
        let pids = std::fs::read_to_string(&told).unwrap();
        assert_eq!(pids.lines().count(), scripts.len());
        for pid in pids.lines() {
            // A child of the shell is the reaper's to wait for: until then it is a zombie.
            let state = || std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let waited = Stopwatch::start();
            while !(state().is_empty() || state().contains(") Z ")) {
                assert!(waited.elapsed() < Duration::from_secs(10), "{pid} lives: {}", state());
                thread::sleep(LOOK_EVERY);
            }
        }
    }
}

//! Ends what a story started outside of this process, however the process itself ends: a shell waits for the pipe from
//! us to close, which it does even when we are killed, and then cleans up. It has a process group of its own, so that
//! neither Ctrl-C nor a kill of our group reaches it.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The shell. Dropping it ends what it looks after, and returns once that is gone.
pub(crate) struct Reaper(Child);

impl Reaper {
    /// Runs `script` by `shell`, with a folder as `$1` and the rest of the arguments after it. The script waits for the
    /// end of its input where it says `cat`, and removes the folder last.
    pub(crate) fn start(mut shell: Command, script: &str, folder: &Path, rest: &[&str]) -> Self {
        shell.args(["-c", script, "reaper"]).arg(folder).args(rest).stdin(Stdio::piped());
        shell.process_group(0);
        Self(shell.spawn().unwrap())
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

//! Places between two writes where a test may kill the process, as a power cut or `kill -9` would. Only builds with
//! the feature `fault-points` have them; in any other [`point`] is an empty function. A test starts the server
//! in a process of its own with `FAULT_POINT=<name>:<n>`, and the process dies when it passes `<name>` for the
//! n-th time. The name `*` counts every point.

/// Passes the place `name`; dies here if that was asked for.
#[cfg(not(feature = "fault-points"))]
#[inline]
pub const fn point(_name: &str) {}

#[cfg(feature = "fault-points")]
pub use armed::point;

#[cfg(feature = "fault-points")]
mod armed {
    use rustix::process::{Signal, getpid, kill_process};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Trap {
        name: String,
        nth: u64,
        passed: AtomicU64,
    }

    /// Passes the place `name`; dies here if that was asked for.
    pub fn point(name: &str) {
        static TRAP: OnceLock<Option<Trap>> = OnceLock::new();
        let Some(trap) = TRAP.get_or_init(from_environment) else {
            return;
        };
        if trap.name != "*" && trap.name != name {
            return;
        }
        if trap.passed.fetch_add(1, Ordering::SeqCst) + 1 == trap.nth {
            // SIGKILL: no destructor runs, no buffer is flushed.
            let _ = kill_process(getpid(), Signal::KILL);
        }
    }

    fn from_environment() -> Option<Trap> {
        let value = std::env::var("FAULT_POINT").ok()?;
        let (name, nth) = value.rsplit_once(':')?;
        Some(Trap { name: name.to_owned(), nth: nth.parse().ok()?, passed: AtomicU64::new(0) })
    }
}

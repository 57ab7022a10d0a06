//! Public test suites that are Python packages. `tests/run` fetches each into `venv` of its folder, in the versions and with the
//! digests of `requirements.txt`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program `program` of the suite in `tests/<folder>`, started there. `None`, with a line that says so, on a machine where
/// `tests/run` did not fetch it.
#[must_use]
pub fn python_tool(folder: &str, program: &str) -> Option<Command> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let program = folder.join("venv/bin").join(program);
    if !program.exists() {
        eprintln!("{} is left out: tests/run fetches it", program.display());
        return None;
    }
    let mut command = Command::new(program);
    command.current_dir(folder);
    Some(command)
}

/// Runs it to its end.
///
/// # Panics
/// If it cannot be started, or ends with another code than 0; with all that it said.
pub async fn must_succeed(mut command: Command) -> String {
    let output: Output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

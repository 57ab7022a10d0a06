//! Asking back before something ends that people or sites have: what it is, and whether that is meant. On a terminal by a
//! question, elsewhere by a flag, so that no script ends anything by accident.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::Args;

use super::failure::Failure;

/// The flag that answers the question beforehand.
#[derive(Args, Copy, Clone, Debug)]
pub(super) struct Confirmation {
    /// Does it without asking back
    #[arg(long)]
    yes: bool,
}

impl Confirmation {
    /// Says what would end, and goes on only where that is meant. With the flag nothing is looked up.
    ///
    /// # Errors
    /// [`Failure::Refused`] when it is not meant, or there is no terminal to ask at; and what `effect` answers.
    pub(super) async fn ask(
        self,
        effect: impl AsyncFnOnce() -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        let effect = effect().await?;
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Err(Failure::refused(format!("{effect}. If that is meant, add --yes")));
        }
        let mut terminal = io::stderr().lock();
        write!(terminal, "{effect}.\nIs that meant? [y/N] ")?;
        terminal.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if is_yes(&answer) { Ok(()) } else { Err(Failure::refused("nothing was changed")) }
    }
}

fn is_yes(answer: &str) -> bool {
    ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str())
}

/// So many of these, of which no more than `most` were counted.
pub(super) fn count(number: usize, most: usize, one: &str) -> String {
    match number {
        0 => format!("no {one}"),
        1 => format!("1 {one}"),
        many if many > most => format!("more than {most} {one}s"),
        many => format!("{many} {one}s"),
    }
}

/// The same of what was counted elsewhere, where there may be more than were counted.
pub(super) fn count_of(number: usize, more: bool, one: &str) -> String {
    count(number + usize::from(more), if more { number } else { usize::MAX }, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        for yes in ["y\n", "Y\n", "yes\n", " YES \r\n"] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["", "\n", "n\n", "no\n", "yesterday\n", "yy\n", "j\n"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }

    #[test]
    fn what_was_not_counted_to_the_end_is_said_so() {
        let said = [0, 1, 2, 3, 4].map(|number| count(number, 3, "device"));
        assert_eq!(said, ["no device", "1 device", "2 devices", "3 devices", "more than 3 devices"]);
    }
}

//! Reading a secret: typed at a terminal without echo, or the first line of standard input. Never a flag, because command
//! lines are visible to every process on the machine and stay in the shell's history.

use std::io::{self, BufRead, IsTerminal, Write};

use idp_core::password::Password;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::failure::Failure;

/// Longer lines than any password are not read to their end.
const LONGEST_LINE: u64 = 4096;

/// Asks for a new password: twice at a terminal, once otherwise.
///
/// # Errors
/// When the two differ, standard input is closed, or it is no text that can be a password.
pub fn new_password() -> Result<Password, Failure> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return typed(first_line(stdin.lock())?);
    }
    let password = prompt_without_echo("New password: ")?;
    if *password != *prompt_without_echo("The same again: ")? {
        return Err(Failure::refused("the two passwords differ; nothing was changed"));
    }
    typed(password)
}

/// Asks for a password once.
///
/// # Errors
/// When standard input is closed, or it is no text that can be a password.
pub fn password() -> Result<Password, Failure> {
    let stdin = io::stdin();
    match stdin.is_terminal() {
        true => typed(prompt_without_echo("Password: ")?),
        false => typed(first_line(stdin.lock())?),
    }
}

fn typed(text: Zeroizing<String>) -> Result<Password, Failure> {
    Password::typed(text).map_err(Failure::refused)
}

/// The first line of standard input, which is no password that a person types.
///
/// # Errors
/// When standard input cannot be read.
pub fn first_line_of_stdin() -> io::Result<Zeroizing<String>> {
    first_line(io::stdin().lock())
}

/// The secret of a client: typed at a terminal, or the first line of standard input.
///
/// # Errors
/// When standard input cannot be read.
pub fn client_secret() -> Result<Zeroizing<String>, Failure> {
    match io::stdin().is_terminal() {
        true => prompt_without_echo("Client secret: "),
        false => Ok(first_line_of_stdin()?),
    }
}

fn prompt_without_echo(question: &str) -> Result<Zeroizing<String>, Failure> {
    let mut terminal = io::stderr().lock();
    write!(terminal, "{question}")?;
    terminal.flush()?;
    let line = {
        let _echo_off = EchoOff::start()?;
        first_line(io::stdin().lock())?
    };
    writeln!(terminal)?;
    Ok(line)
}

/// While this value lives, the terminal does not echo what is typed.
struct EchoOff(Termios);

impl EchoOff {
    fn start() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &quiet)?;
        Ok(Self(before))
    }
}

impl Drop for EchoOff {
    fn drop(&mut self) {
        // Nothing more can be done for a terminal that is gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}

/// The first line, without its line end. Spaces belong to the password.
fn first_line(input: impl BufRead) -> io::Result<Zeroizing<String>> {
    // Of its final size from the start: growing would leave a copy behind.
    let mut line = Zeroizing::new(String::with_capacity(usize::try_from(LONGEST_LINE).unwrap_or(4096)));
    input.take(LONGEST_LINE).read_line(&mut line)?;
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    Ok(line)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn s86_spaces_belong_to_the_password_and_line_ends_do_not() {
        for (input, password) in [
            ("  two words \n", "  two words "),
            ("pässwörd\r\nmore\n", "pässwörd"),
            ("no end", "no end"),
            ("", ""),
        ] {
            assert_eq!(first_line(input.as_bytes()).unwrap().as_str(), password);
        }
    }
}

//! `completions` and `man`: what a shell and a manual know of the command line, made from the command line itself. They read no
//! configuration and open nothing.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use rustix::{fs::Mode, process::umask};

use super::{Cli, failure::Failure};

/// What the program is called.
const PROGRAM: &str = "idp-server";

/// `completions`.
#[derive(Args, Debug)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

/// `man`.
#[derive(Args, Debug)]
pub(super) struct Man {
    /// Writes a page for each command into this folder, which is made where it is missing
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl Completions {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), PROGRAM, &mut script);
        print(&script)
    }
}

impl Man {
    pub(super) fn run(&self) -> Result<(), Failure> {
        match &self.folder {
            Some(folder) => write_pages(folder).map_err(|error| {
                Failure::refused(format!("cannot write the pages into {}: {error}", folder.display()))
            }),
            None => {
                let mut page = Vec::new();
                clap_mangen::Man::new(Cli::command()).render(&mut page)?;
                print(&page)
            }
        }
    }
}

/// Every account of the machine may read them, unlike all else that this program writes.
fn write_pages(folder: &Path) -> io::Result<()> {
    umask(Mode::WGRP | Mode::WOTH);
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Cli::command(), folder)
}

fn print(text: &[u8]) -> Result<(), Failure> {
    match io::stdout().lock().write_all(text) {
        // The reader has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => Ok(outcome?),
    }
}

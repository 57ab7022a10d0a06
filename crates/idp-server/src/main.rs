//! The binary: the allocator, the cryptographic provider, and the way from a command to its exit code.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use idp_server::cli::Cli;
use rustix::{fs::Mode, process::umask};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Files that libraries make beside ours, such as the database's log, are private as well.
    umask(Mode::RWXG | Mode::RWXO);
    // The only one compiled in; naming it keeps rustls from looking for others.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cli = Cli::parse();
    match actix_web::rt::System::new().block_on(cli.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing is left to do when standard error is closed as well.
            let _ = writeln!(io::stderr(), "idp-server: {failure}");
            failure.exit_code()
        }
    }
}

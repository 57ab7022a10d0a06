//! What holds for the command line as a whole.

use clap::CommandFactory;

use super::*;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn s111_no_flag_takes_a_secret() {
    fn flags(command: &clap::Command) -> Vec<String> {
        let own = command.get_arguments().filter(|flag| flag.get_action().takes_values());
        let own = own.map(|flag| flag.get_id().to_string());
        own.chain(command.get_subcommands().flat_map(flags)).collect()
    }
    for flag in flags(&Cli::command()) {
        assert!(!flag.contains("password") && !flag.contains("secret"), "{flag}");
    }
}

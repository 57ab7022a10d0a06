//! Which command does each operation of the administration API.

/// Each operation, and the command that does it; behind it the flag, where one of several does.
pub const COMMANDS: &[(&str, &str)] = &[
    ("getMe", "whoami"),
    ("listUsers", "user list"),
    ("createUser", "user add"),
    ("getUser", "user show"),
    ("updateUser", "user set"),
    ("deleteUser", "user remove"),
    ("disableUser", "user disable"),
    ("enableUser", "user enable"),
    ("signOutUser", "user sign-out"),
    ("setUserPassword", "user set-password"),
    ("sendUserPasswordLink", "user send-password-link"),
    ("listUserMethods", "user show"),
    ("resetUserMethods", "user reset-methods"),
    ("removeUserMethod", "user remove-method"),
    ("listUserAddresses", "user show"),
    ("addUserAddress", "user set --add-mail"),
    ("verifyUserAddress", "user set --vouch-mail"),
    ("makeUserAddressPrimary", "user set --primary-mail"),
    ("removeUserAddress", "user set --remove-mail"),
    ("listUserSessions", "user devices"),
    ("endUserSession", "user sign-out --device"),
    ("endOtherUserSessions", "user sign-out --others-than"),
    ("listUserConsents", "user consents"),
    ("withdrawUserConsent", "user withdraw-consent"),
    ("listUserTerms", "user show"),
    ("listUserGroups", "user show"),
    ("listUserRoles", "user show"),
    ("giveUserRole", "role give --user"),
    ("takeUserRole", "role take --user"),
    ("listInvitations", "user invitations"),
    ("createInvitation", "user invite"),
    ("getInvitation", "user invitations"),
    ("withdrawInvitation", "user uninvite"),
    ("countSessions", "user sign-out --all"),
    ("signOutEverybody", "user sign-out --all"),
    ("listGroups", "group list"),
    ("createGroup", "group add"),
    ("getGroup", "group show"),
    ("updateGroup", "group set"),
    ("deleteGroup", "group remove"),
    ("listGroupMembers", "group members"),
    ("addGroupMember", "group add-member"),
    ("removeGroupMember", "group remove-member"),
    ("listGroupRoles", "group show"),
    ("giveGroupRole", "role give --group"),
    ("takeGroupRole", "role take --group"),
    ("listAttributes", "attribute list"),
    ("createAttribute", "attribute add"),
    ("getAttribute", "attribute show"),
    ("countAttributeUse", "attribute remove"),
    ("updateAttribute", "attribute set"),
    ("deleteAttribute", "attribute remove"),
    ("listRoles", "role list"),
    ("createRole", "role add"),
    ("getRole", "role show"),
    ("updateRole", "role set"),
    ("deleteRole", "role remove"),
    ("listClients", "client list"),
    ("registerClient", "client add"),
    ("getClient", "client show"),
    ("updateClient", "client set"),
    ("deleteClient", "client remove"),
    ("previewClient", "client set"),
    ("countClientGrants", "client remove"),
    ("listClientSecrets", "client secret list"),
    ("addClientSecret", "client secret add"),
    ("setClientSecret", "client secret set"),
    ("removeClientSecret", "client secret remove"),
    ("removeOlderClientSecrets", "client secret remove --older"),
    ("setClientLogo", "client set --logo"),
    ("removeClientLogo", "client set --no-logo"),
    ("listKeys", "keys list"),
    ("rotateKeys", "keys rotate"),
    ("retireKey", "keys retire"),
    ("giveUpKey", "keys compromised"),
    ("getSettings", "config show"),
    ("listAuditEvents", "audit list"),
    ("listAuditSeals", "audit seals"),
    ("exportAuditEventsAsJsonLines", "audit export --format"),
    ("exportAuditEventsAsCsv", "audit export --format"),
    ("listMails", "mail list"),
    ("retryMail", "mail retry"),
    ("giveUpMail", "mail give-up"),
    ("listLogoutDeliveries", "logout-delivery list"),
    ("retryLogoutDelivery", "logout-delivery retry"),
    ("giveUpLogoutDelivery", "logout-delivery give-up"),
    ("listFeedListeners", "feed listeners"),
    ("explain", "explain"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::{Command, CommandFactory as _};

    use super::COMMANDS;
    use crate::{
        admin_api::{Export, Operation, Visitor, visit_all},
        cli::Cli,
    };

    /// Commands that are no operation: of several of them, of the login, or of the operator of this machine alone.
    const OTHERS: &[(&str, &str)] = &[
        ("plan", "several of them"),
        ("apply", "several of them"),
        ("export", "several of them"),
        ("login", "the login that is kept here"),
        ("logout", "the login that is kept here"),
        ("demo", "makes a provider of its own"),
        ("serve", "is the server"),
        ("migrate", "makes the database that a server needs"),
        ("administrator link", "the way back in where no administrator is left"),
        ("import", "writes a million people to the database"),
        ("backup create", "hands out everything, and so only to the machine that has it"),
        ("backup verify", "looks at a file"),
        ("backup key", "makes a file"),
        ("restore", "makes the database that a server needs"),
        ("keys master status", "looks at master keys, which no server tells of"),
        ("keys master add", "writes to a file of this machine"),
        ("keys master rotate", "takes both master keys"),
        ("keys master drop", "writes to a file of this machine"),
        ("keys reset", "takes a master key that no server has"),
        ("mail test", "tries the mail server from this machine"),
        ("audit check", "takes the master key"),
        ("config check", "looks at the configuration before a server reads it"),
        ("doctor", "looks at the machine of a node"),
        ("healthcheck", "asks the node of this machine"),
        ("password check", "looks at the policy of this machine, and keeps nothing"),
        ("completions", "says what the command line is"),
        ("man", "says what the command line is"),
    ];

    #[derive(Default)]
    struct Ids(Vec<&'static str>);

    impl Visitor for Ids {
        fn visit<O: Operation>(&mut self) {
            self.0.push(O::ID);
        }

        fn visit_export<E: Export>(&mut self) {
            self.0.push(E::ID);
        }
    }

    /// The command of these words.
    fn named<'a>(root: &'a Command, words: &str) -> &'a Command {
        let words = words.split(' ').filter(|word| !word.starts_with("--"));
        words.fold(root, |command, word| {
            command.find_subcommand(word).unwrap_or_else(|| panic!("there is no command {word}"))
        })
    }

    fn has(command: &Command, flag: &str) -> bool {
        command.get_arguments().any(|argument| argument.get_long() == Some(flag))
    }

    /// The words of each command that has no further ones below it.
    fn leaves(command: &Command, before: &str, found: &mut BTreeSet<String>) {
        let mut below = command.get_subcommands().filter(|command| command.get_name() != "help").peekable();
        if below.peek().is_none() {
            found.insert(before.trim_start().to_owned());
        }
        for command in below {
            leaves(command, &format!("{before} {}", command.get_name()), found);
        }
    }

    #[test]
    fn every_operation_of_the_api_has_a_command_that_works_on_a_server_elsewhere() {
        let mut ids = Ids::default();
        visit_all(&mut ids);
        let known: Vec<&str> = COMMANDS.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids.0.iter().collect::<BTreeSet<_>>(), known.iter().collect::<BTreeSet<_>>());
        let mut root = Cli::command();
        // Hands the flags of a command down to those below it.
        root.build();
        for (id, words) in COMMANDS {
            let command = named(&root, words);
            assert!(has(command, "server"), "{id}: {words} has no --server");
            let flag = words.split(' ').find_map(|word| word.strip_prefix("--"));
            assert!(flag.is_none_or(|flag| has(command, flag)), "{id}: {words}");
        }
    }

    #[test]
    fn every_command_is_an_operation_or_says_why_not() {
        let mut found = BTreeSet::new();
        leaves(&Cli::command(), "", &mut found);
        let words = |words: &str| words.split(" --").next().unwrap_or_default().to_owned();
        let of_operations: BTreeSet<String> = COMMANDS.iter().map(|(_, command)| words(command)).collect();
        let others: BTreeSet<String> = OTHERS.iter().map(|(command, _)| (*command).to_owned()).collect();
        assert!(of_operations.is_disjoint(&others));
        let mut known: BTreeSet<String> = of_operations.union(&others).cloned().collect();
        if cfg!(not(feature = "demo")) {
            known.remove("demo");
        }
        assert_eq!(found, known);
    }
}

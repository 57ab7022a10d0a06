//! Who runs a command, as far as the system says: for the audit log, not for any decision.

/// The account of the operator, the one behind `sudo` if there is one; the number of the user where it has no name.
pub(super) fn account() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    let mut named = named.filter(|name| is_plain(name));
    named.next().unwrap_or_else(|| rustix::process::getuid().as_raw().to_string())
}

fn is_plain(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

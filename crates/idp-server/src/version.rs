//! Which build this is. The commit is told to the compiler from outside (`BUILD_COMMIT`), so that a build asks nothing and is the same
//! wherever it is made.

use std::sync::LazyLock;

use crate::db::Db;

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// How its own requests name it.
pub const USER_AGENT: &str = concat!("idp-server/", env!("CARGO_PKG_VERSION"));
/// The commit that it was built from, where the build was told.
pub const COMMIT: Option<&str> = option_env!("BUILD_COMMIT");

/// Version, commit and the newest migration that it knows, as `--version` prints them.
#[must_use]
pub fn line() -> &'static str {
    static LINE: LazyLock<String> = LazyLock::new(|| {
        let tables = Db::newest_migration().unwrap_or_default();
        format!("{VERSION} (commit {}, tables {tables})", COMMIT.unwrap_or("unknown"))
    });
    &LINE
}

//! What `--version` prints.

use std::sync::LazyLock;

use crate::{
    db::Db,
    version::{COMMIT, VERSION},
};

/// Version, commit and the newest migration that it knows.
pub(super) fn line() -> &'static str {
    static LINE: LazyLock<String> = LazyLock::new(|| {
        let tables = Db::newest_migration().unwrap_or_default();
        format!("{VERSION} (commit {}, tables {tables})", COMMIT.unwrap_or("unknown"))
    });
    &LINE
}

//! Which build this is. The commit is told to the compiler from outside (`BUILD_COMMIT`), so that a build asks nothing and is the same
//! wherever it is made.

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// How its own requests name it.
pub const USER_AGENT: &str = concat!("idp-server/", env!("CARGO_PKG_VERSION"));
/// The commit that it was built from, where the build was told.
pub const COMMIT: Option<&str> = option_env!("BUILD_COMMIT");

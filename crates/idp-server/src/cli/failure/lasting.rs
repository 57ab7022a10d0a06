//! Which failures last: the ones that no restart mends, of all that a start may end with.

use crate::{
    app::AppError,
    config::Database,
    db::DbError,
    installation::InstallationError as I,
    secret_file::SecretFileError,
    serve::ListenError,
    store::signing_keys::KeysError,
    tls::{CertificateProblem, TlsError},
};

/// Whether a start that ended so ends so again, however often it is tried.
pub(super) fn no_restart_mends(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let is_of_files = cause.downcast_ref::<I>().is_some_and(|error| match error {
            // What is no database, or no file that can be read as one.
            I::Database { database: Database::Sqlite(_), source: DbError::Connect(_), .. } => true,
            I::Database { source, .. } => !source.is_temporary(),
            // What the program asks may be away.
            I::File { source: SecretFileError::Command { .. }, .. } => false,
            _ => true,
        });
        let is_of_the_app = cause.downcast_ref::<AppError>().is_some_and(|error| match error {
            AppError::Keys(error) => matches!(error, KeysError::Sealed(_) | KeysError::Stored(_)),
            AppError::Db(error) => !error.is_temporary(),
            AppError::Ephemeral(_) | AppError::Hashing(_) | AppError::Feed(_) | AppError::Run(_) => false,
            _ => true,
        });
        is_of_files
            || is_of_the_app
            || cause.downcast_ref::<ListenError>().is_some_and(|error| !error.is_temporary())
            || cause.is::<TlsError>()
            || cause.is::<CertificateProblem>()
    })
}

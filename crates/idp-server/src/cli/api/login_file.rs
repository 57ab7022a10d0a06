//! The login that `login` keeps until `logout`: a file of mode 0600 in the state folder of the account, one for each server.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::tokens::Tokens;
use crate::{
    cli::failure::Failure,
    secret_file::{self, FileAccess},
};

/// A login as it is kept.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct LoginFile {
    server: String,
    pub(super) client_id: String,
    pub(super) access_token: String,
    /// In seconds since 1970.
    #[zeroize(skip)]
    expires_at: i64,
    pub(super) refresh_token: Option<String>,
}

impl LoginFile {
    /// The one of these tokens.
    pub(super) fn of(server: &str, client_id: &str, tokens: &Tokens) -> Self {
        Self {
            server: server.to_owned(),
            client_id: client_id.to_owned(),
            access_token: tokens.access_token.to_string(),
            expires_at: tokens.expires_at.as_secs(),
            refresh_token: tokens.refresh_token.as_ref().map(|token| token.to_string()),
        }
    }

    /// The login at `server`, if one is kept.
    ///
    /// # Errors
    /// [`Failure`] when others could have read or written it.
    pub(in crate::cli) fn load(server: &str) -> Result<Option<Self>, Failure> {
        let Some(path) = path_of(server) else { return Ok(None) };
        if !path.exists() {
            return Ok(None);
        }
        let text = secret_file::read(&path).map_err(anyhow::Error::from)?;
        let kept = serde_json::from_slice::<Self>(&text);
        let kept = kept.with_context(|| format!("{} is not a login; remove it", path.display()))?;
        Ok(Some(kept).filter(|kept| kept.server == server))
    }

    /// Keeps it, in the place of an earlier one. Answers where.
    ///
    /// # Errors
    /// [`Failure`] when there is no place for it that is private.
    pub(super) fn save(&self) -> Result<PathBuf, Failure> {
        let path = path_of(&self.server)
            .ok_or_else(|| Failure::refused("neither HOME nor XDG_STATE_HOME is set"))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder.parent().unwrap_or(folder))?;
        secret_file::private_folder(folder, FileAccess::Owner).map_err(anyhow::Error::from)?;
        let text = Zeroizing::new(serde_json::to_vec(self).map_err(anyhow::Error::from)?);
        secret_file::replace(&path, FileAccess::Owner, &text).map_err(anyhow::Error::from)?;
        Ok(path)
    }

    /// Forgets the login at `server`.
    ///
    /// # Errors
    /// [`Failure`] when the file stays.
    pub(in crate::cli) fn remove(server: &str) -> Result<(), Failure> {
        match path_of(server).map(fs::remove_file) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Until when the access token is good.
    pub(super) const fn expires_at(&self) -> UnixTime {
        UnixTime(self.expires_at)
    }

    /// What ends it at the server: the client and its refresh token.
    pub(in crate::cli) fn refresh_token(&self) -> Option<(&str, &str)> {
        self.refresh_token.as_deref().map(|token| (self.client_id.as_str(), token))
    }
}

/// In `$XDG_STATE_HOME`, or where that is by default.
fn path_of(server: &str) -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = variable("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local/state")))?;
    let is_plain = |character: char| character.is_ascii_alphanumeric() || ".-".contains(character);
    let name: String =
        server.chars().map(|character| if is_plain(character) { character } else { '_' }).collect();
    Some(state.join("idp-server").join(format!("{name}.json")))
}

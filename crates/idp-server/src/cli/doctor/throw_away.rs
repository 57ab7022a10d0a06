//! A client and a person for one sign-in, made by the acts of an administrator and removed by them: the audit log has each.

use std::time::Duration;

use idp_core::{
    client::{ClientId, ClientMetadata},
    password::Password,
    redirect_uri::RedirectUri,
    scope::Scope,
    time::UnixTime,
    user::{StandardClaims, UserStatus, attribute::AttributesChange},
    username::Username,
};
use uuid::Uuid;

use super::Node;
use crate::{
    cli::failure::Failure,
    clock::Stopwatch,
    directory::{
        Administration, DirectoryError,
        clients::NewClient,
        generated_password,
        users::{FirstPassword, NewUser},
    },
    random,
};

/// What the names of both begin with; the rest is random. Short, for the name stands twice in each token, and tokens have a budget.
const PREFIX: &str = "doctor-";
/// How many hexadecimal digits the rest has.
const DIGITS: usize = 12;
/// What is older, in seconds, was left behind by a run that was killed.
const LEFT_BEHIND: i64 = 10 * 60;
/// Nothing is ever sent there: the answer is taken from the redirect to it (RFC 6761 section 6.4).
pub(super) const REDIRECT_URI: &str = "https://doctor.invalid/callback";
pub(super) const AFTER_LOGOUT: &str = "https://doctor.invalid/logged-out";

pub(super) struct ThrowAway {
    /// The id of the client, and the username of the person.
    pub(super) client: ClientId,
    pub(super) username: Username,
    pub(super) password: Password,
}

impl ThrowAway {
    /// Names and a password; nothing is made yet.
    pub(super) fn new(now: UnixTime) -> Result<Self, Failure> {
        // The last digits of an id are random; the first are the time.
        let id = random::new_id(now).simple().to_string();
        Self::named(&format!("{PREFIX}{}", id.chars().skip(32 - DIGITS).collect::<String>()))
    }

    fn named(name: &str) -> Result<Self, Failure> {
        Ok(Self {
            client: ClientId::parse(name).map_err(Failure::refused)?,
            username: Username::parse(name).map_err(Failure::refused)?,
            password: generated_password::generate(&mut random::rng()).map_err(Failure::refused)?,
        })
    }

    /// The client first: what a run that is killed leaves behind is found by it. Answers the id of the person, and how long the client
    /// took to be stored.
    pub(super) async fn make(
        &self,
        by: &Administration<'_>,
        now: UnixTime,
    ) -> Result<(Uuid, Duration), Failure> {
        let uri = |text| RedirectUri::parse(text).map_err(Failure::refused);
        let metadata = ClientMetadata {
            name: "idp-server doctor".to_owned(),
            redirect_uris: vec![uri(REDIRECT_URI)?],
            post_logout_redirect_uris: vec![uri(AFTER_LOGOUT)?],
            ..ClientMetadata::new(&self.client, Scope::parse("openid").map_err(Failure::refused)?)
        };
        let client =
            NewClient { id: self.client.clone(), is_public: true, metadata, logo: None, secret: None };
        let watch = Stopwatch::start();
        by.add_client(client, now).await?;
        let commit = watch.elapsed();
        let person = NewUser {
            username: self.username.clone(),
            claims: StandardClaims::default(),
            addresses: Vec::new(),
            attributes: AttributesChange::default(),
            password: FirstPassword::Typed(self.password.clone()),
            status: UserStatus::Active,
        };
        Ok((by.add_user(person, now).await?.user.id, commit))
    }

    /// Removes both, or the one that is there. The client only once the person is gone: a person who stays is found by it.
    pub(super) async fn remove(&self, by: &Administration<'_>, now: UnixTime) -> Result<(), Failure> {
        match by.remove_user(&self.username, now).await {
            Ok(_) | Err(DirectoryError::UnknownUser(_)) => {}
            Err(error) => return Err(error.into()),
        }
        match by.remove_client(&self.client, now).await {
            Ok(()) | Err(DirectoryError::UnknownClient(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What removes both by hand.
    pub(super) fn removed_by_hand(&self) -> String {
        format!(
            "run idp-server user remove {} --yes and idp-server client remove {} --yes",
            self.username.as_str(),
            self.client
        )
    }
}

/// Removes what runs that were killed have left behind; how many there were.
pub(super) async fn remove_left_behind(node: &Node<'_>) -> Result<usize, Failure> {
    let (by, now) = (node.opened.administration(node.context), node.context.clock.now());
    let mut removed = 0;
    for client in by.clients(Some(PREFIX.to_owned()), None, 20).await? {
        let rest = client.id.as_str().strip_prefix(PREFIX).unwrap_or_default();
        let is_ours = rest.len() == DIGITS && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_ours && now.seconds_since(client.created_at) > LEFT_BEHIND {
            ThrowAway::named(client.id.as_str())?.remove(&by, now).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

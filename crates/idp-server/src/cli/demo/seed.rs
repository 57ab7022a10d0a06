//! What the demonstration finds in its database: the person and the two sites, each with a secret that is new at every
//! start, so that nothing here is a default that could be left on.

use idp_core::{
    backchannel::{BackchannelLogout, BackchannelLogoutUri},
    client::{Client, ClientId, ClientKind, ConsentPolicy, GrantType},
    redirect_uri::RedirectUri,
    scope::Scope,
    secret::{Secret, SecretKind},
    session::EndCause,
    time::UnixTime,
    user::{User, UserStatus},
    username::Username,
};
use zeroize::Zeroizing;

use super::person;
use crate::{
    app::App,
    chance,
    cli::{failure::Failure, readable_password},
    db::{Connection, DbError, audit_events::About, clients, users},
    store::revoke::{Target, revoke},
};

/// A site as the provider has to know it.
pub(super) struct Registration<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) redirect_uris: Vec<String>,
    pub(super) post_logout_redirect_uris: Vec<String>,
    pub(super) backchannel_logout_uri: String,
    pub(super) audience: String,
}

/// Makes the person, or gives one who is there from an earlier start a new password. Answers the password.
pub(super) async fn person(app: &App) -> Result<Zeroizing<String>, Failure> {
    let now = app.now();
    let username = Username::parse(person::USERNAME).map_err(Failure::refused)?;
    let password = readable_password::generate(&mut chance::rng());
    let hash = app.hashing.hash(password.clone()).await.map_err(anyhow::Error::from)?;
    let name = username.clone();
    let found = app.db.read(move |connection| users::by_username(connection, &name)).await?;
    if let Some(found) = found {
        let target = Target::Password { user: found.user.id, hash };
        revoke(&app.db, target, EndCause::PasswordChanged, About::default(), now).await?;
    } else {
        let user = alice(username, now);
        app.db.write(move |connection| users::insert(connection, &user, &hash)).await?;
    }
    Ok(password)
}

fn alice(username: Username, now: UnixTime) -> User {
    User {
        id: chance::new_id(now),
        username,
        status: UserStatus::Active,
        not_before: now,
        claims: person::claims(now.as_secs()),
        created_at: now,
    }
}

/// Registers a site, in the place of one from an earlier start. Answers its secret.
pub(super) async fn site(app: &App, registration: Registration<'_>) -> Result<Secret, Failure> {
    let secret = Secret::generate(SecretKind::ClientSecret, &mut chance::rng());
    let client = client(registration, &secret, app.now())?;
    app.db.write(move |connection| replace(connection, &client)).await?;
    Ok(secret)
}

fn replace(connection: &mut Connection, client: &Client) -> Result<(), DbError> {
    clients::remove(connection, &client.id)?;
    clients::insert(connection, client)
}

fn client(registration: Registration<'_>, secret: &Secret, now: UnixTime) -> Result<Client, Failure> {
    let client = Client {
        id: ClientId::parse(registration.id).map_err(Failure::refused)?,
        name: registration.name.to_owned(),
        kind: ClientKind::Confidential { secrets: vec![secret.hash()] },
        redirect_uris: uris(&registration.redirect_uris)?,
        post_logout_redirect_uris: uris(&registration.post_logout_redirect_uris)?,
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        scopes: Scope::parse("openid profile email").map_err(Failure::refused)?,
        audience: registration.audience,
        require_pkce: true,
        consent: ConsentPolicy::FirstParty,
        access_token_lifetime: None,
        backchannel_logout: Some(backchannel_logout(&registration.backchannel_logout_uri)?),
        id_token_encryption_key: None,
        not_before: now,
        created_at: now,
    };
    client.checked().map_err(Failure::refused)
}

fn backchannel_logout(uri: &str) -> Result<BackchannelLogout, Failure> {
    let uri = BackchannelLogoutUri::parse(uri).map_err(Failure::refused)?;
    Ok(BackchannelLogout { uri, session_required: true })
}

fn uris(texts: &[String]) -> Result<Vec<RedirectUri>, Failure> {
    texts.iter().map(|text| RedirectUri::parse(text).map_err(Failure::refused)).collect()
}

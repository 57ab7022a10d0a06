//! What the demonstration finds in its database: the person and the two sites, each with a secret that is new at every
//! start, so that nothing here is a default that could be left on.

use idp_core::password::Password;
use idp_core::user::UserStatus;
use idp_core::user::attribute::AttributesChange;
use idp_core::{
    backchannel::BackchannelLogoutUri,
    client::{ClientId, ClientMetadata},
    logo::Logo,
    redirect_uri::RedirectUri,
    scope::Scope,
    secret::Secret,
    username::Username,
    web_link::WebLink,
};

use super::person;
use crate::{
    app::App,
    cli::failure::Failure,
    directory::{
        Caller, DirectoryError,
        clients::NewClient,
        generated_password,
        users::{FirstPassword, NewUser},
    },
    random,
};

/// A site as the provider has to know it.
pub(super) struct Registration<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) logo: &'a str,
    pub(super) redirect_uris: Vec<String>,
    pub(super) post_logout_redirect_uris: Vec<String>,
    pub(super) backchannel_logout_uri: String,
    pub(super) audience: String,
}

/// Makes the person, or gives one who is there from an earlier start a new password. Answers the password.
pub(super) async fn person(app: &App) -> Result<Password, Failure> {
    let operator = Caller::console("demo");
    let (directory, now) = (app.administration(&operator), app.now());
    let username = Username::parse(person::USERNAME).map_err(Failure::refused)?;
    let password = generated_password::generate(&mut random::rng()).map_err(Failure::refused)?;
    let first = FirstPassword::Typed(password.clone());
    let new = NewUser {
        username: username.clone(),
        claims: person::claims(),
        addresses: person::addresses(),
        attributes: AttributesChange::default(),
        password: first,
        status: UserStatus::Active,
    };
    match directory.add_user(new, now).await {
        Err(DirectoryError::UserExists(_)) => {
            directory.set_password(&username, password.clone(), now).await?;
        }
        added => drop(added?),
    }
    Ok(password)
}

/// Registers a site, in the place of one from an earlier start. Answers its secret.
pub(super) async fn site(app: &App, registration: Registration<'_>) -> Result<Secret, Failure> {
    let operator = Caller::console("demo");
    let (directory, now) = (app.administration(&operator), app.now());
    let new = new_client(registration)?;
    match directory.remove_client(&new.id, now).await {
        Ok(()) | Err(DirectoryError::UnknownClient(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let (_, secret) = directory.add_client(new, now).await?;
    secret.ok_or_else(|| Failure::refused("a site of the demonstration has a secret"))
}

fn new_client(registration: Registration<'_>) -> Result<NewClient, Failure> {
    let id = ClientId::parse(registration.id).map_err(Failure::refused)?;
    let scope = Scope::parse("openid profile email").map_err(Failure::refused)?;
    let logout_uri = &registration.backchannel_logout_uri;
    let logout_uri = BackchannelLogoutUri::parse(logout_uri).map_err(Failure::refused)?;
    let metadata = ClientMetadata {
        name: registration.name.to_owned(),
        redirect_uris: uris(&registration.redirect_uris)?,
        post_logout_redirect_uris: uris(&registration.post_logout_redirect_uris)?,
        client_uri: WebLink::parse(&registration.audience).ok(),
        audience: registration.audience,
        backchannel_logout_uri: Some(logout_uri),
        backchannel_logout_session_required: true,
        follows_feed: true,
        ..ClientMetadata::new(&id, scope)
    };
    let logo = Logo::parse(registration.logo.into()).map_err(Failure::refused)?;
    Ok(NewClient { id, is_public: false, metadata, logo: Some(logo), secret: None })
}

fn uris(texts: &[String]) -> Result<Vec<RedirectUri>, Failure> {
    texts.iter().map(|text| RedirectUri::parse(text).map_err(Failure::refused)).collect()
}

//! Invitations: people who open their account by a link in a letter.

use super::super::member::integer;
use super::super::{
    Answered, Body, Input, List, Method, NoAnswer, NoBody, NoPath, NoQuery, Operation, PageQuery, Problem,
    Timestamp,
};
use super::username;
use crate::directory::Administration;
use crate::directory::registration::Guest;
use crate::store::registration::invitation_id;
use crate::words::Language;
use idp_core::administration::Permission;
use idp_core::mail_address::MailAddress;
use idp_core::registration_link::{RegistrationLink, RegistrationOrigin};
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const TAG: &str = "Invitations";
/// For how long an invitation is good unless told, in seconds.
pub const USUAL_LIFETIME: i64 = 7 * 24 * 60 * 60;

/// An invitation that was not followed yet.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Invitation {
    /// Its id.
    pub id: String,
    /// Where the letter went.
    pub address: String,
    /// What the person is called.
    pub name: Option<String>,
    /// The username that they get.
    pub username: Option<String>,
    /// When it was sent.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl Body for Invitation {}

impl From<RegistrationLink> for Invitation {
    fn from(link: RegistrationLink) -> Self {
        let (name, username) = match link.origin {
            RegistrationOrigin::Invited { name, username } => (name, username),
            RegistrationOrigin::Asked => (None, None),
        };
        Self {
            id: invitation_id(&link.address),
            address: link.address.to_string(),
            name,
            username: username.map(|name| name.as_str().to_owned()),
            created_at: link.created_at.into(),
            expires_at: link.expires_at.into(),
        }
    }
}

/// A person to invite.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// Where the letter goes. It is theirs once they follow the link.
    #[schema(schema_with = super::super::schema::mail_address)]
    pub address: String,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The username that they get; else they choose one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 256)]
    pub username: Option<String>,
    /// The language of the letter; that of the installation unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// For how many seconds the link is good; seven days unless told.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "integer")]
    #[schema(minimum = 60, maximum = 2_592_000)]
    pub expires_in: Option<i64>,
}

impl Body for NewInvitation {}

impl NewInvitation {
    fn guest(&self, usual: Language) -> Result<Guest, Problem> {
        let language = match &self.language {
            None => usual,
            Some(tag) => {
                let known = Language::all().find(|language| language.tag() == tag);
                known.ok_or_else(|| Problem::member("language", "is none of this installation"))?
            }
        };
        Ok(Guest {
            address: MailAddress::parse(&self.address).map_err(|error| Problem::member("address", error))?,
            name: self.name.clone(),
            username: self.username.as_deref().map(username).transpose()?,
            language,
            lifetime: self.expires_in.unwrap_or(USUAL_LIFETIME),
        })
    }
}

/// Which invitation.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct InvitationPath {
    /// Its id.
    pub invitation: String,
}

async fn known(by: &Administration<'_>, id: String, now: UnixTime) -> Result<RegistrationLink, Problem> {
    let found = by.invitation(id, now).await?;
    found.ok_or_else(|| Problem::not_found("there is no such invitation"))
}

/// Lists the invitations that were not followed yet; a page may be short.
pub struct ListInvitations;

impl Operation for ListInvitations {
    const ID: &'static str = "listInvitations";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/invitations";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists the invitations that were not followed yet; a page may be short";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers];
    type Path = NoPath;
    type Query = PageQuery;
    type Body = NoBody;
    type Answer = List<Invitation>;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<List<Invitation>>, Problem> {
        let limit = i64::from(input.query.limit()?);
        let Some((links, last)) = by.invitations(input.query.after_text()?, limit).await? else {
            return Ok(Answered::new(List { items: Vec::new(), next: None }));
        };
        let items = links.into_iter().filter(|link| link.is_live(now)).map(Invitation::from).collect();
        let next = by.invitations(Some(last.clone()), 1).await?.map(|_| last);
        Ok(Answered::new(List { items, next }))
    }
}

/// Invites a person by a letter; an earlier invitation to the same address is good no more.
pub struct CreateInvitation;

impl Operation for CreateInvitation {
    const ID: &'static str = "createInvitation";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/invitations";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Invites a person by a letter; an earlier invitation to the same address is good no more";
    const NEEDS: &'static [Permission] = &[Permission::ManageUsers];
    const SUCCESS: u16 = 201;
    const CREATED_ID: &'static str = "/id";
    const REFUSALS: &'static [u16] = &[409];
    type Path = NoPath;
    type Query = NoQuery;
    type Body = NewInvitation;
    type Answer = Invitation;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Invitation>, Problem> {
        let guest = input.body.guest(by.config.language.default)?;
        let expires_at = by.invite(guest.clone(), now).await?;
        let invitation = Invitation {
            id: invitation_id(&guest.address),
            address: guest.address.to_string(),
            name: guest.name,
            username: guest.username.map(|name| name.as_str().to_owned()),
            created_at: now.into(),
            expires_at: expires_at.into(),
        };
        let location = format!("/invitations/{}", invitation.id);
        Ok(Answered { tag: None, ..Answered::created(invitation, location) })
    }
}

/// Shows an invitation that was not followed yet.
pub struct GetInvitation;

impl Operation for GetInvitation {
    const ID: &'static str = "getInvitation";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/invitations/{invitation}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Shows an invitation that was not followed yet";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers];
    const REFUSALS: &'static [u16] = &[404];
    type Path = InvitationPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Invitation;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Invitation>, Problem> {
        Ok(Answered::new(known(by, input.path.invitation, now).await?.into()))
    }
}

/// Takes back an invitation that was not followed yet.
pub struct WithdrawInvitation;

impl Operation for WithdrawInvitation {
    const ID: &'static str = "withdrawInvitation";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/invitations/{invitation}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Takes back an invitation that was not followed yet";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers, Permission::ManageUsers];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404];
    type Path = InvitationPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        let link = known(by, input.path.invitation, now).await?;
        by.withdraw_invitation(link.address, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}

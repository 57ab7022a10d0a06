//! The directory: which users and clients there are, and what an administrator may do with them. One function an act,
//! with its defaults, its checks and its audit event, for whichever door it came through: the command line, the
//! demonstration, and what comes later. The transactions are the store's.

mod administration;
pub mod administrators;
pub mod attributes;
pub mod audit;
mod backups;
pub mod belongings;
pub mod client_secrets;
pub mod clients;
pub mod deliveries;
pub mod explanation;
pub mod generated_password;
pub mod groups;
pub mod import;
pub mod keys;
pub mod password_check;
pub mod provisioning;
pub mod registration;
pub mod roles;
pub mod settings;
mod statistics;
mod user_key;
pub mod users;

use crate::config::{Config, Origins};
use crate::date::rfc3339;
use crate::db::DbError;
use crate::hash_pool::{HashPool, HashPoolError};
use crate::keys::Keys;
use crate::leaked_passwords::LeakedPasswords;
use crate::seals::Seals;
use crate::store::Store;
use crate::store::client_secrets::NoSecret;
use crate::store::signing_keys::KeysError;
use arc_swap::ArcSwap;
use idp_core::administration::{GroupName, Permissions, RoleName};
use idp_core::authentication::Acr;
use idp_core::backchannel::BackchannelLogoutUri;
use idp_core::client::claim_name::ClaimName;
use idp_core::client::{ClientId, UnfitClient};
use idp_core::key::ring::NotReady;
use idp_core::mail_address::MailAddress;
use idp_core::password::PasswordError;
use idp_core::password::policy::{MinimumOutOfRange, Weakness};
use idp_core::time::UnixTime;
use idp_core::token::OverBudget;
use idp_core::user::attribute::{
    AttributeName, LONGEST_ATTRIBUTE_LABEL, MOST_ATTRIBUTES, UnfitAttribute, UnfitType,
};
use idp_core::user::{MalformedClaim, SignInName, UnfitAddress, UnfitClaim};
use idp_core::username::{MalformedUsername, Username};
use password_check::PasswordCheck;
use std::net::IpAddr;
use uuid::Uuid;

pub use administration::{Administration, Caller};
pub use user_key::UserKey;

/// What an act would end is counted no further, to be told beforehand.
pub const MOST_COUNTED: i64 = 10_000;

/// What an act works with.
#[derive(Copy, Clone)]
pub struct Directory<'a> {
    /// Where users and clients are kept.
    pub store: &'a Store,
    /// Hashes passwords.
    pub hashing: &'a HashPool,
    /// The policies of the installation.
    pub config: &'a Config,
    /// Passwords that were stolen elsewhere.
    pub leaked: &'a LeakedPasswords,
    /// The signing keys.
    pub keys: &'a Keys,
    /// Where the values of the configuration come from.
    pub origins: &'a Origins,
    /// Opens what was sealed here.
    pub seals: &'a ArcSwap<Seals>,
}

impl<'a> Directory<'a> {
    /// What weighs new passwords.
    #[must_use]
    pub const fn password_check(&self) -> PasswordCheck<'a> {
        PasswordCheck { config: self.config, leaked: self.leaked }
    }
}

/// Why an act was not done. Nothing was changed, except where [`DirectoryError::Store`] says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The sign-in name is taken.
    #[error("user {:?} exists already", .0.as_str())]
    UserExists(Username),
    /// Another person signs in with this name: it is an address of theirs, or an address that was to be added is their username.
    #[error("{:?} is a name that another person signs in with", .0.as_str())]
    NameTaken(SignInName),
    /// The system that provisions people calls another one so.
    #[error("another person has the external id {0:?}")]
    ExternalIdTaken(String),
    /// An external id that is not stored.
    #[error("an external id has 1 to {} bytes and no control characters", provisioning::LONGEST_EXTERNAL_ID)]
    ExternalId,
    /// The client id is taken.
    #[error("client {:?} exists already", .0.as_str())]
    ClientExists(ClientId),
    /// No user has this sign-in name.
    #[error("there is no user {0}")]
    UnknownUser(UserKey),
    /// No client has this id.
    #[error("there is no client {:?}", .0.as_str())]
    UnknownClient(ClientId),
    /// The password is too easy to guess.
    #[error("{0}{setting}", setting = setting_of(.0))]
    WeakPassword(Weakness),
    /// The hash of another system cannot be taken.
    #[error("{0}")]
    UnfitHash(PasswordError),
    /// The configured password policy is out of bounds.
    #[error(transparent)]
    PasswordPolicy(#[from] MinimumOutOfRange),
    /// A claim that is not stored.
    #[error(transparent)]
    UnfitClaim(#[from] UnfitClaim),
    /// A change of addresses that does not fit them.
    #[error(transparent)]
    UnfitAddress(#[from] UnfitAddress),
    /// A change of claims that does not fit them.
    #[error(transparent)]
    MalformedClaim(#[from] MalformedClaim),
    /// Two changes at once, of which this one came second.
    #[error("it was changed at the same moment by another operator; look again, and try again")]
    ChangedMeanwhile,
    /// The registration contradicts itself.
    #[error(transparent)]
    UnfitClient(#[from] UnfitClient),
    /// Its access tokens would be too large for the header of a request.
    #[error(transparent)]
    OverBudget(#[from] OverBudget),
    /// Logout tokens would never be sent there.
    #[error(
        "{} is at {address}, which is not public; allow its network with backchannel.allow_networks first",
        uri.as_str()
    )]
    UnreachableLogoutUri {
        /// Where the client wants to be told.
        uri: BackchannelLogoutUri,
        /// The address in it.
        address: IpAddr,
    },
    /// The class that the client would demand is none here.
    #[error("no level of authentication.levels is called {acr:?}; there are {known}", acr = acr.as_str())]
    UnknownClass {
        /// Its name.
        acr: Acr,
        /// Those there are.
        known: String,
    },
    /// The role that lets people sign in at a client is none.
    #[error("there is no role {:?} that could let people sign in", .0.as_str())]
    UnknownAllowedRole(RoleName),
    /// The group that does is none.
    #[error("there is no group {:?} that could let people sign in", .0.as_str())]
    UnknownAllowedGroup(GroupName),
    /// A person cannot be made to prove a factor that cannot be set up here.
    #[error("authentication.methods has no second factor that a person could set up, such as \"totp\"")]
    NoSecondFactor,
    /// Tokens with the scope of a permission would open nothing.
    #[error(
        "{scope:?} permits something at the administration API: the audience of the client must be {audience}"
    )]
    AudienceOfPermissions {
        /// The permissions among its scope.
        scope: String,
        /// What the audience must be.
        audience: String,
    },
    /// The client gets no further secret.
    #[error(transparent)]
    NoSecret(#[from] NoSecret),
    /// Which secret to remove is not clear, or it is the last.
    #[error(transparent)]
    Secret(#[from] client_secrets::SecretChoice),
    /// The address cannot be signed in with.
    #[error(transparent)]
    AddressIsNoName(MalformedUsername),
    /// No invitations where the configuration does not allow them.
    #[error("account.registration is \"off\": set it to \"invitation\" or \"open\" first")]
    RegistrationIsOff,
    /// An invitation that is good for no time, or for too long.
    #[error("an invitation is good for 1 minute to 30 days")]
    InvitationLifetime,
    /// There is no invitation to this address that was not followed yet.
    #[error("there is no open invitation to {0}")]
    NoInvitation(MailAddress),
    /// The user has no such session open.
    #[error("{0} has no such sign-in open")]
    NoSuchSession(UserKey),
    /// The user has no second factor of this id.
    #[error("there is no such way to sign in")]
    NoSuchMethod,
    /// No letter reaches the user.
    #[error(
        "no letter reaches this person: mail.server is not set, no address of theirs is verified, or they may not sign in"
    )]
    NoLetter,
    /// The site has nothing of the user.
    #[error("the site has nothing of this person")]
    NothingToWithdraw,
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashPoolError),
    /// No group has this id.
    #[error("there is no group {0}")]
    UnknownGroup(Uuid),
    /// The name of the group is taken.
    #[error("group {:?} exists already", .0.as_str())]
    GroupExists(GroupName),
    /// No role has this id.
    #[error("there is no role {0}")]
    UnknownRole(Uuid),
    /// The name of the role is taken.
    #[error("role {:?} exists already", .0.as_str())]
    RoleExists(RoleName),
    /// The role is one that every installation has.
    #[error("role {:?} is built in and stays as it is", .0.as_str())]
    BuiltInRole(RoleName),
    /// No attribute has this id.
    #[error("there is no attribute {0}")]
    UnknownAttribute(Uuid),
    /// The name of the attribute is taken.
    #[error("attribute {:?} exists already", .0.as_str())]
    AttributeExists(AttributeName),
    /// There are as many attributes as there may be.
    #[error("there are {MOST_ATTRIBUTES} attributes already; remove one first")]
    TooManyAttributes,
    /// People have values that the attribute would not take any more.
    #[error("people have values of {:?} that it would not take any more; change or remove those first", .0.as_str())]
    AttributeHasValues(AttributeName),
    /// A type that contradicts itself.
    #[error(transparent)]
    UnfitType(#[from] UnfitType),
    /// A label that is not stored.
    #[error(
        "a label has at most {LONGEST_ATTRIBUTE_LABEL} characters on one line, without space at its ends"
    )]
    AttributeLabel,
    /// A value of an attribute that is not stored.
    #[error(transparent)]
    UnfitAttribute(#[from] UnfitAttribute),
    /// The attribute that a client is to be told of is none.
    #[error("there is no attribute {:?} that a client could be told of", .0.as_str())]
    UnknownMappedAttribute(AttributeName),
    /// People could give themselves rights at a site.
    #[error(
        "people may change {:?} themselves, and client {:?} would take the claim {claim} for what they may do there",
        attribute.as_str(), client.as_str()
    )]
    AttributeOfRights {
        /// The attribute.
        attribute: AttributeName,
        /// The claim.
        claim: ClaimName,
        /// The client.
        client: ClientId,
    },
    /// A description that is not stored.
    #[error("a description has at most {} bytes and no line breaks", roles::LONGEST_DESCRIPTION)]
    Description,
    /// Nobody could administer the installation any more.
    #[error("this is the last administrator; make another person one first")]
    LastAdministrator,
    /// The caller does not have these permissions.
    #[error("this takes the permission {0}")]
    NotPermitted(Permissions),
    /// The configuration cannot be written out, which a test rules out.
    #[error("the configuration cannot be shown")]
    Settings,
    /// A secret cannot be encrypted.
    #[error("a secret could not be sealed")]
    Sealing,
    /// There is no such letter.
    #[error("there is no letter {0}")]
    UnknownMail(Uuid),
    /// The letter needs no try, or is worth none.
    #[error("letter {0} was sent, given up, or is too old to be worth sending")]
    MailIsOver(Uuid),
    /// There is no such logout token.
    #[error("there is no such logout delivery")]
    UnknownLogoutDelivery,
    /// The logout token needs no try.
    #[error("the site has confirmed it, or it was given up")]
    LogoutDeliveryIsOver,
    /// The next key may not sign yet.
    #[error(
        "the next key may sign from {}, when it has been published for as long as key.publish_ahead says: until then a site \
         may not hold it. If others may have the key that signs now, do not wait: `keys compromised` gives it up at once",
        rfc3339(*.0)
    )]
    NextKeyTooFresh(UnixTime),
    /// The signing keys stand otherwise than the act takes them to, or cannot be read or made.
    #[error(transparent)]
    Keys(KeysError),
    /// The store failed, or stored it without being able to publish it.
    #[error(transparent)]
    Store(DbError),
}

impl DirectoryError {
    /// Whether the request itself cannot be met, as opposed to a failure of something outside.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        match self {
            Self::Hashing(_) | Self::Store(_) | Self::PasswordPolicy(_) | Self::Settings | Self::Sealing => {
                false
            }
            Self::Keys(error) => matches!(
                error,
                KeysError::Unknown(_) | KeysError::DoesNotSign { .. } | KeysError::NotReady(_)
            ),
            _ => true,
        }
    }
}

/// What an operator may change about it.
const fn setting_of(weakness: &Weakness) -> &'static str {
    match weakness {
        Weakness::TooShort { .. } => " password.minimum_length says how many.",
        Weakness::Name => " password.words has the words of the organisation.",
        Weakness::Leaked => " password.breach_file or password.breach_url names it.",
        Weakness::Common | Weakness::Pattern => "",
    }
}

// Not a source: its words are those of the message already.
impl From<Weakness> for DirectoryError {
    fn from(weakness: Weakness) -> Self {
        Self::WeakPassword(weakness)
    }
}

impl From<DbError> for DirectoryError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::NotPermitted(missing) => Self::NotPermitted(missing),
            DbError::LastAdministrator => Self::LastAdministrator,
            error => Self::Store(error),
        }
    }
}

impl From<KeysError> for DirectoryError {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Db(error) => error.into(),
            KeysError::NotReady(NotReady::PublishedTooLately(from)) => Self::NextKeyTooFresh(from),
            error => Self::Keys(error),
        }
    }
}

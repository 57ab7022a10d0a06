//! What the pages of administrators say of an act: that it was done, or why it was not.

use actix_web::http::StatusCode;
use idp_core::logo::UnfitLogo;
use serde::{Deserialize, Serialize};

use crate::page::{DisplayText, Layout, Message, Receipt, Value};

/// What was done.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdminAct {
    /// It was made.
    Added,
    /// It was changed.
    Changed,
    /// It was as asked for.
    Same,
    /// It was removed.
    Removed,
    /// A person was put into the group.
    MemberAdded,
    /// A person was taken out of the group.
    MemberRemoved,
    /// A person was invited.
    Invited,
    /// An invitation was taken back.
    InvitationWithdrawn,
    /// A person was changed.
    PersonChanged,
    /// A person was as asked for.
    PersonSame,
    /// A person was shut out.
    Disabled,
    /// A person was let in again.
    Enabled,
    /// A person was signed out everywhere.
    SignedOut,
    /// One sign-in was ended, and so much was reached.
    SessionEnded(Receipt),
    /// What a site has of a person was taken back.
    Disconnected,
    /// A second factor was removed.
    MethodRemoved,
    /// All second factors were removed.
    MethodsReset,
    /// A link for a new password is on its way.
    LinkSent,
    /// A person has the role.
    RoleGiven,
    /// A person does not have the role any more.
    RoleTaken,
    /// The members of a group have the role.
    GroupRoleGiven,
    /// The members of a group do not have the role by it any more.
    GroupRoleTaken,
    /// A person has an address more.
    AddressAdded,
    /// An address is known to be theirs.
    AddressVerified,
    /// Sites are told this address.
    AddressMadePrimary,
    /// An address is not theirs any more.
    AddressRemoved,
    /// A person was removed.
    PersonRemoved,
    /// A secret of a client is good no more.
    SecretRemoved,
    /// A client has another logo.
    LogoSet,
    /// A client has no logo any more.
    LogoRemoved,
    /// The next key signs.
    KeysRotated,
    /// A key signs nothing more.
    KeyRetired,
    /// A key was given up.
    KeyGivenUp,
    /// A delivery is tried again.
    TriedAgain,
    /// A delivery is tried no more.
    DeliveryGivenUp,
}

/// The trace of an act, once.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct AdminReceipt {
    /// What was done.
    pub act: AdminAct,
    /// To what, by its name.
    pub name: DisplayText,
    /// To whom.
    pub person: DisplayText,
}

impl AdminReceipt {
    pub(super) fn message(&self, layout: &Layout) -> Message<'_> {
        let id = match self.act {
            AdminAct::Added => "admin-done-added",
            AdminAct::Changed => "admin-done-changed",
            AdminAct::Same => "admin-done-same",
            AdminAct::Removed => "admin-done-removed",
            AdminAct::MemberAdded => "admin-done-member-added",
            AdminAct::MemberRemoved => "admin-done-member-removed",
            AdminAct::Invited => "people-done-invited",
            AdminAct::InvitationWithdrawn => "people-done-withdrawn",
            AdminAct::PersonChanged => "people-done-changed",
            AdminAct::PersonSame => "people-done-same",
            AdminAct::Disabled => "people-done-disabled",
            AdminAct::Enabled => "people-done-enabled",
            AdminAct::SignedOut => "people-done-signed-out",
            AdminAct::SessionEnded(reached) => return layout.plain(reached.words(layout)),
            AdminAct::Disconnected => "people-done-disconnected",
            AdminAct::MethodRemoved => "people-done-method-removed",
            AdminAct::MethodsReset => "people-done-methods-reset",
            AdminAct::LinkSent => "people-done-link-sent",
            AdminAct::RoleGiven => "people-done-role-given",
            AdminAct::RoleTaken => "people-done-role-taken",
            AdminAct::GroupRoleGiven => "admin-done-group-role-given",
            AdminAct::GroupRoleTaken => "admin-done-group-role-taken",
            AdminAct::AddressAdded => "people-done-address-added",
            AdminAct::AddressVerified => "people-done-address-verified",
            AdminAct::AddressMadePrimary => "people-done-address-primary",
            AdminAct::AddressRemoved => "people-done-address-removed",
            AdminAct::PersonRemoved => "people-done-removed",
            AdminAct::SecretRemoved => "admin-done-secret-removed",
            AdminAct::LogoSet => "admin-done-logo-set",
            AdminAct::LogoRemoved => "admin-done-logo-removed",
            AdminAct::KeysRotated => "admin-done-rotated",
            AdminAct::KeyRetired => "admin-done-key-retired",
            AdminAct::KeyGivenUp => "admin-done-key-given-up",
            AdminAct::TriedAgain => "admin-done-retried",
            AdminAct::DeliveryGivenUp => "admin-done-given-up",
        };
        layout.message(id, &[("name", Value::Name(&self.name)), ("person", Value::Name(&self.person))])
    }
}

/// Why an act was not done.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum AdminProblem {
    /// The name is none.
    Name,
    /// Another one has the name.
    NameTaken,
    /// The description is too long.
    Description,
    /// Nobody signs in with this name.
    NoPerson,
    /// Another administrator changed it since the page was made.
    ChangedMeanwhile,
    /// It takes rights that the administrator does not have.
    NotPermitted,
    /// Two factors are asked for where no second one is offered.
    NoSecondFactor,
    /// Nobody could administer the installation any more.
    LastAdministrator,
    /// No role has this name.
    NoSuchRole,
    /// No group has this name.
    NoSuchGroup,
    /// The username is none.
    Username,
    /// Another person signs in with the username.
    UsernameTaken,
    /// The address is none.
    Address,
    /// Another person signs in with the address.
    AddressTaken,
    /// A person has as many addresses as there can be.
    TooManyAddresses,
    /// The address has to stay as it is: it is the primary one, or the username.
    AddressStays,
    /// Some of the profile cannot be stored.
    Profile,
    /// The name of a person cannot be stored.
    PersonName,
    /// No letter reaches the person.
    NoLetter,
    /// It was over already.
    Over,
    /// The next key has not been published for long enough, or there is none.
    NextKeyNotReady,
    /// The key signs nothing, or is there no more.
    KeyDoesNotSign,
    /// The delivery arrived, or is worth no further try.
    DeliveryIsOver,
    /// The secret is the only one, or was removed meanwhile.
    Secret,
    /// The name of the attribute is none, or people have something of this name.
    AttributeName,
    /// The label of an attribute is too long.
    Label,
    /// The bounds of an attribute contradict its kind.
    AttributeBounds,
    /// There are as many attributes as there may be.
    TooManyAttributes,
    /// People have values that the attribute would not take.
    AttributeInUse,
    /// A site would take an attribute that people change for their rights.
    AttributeOfRights,
    /// Tokens of a site would become too large.
    AttributeTooLarge,
    /// No file was chosen.
    NoFile,
    /// The file is not taken for a logo.
    Logo(UnfitLogo),
    /// What the form asks for contradicts itself or is malformed, as is said beside its field.
    Field,
}

impl AdminProblem {
    /// The status of the page.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Name
            | Self::Description
            | Self::NoPerson
            | Self::NoSecondFactor
            | Self::NoSuchRole
            | Self::NoSuchGroup
            | Self::Username
            | Self::Address
            | Self::TooManyAddresses
            | Self::AddressStays
            | Self::Profile
            | Self::PersonName
            | Self::AttributeName
            | Self::Label
            | Self::AttributeBounds
            | Self::NoFile
            | Self::Logo(_)
            | Self::Field => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NameTaken
            | Self::TooManyAttributes
            | Self::AttributeInUse
            | Self::AttributeOfRights
            | Self::AttributeTooLarge
            | Self::ChangedMeanwhile
            | Self::LastAdministrator
            | Self::UsernameTaken
            | Self::AddressTaken
            | Self::NoLetter
            | Self::Over
            | Self::NextKeyNotReady
            | Self::KeyDoesNotSign
            | Self::DeliveryIsOver
            | Self::Secret => StatusCode::CONFLICT,
            Self::NotPermitted => StatusCode::FORBIDDEN,
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Name => "admin-problem-name",
            Self::NameTaken => "admin-problem-taken",
            Self::Description => "admin-problem-description",
            Self::NoPerson => "admin-problem-person",
            Self::ChangedMeanwhile => "admin-problem-changed",
            Self::NotPermitted => "admin-problem-permission",
            Self::NoSecondFactor => "admin-problem-no-second-factor",
            Self::LastAdministrator => "admin-problem-last",
            Self::NoSuchRole => "people-problem-role",
            Self::NoSuchGroup => "people-problem-group",
            Self::Username => "people-problem-username",
            Self::UsernameTaken => "people-problem-username-taken",
            Self::Address => "people-problem-address",
            Self::AddressTaken => "people-problem-address-taken",
            Self::TooManyAddresses => "people-problem-addresses",
            Self::AddressStays => "people-problem-address-stays",
            Self::Profile => "profile-unfit",
            Self::PersonName => "people-problem-name",
            Self::NoLetter => "people-problem-letter",
            Self::Over => "people-problem-over",
            Self::NextKeyNotReady => "admin-problem-next-key",
            Self::KeyDoesNotSign => "admin-problem-key",
            Self::DeliveryIsOver => "admin-problem-delivery",
            Self::Secret => "admin-problem-secret",
            Self::AttributeName => "admin-problem-attribute-name",
            Self::Label => "admin-problem-label",
            Self::AttributeBounds => "admin-problem-attribute-bounds",
            Self::TooManyAttributes => "admin-problem-attributes",
            Self::AttributeInUse => "admin-problem-attribute-in-use",
            Self::AttributeOfRights => "admin-problem-attribute-rights",
            Self::AttributeTooLarge => "admin-problem-attribute-large",
            Self::NoFile => "picture-missing",
            Self::Logo(UnfitLogo::TooLarge) => "admin-problem-logo-large",
            Self::Logo(UnfitLogo::Pixels) => "admin-problem-logo-pixels",
            Self::Logo(UnfitLogo::Format) => "admin-problem-logo-format",
            Self::Logo(UnfitLogo::ActiveSvg) => "admin-problem-logo-active",
            Self::Field => "admin-problem-field",
        }
    }

    pub(super) const fn is_of_username(self) -> bool {
        matches!(self, Self::Username | Self::UsernameTaken)
    }

    pub(super) const fn is_of_address(self) -> bool {
        matches!(self, Self::Address | Self::AddressTaken)
    }

    pub(super) const fn is_of_person_name(self) -> bool {
        matches!(self, Self::PersonName)
    }

    pub(super) const fn is_of_name(self) -> bool {
        matches!(self, Self::Name | Self::NameTaken | Self::AttributeName)
    }

    pub(super) const fn is_of_description(self) -> bool {
        matches!(self, Self::Description)
    }
}

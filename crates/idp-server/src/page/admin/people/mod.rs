//! The pages about people: the list, one of them with all that an administrator may see of them, and what is done with one.

mod activity;
mod add;
mod address;
mod change;
mod choose;
mod confirm;
mod invitations;
mod lines;
mod list;
mod password;
mod sessions;
mod show;

pub use activity::AdminPersonActivityPage;
pub use add::{AdminAddPersonPage, AdminInvitePage};
pub use address::{AdminAddAddressPage, AdminAddressPage};
pub use change::AdminChangePersonPage;
pub use choose::{AdminChoosePage, Choice};
pub use confirm::{AdminConfirmPersonPage, PersonQuestion};
pub use invitations::{AdminInvitationsPage, InvitationLine};
pub(super) use lines::label;
pub use lines::{
    EventActor, PersonAddress, PersonEvent, PersonFactor, PersonHeld, PersonSession, PersonSite, PersonState,
};
pub use list::{AdminPeoplePage, PeopleSearch, PersonLine, Within};
pub use password::{AdminNewPasswordPage, AdminPasswordPage};
pub use sessions::{AdminPersonSessionsPage, EndedSessionLine};
pub use show::{AdminPersonPage, PasswordState, PersonActs, PersonDuty, PersonMethods, PersonRoles};

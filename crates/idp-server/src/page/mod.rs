//! The pages a person sees: one file a page, each an askama struct, plus what all of them
//! share (layout, response headers, assets), and the letters that they get. Their words are in `web-templates/words`, by ids that begin with the name
//! of the page.
//!
//! A handler fills a struct and answers with it; nothing here decides, stores or reads a request,
//! except [`SecurityHeaders`], which gives every answer its protective headers. Text that came from
//! others enters only through [`DisplayText`], [`TypedText`] and [`LinkUri`], so that no page can
//! forget to make it harmless.

mod accept_terms;
mod access_denied;
mod activity;
mod add_address;
mod add_passkey;
mod add_totp;
mod address;
mod addresses;
pub mod admin;
pub mod asset_route;
pub mod assets;
mod attribute_field;
mod become_administrator;
mod choose_password;
mod claim_problem;
mod client_label;
mod consent;
mod create_account;
mod delete_account;
mod demand_passkey;
mod device_line;
mod devices;
mod display_text;
mod enrol;
mod error;
mod error_pages;
mod export;
mod form_post;
mod form_seal;
mod headers;
mod home;
#[cfg(feature = "demo")]
mod inbox;
mod known_refusals;
mod layout;
mod letter;
mod letter_form;
mod link_uri;
mod logged_out;
mod login;
mod logout;
mod message;
mod methods;
mod new_password;
mod not_me;
mod password;
mod picture;
mod profile;
mod qr;
mod receipt;
mod recovery_codes;
mod refusal;
mod relative_time;
mod remove_method;
mod rename_method;
mod reset_password;
mod second_step;
mod second_step_link;
mod secure;
mod security_headers;
mod sign_out_reason;
mod signed_in_elsewhere;
mod sites;
mod still_signed_in;
#[cfg(test)]
mod stylesheet_tests;
#[cfg(test)]
mod tests;
mod theme;
mod verify_address;
mod void_link;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use askama::Template;

pub use accept_terms::AcceptTermsPage;
pub use access_denied::AccessDeniedPage;
pub use activity::{ActivityEntry, ActivityPage, TOLD_TO_NOBODY};
pub use add_address::{AddAddressError, AddAddressPage};
pub use add_passkey::{AddPasskeyError, AddPasskeyPage};
pub use add_totp::{AddTotpError, AddTotpPage};
pub use address::{AddressPage, AddressRemoval};
pub use addresses::{AddressAct, AddressLine, AddressReceipt, AddressesPage};
pub use attribute_field::{
    AttributeChoice, AttributeField, AttributeShape, LineKind, choice_name, field_name, value_words,
};
pub use become_administrator::BecomeAdministratorPage;
pub use choose_password::ChoosePasswordPage;
pub use client_label::{ClientLabel, ClientLinks, Mark};
pub use consent::{ConsentPage, ScopeLine};
pub use create_account::{AccountWait, CreateAccountPage, UsernameField, UsernameProblem};
pub use delete_account::{AccountDeletedPage, DeleteAccountPage, DeletionRefusal, KeepAccountPage};
pub use demand_passkey::DemandPasskeyPage;
pub use device_line::DeviceLine;
pub use devices::{DevicesPage, DevicesReceipt, EndedDevice, OpenDevice};
pub use display_text::{DisplayText, TypedText};
pub use enrol::EnrolPage;
pub use error::{ErrorPage, PageError};
pub use export::ExportPage;
pub use form_post::FormPostPage;
pub use form_seal::FormSeal;
pub use headers::PageSecurity;
pub use home::{HomePage, PasskeyOffer};
#[cfg(feature = "demo")]
pub use inbox::{InboxPage, ListedLetter};
pub use known_refusals::refusals_with_a_cause;
pub use layout::{LanguageSwitch, Layout};
pub use letter::{letter, subject_of};
pub use letter_form::{LetterFormError, LetterFormPage, LetterLeadsTo, LetterSentPage};
pub use link_uri::LinkUri;
pub use logged_out::LoggedOutPage;
pub use login::{LoginError, LoginPage, RightAddress, WorkPuzzle};
pub use logout::LogoutPage;
pub use message::{Message, Part, Value};
pub use methods::{MethodLine, MethodsPage, RecoveryCodesLine};
pub use new_password::{NewPasswordField, NewPasswordProblem};
pub use not_me::{NotMePage, NotMeState};
pub use password::{OldPasswordProblem, PasswordPage};
pub use picture::{PictureLink, PicturePage, PictureProblem, PictureReceipt};
pub use profile::{ProfileField, ProfileNotice, ProfilePage};
pub use qr::QrCode;
pub use receipt::Receipt;
pub use recovery_codes::{MakeRecoveryCodesPage, NewRecoveryCodesPage};
pub use refusal::{SCIM, stamp_refusal};
pub use relative_time::RelativeTime;
pub use remove_method::RemoveMethodPage;
pub use rename_method::RenameMethodPage;
pub use reset_password::ResetPasswordPage;
pub use second_step::{AskedCode, SecondStepError, SecondStepPage};
pub use second_step_link::{OpenedSecondStepLink, SecondStepLinkPage};
pub use secure::SecurePage;
pub use security_headers::{Frame, SecurityHeaders};
pub use sign_out_reason::SignOutReason;
pub use signed_in_elsewhere::SignedInElsewherePage;
pub use sites::{SiteLine, SiteReceipt, SitesPage};
pub use still_signed_in::StillSignedInPage;
pub use theme::{Theme, ThemeError, ThemeFileError, ThemeLink};
pub use verify_address::{VerifyAddressPage, VerifyAddressState};
pub use void_link::{VoidLink, VoidLinkPage};

/// What a pressed button of ours sends as `action`, in every form.
pub mod action {
    /// Sign in with what was typed; also what a form without `action` means.
    pub const LOGIN: &str = "login";
    /// Allow what the client asks for.
    pub const ALLOW: &str = "allow";
    /// Refuse what the client asks for.
    pub const DENY: &str = "deny";
    /// Go back without doing it: `access_denied` at the client, or still signed in.
    pub const CANCEL: &str = "cancel";
    /// Forget the account that was proposed and ask for another.
    pub const SWITCH_ACCOUNT: &str = "switch_account";
    /// End the session.
    pub const LOGOUT: &str = "logout";
    /// Sign in here although that signs out elsewhere.
    pub const CONTINUE: &str = "continue";
    /// Keep the account that is being deleted.
    pub const KEEP: &str = "keep";
    /// Try the code that was typed.
    pub const CODE: &str = "code";
    /// Put off what the page asks for.
    pub const LATER: &str = "later";
    /// Try the recovery code that was typed.
    pub const RECOVERY_CODE: &str = "recovery_code";
    /// Take the password that was chosen.
    pub const CHOOSE_PASSWORD: &str = "choose_password";
    /// Accept what the page asks for.
    pub const ACCEPT: &str = "accept";
    /// Ask for a recovery code.
    pub const USE_RECOVERY_CODE: &str = "use_recovery_code";
    /// Ask for a code of the app.
    pub const USE_APP: &str = "use_app";
    /// Send a link in place of a second factor.
    pub const SEND_LINK: &str = "send_link";
    /// Try the code that such a link showed elsewhere.
    pub const LINK_CODE: &str = "link_code";
    /// Go on by such a link, which was opened here.
    pub const USE_LINK: &str = "use_link";
    /// Take what the browser answered of a passkey.
    pub const PASSKEY: &str = "passkey";
    /// Give what the page names another name.
    pub const RENAME: &str = "rename";
    /// Add what the page offers.
    pub const ADD: &str = "add";
    /// Send the letter again.
    pub const SEND: &str = "send";
    /// Make what the page names the one that counts.
    pub const MAKE_PRIMARY: &str = "make_primary";
    /// Remove what the page names.
    pub const REMOVE: &str = "remove";
    /// Call the device by the name that was typed.
    pub const NAME: &str = "name";
    /// End the session that the form names.
    pub const ONE: &str = "one";
    /// End every session but this one.
    pub const OTHERS: &str = "others";
    /// End every session.
    pub const ALL: &str = "all";
}

/// A page: a template that knows what it stands in.
pub trait Page: Template {
    /// The frame around it.
    fn layout(&self) -> &Layout;
}

/// Turns a page into an answer: the one way a page leaves this server.
///
/// Carries every header a page needs by itself; [`SecurityHeaders`] adds only what depends on the
/// deployment.
#[must_use]
pub fn respond(page: &impl Page, status: StatusCode, security: &PageSecurity) -> HttpResponse {
    let language = page.layout().language;
    match page.render() {
        Ok(html) => {
            let mut response = HttpResponse::build(status).content_type(ContentType::html()).body(html);
            security.apply(response.headers_mut());
            headers::set_language(response.headers_mut(), language);
            response
        }
        Err(cause) => {
            tracing::error!(%cause, "a page could not be rendered");
            HttpResponse::InternalServerError()
                .content_type(ContentType::plaintext())
                .body(language.say("page-failed"))
        }
    }
}

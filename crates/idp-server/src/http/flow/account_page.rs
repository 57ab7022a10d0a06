//! Pages of the provider itself that need a sign-in first. A closed list: the way back after a sign-in is one of
//! these names, sealed, and never an address that a request brought.

use super::admin_page::AdminPage;
use super::transaction::{Purpose, Transaction};
use crate::db::DbError;
use crate::http::request::BrowserRequest;
use crate::page::PageError;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::Method;
use idp_core::authentication::{AcrRequest, Demands, Enrolment, Further};
use idp_core::authorize::Progress;
use idp_core::discovery::path;
use idp_core::lifetimes::{PAGE, PROOF, RECENT};
use idp_core::session::Session;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use uuid::Uuid;

/// One of them.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountPage {
    /// "Your account".
    Overview,
    /// "Your devices".
    Devices,
    /// "Your sites".
    Sites,
    /// "Activity".
    Activity,
    /// "Secure your account".
    Secure,
    /// "Change your password".
    Password,
    /// "Email addresses".
    Addresses,
    /// Adding an address.
    AddAddress,
    /// What can be done with this address.
    Address(Uuid),
    /// "Sign-in methods".
    Methods,
    /// Adding an authenticator app.
    AddTotp,
    /// Adding a passkey.
    AddPasskey,
    /// Giving this passkey another name.
    RenameMethod(Uuid),
    /// Having the account ask for this passkey.
    DemandPasskey(Uuid),
    /// Removing this way to sign in.
    RemoveMethod(Uuid),
    /// Having recovery codes made.
    RecoveryCodes,
    /// "Your profile".
    Profile,
    /// "Your picture".
    Picture,
    /// "Your data".
    Export,
    /// "Delete your account".
    Delete,
    /// A page of administrators.
    Admin(AdminPage),
}

/// What comes before such a page opens.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Admission {
    /// Nothing.
    Open,
    /// Another sign-in.
    SignIn,
    /// A further proof, in the session that is open.
    Proof,
    /// A further factor, which the person sets up first.
    Enrolment(Enrolment),
}

impl AccountPage {
    /// Those that have a path of their own.
    const ALL: &[Self] = &[
        Self::Overview,
        Self::Devices,
        Self::Sites,
        Self::Activity,
        Self::Secure,
        Self::Password,
        Self::Addresses,
        Self::AddAddress,
        Self::Methods,
        Self::AddTotp,
        Self::AddPasskey,
        Self::RecoveryCodes,
        Self::Profile,
        Self::Picture,
        Self::Export,
        Self::Delete,
    ];

    /// Where a person with no page in mind goes.
    pub const HOME: Self = Self::Overview;

    /// Where it is.
    #[must_use]
    pub fn path(self) -> Cow<'static, str> {
        match self {
            Self::Overview => path::ACCOUNT.into(),
            Self::Devices => path::DEVICES.into(),
            Self::Sites => path::SITES.into(),
            Self::Activity => path::ACTIVITY.into(),
            Self::Secure => path::SECURE.into(),
            Self::Password => path::PASSWORD.into(),
            Self::Addresses => path::ADDRESSES.into(),
            Self::AddAddress => path::ADD_ADDRESS.into(),
            Self::Address(id) => format!("{}?id={id}", path::ADDRESS).into(),
            Self::Methods => path::METHODS.into(),
            Self::AddTotp => path::TOTP.into(),
            Self::Profile => path::PROFILE.into(),
            Self::Picture => path::OWN_PICTURE.into(),
            Self::Export => path::EXPORT.into(),
            Self::Delete => path::DELETE.into(),
            Self::Admin(page) => page.path(),
            Self::AddPasskey => path::PASSKEY.into(),
            Self::RenameMethod(id) => format!("{}?id={id}", path::RENAME_METHOD).into(),
            Self::DemandPasskey(id) => format!("{}?id={id}", path::DEMAND_PASSKEY).into(),
            Self::RemoveMethod(id) => format!("{}?id={id}", path::REMOVE_METHOD).into(),
            Self::RecoveryCodes => path::RECOVERY_CODES.into(),
        }
    }

    /// The page that is asked for, or that a form goes to.
    #[must_use]
    pub fn of(request: &BrowserRequest) -> Option<Self> {
        let id = || request.query_param("id").as_deref().and_then(own_spelling);
        match request.http.path() {
            path::DEMAND_PASSKEY => id().map(Self::DemandPasskey),
            path::REMOVE_METHOD => id().map(Self::RemoveMethod),
            path::RENAME_METHOD => id().map(Self::RenameMethod),
            path::ADDRESS => id().map(Self::Address),
            path => {
                let own = Self::ALL.iter().copied().find(|page| page.path() == path);
                own.or_else(|| AdminPage::of(request).map(Self::Admin))
            }
        }
    }

    /// Whether it changes what a person signs in with, or gives away or removes all that is theirs: then an old sign-in does not
    /// do, nor one that is weaker than the account asks for.
    #[must_use]
    pub const fn needs_fresh_sign_in(self) -> bool {
        match self {
            Self::Overview
            | Self::Devices
            | Self::Sites
            | Self::Activity
            | Self::Secure
            | Self::Methods
            | Self::RenameMethod(_)
            | Self::Addresses
            | Self::Profile
            | Self::Picture => false,
            Self::Admin(page) => page.changes_something(),
            Self::Password
            | Self::AddTotp
            | Self::AddPasskey
            | Self::DemandPasskey(_)
            | Self::RemoveMethod(_)
            | Self::RecoveryCodes
            | Self::AddAddress
            | Self::Address(_)
            | Self::Export
            | Self::Delete => true,
        }
    }

    /// Whether it shows and does no more than any sign-in may: it says who is signed in, leads on, and offers to sign out.
    const fn opens_to_any_sign_in(self) -> bool {
        matches!(self, Self::Overview)
    }

    /// Whether it is on the way to a factor, which a person who has to set one up must be able to go.
    const fn leads_to_a_factor(self) -> bool {
        matches!(self, Self::Methods | Self::AddTotp | Self::AddPasskey)
    }

    /// What comes before it opens to this person.
    ///
    /// Each but the overview asks of a session what a site's request would (`SignInRules::further`): all that the account asks for
    /// by now, and what the installation demands. A session that began with less may be a thief's, and that may be why its
    /// person added a factor. Where the ways to sign in are changed, the last sign-in must be a fresh one as well (`account.fresh`),
    /// and of two factors where the person has a second.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn admission(
        self,
        request: &BrowserRequest,
        signed_in: &SignedIn,
        progress: Progress,
    ) -> Result<Admission, DbError> {
        let SignedIn { session, user } = signed_in;
        if self.needs_fresh_sign_in() && !self.is_fresh_enough(request, session) {
            return Ok(Admission::SignIn);
        }
        let rules = request.app.config.sign_in_rules();
        let demands = Demands { duty: user.second_factor, client: None, asked: &AcrRequest::Nothing };
        if !rules.depend_on_factors(&demands, &session.proofs) {
            return Ok(Admission::Open);
        }
        let kinds = request.app.store.factor_kinds(user.id).await?;
        let own = kinds.own();
        // A link in a letter is a second step and no second factor (ADR 59).
        let lacks_factor =
            self.needs_fresh_sign_in() && !own.asked.is_empty() && !session.proofs.has_two_factors();
        Ok(match rules.further(&demands, &session.proofs, own, request.now) {
            Further::Enrolment(enrolment) => self.before_enrolment(request, session, progress, enrolment),
            Further::Proof { .. } => self.before_proof(request),
            _ if lacks_factor => self.before_proof(request),
            // What nobody here can prove is no step that the person could be led through.
            Further::Nothing | Further::Unreachable => Admission::Open,
        })
    }

    /// By the newest proof: a person who takes long to find the code has signed in just now all the same. None of the others is much
    /// older: a new password, which proves the password again, makes no code younger.
    ///
    /// A form may come a while later: its token is only on a page that was shown to a fresh sign-in.
    fn is_fresh_enough(self, request: &BrowserRequest, session: &Session) -> bool {
        let fresh = request.app.config.account.fresh.as_secs();
        let limit = match self {
            _ if !self.is_own_form(request) => fresh,
            // As long as a page counts: the form asks for the password again.
            Self::Password => fresh.saturating_add(PAGE),
            // One button does it, also for a stranger who finds the page open.
            _ => fresh.max(RECENT),
        };
        session.proofs.newest().is_within(limit, request.now)
            && session.proofs.auth_time().is_within(limit.saturating_add(PROOF), request.now)
    }

    fn is_own_form(self, request: &BrowserRequest) -> bool {
        *request.http.method() == Method::POST && Self::of(request) == Some(self)
    }

    fn before_proof(self, request: &BrowserRequest) -> Admission {
        // Sent twice, the form of a factor finds what it has added itself, and that the session of the first time has not proven:
        // the store tells that from what another form added.
        let may_be_repeated = matches!(self, Self::AddTotp | Self::AddPasskey | Self::DemandPasskey(_))
            && self.is_own_form(request);
        match self.opens_to_any_sign_in() || may_be_repeated {
            true => Admission::Open,
            false => Admission::Proof,
        }
    }

    /// A factor is set up right after a sign-in only. A person who may wait is asked there, and once.
    fn before_enrolment(
        self,
        request: &BrowserRequest,
        session: &Session,
        progress: Progress,
        enrolment: Enrolment,
    ) -> Admission {
        let is_fresh = request.app.config.sign_in_rules().is_fresh(session.proofs.newest(), request.now);
        let may_wait = enrolment.may_wait_until.is_some();
        let is_asked_now = progress.has_just_signed_in(session, request.now)
            && !(may_wait && progress.put_off == Some(session.sid));
        let must = !may_wait && !self.opens_to_any_sign_in();
        match (must || is_asked_now, is_fresh) {
            _ if self.leads_to_a_factor() => Admission::Open,
            (true, true) => Admission::Enrolment(enrolment),
            (true, false) if must => Admission::SignIn,
            _ => Admission::Open,
        }
    }

    /// Whether it opens to a person who has not accepted the terms of use: leaving, or taking one's data along, needs no
    /// agreement.
    #[must_use]
    pub const fn is_open_without_terms(self) -> bool {
        matches!(self, Self::Export | Self::Delete)
    }

    /// Whether nothing comes before it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_open_to(self, request: &BrowserRequest, signed_in: &SignedIn) -> Result<bool, DbError> {
        let admission = self.admission(request, signed_in, Progress::default()).await?;
        Ok(admission == Admission::Open)
    }

    /// The person who is signed in, when nothing comes before it for them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn opened_by(self, request: &BrowserRequest) -> Result<Option<SignedIn>, PageError> {
        let Some(signed_in) = request.signed_in().await? else {
            return Ok(None);
        };
        let is_open = self.is_open_to(request, &signed_in).await?;
        Ok(is_open.then_some(signed_in))
    }

    /// Sends the browser to the login page, which leads back here.
    ///
    /// # Errors
    /// When the way back cannot be sealed.
    pub fn after_sign_in(self, request: &BrowserRequest) -> Result<HttpResponse, PageError> {
        Transaction::new(self, request.now).go_to(request, path::LOGIN)
    }
}

/// An id as we write it. Others of its spellings name nothing.
#[must_use]
pub fn own_spelling(text: &str) -> Option<Uuid> {
    text.parse::<Uuid>().ok().filter(|id| id.to_string() == text)
}

impl Purpose for AccountPage {
    const CONTEXT: &'static str = "account page";
}

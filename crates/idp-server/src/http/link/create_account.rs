//! `/create-account`: where the link leads in a letter that a person asked for, or in an invitation. It shows that the address
//! is theirs. They are signed in with the account that they open here, and go on to where they were going. A person who comes
//! back to the page afterwards is led on as well.

use super::{LinkPage, Visit};
use crate::directory::DirectoryError;
use crate::directory::registration::{OwnAccount, OwnAccountOutcome};
use crate::hash_pool::HashPoolError;
use crate::http::flow::AfterSignIn;
use crate::http::flow::transaction::address_of;
use crate::http::login::password::{Credentials, VerifiedPassword, verify};
use crate::http::login::session_start;
use crate::http::login::throttle::{letter_bucket, work_of};
use crate::http::request::{BrowserRequest, PageForm};
use crate::page::{
    AccountWait, CreateAccountPage, FormSeal, NewPasswordField, NewPasswordProblem, PageError, PageSecurity,
    TypedText, UsernameField, UsernameProblem, VoidLink, VoidLinkPage, respond,
};
use crate::seals::FormBinding;
use crate::store::mail_links::OpenedLink;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::password::Password;
use idp_core::registration_link::{RegistrationLink, RegistrationOrigin};
use idp_core::throttle::BucketPolicy;
use idp_core::user::{SignInName, UnfitClaim, User};
use idp_core::username::Username;
use zeroize::Zeroizing;

const PAGE: LinkPage = LinkPage { path: path::CREATE_ACCOUNT, form: "create account" };

/// Usernames that are tried with one link: whether one is taken is told here, and not for the asking.
const USERNAMES: BucketPolicy = BucketPolicy { burst: 10, seconds_per_try: 60 };

/// GET: the page; a link in its address is moved out of it.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    if !request.app.config.takes_invitations() {
        return Err(PageError::NotFound);
    }
    match PAGE.open(&request).await? {
        Ok(visit) => show(&request, visit, &Entered::default()).await,
        Err(answer) => Ok(answer),
    }
}

/// POST: opens the account, and signs the person in.
pub async fn post(request: BrowserRequest, form: PageForm) -> Result<HttpResponse, PageError> {
    if !request.app.config.takes_invitations() {
        return Err(PageError::NotFound);
    }
    let mut visit = match PAGE.posted(&request, &form).await? {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    if let OpenedLink::Registration(link) = &visit.link
        && is_good(&request, link)
    {
        // Before anything is answered: it knows the languages that the site wants.
        AfterSignIn::of_way_back(&request, link.way_back.as_deref()).await?;
        let is_given = matches!(&link.origin, RegistrationOrigin::Invited { username: Some(_), .. });
        let mut entered = Entered::read(&form, is_given);
        match open(&request, &form, &visit, link, &mut entered).await? {
            Some(verified) => return go_on(&request, &form, link.way_back.as_deref(), verified).await,
            None if entered.is_with_problem() => return show(&request, visit, &entered).await,
            // Used at this moment, by this form perhaps, or the address is on an account by now.
            None => visit.link = request.app.store.open_mail_link(&visit.secret, request.now).await?,
        }
    }
    if let OpenedLink::Opened { user, way_back } = &visit.link
        && let Some(verified) = proven(&request, &form, user).await?
    {
        return go_on(&request, &form, way_back.as_deref(), verified).await;
    }
    show(&request, visit, &Entered::default()).await
}

/// A link that was asked for is good as long as people may ask.
fn is_good(request: &BrowserRequest, link: &RegistrationLink) -> bool {
    link.is_invitation() || request.app.config.takes_registrations()
}

/// What was typed, and what is wrong with it.
#[derive(Default)]
pub(super) struct Entered {
    pub(super) name: Option<String>,
    pub(super) username: String,
    pub(super) name_problem: Option<UnfitClaim>,
    pub(super) username_problem: Option<UsernameProblem>,
    pub(super) password_problem: Option<NewPasswordProblem>,
    pub(super) wait: Option<AccountWait>,
}

impl Entered {
    pub(super) fn read(form: &PageForm, is_given: bool) -> Self {
        let (name, username) = (form.field("name").trim(), form.field("username").trim());
        let username = if is_given { "" } else { username };
        Self {
            name: Some(name.to_owned()),
            username: username.to_owned(),
            name_problem: name.is_empty().then(|| UnfitClaim::Empty("name".to_owned())),
            username_problem: match username {
                "" => None,
                address if address.contains('@') => Some(UsernameProblem::IsAddress),
                name => Username::parse(name).err().map(|_| UsernameProblem::Malformed),
            },
            ..Self::default()
        }
    }

    pub(super) const fn is_with_problem(&self) -> bool {
        self.name_problem.is_some()
            || self.username_problem.is_some()
            || self.password_problem.is_some()
            || self.wait.is_some()
    }
}

/// The password of the account that was opened by this form. `None` says that it was not: `entered` says why, or the link is not
/// what it was.
async fn open(
    request: &BrowserRequest,
    form: &PageForm,
    visit: &Visit,
    link: &RegistrationLink,
    entered: &mut Entered,
) -> Result<Option<VerifiedPassword>, PageError> {
    let password = typed_password(form, entered);
    let (Some(password), false) = (password, entered.is_with_problem()) else { return Ok(None) };
    let of = link.address.canonical();
    if !entered.username.is_empty() && !counted(request, of, entered).await? {
        return Ok(None);
    }
    let own = OwnAccount {
        name: entered.name.clone().unwrap_or_default(),
        username: Username::parse(&entered.username).ok(),
        language: request.layout().language,
        password,
    };
    let directory = request.app.directory();
    let by = (&work_of(request, Some(&SignInName::from(&link.address)), None), request.address_text());
    match directory.open_account((&visit.secret, link), own, by, request.now).await {
        Ok(OwnAccountOutcome::Opened { user, hash }) => Ok(Some(VerifiedPassword::just_set(user, hash))),
        outcome => note_problem(request, outcome, entered).map(|()| None),
    }
}

/// Says why an account was not opened. Nothing is wrong with what was typed where the link is not what it was.
pub(super) fn note_problem(
    request: &BrowserRequest,
    outcome: Result<OwnAccountOutcome, DirectoryError>,
    entered: &mut Entered,
) -> Result<(), PageError> {
    match outcome {
        Ok(OwnAccountOutcome::Opened { .. } | OwnAccountOutcome::Void) => {}
        Ok(OwnAccountOutcome::UsernameTaken) => entered.username_problem = Some(UsernameProblem::Taken),
        Err(DirectoryError::WeakPassword(weakness)) => {
            entered.password_problem = Some(NewPasswordProblem::Weak(weakness));
        }
        Err(DirectoryError::UnfitClaim(unfit)) => entered.name_problem = Some(unfit),
        Err(DirectoryError::Hashing(HashPoolError::Busy)) => {
            let retry_after_seconds = u64::from(HashPoolError::RETRY_AFTER);
            entered.wait = Some(AccountWait::Busy { retry_after_seconds });
        }
        Err(DirectoryError::Store(error)) => return Err(error.into()),
        Err(error) => return Err(request.internal(&error)),
    }
    Ok(())
}

pub(super) fn typed_password(form: &PageForm, entered: &mut Entered) -> Option<Password> {
    let typed = form.field("new_password");
    if typed.is_empty() {
        entered.password_problem = Some(NewPasswordProblem::Missing);
        return None;
    }
    let password = Password::typed(Zeroizing::new(typed.to_owned()));
    entered.password_problem = password.is_err().then_some(NewPasswordProblem::TooLong);
    password.ok()
}

/// Counts a username that is tried.
pub(super) async fn counted(
    request: &BrowserRequest,
    of: &str,
    entered: &mut Entered,
) -> Result<bool, PageError> {
    let bucket = letter_bucket(&request.app, "usernames-of", of, USERNAMES);
    let taken = request.app.store.take_tries(vec![bucket], request.now).await?;
    let Err(throttled) = taken else { return Ok(true) };
    let retry_after_seconds = u64::try_from(throttled.retry_after).unwrap_or(1);
    entered.wait = Some(AccountWait::Throttled { retry_after_seconds });
    Ok(false)
}

/// The password in the form, if it is that of the person whose account was opened by the link: then it came twice. It counts as
/// any other attempt at a password.
pub(super) async fn proven(
    request: &BrowserRequest,
    form: &PageForm,
    user: &User,
) -> Result<Option<VerifiedPassword>, PageError> {
    let typed = form.field("new_password");
    let password = Password::typed(Zeroizing::new(typed.to_owned()));
    let Some(password) = password.ok().filter(|_| !typed.is_empty()) else { return Ok(None) };
    Ok(verify(request, Credentials::of(user, password), None).await?.ok())
}

/// Signs the person in, and goes on to where they were going, whichever browser that began in.
async fn go_on(
    request: &BrowserRequest,
    form: &PageForm,
    way_back: Option<&str>,
    verified: VerifiedPassword,
) -> Result<HttpResponse, PageError> {
    let after = AfterSignIn::of_way_back(request, way_back).await?;
    let former = request.signed_in().await?;
    session_start::start(request, after, former, form.tx(), verified).await
}

async fn show(request: &BrowserRequest, visit: Visit, entered: &Entered) -> Result<HttpResponse, PageError> {
    let link = match visit.link {
        OpenedLink::Registration(link) if is_good(request, &link) => link,
        OpenedLink::Opened { user, way_back } => return opened(request, &user, way_back.as_deref()).await,
        OpenedLink::AddressTaken { way_back } => {
            return Ok(instead(request, VoidLink::AddressTaken, way_back.as_deref()));
        }
        OpenedLink::Void { way_back } => return Ok(PAGE.void(request, way_back.as_deref())),
        _ => return Ok(PAGE.void(request, None)),
    };
    let after = AfterSignIn::of_way_back(request, link.way_back.as_deref()).await?;
    let (client, security) = (after.label(), after.security());
    let (sealed, address) = PAGE.seal(request, visit.transaction)?;
    let binding = FormBinding { form: PAGE.form, holder: &sealed.holder, tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let policy = request.app.config.password.policy();
    let minimum = policy.map_err(|error| request.internal(&error))?.minimum();
    let (known, given) = match &link.origin {
        RegistrationOrigin::Invited { name, username } => (name.as_deref(), username.as_ref()),
        RegistrationOrigin::Asked => (None, None),
    };
    let layout = request.layout_at(&address);
    let page = CreateAccountPage {
        terms: request.app.config.terms(layout.language).map(|(_, link)| link.clone()),
        layout,
        client,
        seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
        address: Some(TypedText::new(link.address.as_str())),
        name: TypedText::new(entered.name.as_deref().or(known).unwrap_or_default()),
        name_problem: entered.name_problem.clone(),
        username: match given {
            Some(given) => UsernameField::Given(TypedText::new(given.as_str())),
            None => UsernameField::Chosen(TypedText::new(&entered.username)),
        },
        username_problem: entered.username_problem,
        new: NewPasswordField { minimum, problem: entered.password_problem },
        wait: entered.wait,
        request_id: &request.request_id,
    };
    let mut response = page.respond(&security);
    sealed.set_cookie(&mut response);
    Ok(response)
}

/// The account is there: a person who is signed in with it goes on, and everybody else signs in first.
async fn opened(
    request: &BrowserRequest,
    user: &User,
    way_back: Option<&str>,
) -> Result<HttpResponse, PageError> {
    let signed_in = request.signed_in().await?.filter(|found| found.user.id == user.id);
    if signed_in.is_none() {
        return Ok(instead(request, VoidLink::Opened, way_back));
    }
    let after = AfterSignIn::of_way_back(request, way_back).await?;
    after.advance(request, signed_in).await?.or_login(request)
}

fn instead(request: &BrowserRequest, cause: VoidLink, way_back: Option<&str>) -> HttpResponse {
    let lead = |page: &str| way_back.map_or_else(|| page.to_owned(), |tx| address_of(page, tx));
    let asks = cause == VoidLink::AddressTaken && request.app.config.resets_passwords_by_mail();
    let again = asks.then(|| lead(path::FORGOT_PASSWORD));
    let sign_in = lead(path::LOGIN);
    let page =
        VoidLinkPage { layout: request.layout(), cause, again: again.as_deref(), sign_in: Some(&sign_in) };
    respond(&page, StatusCode::GONE, &PageSecurity::own_forms())
}

//! A link in a letter in place of a second factor that is not at hand (ADR 59). It is sent after the right password alone, from the
//! page that then waits for it. Opened in the browser of that page it leads to a button that goes on in the same request; opened
//! elsewhere it shows a code for the page (`link::second_step`).

use super::form::{FORM, expired};
use super::second_step::{self, SecondStep};
use super::second_step_page::Shown;
use super::throttle::{Attempt, letter_bucket};
use super::{counted, session_start};
use crate::http::flow::transaction::ResumedFrom;
use crate::http::flow::{AfterSignIn, AwaitedLetter, PendingLogin};
use crate::http::request::BrowserRequest;
use crate::mail::SecondStepNews;
use crate::metrics::FactorOutcome;
use crate::page::{
    AskedCode, DisplayText, FormSeal, OpenedSecondStepLink, PageError, SecondStepError, SecondStepLinkPage,
    respond,
};
use crate::random;
use crate::seals::FormBinding;
use crate::store::login_throttle::ThrottleBucket;
use crate::store::mail_fallback::{NewSecondStepLink, SentLink};
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::authentication::Factor;
use idp_core::discovery::path;
use idp_core::second_step_link::{LinkCode, SecondStepLink};
use idp_core::secret::{Secret, SecretKind};
use idp_core::throttle::BucketPolicy;
use idp_core::user::User;

/// Letters that are asked for from one address of the network (an IPv6 /64 counts as one).
const FROM_SOURCE: BucketPolicy = BucketPolicy { burst: 10, seconds_per_try: 60 };
/// Letters to one person. The sender of the form knows the password.
const TO_PERSON: BucketPolicy = BucketPolicy { burst: 3, seconds_per_try: 20 * 60 };
/// Codes that are tried for one sign-in, over all the letters that it has sent. They are over before another is given back; those
/// of a person count together besides ([`Attempt::at_second_step`]).
const TRIES: BucketPolicy = BucketPolicy { burst: 5, seconds_per_try: 60 * 60 };
/// Longer pages are not kept, in bytes: the link then shows its code in every browser.
const LONGEST_WAY_BACK: usize = 8 * 1024;

/// What codes of this sign-in count in.
#[must_use]
pub fn tries(request: &BrowserRequest, pending: &PendingLogin) -> ThrottleBucket {
    letter_bucket(&request.app, "link code", &pending.sid.to_string(), TRIES)
}

/// Has the letter written, and shows the page that waits for it.
///
/// # Errors
/// When the store does not answer.
pub async fn send(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    mut pending: PendingLogin,
) -> Result<HttpResponse, PageError> {
    let found = second_step::found(request, &pending).await?;
    let Some(person) = found.filter(|_| pending.may_begin_to_wait(request.now)) else {
        return expired(request, after, former.as_ref());
    };
    let asked = if pending.letter.is_some() { AskedCode::Link } else { AskedCode::App };
    let mut step = SecondStep { request, after, former, person, asked };
    let to = match step.fallback(&pending) {
        Ok(to) => DisplayText::name(&to.masked()),
        Err(error) => {
            tracing::info!(%error, user = %step.person.user.id, "no link was sent in place of a second factor");
            return step.show(pending, Some(SecondStepError::NoLink));
        }
    };
    if let Err(throttled) =
        request.app.store.take_tries(letters(request, &step.person.user), request.now).await?
    {
        let retry_after_seconds = u64::try_from(throttled.retry_after).unwrap_or(1);
        return step.show(pending, Some(SecondStepError::ManyLetters { retry_after_seconds }));
    }
    let former_letter = pending
        .letter
        .replace(AwaitedLetter { until: request.now.plus(SecondStepLink::LIFETIME), opened: None });
    let (authentication, sign_in) = (pending.authentication.clone(), pending.sid);
    *step.after.pending() = Some(pending);
    let SecondStep { after, former, person, .. } = step;
    let (client, security) = (after.label(), after.security());
    let may_cancel = matches!(after, AfterSignIn::Client { .. });
    let sealed = after.seal(request)?;
    let secret = Secret::generate(SecretKind::MailLink, &mut random::rng());
    let link = SecondStepLink {
        user: person.user.id,
        sign_in,
        secret: secret.hash(),
        code: request.app.seals().link_code(sign_in, &LinkCode::of(&secret)),
        way_back: Some(sealed.tx.clone()).filter(|tx| tx.len() <= LONGEST_WAY_BACK),
        expires_at: request.now.plus(SecondStepLink::LIFETIME),
        is_used: false,
    };
    let new = NewSecondStepLink {
        authentication,
        link,
        letter: letter(request, &secret),
        address: request.address_text(),
    };
    let sent = request.app.store.send_second_step_link(new, request.now).await?;
    let (asked, error) = match sent {
        SentLink::Sent => (AskedCode::Link, None),
        SentLink::NoLetter if former_letter.is_some() => (AskedCode::Link, Some(SecondStepError::NoLink)),
        SentLink::NoLetter => (AskedCode::App, Some(SecondStepError::NoLink)),
        SentLink::Void => {
            let (after, _) = AfterSignIn::open(request, sealed.way_back()).await?;
            return expired(request, after, former.as_ref());
        }
    };
    let shown = Shown { client, security, may_cancel, asked, link_to: Some(to) };
    shown.respond(request, &person, &sealed, error)
}

/// Goes on where the person pressed the button of the link that they opened in this browser.
///
/// # Errors
/// When the store does not answer.
pub async fn use_opened(
    request: &BrowserRequest,
    after: AfterSignIn,
    former: Option<SignedIn>,
    tx: &str,
    mut pending: PendingLogin,
) -> Result<HttpResponse, PageError> {
    let found = second_step::found(request, &pending).await?;
    let Some(person) = found.filter(|_| !pending.is_expired(request.now)) else {
        return expired(request, after, former.as_ref());
    };
    let step = SecondStep { request, after, former, person, asked: AskedCode::Link };
    let opened = pending.letter.as_ref().and_then(|letter| letter.opened.as_deref());
    let link = step.link_for(&pending).filter(|link| opened == Some(&*link.secret.to_string()));
    let Some(link) = link else {
        counted::second_not_accepted(request, Factor::MailLink, SecondStepError::LinkOver);
        return step.show(pending, Some(SecondStepError::LinkOver));
    };
    counted::tried(request, Factor::MailLink, FactorOutcome::Accepted);
    pending.authentication = pending.authentication.and_mail_link(link, request.now);
    let SecondStep { after, former, .. } = step;
    session_start::proven_further(request, after, former, tx, pending, Attempt::uncounted()).await
}

/// The page of a link in the browser of the page that waits for it; `None` in any other.
///
/// # Errors
/// When it cannot be sealed.
pub async fn here(
    request: &BrowserRequest,
    link: &SecondStepLink,
    user: &User,
) -> Result<Option<HttpResponse>, PageError> {
    let Some(way_back) = &link.way_back else {
        return Ok(None);
    };
    let (mut after, from) = AfterSignIn::open(request, way_back).await?;
    let is_awaited = |pending: &PendingLogin| link.is_for(pending.sid, request.now);
    let pending =
        after.pending().take().filter(|pending| from == ResumedFrom::SameBrowser && is_awaited(pending));
    let Some(pending) = pending else {
        return Ok(None);
    };
    let letter = AwaitedLetter { until: link.expires_at, opened: Some(link.secret.to_string()) };
    *after.pending() = Some(PendingLogin { letter: Some(letter), ..pending });
    let (client, security) = (after.label(), after.security());
    let sealed = after.seal(request)?;
    let binding = FormBinding { form: FORM, holder: &sealed.holder, tx: &sealed.tx };
    let csrf = request.app.seals().form_token(&binding);
    let address = sealed.address(path::LOGIN);
    let seal = FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf };
    let page = SecondStepLinkPage {
        layout: request.layout(),
        account: DisplayText::account(user),
        opened: OpenedSecondStepLink::Here { seal, client },
    };
    let mut response = respond(&page, StatusCode::OK, &security);
    sealed.set_cookie(&mut response);
    Ok(Some(response))
}

fn letters(request: &BrowserRequest, user: &User) -> Vec<ThrottleBucket> {
    let to = letter_bucket(&request.app, "link-to", &user.id.to_string(), TO_PERSON);
    let source = letter_bucket(&request.app, "link-from", &request.address.throttle_key(), FROM_SOURCE);
    let is_exempt = request.address.is_in(&request.app.config.throttle.exempt);
    if is_exempt { vec![to] } else { vec![source, to] }
}

fn letter(request: &BrowserRequest, secret: &Secret) -> SecondStepNews {
    let described = request.described();
    SecondStepNews::Link {
        at: request.now,
        browser: described.browser.map(str::to_owned),
        system: described.system.map(str::to_owned),
        address: Some(request.address_text()),
        link: secret.expose().to_owned(),
    }
}

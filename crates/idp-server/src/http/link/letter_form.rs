//! What the pages share on which a stranger asks for a letter with a link. The form is checked and counted by where it came
//! from, which says nothing of whom it is about; the rest is done beside the answer (S81).

use crate::db::DbError;
use crate::http::flow::AfterSignIn;
use crate::http::flow::transaction::Sealed;
use crate::http::login::throttle::letter_sources;
use crate::http::request::{BrowserRequest, PageForm, cookies};
use crate::page::{
    DisplayText, FormSeal, LetterFormError, LetterFormPage, LetterLeadsTo, LetterSentPage, PageError,
    PageSecurity, TypedText, respond,
};
use crate::random;
use crate::seals::FormBinding;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use idp_core::discovery::path;
use idp_core::secret::{Secret, SecretKind};
use idp_core::throttle::BucketPolicy;
use std::future::Future;

/// Letters that are asked for from one address of the network (an IPv6 /64 counts as one, and a /48 as ten).
const FROM_SOURCE: BucketPolicy = BucketPolicy { burst: 10, seconds_per_try: 60 };
/// Longer ways back are not kept, in bytes.
const LONGEST_WAY_BACK: usize = 8 * 1024;
/// When trying again makes sense where there is no room.
const BUSY: LetterFormError = LetterFormError::Busy { retry_after_seconds: 2 };

/// A page that asks.
#[derive(Copy, Clone)]
pub struct LetterForm {
    /// Where it is.
    pub path: &'static str,
    /// Names its form in the token.
    pub form: &'static str,
    /// Names the bucket that requests from one place count in.
    pub bucket: &'static str,
    /// What the link is for.
    pub leads_to: LetterLeadsTo,
}

impl LetterForm {
    /// What the person was signing in for.
    pub async fn opened(self, request: &BrowserRequest, tx: &str) -> Result<AfterSignIn, PageError> {
        let (mut after, _) = AfterSignIn::open(request, tx).await?;
        // Waits in a form of the sign-in, and in no other.
        *after.pending() = None;
        Ok(after)
    }

    /// The page, with what was typed; with an error that is kept for the pages that follow.
    pub fn show(
        self,
        request: &BrowserRequest,
        mut after: AfterSignIn,
        typed: &str,
        error: Option<LetterFormError>,
    ) -> Result<HttpResponse, PageError> {
        if error.is_some() {
            after.keep_typed(typed);
        }
        let client = match self.leads_to {
            LetterLeadsTo::Account => after.label(),
            LetterLeadsTo::NewPassword => None,
        };
        let sealed = after.seal(request)?;
        let binding = FormBinding { form: self.form, holder: &sealed.holder, tx: &sealed.tx };
        let csrf = request.app.seals().form_token(&binding);
        let address = sealed.address(self.path);
        let page = LetterFormPage {
            layout: request.layout_at(&address),
            to: self.leads_to,
            client,
            seal: FormSeal { post_to: &address, tx: &sealed.tx, csrf: &csrf },
            typed: TypedText::new(typed),
            error,
            back: &sealed.address(path::LOGIN),
            request_id: &request.request_id,
        };
        let mut response = page.respond();
        sealed.set_cookie(&mut response);
        Ok(response)
    }

    /// Takes a form in which this was typed: what it has done beside the answer comes of the sealed way back.
    pub async fn take<Work>(
        self,
        request: &BrowserRequest,
        form: &PageForm,
        (typed, problem): (&str, Option<LetterFormError>),
        work: impl FnOnce(&Sealed<()>) -> Work,
    ) -> Result<HttpResponse, PageError>
    where
        Work: Future<Output = Result<(), DbError>> + Send + 'static,
    {
        let mut after = self.opened(request, form.tx()).await?;
        if let Some(error) = self.refusal(request, form, problem).await? {
            return self.show(request, after, typed, Some(error));
        }
        after.keep_typed(typed);
        let sealed = after.seal(request)?;
        if !self.begin(request, work(&sealed)) {
            return self.show(request, self.opened(request, form.tx()).await?, typed, Some(BUSY));
        }
        Ok(self.sent(request, &sealed, typed))
    }

    /// Why the form sends no letter. What was typed comes first, for it is no secret whether it can be read.
    async fn refusal(
        self,
        request: &BrowserRequest,
        form: &PageForm,
        typed: Option<LetterFormError>,
    ) -> Result<Option<LetterFormError>, DbError> {
        let is_bound = |browser: &Secret| form.is_bound(request, self.form, &browser.hash().to_string());
        if !cookies::browsers(&request.http).iter().any(is_bound) {
            return Ok(Some(LetterFormError::OnceMore));
        }
        match typed {
            Some(typed) => Ok(Some(typed)),
            None => self.counted(request).await,
        }
    }

    async fn counted(self, request: &BrowserRequest) -> Result<Option<LetterFormError>, DbError> {
        let sources = letter_sources(request, self.bucket, FROM_SOURCE);
        if sources.is_empty() {
            return Ok(None);
        }
        let taken = request.app.store.take_tries(sources, request.now).await?;
        Ok(taken.err().map(|throttled| LetterFormError::Throttled {
            retry_after_seconds: u64::try_from(throttled.retry_after).unwrap_or(1),
        }))
    }

    /// Begins what is done beside the answer. `false` when there is no room.
    fn begin(
        self,
        request: &BrowserRequest,
        work: impl Future<Output = Result<(), DbError>> + Send + 'static,
    ) -> bool {
        let logged = async move {
            if let Err(error) = work.await {
                tracing::warn!(%error, page = self.path, "a letter with a link was not written");
            }
        };
        request.app.out_of_band.begin(logged).is_ok()
    }

    /// The answer, which is the same whomever the letter is about.
    fn sent(self, request: &BrowserRequest, sealed: &Sealed<()>, typed: &str) -> HttpResponse {
        let (again, back) = (sealed.address(self.path), sealed.address(path::LOGIN));
        let page = LetterSentPage {
            layout: request.layout_at(&again),
            to: self.leads_to,
            name: DisplayText::reason(typed),
            again: &again,
            back: &back,
        };
        let mut response = respond(&page, StatusCode::OK, &PageSecurity::own_forms());
        sealed.set_cookie(&mut response);
        response
    }
}

/// The way back that goes along with the link.
pub fn way_back(sealed: &Sealed<()>) -> Option<String> {
    Some(sealed.way_back().to_owned()).filter(|tx| tx.len() <= LONGEST_WAY_BACK)
}

/// What opens a link.
pub fn new_secret() -> Secret {
    Secret::generate(SecretKind::MailLink, &mut random::rng())
}

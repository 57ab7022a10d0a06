//! `/account/picture`: a person chooses their picture, or removes it. The file is drawn anew before it is kept
//! (`crate::pictures`), and sites are told an address below `/picture`.

use super::{actor, holder, receipt};
use crate::db::pictures::StoredPicture;
use crate::http::flow::AccountPage;
use crate::http::request::{BrowserRequest, upload};
use crate::page::{
    DisplayText, FormSeal, PageError, PictureLink, PicturePage, PictureProblem, PictureReceipt, action,
};
use crate::pictures::{Drawn, MOST_BYTES, PictureError};
use crate::random;
use crate::seals::FormBinding;
use crate::store::login_throttle::ThrottleBucket;
use crate::store::profile::PictureChange;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::web::Payload;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::discovery::path;
use idp_core::throttle::BucketPolicy;
use idp_core::user::ProfileClaim;
use rand_core::RngCore as _;

const FORM: &str = "picture";
const FILE: &str = "picture";
/// As many as a person tries in a row, then one a minute.
const PICTURES: BucketPolicy = BucketPolicy { burst: 20, seconds_per_try: 60 };

/// GET: the page.
pub async fn get(request: BrowserRequest) -> Result<HttpResponse, PageError> {
    must_be_editable(&request)?;
    match AccountPage::Picture.opened_by(&request).await? {
        Some(signed_in) => show(&request, &signed_in, None).await,
        None => AccountPage::Picture.after_sign_in(&request),
    }
}

/// POST: another picture, or none.
pub async fn post(request: BrowserRequest, payload: Payload) -> Result<HttpResponse, PageError> {
    must_be_editable(&request)?;
    let Some(signed_in) = AccountPage::Picture.opened_by(&request).await? else {
        return AccountPage::Picture.after_sign_in(&request);
    };
    let Ok(_admitted) = request.app.pictures.admit() else {
        return show(&request, &signed_in, Some(PictureProblem::Busy)).await;
    };
    let upload = upload::read(&request.http, payload, FILE, MOST_BYTES).await?;
    if !upload.form.is_bound(&request, FORM, &holder(&signed_in)) {
        return Err(PageError::Forbidden);
    }
    if upload.form.action() == action::REMOVE {
        return remove(&request, &signed_in).await;
    }
    let problem = match upload.file {
        None => PictureProblem::TooLarge,
        Some(file) if file.is_empty() => PictureProblem::Missing,
        Some(file) => match look_at(&request, &signed_in, file).await? {
            Ok(drawn) => {
                let picture = StoredPicture { name: new_name(), small: drawn.small, large: drawn.large };
                return set(&request, &signed_in, picture).await;
            }
            Err(problem) => problem,
        },
    };
    show(&request, &signed_in, Some(problem)).await
}

/// Each costs its second of a core.
async fn look_at(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    file: Vec<u8>,
) -> Result<Result<Drawn, PictureProblem>, PageError> {
    let bucket = ThrottleBucket { key: format!("picture:{}", signed_in.user.id), policy: PICTURES };
    if let Err(throttled) = request.app.store.take_tries(vec![bucket], request.now).await? {
        let retry_after_seconds = u64::try_from(throttled.retry_after).unwrap_or(1);
        return Ok(Err(PictureProblem::Throttled { retry_after_seconds }));
    }
    Ok(request.app.pictures.draw(file).await.map_err(|error| match error {
        PictureError::Unreadable => PictureProblem::Unreadable,
        PictureError::TooLarge => PictureProblem::TooLarge,
        PictureError::Busy => PictureProblem::Busy,
    }))
}

fn must_be_editable(request: &BrowserRequest) -> Result<(), PageError> {
    let is_editable = request.app.config.account.editable.contains(&ProfileClaim::PICTURE);
    if is_editable { Ok(()) } else { Err(PageError::NotFound) }
}

/// 128 random bits: a stranger cannot find a picture by guessing.
fn new_name() -> String {
    let mut bits = [0; 16];
    random::rng().fill_bytes(&mut bits);
    URL_SAFE_NO_PAD.encode(bits)
}

async fn set(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    picture: StoredPicture,
) -> Result<HttpResponse, PageError> {
    let address = request.app.config.issuer.url.join(&PictureLink::new(&picture.name).large());
    let by = actor(request, signed_in);
    let done = request.app.store.set_own_picture(picture, address, by, request.now).await?;
    after(request, signed_in, done, PictureReceipt::Set)
}

async fn remove(request: &BrowserRequest, signed_in: &SignedIn) -> Result<HttpResponse, PageError> {
    let done = request.app.store.remove_own_picture(actor(request, signed_in), request.now).await?;
    after(request, signed_in, done, PictureReceipt::Removed)
}

fn after(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    done: PictureChange,
    receipt: PictureReceipt,
) -> Result<HttpResponse, PageError> {
    match done {
        PictureChange::Done => receipt::show_at(request, path::OWN_PICTURE, &holder(signed_in), receipt),
        PictureChange::SignInAgain => AccountPage::Picture.after_sign_in(request),
    }
}

async fn show(
    request: &BrowserRequest,
    signed_in: &SignedIn,
    problem: Option<PictureProblem>,
) -> Result<HttpResponse, PageError> {
    let picture = request.app.store.picture_name_of(signed_in.user.id).await?;
    let holder = holder(signed_in);
    let csrf = request.app.seals().form_token(&FormBinding { form: FORM, holder: &holder, tx: "" });
    let receipt = receipt::shown_to(request, path::OWN_PICTURE, &holder).filter(|_| problem.is_none());
    let page = PicturePage {
        layout: request.layout(),
        seal: FormSeal { post_to: path::OWN_PICTURE, tx: "", csrf: &csrf },
        account: DisplayText::account(&signed_in.user),
        is_of_elsewhere: picture.is_none() && signed_in.user.claims.picture.is_some(),
        picture: picture.as_deref().map(PictureLink::new),
        receipt,
        problem,
    };
    Ok(page.respond())
}

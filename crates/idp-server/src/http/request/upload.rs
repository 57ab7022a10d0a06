//! A form with a file (`multipart/form-data`, RFC 7578), bounded in bytes, in parts and in time. Where it comes from is looked at
//! before a byte of it is read.

use super::page_form::{PageForm, SentFrom, sent_from};
use crate::page::PageError;
use actix_multipart::{Field, Multipart};
use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Payload;
use futures_util::{StreamExt as _, TryStream, TryStreamExt as _, stream};
use idp_core::params::Params;
use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;
use tokio::time::timeout;

/// The most parts.
const MOST_PARTS: usize = 16;
/// The most bytes of a field that is no file.
const MOST_FIELD: usize = 4 * 1024;
/// More than it takes to read on in what is there.
const MOST_POLLS: usize = 4;
/// How long the whole may take: a phone far from its mast is slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came.
pub struct Upload {
    /// The fields.
    pub form: PageForm,
    /// The file; empty when none was chosen, `None` when it was larger than it may be.
    pub file: Option<Vec<u8>>,
}

/// Reads the body of `request`, with the file in the part called `file_field`, of at most `most` bytes.
///
/// # Errors
/// [`PageError::Forbidden`] when it does not come from a page of ours, or is no such form, [`PageError::TooLarge`] when there is
/// more of it than any form has, [`PageError::Malformed`] when it cannot be read or does not come in time.
pub async fn read(
    request: &HttpRequest,
    payload: Payload,
    file_field: &str,
    most: usize,
) -> Result<Upload, PageError> {
    let sent_from = sent_from(request);
    if sent_from != SentFrom::Here || !is_multipart(request) {
        return Err(PageError::Forbidden);
    }
    let has_ended = Rc::new(Cell::new(false));
    let noted = Rc::clone(&has_ended);
    let end = std::iter::from_fn(move || {
        noted.set(true);
        None
    });
    let parts = Multipart::new(request.headers(), payload.chain(stream::iter(end)));
    match timeout(PATIENCE, all(parts, &has_ended, sent_from, file_field, most)).await {
        Ok(Ok(upload)) => Ok(upload),
        Ok(Err(StatusCode::PAYLOAD_TOO_LARGE)) => Err(PageError::TooLarge),
        Ok(Err(_)) | Err(_) => Err(PageError::Malformed),
    }
}

fn is_multipart(request: &HttpRequest) -> bool {
    let value = request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("");
    let media = value.split(';').next().unwrap_or("");
    media.trim().eq_ignore_ascii_case("multipart/form-data")
}

async fn all(
    mut parts: Multipart,
    has_ended: &Cell<bool>,
    sent_from: SentFrom,
    file_field: &str,
    most: usize,
) -> Result<Upload, StatusCode> {
    let (mut fields, mut file, mut count) = (Vec::new(), Some(Vec::new()), 0);
    while let Some(part) = next(&mut parts, has_ended).await? {
        count += 1;
        if count > MOST_PARTS {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let name = part.name().ok_or(StatusCode::BAD_REQUEST)?.to_owned();
        if name == file_field {
            file = whole(part, has_ended, most).await?;
        } else {
            let value = whole(part, has_ended, MOST_FIELD).await?.ok_or(StatusCode::PAYLOAD_TOO_LARGE)?;
            fields.push((name, String::from_utf8(value).map_err(|_| StatusCode::BAD_REQUEST)?));
        }
    }
    Ok(Upload { form: PageForm::new(Params::new(fields), sent_from), file })
}

/// The content of a part; `None` when there is more. The rest is read all the same: a browser that still sends does not read
/// the answer.
async fn whole(mut part: Field, has_ended: &Cell<bool>, most: usize) -> Result<Option<Vec<u8>>, StatusCode> {
    let (mut content, mut length) = (Vec::new(), 0_usize);
    while let Some(chunk) = next(&mut part, has_ended).await? {
        length = length.saturating_add(chunk.len());
        if length > most.saturating_mul(8) {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        match length > most {
            true => content = Vec::new(),
            false => content.extend_from_slice(&chunk),
        }
    }
    Ok((length <= most).then_some(content))
}

/// The next item. The reader waits for more of a form that was cut off, also when no more of it can come.
async fn next<S: TryStream + Unpin>(
    stream: &mut S,
    has_ended: &Cell<bool>,
) -> Result<Option<S::Ok>, StatusCode> {
    poll_fn(|context| {
        for _ in 0..MOST_POLLS {
            match stream.try_poll_next_unpin(context) {
                Poll::Ready(item) => {
                    return Poll::Ready(item.transpose().map_err(|_| StatusCode::BAD_REQUEST));
                }
                Poll::Pending if has_ended.get() => {}
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Err(StatusCode::BAD_REQUEST))
    })
    .await
}

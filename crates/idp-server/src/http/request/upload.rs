//! A form with a file (`multipart/form-data`, RFC 7578), bounded in bytes, in parts and in time. Where it comes from is looked at
//! before a byte of it is read.

use super::page_form::{PageForm, SentFrom, sent_from};
use actix_multipart::{Field, Multipart};
use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Payload;
use futures_util::TryStreamExt as _;
use idp_core::params::Params;
use std::time::Duration;
use tokio::time::timeout;

/// The most parts.
const MOST_PARTS: usize = 16;
/// The most bytes of a field that is no file.
const MOST_FIELD: usize = 4 * 1024;
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
/// 403 when it does not come from a page of ours, or is no such form, 408 when it does not come in time, 400 when it cannot
/// be read, 413 when there is more of it than any form has.
pub async fn read(
    request: &HttpRequest,
    payload: Payload,
    file_field: &str,
    most: usize,
) -> Result<Upload, StatusCode> {
    let sent_from = sent_from(request);
    if sent_from != SentFrom::Here || !is_multipart(request) {
        return Err(StatusCode::FORBIDDEN);
    }
    let parts = Multipart::new(request.headers(), payload);
    timeout(PATIENCE, all(parts, sent_from, file_field, most))
        .await
        .map_err(|_| StatusCode::REQUEST_TIMEOUT)?
}

fn is_multipart(request: &HttpRequest) -> bool {
    let value = request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("");
    let media = value.split(';').next().unwrap_or("");
    media.trim().eq_ignore_ascii_case("multipart/form-data")
}

async fn all(
    mut parts: Multipart,
    sent_from: SentFrom,
    file_field: &str,
    most: usize,
) -> Result<Upload, StatusCode> {
    let (mut fields, mut file, mut count) = (Vec::new(), Some(Vec::new()), 0);
    while let Some(part) = parts.try_next().await.map_err(|_| StatusCode::BAD_REQUEST)? {
        count += 1;
        if count > MOST_PARTS {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let name = part.name().ok_or(StatusCode::BAD_REQUEST)?.to_owned();
        if name == file_field {
            file = whole(part, most).await?;
        } else {
            let value = whole(part, MOST_FIELD).await?.ok_or(StatusCode::PAYLOAD_TOO_LARGE)?;
            fields.push((name, String::from_utf8(value).map_err(|_| StatusCode::BAD_REQUEST)?));
        }
    }
    Ok(Upload { form: PageForm::new(Params::new(fields), sent_from), file })
}

/// The content of a part; `None` when there is more. The rest is read all the same: a browser that still sends does not read
/// the answer.
async fn whole(mut part: Field, most: usize) -> Result<Option<Vec<u8>>, StatusCode> {
    let (mut content, mut length) = (Vec::new(), 0_usize);
    while let Some(chunk) = part.try_next().await.map_err(|_| StatusCode::BAD_REQUEST)? {
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

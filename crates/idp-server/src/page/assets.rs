//! The stylesheet, the scripts and the icon, in memory. Each has an address that carries a hash of its content.
//! Serving them is `asset_route`'s.

use std::fmt::Write as _;
use std::sync::LazyLock;

use actix_web::web::Bytes;
use aws_lc_rs::digest::{SHA256, digest};
use idp_core::logo::Logo;

use crate::palette;

/// One file with its address.
#[derive(Debug)]
pub struct Asset {
    name: String,
    url: String,
    hash: String,
    content_type: &'static str,
    body: Bytes,
}

impl Asset {
    /// `stem.hash.extension`, by the first 64 bits of the content's SHA-256.
    fn new(stem: &str, extension: &str, content_type: &'static str, body: Bytes) -> Self {
        let mut hash = String::new();
        for byte in digest(&SHA256, &body).as_ref().iter().take(8) {
            // Writing to a String cannot fail.
            let _ = write!(hash, "{byte:02x}");
        }
        let name = format!("{stem}.{hash}.{extension}");
        let url = format!("/assets/{name}");
        Self { name, url, hash, content_type, body }
    }

    fn script(stem: &str, script: &str) -> Self {
        Self::new(stem, "js", SCRIPT, lean_script(script).into())
    }

    /// A stylesheet that was made at the start.
    pub(super) fn stylesheet(stem: &str, css: String) -> Self {
        Self::new(stem, "css", CSS, css.into())
    }

    /// A picture of the operator.
    pub(super) fn of_logo(stem: &str, logo: &Logo) -> Self {
        let format = logo.format();
        Self::new(stem, format.extension(), format.media_type(), Bytes::copy_from_slice(logo.content()))
    }

    /// The last part of its address.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The hash of its content.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// The content.
    pub(super) fn bytes(&self) -> Bytes {
        self.body.clone()
    }

    /// What it is.
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// Path with the content's hash in it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The content, where it is text.
    #[must_use]
    pub fn body(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_default()
    }
}

pub(super) const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

static STYLESHEET: LazyLock<Asset> = LazyLock::new(|| Asset::stylesheet("app", lean(palette::STYLESHEET)));
static ADMIN_STYLESHEET: LazyLock<Asset> = LazyLock::new(|| {
    Asset::stylesheet("admin", lean(include_str!("../../../../web-templates/assets/admin.css")))
});
static APP_SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("app", include_str!("../../../../web-templates/assets/app.js")));
static FORM_POST_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let body = include_str!("../../../../web-templates/assets/form-post.js");
    Asset::script("form-post", body)
});
static STRENGTH_SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("strength", include_str!("../../../../web-templates/assets/strength.js")));
static WORK_SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("work", include_str!("../../../../web-templates/assets/work.js")));
static PASSKEY_SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("passkey", include_str!("../../../../web-templates/assets/passkey.js")));
static FAVICON: LazyLock<Asset> = LazyLock::new(|| {
    let body = include_str!("../../../../web-templates/assets/favicon.svg");
    Asset::new("favicon", "svg", "image/svg+xml", Bytes::from_static(body.as_bytes()))
});

/// A stylesheet without what is there for those who write it: comments, indentation and empty lines.
fn lean(css: &str) -> String {
    let (mut kept, mut rest) = (String::new(), css);
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The same of a script. None of ours has a text of several lines.
fn lean_script(script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The stylesheet of every page.
#[must_use]
pub fn stylesheet() -> &'static Asset {
    &STYLESHEET
}

/// What only the pages of administrators need beside it.
#[must_use]
pub fn admin_stylesheet() -> &'static Asset {
    &ADMIN_STYLESHEET
}

/// The script of every page; all work without it.
#[must_use]
pub fn app_script() -> &'static Asset {
    &APP_SCRIPT
}

/// The script that sends a `response_mode=form_post` answer on.
#[must_use]
pub fn form_post_script() -> &'static Asset {
    &FORM_POST_SCRIPT
}

/// The script that comments on a new password while it is typed.
#[must_use]
pub fn strength_script() -> &'static Asset {
    &STRENGTH_SCRIPT
}

/// The script that solves the puzzle of a login form.
#[must_use]
pub fn work_script() -> &'static Asset {
    &WORK_SCRIPT
}

/// The script that asks the browser for passkeys.
#[must_use]
pub fn passkey_script() -> &'static Asset {
    &PASSKEY_SCRIPT
}

/// The icon of the browser tab.
#[must_use]
pub fn favicon() -> &'static Asset {
    &FAVICON
}

/// The asset of exactly this name, hash included.
#[must_use]
pub fn find(name: &str) -> Option<&'static Asset> {
    all().into_iter().find(|asset| asset.name == name)
}

/// Every one of them; a page names those that it uses.
#[must_use]
pub fn all() -> [&'static Asset; 8] {
    [
        stylesheet(),
        admin_stylesheet(),
        app_script(),
        form_post_script(),
        strength_script(),
        work_script(),
        passkey_script(),
        favicon(),
    ]
}

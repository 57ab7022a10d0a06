//! A small real site on the resource-sdk, as a site's developer would write it: a public page, a page
//! for members that the server renders, and a page whose script calls the site's own API. It owns no
//! protocol: signing in, verifying and refreshing are the SDK's.

mod api;
mod assets;
mod config;
mod face;
mod facts;
mod happenings;
mod language;
mod pages;
mod payout;
mod security_headers;
mod server;
mod trace;
mod words;

pub use config::{Secret, SiteConfig};
pub use face::Face;
pub use server::{SiteError, run, run_on};

//! What a request is made of: the browser that sent it, its cookies and forms, and how it fails. Knows no endpoint.

pub mod attribute_form;
pub mod browser_request;
pub mod cookies;
pub mod failure;
pub mod form;
pub mod language;
pub mod page_form;
pub mod route;
pub mod unread_body;
pub mod upload;

pub use browser_request::BrowserRequest;
pub use failure::ApiFailure;
pub use page_form::{PageForm, SentFrom};

//! The page that carries an authorization response to the client by POST (OAuth 2.0 Form Post
//! Response Mode). A script sends it at once; without script there is a button.

use askama::Template;

use super::{ClientLabel, Layout, LinkUri, Message, Page, Part, Value, assets};

/// Sends `fields` to the client.
///
/// Answer with [`PageSecurity::forms_may_reach`](super::PageSecurity::forms_may_reach) of the same
/// address, or the browser refuses to post.
#[derive(Debug, Template)]
#[template(path = "form_post.html")]
pub struct FormPostPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The client that gets the answer.
    pub client: ClientLabel,
    /// The redirect URI, already matched to the client.
    pub redirect_uri: LinkUri,
    /// The parameters of the response in order, values as they are.
    pub fields: Vec<(&'a str, &'a str)>,
}

impl Page for FormPostPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl FormPostPage<'_> {
    fn heading(&self) -> Message<'_> {
        self.layout.message("form-post-heading", &[("client", Value::Name(&self.client.name))])
    }
}

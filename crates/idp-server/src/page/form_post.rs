//! The page that carries an authorization response to the client by POST (OAuth 2.0 Form Post
//! Response Mode). A script sends it at once; without script there is a button.

use askama::Template;

use super::{ClientLabel, Language, Layout, LinkUri, Message, Part, assets};

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

impl FormPostPage<'_> {
    fn words(&self) -> &'static Words {
        match self.layout.language {
            Language::English => &ENGLISH,
        }
    }

    fn heading(&self) -> Message<'_> {
        Message::with(self.words().heading, &[("client", &self.client.name)])
    }
}

/// All words of the page in one language.
struct Words {
    title: &'static str,
    heading: &'static str,
    lead: &'static str,
    submit: &'static str,
}

static ENGLISH: Words = Words {
    title: "Returning",
    heading: "Returning to {client}",
    lead: "If nothing happens within a few seconds, press Continue.",
    submit: "Continue",
};

//! "Add a second step": leads a person to a second factor that they have to set up before they go on.

use askama::Template;
use idp_core::authentication::AskedBy;

use super::{ClientLabel, DisplayText, FormSeal, Layout, Message, Page, Part, Value, action};

/// Says who asks for a second factor, and offers those that there are.
#[derive(Debug, Template)]
#[template(path = "enrol.html")]
pub struct EnrolPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the person is going; `None` when they came to the provider itself.
    pub client: Option<ClientLabel>,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account.
    pub account: DisplayText,
    /// Who asks for it.
    pub asked_by: AskedBy,
    /// Until when it may be put off, as it is shown; `None` when it may not.
    pub may_wait_until: Option<String>,
    /// Where an authenticator app is added: a path of ours and its query; `None` where there are none.
    pub add_totp: Option<&'a str>,
    /// Where a passkey is.
    pub add_passkey: Option<&'a str>,
    /// Whether "cancel" can answer the client.
    pub may_cancel: bool,
}

impl Page for EnrolPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl EnrolPage<'_> {
    fn lead(&self) -> Message<'_> {
        match (&self.client, self.asked_by) {
            (Some(client), AskedBy::Client) => {
                self.layout.message("enrol-lead-client", &[("client", Value::Name(&client.name))])
            }
            (_, AskedBy::Client | AskedBy::Installation) => {
                self.layout.message("enrol-lead", &[("provider", Value::Name(&self.layout.provider))])
            }
        }
    }

    fn wait(&self) -> Option<Message<'static>> {
        let date = self.may_wait_until.clone()?;
        Some(self.layout.message("enrol-wait", &[("date", Value::Words(date.into()))]))
    }
}

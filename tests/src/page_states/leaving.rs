//! The pages on the way out.

use super::account::{DONE, PARTLY};
use super::{Look, PageState, state};
use idp_server::page::{LoggedOutPage, LogoutPage, Receipt};

pub(super) fn states() -> Vec<PageState> {
    vec![
        state("logout", |look| LogoutPage { client: Some(look.client()), ..logout(look) }),
        state("logout-alone", logout),
        state("logged-out", |look| logged_out(look, None)),
        state("logged-out-everywhere", |look| logged_out(look, Some(DONE))),
        state("logged-out-partly", |look| logged_out(look, Some(PARTLY))),
    ]
}

fn logout(look: &Look) -> LogoutPage<'static> {
    LogoutPage { layout: look.layout(), client: None, seal: look.seal(), account: look.account() }
}

fn logged_out(look: &Look, receipt: Option<Receipt>) -> LoggedOutPage {
    LoggedOutPage { layout: look.layout(), receipt }
}

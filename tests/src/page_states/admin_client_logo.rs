//! The page of administrators for the logo of a client.

use super::admin::nav;
use super::{Look, PageState, state};
use idp_core::logo::UnfitLogo;
use idp_server::page::admin::{AdminClientLogoPage, AdminProblem, AdminRoom};

pub(super) fn states() -> Vec<PageState> {
    let refused =
        |name, problem| state(name, move |look| AdminClientLogoPage { problem: Some(problem), ..logo(look) });
    vec![
        state("admin-client-logo", logo),
        state("admin-client-logo-none", |look| AdminClientLogoPage { client: look.client(), ..logo(look) }),
        refused("admin-client-logo-missing", AdminProblem::NoFile),
        refused("admin-client-logo-large", AdminProblem::Logo(UnfitLogo::TooLarge)),
        refused("admin-client-logo-pixels", AdminProblem::Logo(UnfitLogo::Pixels)),
        refused("admin-client-logo-format", AdminProblem::Logo(UnfitLogo::Format)),
        refused("admin-client-logo-active", AdminProblem::Logo(UnfitLogo::ActiveSvg)),
        refused("admin-client-logo-stale", AdminProblem::ChangedMeanwhile),
        refused("admin-client-logo-permission", AdminProblem::NotPermitted),
    ]
}

fn logo(look: &Look) -> AdminClientLogoPage<'static> {
    AdminClientLogoPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Clients),
        seal: look.seal(),
        client: look.client_with_logo(),
        problem: None,
        back: "/admin/clients",
    }
}

//! The first page of administrators: what needs attention, and the pictures.

use super::admin::nav;
use super::{Look, PageState, state};
use idp_server::page::DisplayText;
use idp_server::page::admin::picture::{Bar, Moment, TimeChart, share};
use idp_server::page::admin::{
    AdminNav, AdminOverviewPage, AdminRoom, Attention, DeliveryPicture, SignInPicture, SitePicture,
};

pub(super) fn states() -> Vec<PageState> {
    vec![
        state("admin-overview", |look| overview(look, Vec::new())),
        state("admin-overview-attention", |look| {
            let all = [
                Attention::OneFactor,
                Attention::NoNextKey,
                Attention::KeyRotatesSoon(5),
                Attention::MailsGivenUp(100),
                Attention::ClientsNotTold(1),
                Attention::SignOutsGivenUp(2),
                Attention::FollowersAway(2),
                Attention::SitesStale(1),
                Attention::AuditWebhookFails {
                    since: look.ago(7200),
                    reason: DisplayText::reason(look.names.scope),
                },
            ];
            overview(look, all.into())
        }),
        state("admin-overview-auditor", |look| AdminOverviewPage {
            nav: AdminNav { rooms: vec![AdminRoom::Overview], here: AdminRoom::Overview },
            ..overview(look, Vec::new())
        }),
        state("admin-overview-pictures", |look| pictures(look, false)),
        state("admin-overview-month", |look| pictures(look, true)),
        state("admin-overview-nothing-yet", |look| AdminOverviewPage {
            sign_ins: Some(SignInPicture { chart: chart(look, 24, 0), is_month: false }),
            sites: Some(SitePicture { bars: Vec::new(), counted: None }),
            deliveries: Some(DeliveryPicture { waiting: Vec::new(), behind: Vec::new() }),
            ..overview(look, Vec::new())
        }),
    ]
}

fn overview(look: &Look, attention: Vec<Attention>) -> AdminOverviewPage {
    AdminOverviewPage {
        layout: look.layout(),
        nav: nav(AdminRoom::Overview),
        account: look.account(),
        attention,
        sign_ins: None,
        sites: None,
        keys: None,
        deliveries: None,
    }
}

fn chart(look: &Look, count: u64, most: u64) -> TimeChart {
    let moment = |place: u64| Moment {
        when: look.ago(3600 * i64::try_from(count - place).unwrap_or_default()).exact(),
        above: most * (place % 7) / 6,
        below: most * (place % 5 / 4) / 9,
    };
    TimeChart { moments: (0..count).map(moment).collect() }
}

fn bars(look: &Look, count: u64) -> Vec<Bar> {
    let bar = |place: u64| Bar {
        name: DisplayText::name(look.names.client),
        count: 1234 / place,
        share: share(1234 / place, 1234),
    };
    (1..=count).map(bar).collect()
}

fn pictures(look: &Look, is_month: bool) -> AdminOverviewPage {
    AdminOverviewPage {
        sign_ins: Some(SignInPicture { chart: chart(look, if is_month { 30 } else { 24 }, 3421), is_month }),
        sites: Some(SitePicture { bars: bars(look, 5), counted: Some(look.ago(1200)) }),
        keys: Some(super::admin_operation::ring(look, true)),
        deliveries: Some(DeliveryPicture { waiting: bars(look, 2), behind: bars(look, 1) }),
        ..overview(look, Vec::new())
    }
}

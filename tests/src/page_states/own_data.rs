//! The pages about a person's own data: profile, picture, the copy of it, and its end.

use super::{Look, PageState, admin_attributes, state};
use idp_core::user::attribute::UnfitValue;
use idp_core::user::{PROFILE_FIELDS, UnfitClaim};
use idp_server::page::{
    AccountDeletedPage, DeleteAccountPage, DeletionRefusal, DisplayText, ExportPage, KeepAccountPage,
    PicturePage, PictureProblem, PictureReceipt, ProfileField, ProfileNotice, ProfilePage, TypedText,
};
use idp_server::words::Language;

pub(super) fn states() -> Vec<PageState> {
    let problem =
        |name, problem| state(name, move |look| PicturePage { problem: Some(problem), ..picture(look) });
    vec![
        state("profile", |look| profile(look, None)),
        state("profile-saved", |look| profile(look, Some(ProfileNotice::Saved))),
        state("profile-same", |look| profile(look, Some(ProfileNotice::Same))),
        state("profile-unfit", |look| profile(look, Some(ProfileNotice::Unfit))),
        state("profile-stale", |look| profile(look, Some(ProfileNotice::Stale))),
        state("profile-kept", kept),
        state("profile-with-picture", |look| ProfilePage {
            picture: Some(look.picture()),
            ..profile(look, None)
        }),
        state("picture", picture),
        state("picture-elsewhere", |look| PicturePage { is_of_elsewhere: true, ..picture(look) }),
        state("picture-set", |look| PicturePage {
            picture: Some(look.picture()),
            receipt: Some(PictureReceipt::Set),
            ..picture(look)
        }),
        state("picture-removed", |look| PicturePage {
            receipt: Some(PictureReceipt::Removed),
            ..picture(look)
        }),
        problem("picture-missing", PictureProblem::Missing),
        problem("picture-unreadable", PictureProblem::Unreadable),
        problem("picture-too-large", PictureProblem::TooLarge),
        problem("picture-busy", PictureProblem::Busy),
        problem("picture-throttled", PictureProblem::Throttled { retry_after_seconds: 60 }),
        state("export", |look| ExportPage {
            layout: look.layout(),
            seal: look.seal(),
            account: look.account(),
        }),
        state("delete", |look| delete(look, true, None)),
        state("delete-unticked", |look| delete(look, true, Some(DeletionRefusal::Unticked))),
        state("delete-last-administrator", |look| {
            delete(look, true, Some(DeletionRefusal::LastAdministrator))
        }),
        state("delete-at-once", |look| delete(look, false, None)),
        state("deleted", |look| AccountDeletedPage { layout: look.layout(), due: None }),
        state("deleted-later", |look| AccountDeletedPage { layout: look.layout(), due: Some(due(look)) }),
        state("keep-account", |look| KeepAccountPage {
            layout: look.layout(),
            seal: look.seal(),
            account: look.account(),
            deleted_on: due(look),
        }),
    ]
}

fn due(look: &Look) -> DisplayText {
    DisplayText::name(&look.language.date(super::NOW.plus(14 * 24 * 60 * 60)))
}

fn profile(look: &Look, notice: Option<ProfileNotice>) -> ProfilePage<'static> {
    let field = |name| field(look, name, notice);
    ProfilePage {
        layout: look.layout(),
        seal: look.seal(),
        account: look.account(),
        picture: None,
        may_change_picture: true,
        notice,
        languages: Language::all().collect(),
        fields: PROFILE_FIELDS.map(field).into(),
        attributes: match notice {
            Some(ProfileNotice::Unfit) => admin_attributes::fields(look, true, Some(UnfitValue::NoChoice)),
            _ => admin_attributes::fields(look, true, None),
        },
    }
}

fn field(look: &Look, name: &'static str, notice: Option<ProfileNotice>) -> ProfileField {
    let (value, problem) = match name {
        "name" => (look.names.account, None),
        "given_name" => ("Alice", Some(UnfitClaim::TooLong(String::new()))),
        "nickname" => ("Al\u{7f}", Some(UnfitClaim::ControlCharacter(String::new()))),
        "birthdate" => ("12.4.1990", Some(UnfitClaim::Form("birthdate", ""))),
        "website" => ("example.org", Some(UnfitClaim::Form("website", ""))),
        "locale" => (look.language.tag(), Some(UnfitClaim::Form("locale", ""))),
        "zoneinfo" => ("Berlin", Some(UnfitClaim::Form("zoneinfo", ""))),
        "address.street_address" => ("1 High Street\nStairs B", Some(UnfitClaim::TooLong(String::new()))),
        _ => ("", None),
    };
    let is_stale = notice == Some(ProfileNotice::Stale);
    let stored = match name {
        "name" => Some(DisplayText::name(look.names.client)),
        "website" => Some(DisplayText::default()),
        "locale" => Some(DisplayText::name(&look.text("en"))),
        "address.street_address" => Some(DisplayText::name(&look.text("2 High Street"))),
        _ => None,
    };
    ProfileField {
        name,
        value: TypedText::lines(&look.text(value)),
        problem: problem.filter(|_| notice == Some(ProfileNotice::Unfit)),
        stored: stored.filter(|_| is_stale),
        is_editable: true,
    }
}

/// The operator looks after most of it.
fn kept(look: &Look) -> ProfilePage<'static> {
    let whole = profile(look, None);
    let is_own = |field: &ProfileField| ["nickname", "zoneinfo"].contains(&field.name);
    let fields = whole.fields.into_iter().map(|field| ProfileField { is_editable: is_own(&field), ..field });
    let attributes = admin_attributes::fields(look, false, None);
    ProfilePage { may_change_picture: false, fields: fields.collect(), attributes, ..whole }
}

fn picture(look: &Look) -> PicturePage<'static> {
    PicturePage {
        layout: look.layout(),
        seal: look.seal(),
        account: look.account(),
        picture: None,
        is_of_elsewhere: false,
        receipt: None,
        problem: None,
    }
}

fn delete(look: &Look, is_later: bool, refused: Option<DeletionRefusal>) -> DeleteAccountPage<'static> {
    DeleteAccountPage {
        layout: look.layout(),
        seal: look.seal(),
        account: look.account(),
        due: is_later.then(|| due(look)),
        refused,
    }
}

//! The pages about a person's own data filled with samples, for the tests.

#![allow(clippy::unwrap_used)]

use idp_core::user::{PROFILE_FIELDS, UnfitClaim};

use super::samples_for_tests::{Sample, seal};
use super::*;
use crate::words::Language;

/// What a person does with their own data.
pub fn own(sample: Sample<'_>) -> Vec<(&'static str, String)> {
    let Sample { text, carried, .. } = sample;
    let account = || DisplayText::name(text);
    let date = || DisplayText::name("2026");
    let notices = [
        ("profile", None),
        ("profile saved", Some(ProfileNotice::Saved)),
        ("profile same", Some(ProfileNotice::Same)),
        ("profile unfit", Some(ProfileNotice::Unfit)),
        ("profile stale", Some(ProfileNotice::Stale)),
    ];
    let mut pages: Vec<_> =
        notices.into_iter().map(|(name, notice)| (name, profile(sample, notice, true))).collect();
    pages.push(("profile kept", profile(sample, None, false)));
    let problems = [
        ("picture", None),
        ("picture missing", Some(PictureProblem::Missing)),
        ("picture unreadable", Some(PictureProblem::Unreadable)),
        ("picture too large", Some(PictureProblem::TooLarge)),
        ("picture busy", Some(PictureProblem::Busy)),
        ("picture throttled", Some(PictureProblem::Throttled { retry_after_seconds: 60 })),
    ];
    pages.extend(problems.map(|(name, problem)| (name, picture(sample, None, problem))));
    for (name, receipt) in
        [("picture set", PictureReceipt::Set), ("picture removed", PictureReceipt::Removed)]
    {
        pages.push((name, picture(sample, Some(receipt), None)));
    }
    let export = ExportPage { layout: sample.layout(), seal: seal(carried), account: account() };
    let delete = |due, is_unticked| {
        let (layout, seal) = (sample.layout(), seal(carried));
        DeleteAccountPage { layout, seal, account: account(), due, is_unticked }.render().unwrap()
    };
    let deleted = |due| AccountDeletedPage { layout: sample.layout(), due }.render().unwrap();
    let (layout, seal) = (sample.layout(), seal(carried));
    let keep = KeepAccountPage { layout, seal, account: account(), deleted_on: date() };
    pages.extend([
        ("export", export.render().unwrap()),
        ("delete", delete(Some(date()), false)),
        ("delete at once", delete(None, false)),
        ("delete unticked", delete(Some(date()), true)),
        ("deleted", deleted(None)),
        ("deleted later", deleted(Some(date()))),
        ("keep", keep.render().unwrap()),
    ]);
    pages
}

fn profile(sample: Sample<'_>, notice: Option<ProfileNotice>, is_editable: bool) -> String {
    let Sample { text, carried, .. } = sample;
    let field = |name| ProfileField {
        name,
        value: TypedText::new(text),
        problem: (notice == Some(ProfileNotice::Unfit)).then_some(match name {
            "birthdate" | "zoneinfo" | "locale" | "website" => UnfitClaim::Form(name, ""),
            "nickname" => UnfitClaim::ControlCharacter(String::new()),
            _ => UnfitClaim::TooLong(String::new()),
        }),
        stored: (notice == Some(ProfileNotice::Stale))
            .then(|| DisplayText::name(if name == "gender" { "" } else { text })),
        is_editable,
    };
    let page = ProfilePage {
        layout: sample.layout(),
        seal: seal(carried),
        account: DisplayText::name(text),
        picture: Some(PictureLink::new("AAAAAAAAAAAAAAAAAAAAAA")),
        may_change_picture: true,
        notice,
        languages: Language::all().collect(),
        fields: PROFILE_FIELDS.map(field).into(),
    };
    page.render().unwrap()
}

fn picture(sample: Sample<'_>, receipt: Option<PictureReceipt>, problem: Option<PictureProblem>) -> String {
    let page = PicturePage {
        layout: sample.layout(),
        seal: seal(sample.carried),
        account: DisplayText::name(sample.text),
        picture: problem.is_none().then(|| PictureLink::new("AAAAAAAAAAAAAAAAAAAAAA")),
        is_of_elsewhere: problem.is_some(),
        receipt,
        problem,
    };
    page.render().unwrap()
}

//! The letters of the demonstration.

use super::links::address;
use super::{Look, PageState, state};
use idp_server::page::{DisplayText, InboxPage, LinkUri, ListedLetter};
use uuid::Uuid;

const LINK: &str =
    "https://login.example.com/reset-password?link=ml.0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

pub(super) fn states() -> Vec<PageState> {
    vec![
        state("inbox", |look| inbox(look, 3)),
        state("inbox-none", |look| InboxPage { layout: look.layout(), letters: vec![] }),
    ]
}

/// As a letter holds it.
fn line(text: &str) -> DisplayText {
    DisplayText::reason(text)
}

fn inbox(look: &Look, letters: u8) -> InboxPage {
    let letter = |number: u8| ListedLetter {
        id: Uuid::from_u128(number.into()),
        to: DisplayText::name(&address(look)),
        at: look.ago(i64::from(number) * 4000 + 20),
        language: look.language,
        subject: DisplayText::name(look.names.provider),
        text: format!(
            "{}\n\n{}\n\n{LINK}\n\n{}",
            line(look.names.account),
            line(look.names.device),
            line(look.names.place)
        ),
        link: LinkUri::new(LINK),
    };
    InboxPage { layout: look.layout(), letters: (0..letters).map(letter).collect() }
}

//! Where the site pays a person: something that a thief of an open session would change first. Reading it takes a sign-in, changing
//! and deleting it one of the last minute. It is kept in memory, as nobody is paid here.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use actix_web::{
    HttpResponse,
    http::header::LOCATION,
    web::{self, Data, Json, Query, ServiceConfig},
};
use resource_sdk::{
    Demand,
    actix::SteppedUpBearer,
    sign_in::{AccountKey, SignedIn, SteppedUpForm},
};
use serde::{Deserialize, Serialize};

use crate::pages::{self, Frame};

const PATH: &str = "/payout";
/// The most people whose details are kept.
const MOST: usize = 100;

/// The person signed in within the last minute.
pub(crate) struct JustNow;

impl Demand for JustNow {
    const MAX_AGE: Option<u32> = Some(60);
}

/// An account, as its holder wrote it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Payout {
    pub(crate) holder: String,
    pub(crate) account: String,
    #[serde(default)]
    pub(crate) note: String,
}

/// The details of everybody.
#[derive(Default)]
pub(crate) struct Payouts(Mutex<HashMap<AccountKey, Payout>>);

/// What was done just now.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Done {
    Saved,
    Deleted,
}

#[derive(Deserialize)]
struct Asked {
    done: Option<Done>,
}

#[derive(Deserialize)]
struct Nothing {}

/// The routes of the page.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route(PATH, web::get().to(show))
        .route(PATH, web::post().to(save))
        .route("/payout/delete", web::post().to(delete));
}

async fn show(
    person: SignedIn,
    frame: Frame,
    payouts: Data<Payouts>,
    asked: Option<Query<Asked>>,
) -> HttpResponse {
    let done = asked.and_then(|asked| asked.done);
    pages::payout(frame, payouts.of(&person.account()), done, person.csrf_token())
}

async fn save(sent: SteppedUpForm<JustNow, Payout>, payouts: Data<Payouts>) -> HttpResponse {
    payouts.keep(sent.person.account(), sent.form);
    see("/payout?done=saved")
}

async fn delete(sent: SteppedUpForm<JustNow, Nothing>, payouts: Data<Payouts>) -> HttpResponse {
    payouts.delete(&sent.person.account());
    see("/payout?done=deleted")
}

/// The same for the page's script.
pub(crate) async fn api(bearer: SteppedUpBearer<JustNow>, payouts: Data<Payouts>) -> Json<Option<Payout>> {
    let account = AccountKey { issuer: bearer.issuer().to_owned(), subject: bearer.subject().to_owned() };
    Json(payouts.of(&account))
}

fn see(path: &'static str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, path)).finish()
}

impl Payouts {
    fn of(&self, account: &AccountKey) -> Option<Payout> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned()
    }

    /// With one more than there is room for, another person's go.
    fn keep(&self, account: AccountKey, payout: Payout) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let surplus = kept.keys().find(|other| **other != account).filter(|_| kept.len() >= MOST).cloned();
        if let Some(other) = surplus {
            kept.remove(&other);
        }
        kept.insert(account, payout);
    }

    fn delete(&self, account: &AccountKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: usize) -> AccountKey {
        AccountKey { issuer: "https://idp.example".to_owned(), subject: number.to_string() }
    }

    #[test]
    fn details_are_kept_for_each_and_for_so_many() {
        let payouts = Payouts::default();
        for number in 0..MOST + 5 {
            payouts.keep(account(number), Payout { holder: number.to_string(), ..Payout::default() });
            assert_eq!(payouts.of(&account(number)).unwrap_or_default().holder, number.to_string());
        }
        let kept = (0..MOST + 5).filter(|number| payouts.of(&account(*number)).is_some()).count();
        assert_eq!(kept, MOST);
        payouts.delete(&account(MOST + 4));
        assert!(payouts.of(&account(MOST + 4)).is_none());
    }
}

//! The authenticator app on a person's phone, and the paper with their recovery codes.

use crate::{Answer, TestIdp};
use idp_core::totp::{TotpCredential, TotpSecret, step_at};
use idp_server::db::{Locks, totp_credentials};
use idp_server::random;
use uuid::Uuid;

/// An app with one secret.
#[derive(Clone, Debug)]
pub struct Authenticator {
    secret: TotpSecret,
}

impl Authenticator {
    /// With the secret that a page shows, in groups of letters.
    #[must_use]
    pub fn typed(secret: &str) -> Self {
        let letters: String = secret.split_whitespace().collect();
        Self { secret: TotpSecret::parse(&letters).unwrap_or_else(|| panic!("no secret: {secret}")) }
    }

    /// With the secret that the page of a new app shows.
    #[must_use]
    pub fn scanning(page: &Answer) -> Self {
        let shown =
            page.body.split("id=\"totp-secret\"").nth(1).and_then(|rest| rest.split(['>', '<']).nth(1));
        Self::typed(shown.unwrap_or_else(|| panic!("no secret: {} {}", page.status, page.body)))
    }

    /// One that `user` has added already, without the page for it.
    pub async fn of(idp: &TestIdp, user: Uuid, name: &str) -> Self {
        let secret = TotpSecret::generate(&mut random::rng());
        let now = idp.clock.now();
        let app = TotpCredential {
            id: random::new_id(now),
            user,
            name: name.to_owned(),
            sealed_secret: idp.app.seals().totp_secret.close(&secret, &user.to_string()).unwrap(),
            last_step: 0,
            created_at: now,
            last_used_at: None,
        };
        let added =
            move |connection: &mut idp_server::db::Connection| totp_credentials::insert(connection, &app);
        idp.db.write(Locks::person(user), added).await.unwrap();
        Self { secret }
    }

    /// What it shows at the time of the story.
    #[must_use]
    pub fn code(&self, idp: &TestIdp) -> String {
        self.code_after(idp, 0)
    }

    /// What it shows so many steps later, or earlier.
    #[must_use]
    pub fn code_after(&self, idp: &TestIdp, steps: i64) -> String {
        self.secret.code(step_at(idp.clock.now()) + steps).as_str().to_owned()
    }

    /// A code that is none of this time.
    #[must_use]
    pub fn wrong_code(&self, idp: &TestIdp) -> String {
        let right: Vec<String> = (-1..=1).map(|steps| self.code_after(idp, steps)).collect();
        let mut codes = (0..9).map(|digit| digit.to_string().repeat(6));
        codes.find(|code| !right.contains(code)).unwrap()
    }
}

/// The recovery codes that a page shows, in its order.
#[must_use]
pub fn recovery_codes(page: &Answer) -> Vec<String> {
    let list = page.body.split("id=\"recovery-codes\"").nth(1).and_then(|rest| rest.split("</ol>").next());
    let list = list.unwrap_or_else(|| panic!("no codes: {} {}", page.status, page.body));
    list.split("<code>").skip(1).filter_map(|rest| rest.split('<').next()).map(str::to_owned).collect()
}

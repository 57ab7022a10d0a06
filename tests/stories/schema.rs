//! What the tables themselves hold to, on the database of this run: which words a column takes, what goes with a row that
//! is removed, and what stays.

use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types::Text};
use idp_core::authentication::{Acr, Factor, Proofs};
use idp_core::color::Color;
use idp_core::device::{Device, DeviceKind, DeviceName};
use idp_core::grant::{Grant, RefreshState};
use idp_core::logo::Logo;
use idp_core::mail_address::MailAddress;
use idp_core::mail_link::{LinkPurpose, MailLink};
use idp_core::passkey::Passkey;
use idp_core::recovery_code::StoredRecoveryCode;
use idp_core::revocation::Revoked;
use idp_core::scope::Scope;
use idp_core::secret::{Secret, SecretHash, SecretKind};
use idp_core::session::{EndCause, Session};
use idp_core::throttle::Bucket;
use idp_core::time::UnixTime;
use idp_core::totp::TotpCredential;
use idp_core::user::{KnownAddress, SecondFactorDuty, StandardClaims, User, UserStatus};
use idp_core::username::Username;
use idp_core::web_link::WebLink;
use idp_server::config::DatabaseUrl;
use idp_server::db::audit_events::{self, AuditContext, AuditEvent};
use idp_server::db::feed_acknowledgements as acknowledgements;
use idp_server::db::logout_deliveries::{self as deliveries, EndingSessions};
use idp_server::db::mails::NewMail;
use idp_server::db::pictures::StoredPicture;
use idp_server::db::registration_links::{LinkKind, StoredLink};
use idp_server::db::revocations::NewEntries;
use idp_server::db::{
    Connection, Db, DbError, client_logos, clients, consents, denied_tokens, device_names, devices, grants,
    mail_addresses, mail_links, mails, passkeys, password_credentials as passwords, pictures, recovery_codes,
    redis_continuity, registration_links, revocations, sessions, signing_keys, throttles, totp_credentials,
    users,
};
use idp_server::random;
use idp_tests::ClientSpec;
use idp_tests::backend::Backend;
use idp_tests::postgres::PostgresServer;
use tempfile::TempDir;

const NOW: UnixTime = UnixTime(1_700_000_000);

/// A database of its own of the kind of this run.
pub struct Database {
    pub folder: TempDir,
    /// Its URL; the file in `folder` when there is none.
    pub url: Option<String>,
}

impl Database {
    /// An empty one, not even migrated.
    pub fn empty(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match Backend::of_this_run() {
            Backend::Sqlite => None,
            _ => Some(PostgresServer::shared().create_database(&format!("schema_{name}"))),
        };
        std::fs::write(folder.path().join("idp.db"), "").unwrap();
        Self { folder, url }
    }

    pub fn open(&self) -> Result<Db, DbError> {
        match &self.url {
            Some(url) => Db::connect(&DatabaseUrl::from(url.as_str()), 3),
            None => Db::open(&self.folder.path().join("idp.db")),
        }
    }
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// What a query with one column called `word` answers.
fn words(connection: &mut Connection, query: &str) -> Result<Vec<String>, DbError> {
    let rows: Vec<Word> = match connection {
        Connection::Sqlite(file) => sql_query(query).load(file)?,
        Connection::Postgres(server) => sql_query(query).load(server)?,
    };
    Ok(rows.into_iter().map(|row| row.word).collect())
}

pub async fn ask(db: &Db, query: &str) -> Vec<String> {
    let query = query.to_owned();
    db.read(move |connection| words(connection, &query)).await.unwrap()
}

pub async fn execute(db: &Db, statement: &str) -> Result<usize, DbError> {
    let statement = statement.to_owned();
    db.write(idp_server::db::Locks::installation(), move |connection| {
        Ok(match connection {
            Connection::Sqlite(file) => sql_query(statement).execute(file)?,
            Connection::Postgres(server) => sql_query(statement).execute(server)?,
        })
    })
    .await
}

/// A row of each table that belongs together.
pub struct Rows {
    user: User,
    device: Device,
    session: Session,
    app: TotpCredential,
    code: StoredRecoveryCode,
    passkey: Passkey,
    client: ClientSpec,
    grant: Grant,
}

fn secret(kind: SecretKind) -> SecretHash {
    Secret::generate(kind, &mut random::rng()).hash()
}

fn logo() -> Logo {
    Logo::parse("<svg></svg>".into()).unwrap()
}

impl Rows {
    fn new() -> Self {
        let user = User {
            id: random::new_id(NOW),
            username: Username::parse("alice").unwrap(),
            status: UserStatus::Active,
            not_before: NOW,
            claims: StandardClaims {
                name: Some("Ålice \"A\"".to_owned()),
                email: Some("Ålice@example.com".to_owned()),
                email_verified: Some(true),
                ..StandardClaims::default()
            },
            created_at: NOW,
            second_factor: SecondFactorDuty::default(),
        };
        let device = Device {
            id: random::new_id(NOW),
            kind: DeviceKind::Tablet,
            browser: Some("Firefox".to_owned()),
            system: None,
            name: DeviceName::typed("书房 \"A\""),
            created_at: NOW,
            last_seen_at: NOW,
        };
        let session = Session {
            sid: random::new_id(NOW),
            user: user.id,
            proofs: Proofs::of(Factor::Password, NOW),
            created_at: NOW,
            last_seen_at: NOW,
            device: Some(device.id),
            address: Some("2001:db8::7".to_owned()),
            ended: None,
        };
        let app = TotpCredential {
            id: random::new_id(NOW),
            user: user.id,
            name: "手机 \"A\"".to_owned(),
            sealed_secret: "sealed".to_owned(),
            last_step: 56_666_666,
            created_at: NOW,
            last_used_at: Some(NOW),
        };
        let passkey = idp_tests::passkey::sample(user.id, "手机 \"A\"");
        let mut client = ClientSpec::confidential("site-a");
        let uri =
            idp_core::backchannel::BackchannelLogoutUri::parse("https://site-a.example/logout").unwrap();
        client.client.metadata.backchannel_logout_uri = Some(uri);
        client.client.metadata.backchannel_logout_session_required = true;
        client.client.metadata.client_uri = WebLink::parse("https://site-a.example/").ok();
        client.client.metadata.policy_uri = WebLink::parse("https://site-a.example/privacy").ok();
        client.client.metadata.tos_uri = WebLink::parse("https://site-a.example/terms").ok();
        client.client.metadata.color = Color::parse("#0b6e80").ok();
        client.client.logo = Some(logo().name());
        let grant = Grant {
            id: random::new_id(NOW),
            user: user.id,
            sid: session.sid,
            client_id: client.client.id.clone(),
            scope: Scope::parse("openid profile").unwrap(),
            claims: Default::default(),
            proofs: Proofs::of(Factor::Password, NOW.plus(-5)),
            acr: Acr::parse("urn:example:bronze").unwrap(),
            created_at: NOW,
            expires_at: NOW.plus(1000),
            refresh: Some(RefreshState {
                current: secret(SecretKind::Session),
                generation: 0,
                issued_at: NOW,
                predecessor: None,
            }),
            ended: None,
        };
        let code = StoredRecoveryCode {
            id: random::new_id(NOW),
            user: user.id,
            set: random::new_id(NOW),
            hash: "$argon2id$hash".to_owned(),
            created_at: NOW,
            used_at: Some(NOW.plus(5)),
        };
        Self { user, device, session, app, passkey, code, client, grant }
    }

    /// In the order of a sign-in and what follows it; a row of every table.
    fn store(&self, connection: &mut Connection) -> Result<(), DbError> {
        let (user, client) = (self.user.id, &self.client.client);
        users::insert(connection, &self.user)?;
        for (name, is_primary) in [("Alice", false), ("Ålice", true)] {
            let known = KnownAddress {
                id: random::new_id(NOW),
                address: MailAddress::parse(&format!("{name}@example.com")).unwrap(),
                verified_at: is_primary.then_some(NOW),
                is_primary,
                added_at: NOW,
            };
            mail_addresses::insert(connection, user, &known)?;
        }
        let picture = StoredPicture { name: "a".to_owned(), small: vec![0, 255], large: vec![1] };
        pictures::replace(connection, user, picture, NOW)?;
        passwords::insert(connection, user, "$argon2id$hash")?;
        let link = MailLink::new(user, LinkPurpose::ResetPassword, Some("sealed".to_owned()), NOW);
        mail_links::put(connection, &link, &secret(SecretKind::MailLink))?;
        let link = StoredLink {
            kind: LinkKind::Asked,
            address_hash: "hash".to_owned(),
            sealed: "sealed".to_owned(),
            created_at: NOW,
            expires_at: NOW,
            user: Some(user),
        };
        registration_links::put(connection, &link, &secret(SecretKind::MailLink))?;
        totp_credentials::insert(connection, &self.app)?;
        recovery_codes::insert(connection, &self.code)?;
        passkeys::insert(connection, &self.passkey)?;
        clients::insert(connection, client)?;
        client_logos::set(connection, &client.id, &logo())?;
        assert_eq!(client_logos::named(connection, &logo().name())?, Some(logo()));
        devices::insert(connection, &self.device, &secret(SecretKind::Device))?;
        let name = self.device.name.as_ref().unwrap();
        device_names::give(connection, user, self.device.id, name)?;
        sessions::insert(connection, &self.session, &secret(SecretKind::Session))?;
        consents::add(connection, user, &client.id, &self.grant.scope, NOW)?;
        assert!(grants::insert(connection, &self.grant)?);
        assert!(!grants::insert(connection, &self.grant)?, "one of its id is there");
        acknowledgements::confirm(connection, client.id.as_str(), "one", 7, 1_000, NOW.as_secs() + 60)?;
        assert_eq!(deliveries::enqueue(connection, EndingSessions::Sessions(&[self.session.sid]), 1_000)?, 1);
        let about =
            AuditContext { user: Some(user), client: Some(client.id.to_string()), ..AuditContext::default() };
        audit_events::record(connection, AuditEvent::SignedIn, about, NOW)?;
        let mut log = NewEntries::default();
        log.add(connection, vec![Revoked::client(&client.id, NOW)], EndCause::ClientRemoved, NOW)?;
        revocations::append(connection, log)?;
        mails::insert(connection, self.mail())?;
        denied_tokens::deny(connection, "a.b", NOW)?;
        throttles::put(connection, "source", Bucket { full_at: NOW })?;
        redis_continuity::begin(connection, 0, 1, 1_000)?;
        let key = signing_keys::StoredKey {
            kid: "kid".to_owned(),
            state: "active".to_owned(),
            state_since: 1,
            sealed_pem: "sealed".to_owned(),
        };
        signing_keys::replace(connection, vec![key])
    }

    fn mail(&self) -> NewMail {
        NewMail {
            id: random::new_id(NOW),
            user: Some(self.user.id),
            kind: "test",
            sealed: "sealed".to_owned(),
            created_ms: 1_000,
            expires_ms: 2_000,
        }
    }

    /// What is read back, as text: the types have no equality of their own.
    fn read_back(&self, connection: &mut Connection) -> Result<[String; 8], DbError> {
        let (user, sid, client) = (self.user.id, self.session.sid, &self.client.client.id);
        let on_device = sessions::open_of(connection, user)?.pop().and_then(|(_, device)| device);
        Ok([
            format!("{:?}", users::by_id(connection, user)?),
            format!("{:?}", on_device),
            format!("{:?}", sessions::by_sid(connection, sid)?),
            format!("{:?}", totp_credentials::of_user(connection, user)?),
            format!("{:?}", recovery_codes::of_user(connection, user)?),
            format!("{:?}", passkeys::of_user(connection, user)?),
            format!("{:?}", clients::by_id(connection, client)?),
            format!("{:?}", grants::by_id(connection, self.grant.id)?),
        ])
    }

    fn as_text(&self) -> [String; 8] {
        [
            format!("{:?}", Some(&self.user)),
            format!("{:?}", Some(&self.device)),
            format!("{:?}", Some(&self.session)),
            format!("{:?}", [&self.app]),
            format!("{:?}", [&self.code]),
            format!("{:?}", [&self.passkey]),
            format!("{:?}", Some(&self.client.client)),
            format!("{:?}", Some(&self.grant)),
        ]
    }
}

/// A migrated database with a row in every table.
pub async fn filled(name: &str) -> (Database, Db, Rows) {
    let database = Database::empty(name);
    let (db, rows) = (database.open().unwrap(), Rows::new());
    let (rows, stored) = db
        .write(idp_server::db::Locks::installation(), move |connection| {
            rows.store(connection)?;
            let stored = rows.read_back(connection)?;
            Ok((rows, stored))
        })
        .await
        .unwrap();
    assert_eq!(stored, rows.as_text());
    (database, db, rows)
}

/// Which of these tables have a row.
async fn with_rows(db: &Db, tables: &[&'static str]) -> Vec<&'static str> {
    let mut found = Vec::new();
    for table in tables {
        if !ask(db, &format!("SELECT 'row' AS word FROM {table}")).await.is_empty() {
            found.push(*table);
        }
    }
    found
}

/// Those whose rows belong to another row, and those whose rows never do.
const BELONGING: &[&str] = &[
    "sign_in_names",
    "mail_addresses",
    "mail_links",
    "registration_links",
    "pictures",
    "password_credentials",
    "totp_credentials",
    "recovery_codes",
    "passkeys",
    "device_names",
    "sessions",
    "consents",
    "grants",
    "feed_acknowledgements",
    "logout_deliveries",
    "client_logos",
];
/// Those of a user alone.
const OF_USER: &[&str] = &[
    "sign_in_names",
    "mail_addresses",
    "mail_links",
    "registration_links",
    "pictures",
    "password_credentials",
    "totp_credentials",
    "recovery_codes",
    "passkeys",
    "device_names",
];
const LASTING: [&str; 7] =
    ["denied_tokens", "revocations", "counters", "throttles", "audit_events", "redis_continuity", "mails"];

#[tokio::test]
async fn what_belongs_to_a_client_goes_with_it_and_history_stays() {
    let (_database, db, _) = filled("client").await;
    assert_eq!(with_rows(&db, BELONGING).await, BELONGING);
    assert_eq!(execute(&db, "DELETE FROM clients").await.unwrap(), 1);
    assert_eq!(with_rows(&db, BELONGING).await, [OF_USER, &["sessions"]].concat());
    assert_eq!(with_rows(&db, &LASTING).await, LASTING);
}

#[tokio::test]
async fn what_belongs_to_a_user_goes_with_it_and_sites_are_told_all_the_same() {
    let (_database, db, _) = filled("user").await;
    assert_eq!(execute(&db, "DELETE FROM users").await.unwrap(), 1);
    assert_eq!(
        with_rows(&db, BELONGING).await,
        ["feed_acknowledgements", "logout_deliveries", "client_logos"]
    );
    assert_eq!(with_rows(&db, &LASTING).await, LASTING);
    assert_eq!(with_rows(&db, &["clients", "devices"]).await, ["clients", "devices"]);
}

#[tokio::test]
async fn a_session_outlives_its_device_and_a_grant_does_not_outlive_its_session() {
    let (_database, db, rows) = filled("device").await;
    assert_eq!(execute(&db, "DELETE FROM devices").await.unwrap(), 1);
    let sid = rows.session.sid;
    let session = db.read(move |connection| sessions::by_sid(connection, sid)).await.unwrap().unwrap();
    assert_eq!((session.device, session.address), (None, rows.session.address));
    assert_eq!(execute(&db, "DELETE FROM sessions").await.unwrap(), 1);
    let left = with_rows(&db, BELONGING).await;
    let others = ["consents", "feed_acknowledgements", "logout_deliveries", "client_logos"];
    // The names went with the devices.
    let kept: Vec<_> = OF_USER.iter().copied().filter(|table| *table != "device_names").collect();
    assert_eq!(left, [&kept[..], &others].concat());
}

/// A code of it is on its way, or its site follows the feed, while an operator removes it.
#[tokio::test]
async fn a_client_that_was_removed_meanwhile_gets_no_grant_and_holds_up_no_other() {
    let (_database, db, rows) = filled("removed").await;
    assert_eq!(execute(&db, "DELETE FROM clients").await.unwrap(), 1);
    let grant = Grant { id: random::new_id(NOW), ..rows.grant.clone() };
    let refused = db
        .write(idp_server::db::Locks::installation(), move |connection| grants::insert(connection, &grant))
        .await
        .unwrap_err();
    assert!(matches!(refused, DbError::ParentGone(_)) && refused.is_temporary(), "{refused}");
    let noted = db.write(idp_server::db::Locks::installation(), |connection| {
        acknowledgements::listens(connection, "site-a", "one", 1)?;
        acknowledgements::confirm(connection, "site-a", "two", 1, 1, 1)
    });
    noted.await.unwrap();
    assert!(with_rows(&db, &["feed_acknowledgements"]).await.is_empty());
}

#[tokio::test]
async fn a_person_has_one_primary_address_and_a_name_has_one_owner() {
    let (_database, db, _) = filled("one").await;
    for statement in [
        "UPDATE mail_addresses SET is_primary = TRUE",
        "INSERT INTO sign_in_names SELECT hash, user_id FROM sign_in_names",
    ] {
        let refused = execute(&db, statement).await.unwrap_err();
        assert!(matches!(refused, DbError::Exists), "{statement}: {refused}");
    }
}

#[tokio::test]
async fn a_column_of_few_words_takes_no_other() {
    let (_database, db, _) = filled("words").await;
    let wrong = [
        "UPDATE users SET status = 'Active'",
        "UPDATE users SET status = 'deleting'",
        "UPDATE users SET delete_at = 1",
        "UPDATE clients SET consent = '\"ask\"'",
        "UPDATE clients SET access_token_lifetime = 0",
        "UPDATE signing_keys SET state = 'compromised'",
        "UPDATE devices SET kind = ''",
        "UPDATE revocations SET kind = 'session'",
        "UPDATE revocations SET number = 0",
        "UPDATE feed_acknowledgements SET number = -1",
        "UPDATE logout_deliveries SET state = 'failed'",
        "UPDATE logout_deliveries SET state = 'delivered'",
        "UPDATE logout_deliveries SET attempts = -1",
        "UPDATE mails SET state = 'failed'",
        "UPDATE mails SET state = 'sent'",
        "UPDATE mails SET state = 'sent', sent_ms = 1",
        "UPDATE mails SET sealed = NULL",
        "UPDATE mails SET sent_ms = 1",
        "UPDATE mails SET attempts = -1",
        "UPDATE grants SET generation = -1",
        "UPDATE grants SET ended_at = 1",
        "UPDATE grants SET sealed_successor = 'sealed'",
        "UPDATE sessions SET ended_cause = 'kicked'",
        "UPDATE redis_continuity SET name = 'second'",
        "UPDATE users SET username = NULL",
    ];
    for statement in wrong {
        let refused = execute(&db, statement).await.unwrap_err();
        assert!(
            matches!(refused, DbError::Constraint(_)) && !refused.is_temporary(),
            "{statement}: {refused}"
        );
    }
    let right = [
        "UPDATE users SET status = 'disabled'",
        "UPDATE users SET status = 'deleting', delete_at = 1",
        "UPDATE clients SET consent = 'ask', access_token_lifetime = 60",
        "UPDATE sessions SET ended_at = 1, ended_cause = 'kicked'",
        "UPDATE logout_deliveries SET state = 'delivered', delivered_ms = 2",
        "UPDATE mails SET state = 'given_up'",
        "UPDATE mails SET state = 'sent', sent_ms = 1, sealed = NULL",
    ];
    for statement in right {
        assert_eq!(execute(&db, statement).await.unwrap(), 1, "{statement}");
    }
}

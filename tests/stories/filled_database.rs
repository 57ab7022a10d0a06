//! A database that has a row in every table, for the stories of the tables themselves.

use crate::schema::Database;
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
use idp_core::token::PermissionBundle;
use idp_core::totp::TotpCredential;
use idp_core::user::{KnownAddress, SecondFactorDuty, StandardClaims, User, UserStatus};
use idp_core::username::Username;
use idp_core::web_link::WebLink;
use idp_server::db::audit_events::{self, AuditContext, AuditEvent};
use idp_server::db::ending_sessions::{self, EndingSessions};
use idp_server::db::mails::NewMail;
use idp_server::db::pictures::StoredPicture;
use idp_server::db::registration_links::{LinkKind, StoredLink};
use idp_server::db::revocations::NewEntries;
use idp_server::db::{
    Connection, Db, DbError, client_logos, clients, consents, denied_tokens, device_names, devices,
    feed_acknowledgements as acknowledgements, grants, mail_addresses, mail_links, mails, passkeys,
    password_credentials as passwords, permission_bundles, pictures, recovery_codes, redis_continuity,
    registration_links, revocations, search_words, sessions, signing_keys, throttles, totp_credentials,
    users,
};
use idp_server::random;
use idp_tests::ClientSpec;

pub const NOW: UnixTime = UnixTime(1_700_000_000);

/// A row of each table that belongs together.
pub struct Rows {
    user: User,
    device: Device,
    pub session: Session,
    app: TotpCredential,
    code: StoredRecoveryCode,
    passkey: Passkey,
    client: ClientSpec,
    pub grant: Grant,
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
            browsers_forgotten_at: None,
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
            epoch: 0,
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
        search_words::replace(connection, user, &["alice".to_owned(), "ålice".to_owned()].into())?;
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
        assert_eq!(
            ending_sessions::enqueue(connection, EndingSessions::Sessions(&[self.session.sid]), 1_000)?,
            1
        );
        let about =
            AuditContext { user: Some(user), client: Some(client.id.to_string()), ..AuditContext::default() };
        audit_events::record(connection, AuditEvent::SignedIn, about, NOW)?;
        let mut log = NewEntries::default();
        log.add(connection, vec![Revoked::client(&client.id, NOW)], EndCause::ClientRemoved, NOW)?;
        revocations::append(connection, log)?;
        mails::insert(connection, self.mail())?;
        denied_tokens::deny(connection, "a.b", NOW)?;
        permission_bundles::keep(connection, &PermissionBundle::of(&"[]".into()), NOW)?;
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

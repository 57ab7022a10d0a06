//! What a person of a realm signs in with. Passwords and authenticator apps go on; passkeys belong to the address of the provider that
//! they were made for, and recovery codes are hashed in a way of their own.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use idp_core::totp::{
    TotpSecret,
    parameters::{Algorithm, Parameters},
};
use serde::Deserialize;

use super::representation::Credential;
use crate::cli::import::entry::{Draft, Options};
use crate::cli::import::report::shown;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PasswordData {
    hash_iterations: u32,
    algorithm: String,
    additional_parameters: BTreeMap<String, Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OtpData {
    sub_type: String,
    digits: usize,
    period: i64,
    algorithm: String,
    secret_encoding: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SecretData {
    value: String,
    salt: String,
}

/// Takes what can be taken of a person's credentials.
///
/// # Errors
/// When the hash of the password cannot be, and the operator does not let that pass.
pub(super) fn take(draft: &mut Draft, credentials: &[Credential], options: &Options) -> Result<(), String> {
    for credential in credentials {
        match credential.kind.as_str() {
            "password" => match hash(credential) {
                Ok(hash) => draft.hash(hash, options)?,
                Err(why) => draft.no_hash(&why, options)?,
            },
            "otp" | "totp" => match app(credential) {
                Ok(secret) => draft.app(credential.user_label.as_deref().unwrap_or_default(), secret),
                Err(why) => {
                    draft.note(format!("an authenticator app is left out: {why}; the person adds it anew"))
                }
            },
            "hotp" => draft.note("an app that counts is left out: codes here go by the time"),
            "webauthn" | "webauthn-passwordless" => {
                draft.note("a passkey is left out: it works at the address that it was made for, and the person adds another");
            }
            "recovery-authn-codes" => draft.note("recovery codes are left out: the person makes new ones"),
            other => draft.note(format!("a credential of type {} is left out", shown(other))),
        }
    }
    Ok(())
}

fn json<T: Default + for<'a> Deserialize<'a>>(text: Option<&str>) -> Option<T> {
    text.map_or_else(|| Some(T::default()), |text| serde_json::from_str(text).ok())
}

/// The hash in a spelling that is known here.
fn hash(credential: &Credential) -> Result<String, String> {
    let unreadable = || "the hash of the password cannot be read".to_owned();
    if credential.value.is_some() {
        return Err("the password stands there in clear, which is not taken".to_owned());
    }
    let (data, secret) = match &credential.hashed_salted_value {
        // Before version 9.
        Some(value) => {
            let algorithm = credential.algorithm.clone().unwrap_or_else(|| "pbkdf2".to_owned());
            let hash_iterations = credential.hash_iterations.unwrap_or(1);
            let salt = credential.salt.clone().unwrap_or_default();
            let data = PasswordData { hash_iterations, algorithm, ..PasswordData::default() };
            (data, SecretData { value: value.clone(), salt })
        }
        None => {
            let data = json(credential.credential_data.as_deref()).ok_or_else(unreadable)?;
            (data, json(credential.secret_data.as_deref()).ok_or_else(unreadable)?)
        }
    };
    let plain = |text: &str| STANDARD.decode(text).map(|bytes| STANDARD_NO_PAD.encode(bytes)).ok();
    let (value, salt) = plain(&secret.value).zip(plain(&secret.salt)).ok_or_else(unreadable)?;
    let rounds = data.hash_iterations;
    match data.algorithm.as_str() {
        "argon2" => argon2(&data, &salt, &value).ok_or_else(unreadable),
        "pbkdf2" => Ok(format!("$pbkdf2$i={rounds}${salt}${value}")),
        "pbkdf2-sha256" => Ok(format!("$pbkdf2-sha256$i={rounds}${salt}${value}")),
        "pbkdf2-sha512" => Ok(format!("$pbkdf2-sha512$i={rounds}${salt}${value}")),
        other => Err(format!("the password is hashed by {}, which is not known here", shown(other))),
    }
}

fn argon2(data: &PasswordData, salt: &str, value: &str) -> Option<String> {
    let parameter = |name| data.additional_parameters.get(name)?.first().map(String::as_str);
    let (kind, lanes, memory) = (parameter("type")?, parameter("parallelism")?, parameter("memory")?);
    let version = match parameter("version")? {
        "1.3" => 19,
        "1.0" => 16,
        _ => return None,
    };
    let (lanes, memory): (u32, u32) = (lanes.parse().ok()?, memory.parse().ok()?);
    let is_known = ["id", "i", "d"].contains(&kind);
    let rounds = data.hash_iterations;
    is_known.then(|| format!("$argon2{kind}$v={version}$m={memory},t={rounds},p={lanes}${salt}${value}"))
}

/// The app that goes on making the same codes.
fn app(credential: &Credential) -> Result<TotpSecret, String> {
    let unreadable = || "its secret cannot be read".to_owned();
    let (data, secret): (OtpData, SecretData) = match &credential.value {
        // Before version 9.
        Some(value) => {
            let algorithm = credential.algorithm.clone().unwrap_or_default();
            let (digits, period) = (credential.digits.unwrap_or(6), credential.period.unwrap_or(30));
            let data =
                OtpData { sub_type: "totp".to_owned(), digits, period, algorithm, secret_encoding: None };
            (data, SecretData { value: value.clone(), salt: String::new() })
        }
        None => {
            let data = json(credential.credential_data.as_deref()).ok_or_else(unreadable)?;
            (data, json(credential.secret_data.as_deref()).ok_or_else(unreadable)?)
        }
    };
    if data.sub_type != "totp" {
        return Err("codes here go by the time".to_owned());
    }
    let algorithm = Algorithm::named(if data.algorithm.is_empty() { "HmacSHA1" } else { &data.algorithm });
    let parameters = algorithm.and_then(|algorithm| Parameters::new(algorithm, data.digits, data.period));
    let parameters =
        parameters.ok_or_else(|| "its codes have 6 to 8 digits and last 15 to 300 seconds".to_owned())?;
    let secret = match data.secret_encoding.as_deref() {
        Some("BASE32") => TotpSecret::brought_in_base32(&secret.value, parameters),
        Some(_) => None,
        // The very bytes of the text, which apps are shown in base32.
        None => TotpSecret::brought(secret.value.into_bytes(), parameters),
    };
    secret.ok_or_else(unreadable)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use idp_core::password::imported;
    use serde_json::{Value, json};

    fn credential(kind: &str, secret: Value, data: Value) -> Credential {
        let value =
            json!({ "type": kind, "secretData": secret.to_string(), "credentialData": data.to_string() });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn hashes_are_spelled_as_they_are_known_here_and_others_say_why_not() {
        let secret = json!({ "value": "yCJYXcIliRTOrhPDNKH+f3aCpGuB0CJ9+jg/cR6Bm1Q=", "salt": "0etQ00qfQesqdvAQCw/Sfw==" });
        let argon2 = json!({ "hashIterations": 5, "algorithm": "argon2", "additionalParameters": { "hashLength": ["32"], "memory": ["7168"],
            "type": ["id"], "version": ["1.3"], "parallelism": ["1"] } });
        let spelled = hash(&credential("password", secret.clone(), argon2)).unwrap();
        assert!(spelled.starts_with("$argon2id$v=19$m=7168,t=5,p=1$0etQ00qfQesqdvAQCw/Sfw$"), "{spelled}");
        imported(&spelled).unwrap();
        for algorithm in ["pbkdf2", "pbkdf2-sha256", "pbkdf2-sha512"] {
            let data = json!({ "hashIterations": 27_500, "algorithm": algorithm });
            imported(&hash(&credential("password", secret.clone(), data)).unwrap()).unwrap();
        }
        let old = json!({ "type": "password", "hashedSaltedValue": secret["value"], "salt": secret["salt"], "hashIterations": 20_000, "algorithm": "pbkdf2" });
        imported(&hash(&serde_json::from_value(old).unwrap()).unwrap()).unwrap();
        for (secret, data, why) in [
            (secret.clone(), json!({ "hashIterations": 1, "algorithm": "scrypt" }), "hashed by scrypt"),
            (secret.clone(), json!({ "hashIterations": 1, "algorithm": "argon2" }), "cannot be read"),
            (json!({ "value": "§", "salt": "" }), json!({ "algorithm": "pbkdf2" }), "cannot be read"),
        ] {
            let said = hash(&credential("password", secret, data)).unwrap_err();
            assert!(said.contains(why) && !said.contains("yCJYX"), "{said}");
        }
        let clear: Credential =
            serde_json::from_value(json!({ "type": "password", "value": "secret" })).unwrap();
        assert!(hash(&clear).unwrap_err().contains("in clear"));
    }

    #[test]
    fn an_app_goes_on_with_the_bytes_that_its_text_stands_for() {
        let data = |more: Value| {
            let mut data = json!({ "subType": "totp", "digits": 6, "period": 30, "algorithm": "HmacSHA1" });
            data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            data
        };
        let app_of = |secret: &str, more| app(&credential("otp", json!({ "value": secret }), data(more)));
        assert_eq!(
            app_of("12345678901234567890", json!({})).unwrap().base32().as_str(),
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        );
        let encoded = app_of(
            "GEZDGNBVGY3TQOJQ",
            json!({ "secretEncoding": "BASE32", "digits": 8, "period": 60, "algorithm": "HmacSHA512" }),
        );
        assert_eq!(encoded.unwrap().parameters(), Parameters::new(Algorithm::Sha512, 8, 60).unwrap());
        for (secret, more) in [
            ("short", json!({})),
            ("12345678901234567890", json!({ "digits": 4 })),
            ("12345678901234567890", json!({ "subType": "hotp" })),
            ("12345678901234567890", json!({ "secretEncoding": "HEX" })),
            ("12345678901234567890", json!({ "algorithm": "HmacMD5" })),
        ] {
            assert!(app_of(secret, more.clone()).is_err(), "{secret} {more}");
        }
    }
}

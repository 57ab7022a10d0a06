//! Stories about where a setting comes from and what is refused.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{fs, os::unix::fs::PermissionsExt};

use idp_core::authentication::Requirement;

use super::*;
use crate::{config::ConfigDuration, error_chain::Chain, secret_file::SecretFileError};

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("idp.toml");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    (folder, path)
}

fn with_environment(variables: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    load(&Inputs { environment: pairs(variables), ..Inputs::default() })
}

#[test]
fn without_anything_the_defaults_hold() {
    let loaded = with_environment(&[("PATH", "/bin"), ("IDP_CONFIG", "elsewhere.toml")]).unwrap();
    assert_eq!(loaded.config, Config::default());
    assert!(loaded.origins.is_empty());
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let (_folder, path) = file("[token]\naccess = \"1m\"\nid = \"1m\"\ncode = \"1s\"\n");
    let loaded = load(&Inputs {
        file: Some(path.clone()),
        environment: pairs(&[("IDP_TOKEN__ACCESS", "2m"), ("IDP_TOKEN__ID", "2m")]),
        flags: pairs(&[("token.access", "3m")]),
    })
    .unwrap();
    let token = &loaded.config.token;
    assert_eq!(
        (token.access, token.id, token.code),
        (ConfigDuration::minutes(3), ConfigDuration::minutes(2), ConfigDuration::seconds(1))
    );
    assert_eq!(loaded.origins.get("token.access"), Some(&Origin::Flag));
    assert_eq!(loaded.origins.get("token.id"), Some(&Origin::Environment));
    assert_eq!(loaded.origins.get("token.code"), Some(&Origin::File(path)));
}

#[test]
fn text_becomes_numbers_switches_lists_and_choices() {
    let loaded = with_environment(&[
        ("IDP_LISTEN__PORT", "9000"),
        ("IDP_LISTEN__WORKERS", "3"),
        ("IDP_LISTEN__ADDRESSES", "127.0.0.1, ::1"),
        ("IDP_THROTTLE__ENABLED", "false"),
        ("IDP_PROXY__TRUSTED", "10.0.0.0/8,127.0.0.1"),
        ("IDP_LOG__FORMAT", "json"),
        ("IDP_AUTHENTICATION__LEVELS", "1=any,urn:x?a=b=any"),
        ("IDP_AUTHENTICATION__METHODS", "password,totp"),
        ("IDP_AUTHENTICATION__REQUIRED", "two_factors"),
        ("IDP_ISSUER__SERVICE_NAME", "12345"),
        ("IDP_STORAGE__DATA_DIR", ""),
    ])
    .unwrap();
    let config = &loaded.config;
    assert_eq!((config.listen.port, config.listen.workers), (9000, Some(3)));
    assert_eq!(config.listen.addresses.len(), 2);
    assert!(!config.throttle.enabled);
    assert_eq!(config.proxy.trusted.len(), 2);
    assert_eq!(config.authentication.levels.names().count(), 2);
    assert_eq!(config.authentication.required, Requirement::TwoFactors);
    assert_eq!(config.log.format, crate::config::LogFormat::Json);
    assert_eq!(config.issuer.service_name, "12345");
    assert_eq!(config.storage, Config::default().storage);
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_its_neighbour() {
    let (_folder, path) = file("[token]\nacces = \"1m\"\n[zebra]\nx = 1\n");
    let error = load(&Inputs {
        file: Some(path.clone()),
        environment: pairs(&[("IDP_TOKEN_ACCESS", "1m")]),
        flags: pairs(&[("listen.prot", "1")]),
    })
    .unwrap_err();
    let ConfigError::Unknown(unknown) = error else { panic!("{error:?}") };
    let found: Vec<_> = unknown.iter().map(|u| (u.key.as_str(), u.nearest.as_deref())).collect();
    assert_eq!(
        found,
        [
            ("token.acces", Some("token.access")),
            ("zebra.x", None),
            ("token_access", Some("token.access")),
            ("listen.prot", Some("listen.port")),
        ]
    );
    assert!(unknown.iter().any(|u| u.origin == Origin::File(path.clone())));
}

#[test]
fn a_wrong_value_is_reported_with_its_key_and_place() {
    for (variable, value, key) in [
        ("IDP_TOKEN__ACCESS", "30", "token.access"),
        ("IDP_LISTEN__PORT", "70000", "listen.port"),
        ("IDP_ISSUER__URL", "http://example.com", "issuer.url"),
        ("IDP_PROXY__TRUSTED", "10.0.0.1/8", "proxy.trusted"),
        ("IDP_LOG__FORMAT", "xml", "log.format"),
        ("IDP_LOG__FILTER", "idp_server=loud", "log.filter"),
        ("IDP_SESSION__DEVICES", "two", "session.devices"),
        ("IDP_LISTEN__ADDRESSES", "127.0.0.1,localhost", "listen.addresses[1]"),
        ("IDP_THROTTLE__ENABLED", "maybe", "throttle.enabled"),
        ("IDP_AUTHENTICATION__LEVELS", "1=any,1=any", "authentication.levels"),
        ("IDP_AUTHENTICATION__METHODS", "totp", "authentication.methods"),
        ("IDP_AUTHENTICATION__METHODS", "password,sms", "authentication.methods"),
        ("IDP_AUTHENTICATION__REQUIRED", "mfa", "authentication.required"),
    ] {
        let words = with_environment(&[(variable, value)]).unwrap_err().to_string();
        assert!(words.starts_with(key), "{variable}={value}: {words}");
        assert!(words.contains("(environment): "), "{variable}={value}: {words}");
    }
}

#[test]
fn a_file_that_was_named_must_be_there_and_be_toml() {
    let missing = Inputs { file: Some("nowhere/idp.toml".into()), ..Inputs::default() };
    let missing = load(&missing).unwrap_err();
    assert!(Chain(&missing).to_string().contains("nowhere/idp.toml"), "{}", Chain(&missing));
    let (_folder, path) = file("[token\n");
    let broken = Inputs { file: Some(path), ..Inputs::default() };
    assert!(matches!(load(&broken), Err(ConfigError::Syntax { .. })));
}

#[test]
fn s110_a_file_that_others_may_write_is_refused() {
    for mode in [0o620, 0o602, 0o666] {
        let (_folder, path) = file("[token]\naccess = \"1m\"\n");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let inputs = Inputs { file: Some(path), ..Inputs::default() };
        assert!(
            matches!(load(&inputs), Err(ConfigError::File(SecretFileError::Exposed { .. }))),
            "mode {mode:o}"
        );
    }
}

#[test]
fn settings_that_contradict_each_other_are_all_named() {
    let error = with_environment(&[("IDP_KEY__BITS", "1024"), ("IDP_TOKEN__CODE", "1h")]).unwrap_err();
    let ConfigError::Invalid(words) = error else { panic!("{error:?}") };
    assert_eq!(words.len(), 2);
}

/// What must not reach an operator: names of Rust types, and the words of the deserializer.
const FOREIGN: &[&str] = &[
    "struct",
    "enum",
    "u16",
    "u32",
    "u64",
    "i64",
    "usize",
    "bit integer",
    "sequence",
    "invalid type",
    "invalid value",
    "variant",
    "deserialize",
    "DevicePolicy",
    "Os {",
    "unit value",
    "map",
    "Config",
];

/// Every key with a value of every kind, in a file: what is refused is refused in words, and says what belongs there.
#[test]
fn b10_no_key_answers_a_wrong_value_with_the_name_of_a_type() {
    let keys = load(&Inputs::default()).unwrap().values().unwrap();
    let mut refused = 0;
    for key in keys.keys() {
        for value in [
            "true",
            "5",
            "-1",
            "70000",
            "1.5",
            "1e300",
            "\"text\"",
            "\"\"",
            "[]",
            "[1]",
            "[{}]",
            "[[]]",
            "{}",
            "{ x = 1 }",
            "1979-05-27",
        ] {
            let (table, name) = key.split_once('.').unwrap();
            let (_folder, path) = file(&format!("[{table}]\n{name} = {value}\n"));
            // The name of the folder is chance.
            let place = path.display().to_string();
            let Err(error) = load(&Inputs { file: Some(path), ..Inputs::default() }) else { continue };
            let words = Chain(&error).to_string().replace(&place, "PATH");
            assert!(words.contains(key.as_str()), "{key} = {value}: {words}");
            for foreign in FOREIGN {
                assert!(!words.contains(foreign), "{key} = {value}: {foreign:?} in {words}");
            }
            refused += 1;
        }
    }
    assert!(refused > 8 * keys.len(), "{refused} refused");
}

#[test]
fn b10_a_wrong_value_is_shown_with_what_belongs_there() {
    for (text, words) in [
        ("[listen]\nport = 70000\n", "listen.port = 70000 (PATH): must be a whole number from 0 to 65535"),
        (
            "[listen]\naddresses = \"::\"\n",
            "listen.addresses = \"::\" (PATH): must be a list in brackets, such as [\"first\", \"second\"]",
        ),
        ("[throttle]\nenabled = \"maybe\"\n", "throttle.enabled = \"maybe\" (PATH): must be true or false"),
        (
            "[token]\naccess = 30\n",
            "token.access = 30 (PATH): must be a whole number and a unit, such as 90s, 30m, 12h or 3d, and at most 3650d",
        ),
        (
            "[session]\ndevices = \"two\"\n",
            "session.devices = \"two\" (PATH): must be \"any\", \"one\" or \"one_per_kind\"",
        ),
        (
            "[proxy]\ntrusted = [\"::1\", \"10.1.0.0/8\"]\n",
            "proxy.trusted[1] = \"10.1.0.0/8\" (PATH): has bits outside its mask; write 10.0.0.0/8",
        ),
        (
            "[authentication]\nlevels = [\"1=any\", \"2=mfa\"]\n",
            "authentication.levels = a list (PATH): must have levels such as \"1=any\": an acr of 1 to 64 visible ASCII \
             characters, and what it takes (any, two_steps, two_factors); \"2=mfa\" is none",
        ),
        (
            "[authentication]\nrequired = \"mfa\"\n",
            "authentication.required = \"mfa\" (PATH): must be one of any, two_steps, two_factors",
        ),
        (
            "[authentication]\nmethods = [\"password\", \"sms\"]\n",
            "authentication.methods = a list (PATH): must have methods from this list: password, totp, passkey; \"sms\" is none",
        ),
        (
            "[authentication]\nlevels = []\n",
            "authentication.levels = a list (PATH): must have 1 to 10 levels",
        ),
    ] {
        let (_folder, path) = file(text);
        let words = words.replace("PATH", &path.display().to_string());
        let error = load(&Inputs { file: Some(path), ..Inputs::default() }).unwrap_err();
        assert_eq!(Chain(&error).to_string(), words);
    }
}

#[test]
fn b10_a_value_for_a_table_is_told_to_be_one() {
    for text in ["token = 5\n", "token = []\n", "[[token]]\naccess = \"5m\"\n"] {
        let (_folder, path) = file(text);
        let error = load(&Inputs { file: Some(path), ..Inputs::default() }).unwrap_err().to_string();
        assert!(error.starts_with("\"token\" (") && error.contains("must be a table"), "{error}");
    }
}

#[test]
fn b6_a_misspelt_variable_is_told_the_one_that_exists() {
    for (variable, meant) in [
        ("IDP_ISSUER_URL", "IDP_ISSUER__URL"),
        ("IDP_LISTEN_PORT", "IDP_LISTEN__PORT"),
        ("IDP_TOKEN__ACCES", "IDP_TOKEN__ACCESS"),
        ("IDP_STORAGE_DATABASE_URL", "IDP_STORAGE__DATABASE_URL"),
    ] {
        let words = with_environment(&[(variable, "9000")]).unwrap_err().to_string();
        assert_eq!(words, format!("unknown variable {variable} (environment); did you mean {meant}?"));
    }
}

#[test]
fn b6_variables_of_a_service_are_reported_and_set_nothing() {
    let loaded =
        with_environment(&[("IDP_PORT", "tcp://10.0.0.1:80"), ("IDP_LISTEN__PORT", "9000")]).unwrap();
    assert_eq!(loaded.config.listen.port, 9000);
    assert_eq!(loaded.ignored_variables, ["IDP_PORT"]);
    assert!(loaded.ignored_variables_note().unwrap().ends_with(": IDP_PORT"));
    assert_eq!(with_environment(&[]).unwrap().ignored_variables_note(), None);
}

/// Neither a line that is not TOML nor a value of the wrong kind shows a password.
#[test]
fn s111_no_error_of_the_configuration_shows_a_password() {
    for text in [
        "[storage]\ndatabase_url = \"postgres://idp:hunter2@db/idp\n",
        "[storage]\ndatabase_url = postgres://idp:hunter2@db/idp\n",
        "[storage]\ndatabase_url = \"postgres://idp:hunter2@db/idp\" \"\n",
        "[storage]\ndatabase_url = [\"postgres://idp:hunter2@db/idp\"]\n",
        "[storage]\ndatabase_url = \"mysql://idp:hunter2@db/idp\"\n",
        "[redis]\nurl = \"rediss://:hunter2@\"\n",
        "[redis]\nsentinels = \"redis://:hunter2@s1:26379\"\n",
        "[redis]\ncluster = [[\"redis://:hunter2@s1:26379\"]]\n",
    ] {
        let (_folder, path) = file(text);
        let error = load(&Inputs { file: Some(path), ..Inputs::default() }).unwrap_err();
        let words = format!("{} {error:?}", Chain(&error));
        assert!(!words.contains("hunter2"), "{text}: {words}");
    }
}

#[test]
fn the_annotated_sample_sets_every_key_to_its_default() {
    let sample = include_str!("../../../../../deploy/idp.toml");
    let (_folder, path) = file(sample);
    let loaded = load(&Inputs { file: Some(path), ..Inputs::default() }).unwrap();
    assert_eq!(loaded.config, Config::default());
    for (key, value) in loaded.values().unwrap() {
        let name = key.rsplit('.').next().unwrap_or_default();
        assert!(sample.contains(&format!("{name} = ")), "{key} is missing from the sample");
        assert!(value.is_null() || loaded.origins.contains_key(&key), "{key} is not set in the sample");
    }
}

#[test]
fn a_link_of_the_footer_may_have_an_address_for_each_language() {
    let terms = "terms = { en = \"https://a.example/en\", zh-CN = \"https://a.example/zh\" }";
    let (_folder, path) = file(&format!("[theme]\nhelp = \"https://a.example/help\"\n{terms}\n"));
    let loaded = load(&Inputs { file: Some(path.clone()), ..Inputs::default() }).unwrap();
    let (theme, default) = (&loaded.config.theme, loaded.config.language.default);
    for (tag, address) in [("en", "https://a.example/en"), ("zh-CN", "https://a.example/zh")] {
        let language = tag.parse().unwrap();
        let to = |link: &Option<crate::config::LinkByLanguage>| {
            link.as_ref().and_then(|link| link.to(language, default)).map(ToString::to_string)
        };
        assert_eq!(to(&theme.terms).as_deref(), Some(address));
        assert_eq!(to(&theme.help).as_deref(), Some("https://a.example/help"));
        let line = format!("theme.terms.{tag} = \"{address}\"  # {}", Origin::File(path.clone()));
        assert!(loaded.lines().unwrap().contains(&line), "{line}: {:?}", loaded.lines());
    }
    // One address from the environment takes the place of them all.
    let environment = pairs(&[("IDP_THEME__TERMS", "https://b.example")]);
    let loaded = load(&Inputs { file: Some(path), environment, ..Inputs::default() }).unwrap();
    let one = idp_core::web_link::WebLink::parse("https://b.example").unwrap();
    assert_eq!(loaded.config.theme.terms, Some(one.into()));
    // What is wrong is named.
    for wrong in ["{ xx = \"https://a.example\" }", "{ en = \"javascript:alert(1)\" }", "7"] {
        let (_folder, path) = file(&format!("[theme]\nterms = {wrong}\n"));
        let error = load(&Inputs { file: Some(path), ..Inputs::default() }).unwrap_err();
        assert!(Chain(&error).to_string().contains("theme.terms"), "{}", Chain(&error));
    }
}

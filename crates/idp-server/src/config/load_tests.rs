//! Stories about where a setting comes from and what is refused.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{fs, os::unix::fs::PermissionsExt};

use super::*;
use crate::config::ConfigDuration;

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
        ("IDP_ISSUER__SERVICE_NAME", "12345"),
        ("IDP_STORAGE__DATA_DIR", ""),
    ])
    .unwrap();
    let config = &loaded.config;
    assert_eq!((config.listen.port, config.listen.workers), (9000, Some(3)));
    assert_eq!(config.listen.addresses.len(), 2);
    assert!(!config.throttle.enabled);
    assert_eq!(config.proxy.trusted.len(), 2);
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
        ("IDP_THROTTLE__ENABLED", "maybe", "throttle.enabled"),
    ] {
        let words = with_environment(&[(variable, value)]).unwrap_err().to_string();
        assert!(words.starts_with(key), "{variable}={value}: {words}");
        assert!(words.contains("(environment): "), "{variable}={value}: {words}");
    }
}

#[test]
fn a_file_that_was_named_must_be_there_and_be_toml() {
    let missing = Inputs { file: Some("nowhere/idp.toml".into()), ..Inputs::default() };
    assert!(load(&missing).unwrap_err().to_string().contains("nowhere/idp.toml"));
    let (_folder, path) = file("[token\n");
    let broken = Inputs { file: Some(path), ..Inputs::default() };
    assert!(matches!(load(&broken), Err(ConfigError::Unreadable(_))));
}

#[test]
fn s110_a_file_that_others_may_write_is_refused() {
    for mode in [0o620, 0o602, 0o666] {
        let (_folder, path) = file("[token]\naccess = \"1m\"\n");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let inputs = Inputs { file: Some(path), ..Inputs::default() };
        assert!(matches!(load(&inputs), Err(ConfigError::Exposed(_))), "mode {mode:o}");
    }
}

#[test]
fn settings_that_contradict_each_other_are_all_named() {
    let error = with_environment(&[("IDP_KEY__BITS", "1024"), ("IDP_TOKEN__CODE", "1h")]).unwrap_err();
    let ConfigError::Invalid(words) = error else { panic!("{error:?}") };
    assert_eq!(words.len(), 2);
}

#[test]
fn the_annotated_sample_sets_every_key_to_its_default() {
    let sample = include_str!("../../../../deploy/idp.toml");
    let (_folder, path) = file(sample);
    let loaded = load(&Inputs { file: Some(path), ..Inputs::default() }).unwrap();
    assert_eq!(loaded.config, Config::default());
    for (key, value) in loaded.values().unwrap() {
        let name = key.rsplit('.').next().unwrap_or_default();
        assert!(sample.contains(&format!("{name} = ")), "{key} is missing from the sample");
        assert!(value.is_null() || loaded.origins.contains_key(&key), "{key} is not set in the sample");
    }
}

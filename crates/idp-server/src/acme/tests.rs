//! What is read before anything is asked of an authority, and how things are named there.

#![allow(clippy::unwrap_used)]

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
};

use rustls::pki_types::pem::PemObject as _;

use super::*;

fn for_names(names: &[&str]) -> AcmeConfig {
    let domains = names.iter().map(|name| name.parse().unwrap()).collect();
    AcmeConfig { domains, terms_agreed: true, ..AcmeConfig::default() }
}

fn opened(config: &AcmeConfig) -> Result<Option<Acme>, AcmeError> {
    Acme::open(config, &MountedSecrets::default())
}

#[test]
fn without_a_domain_nothing_is_ordered() {
    assert!(opened(&AcmeConfig::default()).unwrap().is_none());
}

#[test]
fn a_certificate_is_of_its_directory_and_its_names() {
    let id = |config: &AcmeConfig| opened(config).unwrap().unwrap().id().to_owned();
    let own = id(&for_names(&["a.example", "b.example"]));
    assert_eq!(id(&for_names(&["b.example", "a.example", "b.example"])), own);
    assert_ne!(id(&for_names(&["a.example"])), own);
    let mut elsewhere = for_names(&["a.example", "b.example"]);
    elsewhere.directory_url = "https://ca.example/dir".parse().unwrap();
    assert_ne!(id(&elsewhere), own);
}

/// RFC 9773 4.1: the key identifier of the issuer, a full stop, the serial number, each in base64url.
#[test]
fn a_certificate_is_called_by_its_issuer_and_its_serial_number() {
    let pem = include_str!("../../testdata/tls/first.crt");
    let found = identifier(&CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    let key = "90D4C72811F0CE0580A4D54E2A343FD0C7A6F336";
    let serial = "4ADB821A8BB3E1BE0A718ED965BDCE52CB223581";
    let bytes = |text: &str| hex(&URL_SAFE_NO_PAD.decode(text).unwrap());
    assert_eq!(bytes(&found.authority_key_identifier), key);
    assert_eq!(bytes(&found.serial), serial);
    assert_eq!(identifier(&CertificateDer::from(vec![0x30, 0x03, 1, 2, 3])), None);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, contents: &str| {
        let path = folder.path().join(name);
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    };
    let with_ca = |path| AcmeConfig { ca_file: Some(path), ..for_names(&["a.example"]) };
    assert!(matches!(opened(&with_ca(folder.path().join("none"))), Err(AcmeError::CaFile { .. })));
    assert!(matches!(opened(&with_ca(put("empty", ""))), Err(AcmeError::NoCertificate(_))));
    let good = with_ca(put("ca.pem", include_str!("../../testdata/tls/first.crt")));
    assert!(opened(&good).unwrap().is_some());

    let with_key = |path| AcmeConfig {
        eab_kid: Some("kid-1".to_owned()),
        eab_hmac_key_file: Some(path),
        ..for_names(&["a.example"])
    };
    for (name, contents) in [("no-key", ""), ("words", "not a key!"), ("two", "AAAA\nBBBB")] {
        assert!(matches!(opened(&with_key(put(name, contents))), Err(AcmeError::Key(_))), "{contents:?}");
    }
    for (name, contents) in
        [("key", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W\n"), ("padded", "AA==")]
    {
        assert!(opened(&with_key(put(name, contents))).unwrap().is_some(), "{contents:?}");
    }
    let open = put("open", "AAAA");
    fs::set_permissions(&open, Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(opened(&with_key(open)), Err(AcmeError::KeyFile(_))));
}

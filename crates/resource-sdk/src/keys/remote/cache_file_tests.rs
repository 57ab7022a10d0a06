#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may spoil its own file")]
use std::fs;

use super::*;

const KEYS: &str = r#"{"keys":[{"kty":"RSA","kid":"a","e":"AQAB","n":"#;
const ISSUER: &str = "https://idp.example";

fn jwks() -> String {
    // A modulus of 2048 bits that is odd: all ones.
    format!("{KEYS}\"{}w\"}}]}}", "_".repeat(341))
}

fn file(folder: &tempfile::TempDir) -> CacheFile {
    CacheFile::new(folder.path().join("keys.json"), ISSUER.into())
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn what_was_stored_is_loaded_with_its_age() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    assert!(file.load(at(1_000)).is_none(), "no file yet");
    file.try_store(jwks(), at(1_000)).unwrap();
    let (set, age) = file.load(at(1_600)).unwrap();
    assert_eq!((set.len(), age), (1, Duration::from_secs(600)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left behind");
}

#[test]
fn too_old_or_from_the_future_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    file.try_store(jwks(), at(10_000)).unwrap();
    assert!(file.load(at(10_000 + 3_599)).is_some());
    assert!(file.load(at(10_000 + 3_600)).is_none());
    assert!(file.load(at(9_999)).is_none());
}

#[test]
fn j28_another_issuers_keys_are_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    file(&folder).try_store(jwks(), at(1_000)).unwrap();
    let other = CacheFile::new(folder.path().join("keys.json"), "https://other.example".into());
    assert!(other.load(at(1_000)).is_none());
}

#[test]
fn a_damaged_file_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    file.try_store(jwks(), at(1_000)).unwrap();
    let whole = fs::read(&file.path).unwrap();
    for damaged in [
        b"".to_vec(),
        b"{}".to_vec(),
        whole.get(..whole.len() / 2).unwrap().to_vec(),
        [&whole[..], b"x"].concat(),
        vec![b'['; 1_000_000],
    ] {
        fs::write(&file.path, damaged).unwrap();
        assert!(file.load(at(1_000)).is_none());
    }
    fs::write(&file.path, whole).unwrap();
    assert!(file.load(at(1_000)).is_some());
}

#[cfg(unix)]
#[test]
fn the_file_is_private_and_must_stay_so() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    file.try_store(jwks(), at(1_000)).unwrap();
    let mode = fs::metadata(&file.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::set_permissions(&file.path, fs::Permissions::from_mode(0o622)).unwrap();
    assert!(file.load(at(1_000)).is_none());
}

#[test]
fn a_failed_write_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    file.try_store(jwks(), at(1_000)).unwrap();
    let nowhere = CacheFile::new(folder.path().join("no/such/folder/keys.json"), ISSUER.into());
    assert!(nowhere.try_store(jwks(), at(1_000)).is_err());
    assert!(file.load(at(1_000)).is_some());
}

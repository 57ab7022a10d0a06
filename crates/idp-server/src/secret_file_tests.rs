//! S110: what is created is private from the first instant; what others could reach is refused.

#![allow(clippy::unwrap_used)]

use std::{
    fs::Permissions,
    os::unix::fs::{PermissionsExt, symlink},
    sync::Barrier,
    thread,
};

use rand_core::OsRng;

use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn s110_first_start_makes_private_files() {
    let folder = folder();
    let data = folder.path().join("data");
    private_folder(&data).unwrap();
    private_file(&data.join("idp.db")).unwrap();
    master_key(&data.join("master.key"), &mut OsRng).unwrap();
    assert_eq!(mode_of(&data), 0o700);
    assert_eq!(mode_of(&data.join("idp.db")), 0o600);
    assert_eq!(mode_of(&data.join("master.key")), 0o600);
}

#[test]
fn s110_second_start_finds_the_same_key() {
    let folder = folder();
    let path = folder.path().join("master.key");
    let first = master_key(&path, &mut OsRng).unwrap();
    let second = master_key(&path, &mut OsRng).unwrap();
    assert_eq!(*first, *second);
    assert_ne!(*first, [0; 32]);
}

#[test]
fn s110_a_file_open_to_others_is_refused() {
    let folder = folder();
    let path = folder.path().join("master.key");
    master_key(&path, &mut OsRng).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o602, 0o644, 0o610, 0o601] {
        set_mode(&path, mode);
        let refused = master_key(&path, &mut OsRng);
        assert!(matches!(refused, Err(SecretFileError::Exposed { .. })), "mode {mode:o}");
        assert!(matches!(private_file(&path), Err(SecretFileError::Exposed { .. })), "mode {mode:o}");
    }
    set_mode(&path, 0o400);
    assert!(master_key(&path, &mut OsRng).is_ok());
}

#[test]
fn s110_a_folder_open_to_others_is_refused() {
    let folder = folder();
    for mode in [0o750, 0o701, 0o755, 0o777] {
        set_mode(folder.path(), mode);
        assert!(
            matches!(private_folder(folder.path()), Err(SecretFileError::Exposed { .. })),
            "mode {mode:o}"
        );
    }
    set_mode(folder.path(), 0o700);
    assert!(private_folder(folder.path()).is_ok());
}

#[test]
fn s110_a_link_is_refused_even_to_a_private_file() {
    let folder = folder();
    let real = folder.path().join("real.key");
    master_key(&real, &mut OsRng).unwrap();
    let link = folder.path().join("master.key");
    symlink(&real, &link).unwrap();
    assert!(matches!(master_key(&link, &mut OsRng), Err(SecretFileError::WrongKind { .. })));
    assert!(matches!(private_file(&link), Err(SecretFileError::WrongKind { .. })));
    let linked_folder = folder.path().join("data");
    symlink(folder.path(), &linked_folder).unwrap();
    assert!(matches!(private_folder(&linked_folder), Err(SecretFileError::WrongKind { .. })));
}

#[test]
fn s110_a_dangling_link_does_not_choose_where_the_key_is_made() {
    let folder = folder();
    let target = folder.path().join("elsewhere.key");
    let link = folder.path().join("master.key");
    symlink(&target, &link).unwrap();
    assert!(master_key(&link, &mut OsRng).is_err());
    assert!(private_file(&link).is_err());
    assert!(!target.exists());
}

#[test]
fn s110_what_is_not_a_file_is_refused() {
    let folder = folder();
    let path = folder.path().join("master.key");
    fs::create_dir(&path).unwrap();
    set_mode(&path, 0o700);
    assert!(matches!(master_key(&path, &mut OsRng), Err(SecretFileError::WrongKind { .. })));
}

#[test]
fn a_file_that_holds_no_key_is_refused() {
    let folder = folder();
    for (index, contents) in ["", "c2hvcnQ=", "not base64 at all"].iter().enumerate() {
        let path = folder.path().join(index.to_string());
        create(&path, contents.as_bytes()).unwrap();
        assert!(
            matches!(master_key(&path, &mut OsRng), Err(SecretFileError::NotAKey { .. })),
            "{contents:?}"
        );
    }
}

#[test]
fn create_never_overwrites() {
    let folder = folder();
    let path = folder.path().join("file");
    create(&path, b"first").unwrap();
    assert!(create(&path, b"second").is_err());
    assert_eq!(read(&path).unwrap().as_slice(), b"first");
}

#[test]
fn a_file_without_end_is_not_read() {
    let folder = folder();
    let path = folder.path().join("file");
    create(&path, &vec![b'a'; 256 * 1024 + 1]).unwrap();
    assert!(read(&path).is_err());
}

#[test]
fn racing_first_starts_agree_on_one_key() {
    let folder = folder();
    let path = folder.path().join("master.key");
    let barrier = Barrier::new(8);
    let keys: Vec<_> = thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    master_key(&path, &mut OsRng).unwrap()
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a draft was left behind");
    assert!(keys.windows(2).all(|pair| pair.first().map(|k| **k) == pair.last().map(|k| **k)));
}

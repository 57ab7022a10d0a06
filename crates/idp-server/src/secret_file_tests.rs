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
    private_folder(&data, FileAccess::Owner).unwrap();
    private_file(&data.join("idp.db"), FileAccess::Owner).unwrap();
    master_key(&data.join("master.key"), FileAccess::Owner, &mut OsRng).unwrap();
    assert_eq!(mode_of(&data), 0o700);
    assert_eq!(mode_of(&data.join("idp.db")), 0o600);
    assert_eq!(mode_of(&data.join("master.key")), 0o600);
}

#[test]
fn s110_second_start_finds_the_same_key() {
    let folder = folder();
    let path = folder.path().join("master.key");
    let first = master_key(&path, FileAccess::Owner, &mut OsRng).unwrap();
    let second = master_key(&path, FileAccess::Owner, &mut OsRng).unwrap();
    assert_eq!(*first, *second);
    assert_ne!(*first, [0; 32]);
}

#[test]
fn s110_a_file_open_to_others_is_refused() {
    let folder = folder();
    let path = folder.path().join("master.key");
    master_key(&path, FileAccess::Owner, &mut OsRng).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o602, 0o644, 0o610, 0o601] {
        set_mode(&path, mode);
        let refused = master_key(&path, FileAccess::Owner, &mut OsRng);
        assert!(matches!(refused, Err(SecretFileError::Exposed { .. })), "mode {mode:o}");
        assert!(
            matches!(private_file(&path, FileAccess::Owner), Err(SecretFileError::Exposed { .. })),
            "mode {mode:o}"
        );
    }
    set_mode(&path, 0o400);
    assert!(master_key(&path, FileAccess::Owner, &mut OsRng).is_ok());
}

#[test]
fn s110_a_folder_open_to_others_is_refused() {
    let folder = folder();
    for mode in [0o750, 0o701, 0o755, 0o777] {
        set_mode(folder.path(), mode);
        assert!(
            matches!(private_folder(folder.path(), FileAccess::Owner), Err(SecretFileError::Exposed { .. })),
            "mode {mode:o}"
        );
    }
    set_mode(folder.path(), 0o700);
    assert!(private_folder(folder.path(), FileAccess::Owner).is_ok());
}

#[test]
fn s110_a_link_is_refused_even_to_a_private_file() {
    let folder = folder();
    let real = folder.path().join("real.key");
    master_key(&real, FileAccess::Owner, &mut OsRng).unwrap();
    let link = folder.path().join("master.key");
    symlink(&real, &link).unwrap();
    assert!(matches!(
        master_key(&link, FileAccess::Owner, &mut OsRng),
        Err(SecretFileError::WrongKind { .. })
    ));
    assert!(matches!(private_file(&link, FileAccess::Owner), Err(SecretFileError::WrongKind { .. })));
    let linked_folder = folder.path().join("data");
    symlink(folder.path(), &linked_folder).unwrap();
    assert!(matches!(
        private_folder(&linked_folder, FileAccess::Owner),
        Err(SecretFileError::WrongKind { .. })
    ));
}

#[test]
fn s110_a_dangling_link_does_not_choose_where_the_key_is_made() {
    let folder = folder();
    let target = folder.path().join("elsewhere.key");
    let link = folder.path().join("master.key");
    symlink(&target, &link).unwrap();
    assert!(master_key(&link, FileAccess::Owner, &mut OsRng).is_err());
    assert!(private_file(&link, FileAccess::Owner).is_err());
    assert!(!target.exists());
}

#[test]
fn s110_what_is_not_a_file_is_refused() {
    let folder = folder();
    let path = folder.path().join("master.key");
    fs::create_dir(&path).unwrap();
    set_mode(&path, 0o700);
    assert!(matches!(
        master_key(&path, FileAccess::Owner, &mut OsRng),
        Err(SecretFileError::WrongKind { .. })
    ));
}

#[test]
fn a_file_that_holds_no_key_is_refused() {
    let folder = folder();
    for (index, contents) in ["", "c2hvcnQ=", "not base64 at all"].iter().enumerate() {
        let path = folder.path().join(index.to_string());
        create(&path, FileAccess::Owner, contents.as_bytes()).unwrap();
        assert!(
            matches!(master_key(&path, FileAccess::Owner, &mut OsRng), Err(SecretFileError::NotAKey { .. })),
            "{contents:?}"
        );
    }
}

#[test]
fn create_never_overwrites() {
    let folder = folder();
    let path = folder.path().join("file");
    create(&path, FileAccess::Owner, b"first").unwrap();
    assert!(create(&path, FileAccess::Owner, b"second").is_err());
    assert_eq!(read(&path).unwrap().as_slice(), b"first");
}

#[test]
fn a_file_without_end_is_not_read() {
    let folder = folder();
    let path = folder.path().join("file");
    create(&path, FileAccess::Owner, &vec![b'a'; 256 * 1024 + 1]).unwrap();
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
                    master_key(&path, FileAccess::Owner, &mut OsRng).unwrap()
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a draft was left behind");
    assert!(keys.windows(2).all(|pair| pair.first().map(|k| **k) == pair.last().map(|k| **k)));
}

/// A group that this process is not in.
fn foreign_group() -> u32 {
    let ours: Vec<u32> = rustix::process::getgroups().unwrap().iter().map(|group| group.as_raw()).collect();
    let own = rustix::process::getegid().as_raw();
    (60_000..).find(|group| *group != own && !ours.contains(group)).unwrap()
}

#[test]
fn what_a_group_may_reach_is_made_for_it() {
    let folder = folder();
    // What a volume with fsGroup is like: new files have the group of the folder.
    set_mode(folder.path(), 0o2770);
    let data = folder.path().join("data");
    for _ in 0..2 {
        private_folder(&data, FileAccess::Group).unwrap();
        private_file(&data.join("idp.db"), FileAccess::Group).unwrap();
        master_key(&data.join("master.key"), FileAccess::Group, &mut OsRng).unwrap();
    }
    assert_eq!(mode_of(&data), 0o2770);
    assert_eq!(mode_of(&data.join("idp.db")), 0o660);
    assert_eq!(mode_of(&data.join("master.key")), 0o660);
    let refused = private_folder(&data, FileAccess::Owner);
    assert!(matches!(refused, Err(SecretFileError::Exposed { mode: 0o2770, .. })));
}

#[test]
fn s110_what_others_may_reach_is_refused_also_where_a_group_may() {
    let folder = folder();
    let path = folder.path().join("master.key");
    master_key(&path, FileAccess::Group, &mut OsRng).unwrap();
    for mode in [0o664, 0o662, 0o661, 0o666] {
        set_mode(&path, mode);
        let refused = master_key(&path, FileAccess::Group, &mut OsRng);
        assert!(matches!(refused, Err(SecretFileError::Exposed { wanted: "o-rwx", .. })), "mode {mode:o}");
        assert!(inspect_file(&path, FileAccess::Group).is_err());
    }
    set_mode(folder.path(), 0o2775);
    assert!(private_folder(folder.path(), FileAccess::Group).is_err());
}

#[test]
fn s110_what_a_foreign_group_may_reach_is_refused() {
    let folder = folder();
    let path = folder.path().join("master.key");
    master_key(&path, FileAccess::Group, &mut OsRng).unwrap();
    if std::os::unix::fs::chown(&path, None, Some(foreign_group())).is_err() {
        println!("left out: only root can give a file to a group that it is not in");
        return;
    }
    let refused = master_key(&path, FileAccess::Group, &mut OsRng);
    assert!(matches!(refused, Err(SecretFileError::ForeignGroup { .. })));
    // Where its group may not reach it, it is as private as ever.
    set_mode(&path, 0o600);
    assert!(master_key(&path, FileAccess::Group, &mut OsRng).is_ok());
}

#[test]
fn a_file_is_read_whichever_member_of_the_group_owns_it() {
    let folder = folder();
    let path = folder.path().join("master.key");
    let key = master_key(&path, FileAccess::Group, &mut OsRng).unwrap();
    if std::os::unix::fs::chown(&path, Some(60_000), None).is_err() {
        println!("left out: only root can give a file away");
        return;
    }
    assert_eq!(*master_key(&path, FileAccess::Group, &mut OsRng).unwrap(), *key);
    let refused = master_key(&path, FileAccess::Owner, &mut OsRng);
    assert!(matches!(refused, Err(SecretFileError::Foreign { owner: 60_000, .. })));
}

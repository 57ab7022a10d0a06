//! S110: a mounted secret may be a link, and lead nowhere else; may be root's, and no one's beside.

#![allow(clippy::unwrap_used)]

use std::{
    fs::Permissions,
    os::unix::fs::{PermissionsExt, symlink},
};

use super::*;
use crate::secret_file::MasterKeyFile;

/// A Secret as Kubernetes mounts it: the file leads into `..data`, and that to the folder of the present version.
fn mount(version: &str, contents: &str) -> (tempfile::TempDir, MountedSecrets) {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o3777)).unwrap();
    symlink("..data/password", folder.path().join("password")).unwrap();
    put(folder.path(), version, contents);
    let mounted = MountedSecrets(vec![folder.path().to_owned()]);
    (folder, mounted)
}

fn put(folder: &Path, version: &str, contents: &str) {
    fs::create_dir(folder.join(version)).unwrap();
    fs::set_permissions(folder.join(version), Permissions::from_mode(0o2755)).unwrap();
    let file = folder.join(version).join("password");
    fs::write(&file, contents).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o440)).unwrap();
    symlink(version, folder.join("..new")).unwrap();
    fs::rename(folder.join("..new"), folder.join("..data")).unwrap();
}

#[test]
fn a_secret_that_is_mounted_as_a_link_is_read_also_when_it_changes() {
    let (folder, mounted) = mount("..2026_11_30", "first");
    let path = folder.path().join("password");
    assert_eq!(mounted.read(&path).unwrap().as_slice(), b"first");
    put(folder.path(), "..2026_12_01", "second");
    fs::remove_dir_all(folder.path().join("..2026_11_30")).unwrap();
    assert_eq!(mounted.read(&path).unwrap().as_slice(), b"second");
}

#[test]
fn s110_the_same_link_is_refused_where_no_setting_names_its_folder() {
    let (folder, _) = mount("..2026_11_30", "first");
    let path = folder.path().join("password");
    let elsewhere = MountedSecrets(vec![folder.path().join("other")]);
    for mounted in [MountedSecrets::default(), elsewhere] {
        assert!(matches!(mounted.read(&path), Err(SecretFileError::WrongKind { .. })));
    }
}

#[test]
fn s110_a_link_that_leads_out_of_the_folder_is_refused() {
    let (folder, mounted) = mount("..2026_11_30", "first");
    let outside = tempfile::NamedTempFile::new().unwrap();
    let link = folder.path().join("link");
    symlink(outside.path(), &link).unwrap();
    assert!(matches!(mounted.read(&link), Err(SecretFileError::Outside { .. })));
    let up = folder.path().join("..data/../../elsewhere");
    assert!(mounted.read(&up).is_err());
}

#[test]
fn s110_a_mounted_secret_that_others_read_or_the_group_writes_is_refused() {
    let (folder, mounted) = mount("..2026_11_30", "first");
    let file = folder.path().join("..2026_11_30/password");
    for mode in [0o444, 0o644, 0o604, 0o460, 0o660] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let refused = mounted.read(&folder.path().join("password"));
        assert!(matches!(refused, Err(SecretFileError::Exposed { .. })), "mode {mode:o}");
    }
    for mode in [0o400, 0o440, 0o600, 0o640] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        assert!(mounted.read(&folder.path().join("password")).is_ok(), "mode {mode:o}");
    }
}

#[test]
fn s110_a_folder_of_secrets_that_others_write_is_refused() {
    let (folder, mounted) = mount("..2026_11_30", "first");
    let path = folder.path().join("password");
    for (below, mode) in [("", 0o777), ("", 0o770), ("..2026_11_30", 0o775)] {
        let folder = folder.path().join(below);
        let before = fs::metadata(&folder).unwrap().permissions();
        fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
        let refused = mounted.read(&path);
        assert!(matches!(refused, Err(SecretFileError::Exposed { .. })), "{below} {mode:o}");
        fs::set_permissions(&folder, before).unwrap();
    }
    assert!(mounted.read(&path).is_ok());
}

#[test]
fn a_master_key_that_is_mounted_is_read_and_never_made() {
    let (folder, mounted) = mount("..2026_11_30", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
    let file = |name: &str| MasterKeyFile {
        path: folder.path().join(name),
        access: FileAccess::Owner,
        mounted: mounted.clone(),
    };
    let key = |name: &str| file(name).read_or_make(&mut rand_core::OsRng);
    let keys = key("password").unwrap();
    assert_eq!(*keys, [0; 32]);
    assert!(
        file("password").add(&mut rand_core::OsRng).is_err() && file("password").keep_one(&keys).is_err()
    );
    assert!(key("missing").map(drop).unwrap_err().is(io::ErrorKind::NotFound));
    assert!(!folder.path().join("missing").exists());
    assert!(mounted.inspect_file(&folder.path().join("missing"), FileAccess::Owner).is_err());
}

//! What platforms make of files and shells: volumes that belong to a group, secrets that are links, completions, manual pages.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
};

use crate::workspace::{Workspace, code, text};

/// What they print comes of the command line alone: no configuration is read, and nothing is opened.
#[test]
fn completions_and_manual_pages_know_every_command() {
    let workspace = Workspace::empty();
    fs::write(workspace.path().join("idp.toml"), "no configuration").unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = text(&workspace.run(&["completions", shell]).stdout);
        for word in ["sign-out", "logout-delivery", "--redirect-uri", "idp-server"] {
            assert!(
                script.contains(word) || script.contains(word.trim_start_matches('-')),
                "{shell}: {word}"
            );
        }
    }
    let page = text(&workspace.run(&["man"]).stdout);
    assert!(page.contains(".TH idp-server 1") && page.contains("SUBCOMMANDS"), "{page}");
    assert_eq!(code(&workspace.run(&["man", "pages/man1"])), 0);
    for command in ["", "-user", "-user-add", "-logout-delivery-retry"] {
        let page = workspace.path().join(format!("pages/man1/idp-server{command}.1"));
        assert!(fs::read_to_string(&page).unwrap().contains(".SH SYNOPSIS"), "{}", page.display());
        let readable = fs::metadata(&page).unwrap().permissions().mode() & 0o444;
        assert_eq!(readable, 0o444, "{}: others read manuals too", page.display());
    }
    let folder = fs::metadata(workspace.path().join("pages/man1")).unwrap().permissions().mode();
    assert_eq!(folder & 0o555, 0o555);
    assert_eq!(code(&workspace.run(&["man", "idp.toml"])), 4);
}

/// As a shell that starts does it.
#[test]
fn bash_takes_the_completions() {
    let workspace = Workspace::empty();
    let script = "source <(\"$1\" completions bash) && COMP_WORDS=(idp-server us) COMP_CWORD=1 && _idp__server idp-server us idp-server && printf '%s\\n' \"${COMPREPLY[@]}\"";
    let output = Command::new("bash")
        .args(["-c", script, "bash", env!("CARGO_BIN_EXE_idp-server")])
        .current_dir(workspace.path())
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout).trim(), "user", "{}", text(&output.stderr));
}

fn set_modes(folder: &Path, of_folder: u32, of_files: u32) {
    for entry in fs::read_dir(folder).unwrap() {
        fs::set_permissions(entry.unwrap().path(), fs::Permissions::from_mode(of_files)).unwrap();
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(of_folder)).unwrap();
}

/// What `fsGroup` makes of a volume, each time before a container starts.
#[test]
fn a_volume_that_is_handed_to_a_group_is_taken_where_that_is_said() {
    let workspace = Workspace::new();
    let data = workspace.path().join("idp-data");
    set_modes(&data, 0o2770, 0o660);
    let refused = workspace.run(&["user", "list"]);
    assert_eq!(code(&refused), 3);
    assert!(text(&refused.stderr).contains("has mode 2770 and is open to others"));
    let group = ["--set", "storage.access=group"];
    for command in [&["migrate"][..], &["user", "add", "alice", "--generate"], &["config", "check"]] {
        let done = workspace.run(&[&group[..], command].concat());
        assert_eq!(code(&done), 0, "{command:?}: {}", text(&done.stderr));
        set_modes(&data, 0o2770, 0o660);
    }
    set_modes(&data, 0o2770, 0o664);
    let refused = workspace.run(&[&group[..], &["user", "list"]].concat());
    assert!(text(&refused.stderr).contains("chmod o-rwx"), "{}", text(&refused.stderr));
}

/// A Secret of Kubernetes is a folder of links.
#[test]
fn a_master_key_that_is_mounted_as_a_link_is_taken_where_that_is_said() {
    let workspace = Workspace::empty();
    let mount = workspace.path().canonicalize().unwrap().join("secrets");
    let version = mount.join("..2026_11_30");
    fs::create_dir_all(&version).unwrap();
    fs::write(version.join("master.key"), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").unwrap();
    set_modes(&version, 0o755, 0o440);
    fs::set_permissions(&mount, fs::Permissions::from_mode(0o1777)).unwrap();
    symlink("..2026_11_30", mount.join("..data")).unwrap();
    symlink("..data/master.key", mount.join("master.key")).unwrap();
    let key = format!("storage.master_key_file={}", mount.join("master.key").display());
    let refused = workspace.run(&["--set", &key, "migrate"]);
    assert_eq!(code(&refused), 3);
    assert!(text(&refused.stderr).contains("not a link"), "{}", text(&refused.stderr));
    let mounted = format!("storage.mounted_secrets={}", mount.display());
    for command in ["migrate", "migrate"] {
        let done = workspace.run(&["--set", &key, "--set", &mounted, command]);
        assert_eq!(code(&done), 0, "{}", text(&done.stderr));
    }
    assert!(!workspace.path().join("idp-data/master.key").exists());
}

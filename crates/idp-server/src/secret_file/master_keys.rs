//! Master keys: in a private file, or printed by a program that has them from elsewhere (a KMS, a token behind PKCS#11, Vault,
//! a credential of systemd). There is one, and while it is rotated two: the one that seals, and another that still opens.

use std::{fmt, io, ops::Deref, path::PathBuf};

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use super::{
    FileAccess, MountedSecrets, Result, SecretFileError, create, io_error, program, remove_drafts_of, replace,
};

/// More lines are no file of master keys.
const MOST: usize = 4;

/// Master keys, of which the first seals. Dereferences to that one.
#[derive(Clone)]
pub struct MasterKeys(Vec<Zeroizing<[u8; 32]>>);

impl Deref for MasterKeys {
    type Target = [u8; 32];

    fn deref(&self) -> &[u8; 32] {
        const NONE: &[u8; 32] = &[0; 32];
        // There is one at least: `parse` sees to it.
        self.0.first().map_or(NONE, |key| key)
    }
}

impl MasterKeys {
    /// A key a line, 32 bytes in base64; empty lines and comments (`#`) aside.
    fn parse(text: &[u8]) -> Option<Self> {
        let lines = text.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
        let keys: Vec<_> = lines.map(parse_key).collect::<Option<_>>()?;
        (1..=MOST).contains(&keys.len()).then_some(Self(keys))
    }

    /// This one alone.
    #[must_use]
    pub fn one(key: &[u8; 32]) -> Self {
        Self(vec![Zeroizing::new(*key)])
    }

    /// These.
    #[cfg(test)]
    pub fn of(keys: &[[u8; 32]]) -> Self {
        Self(keys.iter().map(|key| Zeroizing::new(*key)).collect())
    }

    /// Those that open and do not seal.
    #[must_use]
    pub fn former(&self) -> &[Zeroizing<[u8; 32]>] {
        self.0.get(1..).unwrap_or_default()
    }

    /// By what each is known; the one that seals is the first.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<String> {
        self.0.iter().map(|key| fingerprint(key)).collect()
    }

    /// The same with the one of this fingerprint first; `None` when it is not among them.
    #[must_use]
    pub fn sealing_under(mut self, known: &str) -> Option<Self> {
        let position = self.0.iter().position(|key| fingerprint(key) == known)?;
        let first = self.0.remove(position);
        self.0.insert(0, first);
        Some(self)
    }
}

fn printed_by(words: &[String]) -> Result<MasterKeys> {
    let no_key = || SecretFileError::Command {
        program: words.first().cloned().unwrap_or_default(),
        what: "printed no master key: 32 bytes in base64, one a line".to_owned(),
    };
    MasterKeys::parse(&program::output(words, program::PATIENCE)?).ok_or_else(no_key)
}

/// By what a master key is known: 16 hexadecimal digits, which tell nothing of it.
fn fingerprint(master: &[u8; 32]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, master), b"fingerprint");
    tag.as_ref().iter().take(8).map(|octet| format!("{octet:02x}")).collect()
}

/// The file of the master keys, and who may read it there.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct MasterKeyFile {
    /// Where it is.
    pub path: PathBuf,
    /// Who may reach it.
    pub access: FileAccess,
    /// Where files are mounted, and by other rules.
    pub mounted: MountedSecrets,
}

/// Where the master keys are.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum MasterKeySource {
    /// In a private file.
    File(MasterKeyFile),
    /// On the standard output of this program, with these arguments.
    Command(Vec<String>),
}

impl fmt::Display for MasterKeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => file.path.display().fmt(f),
            Self::Command(words) => f.write_str(words.first().map_or("", String::as_str)),
        }
    }
}

impl MasterKeySource {
    /// The setting that names it.
    #[must_use]
    pub const fn setting(&self) -> &'static str {
        match self {
            Self::File(_) => "storage.master_key_file",
            Self::Command(_) => "storage.master_key_command",
        }
    }

    /// The file, where it is one.
    #[must_use]
    pub const fn file(&self) -> Option<&MasterKeyFile> {
        match self {
            Self::File(file) => Some(file),
            Self::Command(_) => None,
        }
    }

    /// The keys, which must be there.
    ///
    /// # Errors
    /// When there is no private file with keys in it, or the program prints none.
    pub fn read(&self) -> Result<MasterKeys> {
        match self {
            Self::File(file) => file.read(),
            Self::Command(words) => printed_by(words),
        }
    }

    /// The keys; of a file that is not there, a new one.
    ///
    /// # Errors
    /// As [`MasterKeySource::read`], or that the file cannot be made.
    pub fn read_or_make(&self, rng: &mut (impl CryptoRngCore + ?Sized)) -> Result<MasterKeys> {
        match self {
            Self::File(file) => file.read_or_make(rng),
            Self::Command(words) => printed_by(words),
        }
    }
}

impl MasterKeyFile {
    /// A file for its owner alone, mounted nowhere.
    #[cfg(test)]
    pub fn private(path: &std::path::Path) -> Self {
        Self { path: path.to_owned(), access: FileAccess::Owner, mounted: MountedSecrets::default() }
    }

    /// The keys, which must be there.
    ///
    /// # Errors
    /// When it is not a private file with keys in it.
    pub fn read(&self) -> Result<MasterKeys> {
        self.parse(&self.text()?)
    }

    /// The keys, made on first use unless it is a mounted secret.
    ///
    /// # Errors
    /// When the file exists and is not a private file with keys in it, or cannot be made.
    pub fn read_or_make(&self, rng: &mut (impl CryptoRngCore + ?Sized)) -> Result<MasterKeys> {
        let text = match self.text() {
            Err(error) if error.is(io::ErrorKind::NotFound) && self.require_own().is_ok() => {
                let made = create(&self.path, self.access, &new_key_line(rng));
                // Another process may have been first; then its key is the key.
                if made.as_ref().is_err_and(|error| !error.is(io::ErrorKind::AlreadyExists)) {
                    made?;
                }
                self.text()?
            }
            text => text?,
        };
        self.parse(&text)
    }

    /// Adds a new key behind the others. Answers its fingerprint.
    ///
    /// # Errors
    /// When the file is none of keys, is mounted, has as many as it may have, or cannot be written.
    pub fn add(&self, rng: &mut (impl CryptoRngCore + ?Sized)) -> Result<String> {
        self.require_own()?;
        let mut text = self.text()?;
        if !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        text.extend_from_slice(&new_key_line(rng));
        let keys = self.parse(&text)?;
        self.replace(&text)?;
        Ok(keys.fingerprints().pop().unwrap_or_default())
    }

    /// Leaves the key that seals alone in the file.
    ///
    /// # Errors
    /// When it is mounted, or cannot be written.
    pub fn keep_one(&self, keys: &MasterKeys) -> Result<()> {
        self.require_own()?;
        self.replace(&line_of(keys))
    }

    /// What a command left that was killed goes first: a key that was dropped must not stay there, and two commands at once must
    /// not both succeed.
    fn replace(&self, text: &[u8]) -> Result<()> {
        remove_drafts_of(&self.path).map_err(io_error(&self.path))?;
        replace(&self.path, self.access, text)
    }

    fn text(&self) -> Result<Zeroizing<Vec<u8>>> {
        self.mounted.read_as(&self.path, self.access)
    }

    fn parse(&self, text: &[u8]) -> Result<MasterKeys> {
        MasterKeys::parse(text).ok_or_else(|| SecretFileError::NotAKey { path: self.path.clone() })
    }

    /// Whether it is this machine's to change: not where it is mounted.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.mounted.folder_of(&self.path).is_none()
    }

    fn require_own(&self) -> Result<()> {
        match self.is_own() {
            true => Ok(()),
            false => Err(SecretFileError::Mounted { path: self.path.clone() }),
        }
    }
}

/// The master keys in a file that is mounted nowhere, made on first use.
#[cfg(test)]
pub fn master_key(
    path: &std::path::Path,
    access: FileAccess,
    rng: &mut (impl CryptoRngCore + ?Sized),
) -> Result<MasterKeys> {
    MasterKeyFile { access, ..MasterKeyFile::private(path) }.read_or_make(rng)
}

fn new_key_line(rng: &mut (impl CryptoRngCore + ?Sized)) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new([0; 32]);
    rng.fill_bytes(key.as_mut_slice());
    line_of(&key)
}

fn line_of(key: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    let mut line = Zeroizing::new(STANDARD.encode(key).into_bytes());
    line.push(b'\n');
    line
}

fn parse_key(line: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(STANDARD.decode(line).ok()?);
    let mut key = Zeroizing::new([0; 32]);
    if bytes.len() != key.len() {
        return None;
    }
    key.copy_from_slice(&bytes);
    Some(key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    const FIRST: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const SECOND: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    fn words(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).into()
    }

    #[test]
    fn a_file_may_have_several_keys_and_the_first_seals() {
        let keys = MasterKeys::parse(format!("# old\n{FIRST}\n\n{SECOND}\n").as_bytes()).unwrap();
        assert_eq!((*keys, keys.former().len()), ([0; 32], 1));
        let names = keys.fingerprints();
        assert_eq!(names.len(), 2);
        let turned = keys.clone().sealing_under(&names[1]).unwrap();
        assert_eq!((*turned, turned.fingerprints()), ([1; 32], vec![names[1].clone(), names[0].clone()]));
        assert!(keys.sealing_under("0123456789abcdef").is_none());
        for text in ["", "# none\n", "AAAA\n", &format!("{FIRST}\nno key\n"), &format!("{FIRST}\n").repeat(5)]
        {
            assert!(MasterKeys::parse(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn a_program_prints_the_key_or_its_failure_is_said() {
        let source = |script: &str| MasterKeySource::Command(words(script));
        assert_eq!(*source(&format!("echo {SECOND}")).read().unwrap(), [1; 32]);
        for (script, said) in
            [("exit 3", "ended with exit status: 3"), ("echo no key", "printed no master key")]
        {
            assert!(source(script).read().map(drop).unwrap_err().to_string().contains(said), "{script}");
        }
        let missing = MasterKeySource::Command(vec!["/no/such/program".to_owned()]);
        assert!(missing.read().map(drop).unwrap_err().to_string().contains("cannot be run"));
    }

    #[test]
    fn a_key_is_added_and_the_others_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let file = MasterKeyFile::private(&folder.path().join("master.key"));
        let first = file.read_or_make(&mut rand_core::OsRng).unwrap();
        let name = file.add(&mut rand_core::OsRng).unwrap();
        let both = file.read().unwrap();
        // What an `add` left that was killed, in a container where each command has the same number; and what is no draft.
        let (draft, other) = (folder.path().join(".master.key.1-0"), folder.path().join(".master.key.old"));
        for left in [&draft, &other] {
            std::fs::write(left, "both keys").unwrap();
        }
        assert_eq!(both.fingerprints(), [first.fingerprints(), vec![name.clone()]].concat());
        file.keep_one(&both.sealing_under(&name).unwrap()).unwrap();
        assert_eq!(file.read().unwrap().fingerprints(), [name]);
        assert!(!draft.exists() && other.exists());
    }
}

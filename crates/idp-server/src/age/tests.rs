#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::{BufReader, Read as _, Write as _};

use rand_core::OsRng;

use super::*;

/// Made by age 1.1.1 with the key below: `printf 'six sites of one house\n' | age -r ...`.
const KEY: &str = include_str!("../../testdata/age/key.txt");
const FOR_KEY: &[u8] = include_bytes!("../../testdata/age/for_key.age");
const CONTENTS: &str = "six sites of one house\n";

fn identities() -> Vec<Identity> {
    Identity::read_all(KEY).unwrap()
}

fn read(opener: &Opener<'_>, file: &[u8]) -> Result<Vec<u8>, AgeError> {
    let mut contents = Vec::new();
    decrypt(opener, BufReader::with_capacity(100, file))?.read_to_end(&mut contents)?;
    Ok(contents)
}

fn written(recipients: &[Recipient], contents: &[u8]) -> Vec<u8> {
    let mut writer = encrypt_for(recipients, &mut OsRng, Vec::new()).unwrap();
    for part in contents.chunks(1000) {
        writer.write_all(part).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn what_age_itself_encrypted_opens() {
    assert_eq!(read(&Opener::Identities(&identities()), FOR_KEY).unwrap(), CONTENTS.as_bytes());
    let public = KEY.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    assert_eq!(identities()[0].recipient().unwrap().to_string(), public);
    assert_eq!(public.parse::<Recipient>().unwrap(), identities()[0].recipient().unwrap());
    assert!(KEY.contains(&**identities()[0].text().unwrap()));
}

#[test]
fn contents_of_any_length_come_back() {
    let (mine, other) = (Identity::generate(&mut OsRng), Identity::generate(&mut OsRng));
    let recipients = [other.recipient().unwrap(), mine.recipient().unwrap()];
    let mine = [mine];
    for length in [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000] {
        let contents: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let file = written(&recipients, &contents);
        assert_eq!(read(&Opener::Identities(&mine), &file).unwrap(), contents, "{length}");
    }
}

#[test]
fn a_passphrase_opens_its_own_file_alone() {
    let passphrase = |text: &str| Passphrase::new(Zeroizing::new(text.to_owned()));
    let mine = passphrase("a walk along 7 rivers");
    let mut writer = encrypt_under(&mine, &mut OsRng, Vec::new()).unwrap();
    writer.write_all(CONTENTS.as_bytes()).unwrap();
    let file = writer.finish().unwrap();
    assert_eq!(read(&Opener::Passphrase(&mine), &file).unwrap(), CONTENTS.as_bytes());
    let other = passphrase("a walk along 8 rivers");
    assert!(matches!(read(&Opener::Passphrase(&other), &file), Err(AgeError::OtherPassphrase)));
    assert!(matches!(read(&Opener::Identities(&identities()), &file), Err(AgeError::TakesPassphrase)));
    assert!(matches!(read(&Opener::Passphrase(&mine), FOR_KEY), Err(AgeError::TakesKey)));
}

#[test]
fn another_key_opens_nothing() {
    let other = [Identity::generate(&mut OsRng)];
    assert!(matches!(read(&Opener::Identities(&other), FOR_KEY), Err(AgeError::OtherKey)));
}

#[test]
fn an_octet_that_is_changed_and_a_file_that_is_cut_off_are_noticed() {
    let (mine, contents) = ([Identity::generate(&mut OsRng)], vec![7; 140_000]);
    let file = written(&[mine[0].recipient().unwrap()], &contents);
    let is_refused = |file: &[u8]| read(&Opener::Identities(&mine), file).is_err();
    assert!(!is_refused(&file));
    for at in (0..300).chain([65_700, 140_000, file.len() - 1]) {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(is_refused(&changed), "octet {at}");
    }
    let header = file.len() - 140_000 - 3 * 16;
    for length in [0, 1, 20, header - 1, header, header + 65_552, header + 131_104, file.len() - 1] {
        assert!(is_refused(&file[..length]), "{length}");
    }
    assert!(is_refused(&[file.as_slice(), b"x"].concat()));
}

#[test]
fn what_is_no_key_is_said_to_be_none() {
    let own = identities()[0].recipient().unwrap().to_string();
    for text in ["", "age1", "age1qqqq", &own[1..], &own.replacen('1', "2", 1), &KEY[..20]] {
        assert!(text.parse::<Recipient>().is_err(), "{text}");
    }
    for text in ["", "# nothing\n", "AGE-SECRET-KEY-1QQQ", own.as_str()] {
        assert!(Identity::read_all(text).is_err(), "{text}");
    }
}

/// A reader that is asked again after an error gives nothing of what did not open.
#[test]
fn nothing_is_read_after_an_error() {
    let (mine, contents) = ([Identity::generate(&mut OsRng)], vec![7; 140_000]);
    let mut file = written(&[mine[0].recipient().unwrap()], &contents);
    // In the second chunk of three.
    let at = file.len() - 16 - (140_000 - 2 * 65_536) - 100;
    file[at] ^= 1;
    let mut reader = decrypt(&Opener::Identities(&mine), file.as_slice()).unwrap();
    let mut first = vec![0; 65_536];
    reader.read_exact(&mut first).unwrap();
    assert_eq!(first, &contents[..65_536]);
    let mut more = [0; 10];
    for _ in 0..3 {
        assert!(reader.read(&mut more).is_err());
        assert_eq!(more, [0; 10]);
    }
}

/// What `age` refuses is no key here either.
#[test]
fn a_key_has_one_checksum_and_one_case() {
    let own = identities()[0].recipient().unwrap();
    let hrp = bech32::Hrp::parse("age").unwrap();
    let (_, octets) = bech32::decode(&own.to_string()).unwrap();
    let other_form = bech32::encode::<bech32::Bech32m>(hrp, &octets).unwrap();
    assert!(other_form.parse::<Recipient>().is_err());
    assert!(own.to_string().to_uppercase().parse::<Recipient>().is_err());
    assert!(Identity::read_all(&identities()[0].text().unwrap().to_lowercase()).is_err());
}

#[test]
fn a_work_factor_is_a_number_as_age_writes_it() {
    let passphrase = Passphrase::new(Zeroizing::new("a walk along 7 rivers".to_owned()));
    for work in ["+17", "017", "17 ", "", "0", "-1", "seventeen"] {
        let arguments = vec!["scrypt".to_owned(), "AAAAAAAAAAAAAAAAAAAAAA".to_owned(), work.to_owned()];
        let stanza = header::Stanza { arguments, body: vec![0; 32] };
        let unwrapped = passphrase.unwrap(&Header::of(vec![stanza]));
        assert!(matches!(unwrapped, Err(AgeError::NotAge)), "{work}");
    }
}

//! PKCS#1 v1.5 paddings that a lax parser takes for the right one, made with the private key: only
//! the one encoding of RFC 8017 section 9.2 is a signature. The categories are those of Wycheproof.

use aws_lc_rs::digest::{self, Algorithm};
use resource_sdk::VerifyError::Signature;

use crate::support::*;

const SHA256_OID: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const NULL: &[u8] = &[0x05, 0x00];

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// DigestInfo with these parts.
fn digest_info(oid: &[u8], parameters: &[u8], hash: &[u8]) -> Vec<u8> {
    sequence(&[&sequence(&[&tlv(0x06, oid), parameters]), &tlv(0x04, hash)])
}

/// 00 01 FF.. 00 and the rest, as long as the modulus.
fn padded(rest: &[u8]) -> Vec<u8> {
    let filler = vec![0xff; KEY.size() - 3 - rest.len()];
    [&[0, 1], &filler[..], &[0], rest].concat()
}

fn input() -> String {
    format!("{}.{}", b64(header().to_string()), b64(claims().to_string()))
}

fn hash_with(algorithm: &'static Algorithm) -> Vec<u8> {
    digest::digest(algorithm, input().as_bytes()).as_ref().to_vec()
}

fn token_with_encoding(encoded: &[u8]) -> String {
    assert_eq!(encoded.len(), KEY.size());
    format!("{}.{}", input(), b64(KEY.sign_raw(encoded)))
}

#[track_caller]
fn assert_forgery(encoded: &[u8]) {
    assert_refused_as(&token_with_encoding(encoded), Signature);
}

fn right() -> Vec<u8> {
    digest_info(SHA256_OID, NULL, &hash_with(&digest::SHA256))
}

#[test]
fn j26_the_right_encoding_is_accepted() {
    assert!(verify(&token_with_encoding(&padded(&right()))).is_ok());
}

#[test]
fn j26_modified_padding() {
    let good = padded(&right());
    let size = good.len();
    let changed = |at: usize, octet: u8| {
        let mut encoded = good.clone();
        encoded[at] = octet;
        encoded
    };
    for encoded in [
        changed(1, 0),
        changed(1, 2),
        changed(1, 0xff),
        changed(2, 0),
        changed(2, 0xfe),
        changed(50, 0),
        changed(50, 0x7f),
        changed(size - right().len() - 1, 1),
        changed(size - right().len() - 1, 0xff),
        changed(size - right().len() - 2, 0xfe),
    ] {
        assert_forgery(&encoded);
    }
}

#[test]
fn j26_short_padding_with_room_for_garbage() {
    let right = right();
    for filler in [0, 1, 7, 8, 9, 100] {
        let front = [&[0, 1], &vec![0xff; filler][..], &[0], &right[..]].concat();
        let room = KEY.size() - front.len();
        for garbage in [0x00, 0x5a, 0xff] {
            assert_forgery(&[&front[..], &vec![garbage; room]].concat());
        }
    }
    // The garbage inside the structure, with lengths that cover it.
    let hash = hash_with(&digest::SHA256);
    let algorithm = sequence(&[&tlv(0x06, SHA256_OID), NULL]);
    let trailing = sequence(&[&algorithm, &tlv(0x04, &hash), &tlv(0x04, &[0; 20])]);
    assert_forgery(&padded(&trailing));
    let inside =
        sequence(&[&sequence(&[&tlv(0x06, SHA256_OID), NULL, &tlv(0x04, &[0; 20])]), &tlv(0x04, &hash)]);
    assert_forgery(&padded(&inside));
}

#[test]
fn j26_no_padding_no_structure() {
    let hash = hash_with(&digest::SHA256);
    let mut bare = vec![0; KEY.size() - right().len()];
    bare.extend(right());
    assert_forgery(&bare);
    assert_forgery(&padded(&hash));
    assert_forgery(&padded(&tlv(0x04, &hash)));
    assert_forgery(&padded(&[]));
    let zeros = [&[0, 1], &vec![0; KEY.size() - 3 - right().len()][..], &[0], &right()[..]].concat();
    assert_forgery(&zeros);
}

#[test]
fn j26_missing_or_wrong_null() {
    let hash = hash_with(&digest::SHA256);
    for parameters in [
        &[][..],
        &[0x05, 0x01, 0x00],
        &[0x04, 0x00],
        &[0x30, 0x00],
        &[0x05, 0x00, 0x05, 0x00],
        &[0x05, 0x81, 0x00],
        &[0x00, 0x00],
        &[0x02, 0x01, 0x00],
    ] {
        assert_forgery(&padded(&digest_info(SHA256_OID, parameters, &hash)));
    }
}

#[test]
fn j26_ber_instead_of_der() {
    let hash = hash_with(&digest::SHA256);
    let algorithm = sequence(&[&tlv(0x06, SHA256_OID), NULL]);
    let content = [&algorithm[..], &tlv(0x04, &hash)].concat();
    let long = |tag: u8, length: &[u8], content: &[u8]| [&[tag], length, content].concat();
    let total = u8::try_from(content.len()).unwrap();
    let algorithm_length = u8::try_from(algorithm.len() - 2).unwrap();
    for encoded in [
        long(0x30, &[0x81, total], &content),
        long(0x30, &[0x82, 0, total], &content),
        long(0x30, &[0x84, 0, 0, 0, total], &content),
        long(0x30, &[0x80], &[&content[..], &[0, 0]].concat()),
        sequence(&[&long(0x30, &[0x81, algorithm_length], &algorithm[2..]), &tlv(0x04, &hash)]),
        sequence(&[&algorithm, &long(0x04, &[0x81, 32], &hash)]),
        sequence(&[&algorithm, &long(0x04, &[0x82, 0, 32], &hash)]),
        sequence(&[&algorithm, &long(0x24, &[0x80], &[&tlv(0x04, &hash)[..], &[0, 0]].concat())]),
        sequence(&[&algorithm, &tlv(0x24, &tlv(0x04, &hash))]),
        sequence(&[&algorithm, &tlv(0x03, &[&[0], &hash[..]].concat())]),
        sequence(&[&tlv(0x31, &algorithm[2..]), &tlv(0x04, &hash)]),
        [&right()[..], &[0, 0]].concat(),
        [&[0x30, total - 1], &content[..]].concat(),
        [&[0x30, total + 1], &content[..]].concat(),
    ] {
        assert_forgery(&padded(&encoded));
    }
}

#[test]
fn j26_another_hash() {
    let sha1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
    let md5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05];
    let nist = |last: u8| [&SHA256_OID[..8], &[last]].concat();
    for (oid, hash) in [
        (sha1.to_vec(), hash_with(&digest::SHA1_FOR_LEGACY_USE_ONLY)),
        (nist(2), hash_with(&digest::SHA384)),
        (nist(3), hash_with(&digest::SHA512)),
        (nist(4), hash_with(&digest::SHA224)),
        (nist(6), hash_with(&digest::SHA512_256)),
        (nist(8), hash_with(&digest::SHA3_256)),
        // The right hash under the wrong name, and the wrong one under the right name.
        (nist(6), hash_with(&digest::SHA256)),
        (md5.to_vec(), hash_with(&digest::SHA256)[..16].to_vec()),
        (SHA256_OID.to_vec(), hash_with(&digest::SHA3_256)),
        (SHA256_OID.to_vec(), hash_with(&digest::SHA512)),
        (SHA256_OID.to_vec(), hash_with(&digest::SHA256)[..31].to_vec()),
        (SHA256_OID.to_vec(), Vec::new()),
    ] {
        assert_forgery(&padded(&digest_info(&oid, NULL, &hash)));
    }
}

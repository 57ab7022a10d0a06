#![allow(clippy::unwrap_used)]
use super::*;

fn hash(byte: u8) -> SecretHash {
    SecretHash::parse(&crate::base64url::encode([byte; 32])).unwrap()
}

#[test]
fn a_rotation_starts_from_the_current_token_and_leaves_it_as_the_predecessor() {
    let first = RefreshState::first(hash(1), UnixTime(10));
    let rotation = first.rotate(hash(2), "sealed".to_owned(), UnixTime(20));
    assert_eq!((rotation.generation, rotation.replaced), (0, hash(1)));
    assert_eq!(rotation.sealed_answer(), "sealed");
    let second = rotation.successor;
    assert_eq!((second.generation, second.current, second.issued_at), (1, hash(2), UnixTime(20)));
    let before = second.predecessor.as_ref().unwrap();
    assert_eq!((before.hash, before.replaced_at), (hash(1), UnixTime(20)));
    let third = second.rotate(hash(3), String::new(), UnixTime(30));
    assert_eq!((third.generation, third.replaced, third.successor.generation), (1, hash(2), 2));
}

//! One token has one spelling, and only a strict parser decides what it says.

use resource_sdk::{MAX_TOKEN_BYTES, VerifyError::*};
use serde_json::json;

use crate::support::*;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The segments of a good token.
fn segments() -> [String; 3] {
    let token = good_token();
    let segments: Vec<String> = token.split('.').map(str::to_owned).collect();
    segments.try_into().unwrap()
}

#[test]
fn j14_characters_outside_the_alphabet() {
    for index in 0..3 {
        for (from_end, noise) in [
            (0, "="),
            (0, "=="),
            (0, " "),
            (0, "\t"),
            (0, "\n"),
            (0, "\r\n"),
            (0, "\0"),
            (1, "+"),
            (1, "/"),
            (1, " "),
            (1, "\u{feff}"),
            (1, "\u{ff21}"),
            (1, "%3D"),
            (1, "\u{200b}"),
            (0, "\u{a0}"),
        ] {
            let mut segments = segments();
            let at = segments[index].len() - from_end;
            segments[index].insert_str(at, noise);
            assert_refused(&segments.join("."));
        }
        let mut segments = segments();
        segments[index].insert(0, '\u{feff}');
        assert_refused(&segments.join("."));
    }
    for token in
        [format!(" {}", good_token()), format!("{} ", good_token()), format!("\u{feff}{}", good_token())]
    {
        assert_refused(&token);
    }
    // Signed over the odd spelling itself.
    for noise in ["=", "==", "\n", " ", "+", "/"] {
        let [header, payload, _] = segments();
        assert_refused(&KEY.token_of(&format!("{header}{noise}"), &payload));
        assert_refused(&KEY.token_of(&header, &format!("{payload}{noise}")));
    }
}

/// Every other spelling of a segment with the same octets: its unused last bits set.
fn other_spellings(segment: &str) -> Vec<String> {
    let unused_bits = match segment.len() % 4 {
        2 => 4,
        3 => 2,
        _ => return Vec::new(),
    };
    let last = *segment.as_bytes().last().unwrap();
    let value = ALPHABET.iter().position(|letter| *letter == last).unwrap();
    (1..1 << unused_bits)
        .map(|bits| {
            let letter = char::from(ALPHABET[value | bits]);
            format!("{}{letter}", &segment[..segment.len() - 1])
        })
        .collect()
}

#[test]
fn j15_non_canonical_base64url() {
    let mut tried = 0;
    // Payloads of every length modulo 3, so that each kind of remainder occurs.
    for padding in ["", "x", "xx"] {
        let header = b64(json!({"typ": "at+jwt", "alg": "RS256", "kid": KID, "p": padding}).to_string());
        let mut claims = claims();
        claims["p"] = padding.into();
        let payload = b64(claims.to_string());
        let token = KEY.token_of(&header, &payload);
        assert!(verify(&token).is_ok());

        for spelling in other_spellings(&header) {
            assert_refused(&KEY.token_of(&spelling, &payload));
            tried += 1;
        }
        for spelling in other_spellings(&payload) {
            assert_refused_as(&KEY.token_of(&header, &spelling), Malformed);
            tried += 1;
        }
        let (input, signature) = token.rsplit_once('.').unwrap();
        for spelling in other_spellings(signature) {
            assert_refused_as(&format!("{input}.{spelling}"), Malformed);
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
}

#[test]
fn j16_any_other_number_of_segments() {
    let [header, payload, signature] = segments();
    let dots = ".".repeat(1_000_000);
    for token in [
        "",
        ".",
        "..",
        "...",
        "....",
        &header,
        &format!("{header}.{payload}"),
        &format!("{header}.{payload}."),
        &format!(".{payload}.{signature}"),
        &format!("{header}..{signature}"),
        &format!("{header}.{payload}.{signature}."),
        &format!(".{header}.{payload}.{signature}"),
        &format!("{header}.{payload}.{signature}.{signature}"),
        &format!("{header}.{payload}..{signature}"),
        &format!("{header}.{payload}.{signature}.a.b"),
        &dots,
        &dots[..8_000],
    ] {
        assert_refused_as(token, Malformed);
    }
}

#[test]
fn j18_json_serialisations_and_polyglots() {
    let [header, payload, signature] = segments();
    let flattened = json!({"protected": header, "payload": payload, "signature": signature});
    let general = json!({"payload": payload, "signatures": [{"protected": header, "signature": signature}]});
    let compact = good_token();
    for token in [
        flattened.to_string(),
        general.to_string(),
        format!("[{compact:?}]"),
        format!("{compact:?}"),
        format!("{{\"{compact}\":1}}"),
        format!("{{\"  {header}.\":\"\",\"payload\":\"{payload}\",\"signature\":\"{signature}\"}}"),
        format!("{flattened}.{payload}.{signature}"),
        format!("{header}.{flattened}.{signature}"),
        format!("{compact}{flattened}"),
        format!("{flattened}{compact}"),
    ] {
        assert_refused(&token);
    }
}

#[test]
fn j20_a_header_member_given_twice() {
    let rest = format!(r#""typ":"at+jwt","kid":"{KID}""#);
    for header in [
        format!(r#"{{"alg":"RS256","alg":"none",{rest}}}"#),
        format!(r#"{{"alg":"none","alg":"RS256",{rest}}}"#),
        format!(r#"{{"alg":"RS256","alg":"RS256",{rest}}}"#),
        format!(r#"{{"al\u0067":"none","alg":"RS256",{rest}}}"#),
        format!(r#"{{"alg":"RS256","al\u0067":"none",{rest}}}"#),
        format!(r#"{{"alg":"RS256",{rest},"kid":"other"}}"#),
        format!(r#"{{"kid":"other","alg":"RS256",{rest}}}"#),
        format!(r#"{{"alg":"RS256",{rest},"\u006bid":"other"}}"#),
        format!(r#"{{"typ":"JWT","alg":"RS256",{rest}}}"#),
        format!(r#"{{"alg":"RS256",{rest},"typ":"JWT"}}"#),
        format!(r#"{{"x":1,"alg":"RS256",{rest},"x":1}}"#),
    ] {
        assert_refused_as(&token_under(header), Malformed);
    }
}

#[test]
fn j21_a_claim_given_twice() {
    let good = claims().to_string();
    let body = &good[1..good.len() - 1];
    for name in ["exp", "aud", "iss", "sub", "scope", "jti", "client_id", "iat", "auth_time", "sid"] {
        let same = claims()[name].to_string();
        let escaped = format!("\\u{:04x}{}", name.as_bytes()[0], &name[1..]);
        for spelling in [name, &escaped] {
            for value in [same.as_str(), "\"other\"", "9999999999", "null"] {
                for payload in [
                    format!("{{{body},\"{spelling}\":{value}}}"),
                    format!("{{\"{spelling}\":{value},{body}}}"),
                ] {
                    assert_refused_as(&KEY.token(header().to_string(), payload), Malformed);
                }
            }
        }
    }
    assert_refused(&KEY.token(header().to_string(), format!("{{{body},\"x\":1,\"x\":1}}")));
}

#[test]
fn j22_what_is_not_one_json_object() {
    let (header, payload) = (header().to_string(), claims().to_string());
    let texts: Vec<Vec<u8>> =
        ["[]", "\"x\"", "null", "1", "true", "{}", "{", "", " ", "NaN", "{\"a\":NaN}", "{\"a\":\"\\ud800\"}"]
            .iter()
            .map(|text| text.as_bytes().to_vec())
            .collect();
    for text in &texts {
        assert_refused(&KEY.token(text, &payload));
        assert_refused(&KEY.token(&header, text));
    }
    for (suffix, prefix) in [
        ("x", ""),
        ("{}", ""),
        ("/*c*/", ""),
        ("//c", ""),
        ("\0", ""),
        (",", ""),
        ("", "\u{feff}"),
        ("", "/**/"),
        ("", "x"),
    ] {
        assert_refused_as(&KEY.token(format!("{prefix}{header}{suffix}"), &payload), Malformed);
        assert_refused_as(&KEY.token(&header, format!("{prefix}{payload}{suffix}")), Malformed);
    }
    let inner = &payload[1..payload.len() - 1];
    for member in [
        &b"\"x\":NaN"[..],
        b"\"x\":Infinity",
        b"\"x\":\"\\ud800\"",
        b"\"x\":\"\\udc00\\ud800\"",
        b"\"\\ud800\":1",
        b"\"x\":\"\xff\"",
        b"\"x\":\"\xc0\xaf\"",
        b"\"x\":\"\xed\xa0\x80\"",
        b"\"x\":01",
        b"\"x\":'y'",
        b"\"x\":\"\n\"",
        b"x:1",
        b"\"x\":1,",
        b"\"x\" 1",
    ] {
        let text = [b"{", inner.as_bytes(), b",", member, b"}"].concat();
        assert_refused_as(&KEY.token(&header, text), Malformed);
        let text = [b"{", &header.as_bytes()[1..header.len() - 1], b",", member, b"}"].concat();
        assert_refused_as(&KEY.token(text, &payload), Malformed);
    }
}

#[test]
fn j23_size_depth_and_numbers_are_bounded() {
    // Tokens around the limit: read up to it, refused beyond it.
    let filled = |length: usize| token_claiming("x", "y".repeat(length));
    let fitting = (MAX_TOKEN_BYTES - filled(0).len()) * 3 / 4;
    let around: Vec<String> = (fitting - 4..fitting + 5).map(filled).collect();
    assert!(around.iter().any(|token| (MAX_TOKEN_BYTES - 2..=MAX_TOKEN_BYTES).contains(&token.len())));
    assert!(around.iter().any(|token| token.len() > MAX_TOKEN_BYTES));
    for token in around {
        assert_eq!(verify(&token).is_ok(), token.len() <= MAX_TOKEN_BYTES, "{} bytes", token.len());
    }

    assert_refused_as(&"a".repeat(MAX_TOKEN_BYTES + 1), Malformed);
    assert_refused_as(&"a".repeat(1 << 20), Malformed);
    for levels in [20, 1_000, 2_500] {
        let nested = format!("{{\"x\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert_refused(&KEY.token(header().to_string(), &nested));
        assert_refused(&token_under(nested));
        assert_refused(&KEY.token(header().to_string(), "{\"x\":".repeat(levels / 2)));
    }
    let members: Vec<String> = (0..900).map(|n| format!("\"{n}\":0")).collect();
    assert_refused_as(&token_under(format!("{{{}}}", members.join(","))), Malformed);
    let number = "9".repeat(5_000);
    assert_refused_as(&KEY.token(header().to_string(), format!("{{\"exp\":{number}}}")), Malformed);
}

//! What is asked about one token, in order, and what the answers mean. Pure: the values of Redis go
//! in, a verdict comes out, and any unexpected value means that the answer is unknown.

use std::time::Duration;

use deadpool_redis::redis::{Cmd, Value, cmd};

use crate::{claims::AccessToken, error::VerifyError, time::UnixTime};

/// The time in milliseconds up to which the list is complete.
const WATERMARK: &str = "watermark";

/// The keys that would deny one token.
pub(super) struct Lookup {
    /// Whose being there denies it.
    names: Vec<String>,
    /// Whose value, in seconds, denies it when it was issued before.
    cutoffs: Vec<String>,
    issued_at: UnixTime,
}

impl Lookup {
    pub(super) fn for_token(token: &AccessToken) -> Self {
        let key = |kind: &str, value: &str| format!("blacklist:{kind}:{value}");
        let mut names = vec![key("jti", token.jti()), key("kid", token.key_id())];
        names.extend(token.jti().split_once('.').map(|(grant, _)| key("grant", grant)));
        names.extend(token.session_id().map(|sid| key("sid", sid)));
        let cutoffs = vec![
            key("sub", token.subject()),
            key("client_id", token.client_id()),
            "blacklist:all".to_owned(),
        ];
        Self { names, cutoffs, issued_at: token.issued_at() }
    }

    /// The watermark first: what is read behind it is no older.
    pub(super) fn commands(&self) -> Vec<Cmd> {
        let mut commands = vec![get(WATERMARK)];
        commands.extend(self.names.iter().map(|name| exists(name)));
        commands.extend(self.cutoffs.iter().map(|name| get(name)));
        commands
    }

    /// What is denied is refused however old the list is.
    pub(super) fn judge(
        &self,
        answers: &[Value],
        now_millis: i64,
        within: Duration,
    ) -> Result<(), VerifyError> {
        let (watermark, answers) = answers.split_first().ok_or(VerifyError::NotFresh)?;
        if answers.len() != self.names.len() + self.cutoffs.len() {
            return Err(VerifyError::NotFresh);
        }
        let (names, cutoffs) = answers.split_at(self.names.len());
        let mut verdicts = Vec::with_capacity(answers.len());
        verdicts.extend(names.iter().map(is_there));
        verdicts.extend(cutoffs.iter().map(|answer| self.is_before(answer)));
        if verdicts.contains(&Some(true)) {
            return Err(VerifyError::Revoked);
        }
        let is_told = verdicts.iter().all(Option::is_some);
        if is_told && is_young(watermark, now_millis, within) { Ok(()) } else { Err(VerifyError::NotFresh) }
    }

    fn is_before(&self, answer: &Value) -> Option<bool> {
        match answer {
            Value::Nil => Some(false),
            _ => number(answer).map(|cutoff| self.issued_at < UnixTime::from_secs(cutoff)),
        }
    }
}

fn get(key: &str) -> Cmd {
    let mut command = cmd("GET");
    command.arg(key);
    command
}

fn exists(key: &str) -> Cmd {
    let mut command = cmd("EXISTS");
    command.arg(key);
    command
}

fn is_there(answer: &Value) -> Option<bool> {
    match answer {
        Value::Int(0) => Some(false),
        Value::Int(1) => Some(true),
        _ => None,
    }
}

/// A watermark from the future says that the clocks do not agree, and so nothing.
fn is_young(watermark: &Value, now_millis: i64, within: Duration) -> bool {
    let within = i64::try_from(within.as_millis()).unwrap_or(i64::MAX);
    number(watermark).is_some_and(|watermark| now_millis.saturating_sub(watermark).saturating_abs() <= within)
}

/// Digits and nothing else.
fn number(answer: &Value) -> Option<i64> {
    let Value::BulkString(octets) = answer else { return None };
    let text = std::str::from_utf8(octets).ok()?;
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}

//! The questions that requests ask most, and what each is for, to see whether the database answers them by an index. What they find does
//! not matter: nothing is called `-`.

/// What for, and the statement.
pub const HOT_STATEMENTS: &[(&str, &str)] = &[
    ("the session of a cookie", "SELECT sid FROM sessions WHERE secret_hash = '-'"),
    ("the sessions of a person", "SELECT sid FROM sessions WHERE user_id = '-' AND ended_at IS NULL"),
    ("a person by their name", "SELECT user_id FROM sign_in_names WHERE hash = '-'"),
    ("the grants of a session", "SELECT id FROM grants WHERE sid = '-'"),
    ("a grant of a token", "SELECT sid FROM grants WHERE id = '-'"),
    ("the consents of a person", "SELECT scope FROM consents WHERE user_id = '-' AND client_id = '-'"),
    ("a token that was given back", "SELECT expires_at FROM denied_tokens WHERE jti = '-'"),
    ("what was revoked since", "SELECT kind FROM revocations WHERE number > 0 ORDER BY number LIMIT 10"),
    ("revocations that are over", "SELECT number FROM revocations WHERE expires_at <= 0"),
    ("grants that are over", "SELECT id FROM grants WHERE expires_at < 0"),
    (
        "logout tokens that are due",
        "SELECT id FROM logout_deliveries WHERE client_id = '-' AND state = 'pending' AND next_attempt_ms <= 0",
    ),
    ("letters that are due", "SELECT id FROM mails WHERE state = 'pending' AND next_attempt_ms <= 0"),
    ("people who are searched for", "SELECT user_id FROM search_words WHERE word = '-'"),
    (
        "what happened with an account",
        "SELECT id FROM audit_events WHERE user_id = '-' ORDER BY id DESC LIMIT 10",
    ),
];

//! How long the parts of one sign-in live, in seconds. A request has no end: sealed and checked it is worth no more than a
//! link to `/authorize`, so its address can be opened again at any time. What a person proved or was shown has one.

/// A page with a form: what is typed into it counts for so long. Afterwards the page says so and goes on with a fresh one.
pub const PAGE: i64 = 60 * 60;

/// A question that takes no proof, such as what a client may know: the answer counts for so long, and is asked for anew
/// afterwards.
pub const QUESTION: i64 = 24 * 60 * 60;

/// What a person has just proven: how long it waits for what follows, and counts as "just now" for `prompt=login` and
/// `max_age`. Long enough to read a page, and too short for a URL in the browser's history to replace a password.
pub const PROOF: i64 = 10 * 60;

/// How long after the sign-in a form counts, on a page that changes the ways to sign in and was opened in time. A stranger who
/// finds a device unlocked must not take the account over for good. Longer than [`PROOF`], which a sign-in may take.
pub const RECENT: i64 = 15 * 60;

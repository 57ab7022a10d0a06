//! What is taken back at this moment, exactly: looked up by name on every verification, changed only
//! by replacing it whole. Two layers keep both cheap: a change copies the small recent one, and now
//! and then the recent one is poured into the settled one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    batch::{Entry, Target},
    listeners::SignInNames,
    names::{Cutoff, Name, Names},
};
use crate::{claims::AccessToken, time::UnixTime};

/// Names in the recent layer before it is poured into the settled one.
const RECENT: usize = 1024;

/// Every revocation that is in force. Clones share the layers.
#[derive(Clone, Default)]
pub(super) struct RevocationSet {
    settled: Arc<Layer>,
    recent: Arc<Layer>,
    rare: Arc<Rare>,
}

/// What there are at most a few of.
#[derive(Clone, Default)]
struct Rare {
    all: Option<Cutoff>,
    keys: BTreeMap<String, UnixTime>,
    /// Until when something is in force that this version cannot honour.
    unknown: Option<UnixTime>,
}

impl RevocationSet {
    /// Whether this token was taken back.
    pub(super) fn revokes(&self, token: &AccessToken) -> bool {
        let issued_at = token.issued_at();
        self.rare.keys.contains_key(token.key_id())
            || self.rare.all.is_some_and(|all| all.concerns(issued_at))
            || self.recent.revokes(token, issued_at)
            || self.settled.revokes(token, issued_at)
    }

    /// Whether this sign-in was taken back as a whole.
    #[cfg(feature = "sign-in")]
    pub(super) fn ends(&self, sign_in: &SignInNames<'_>) -> bool {
        self.rare.all.is_some_and(|all| all.concerns(sign_in.issued_at))
            || self.recent.ends(sign_in)
            || self.settled.ends(sign_in)
    }

    /// Whether something is in force that cannot be honoured, so that nothing is complete.
    pub(super) fn has_unknown(&self) -> bool {
        self.rare.unknown.is_some()
    }

    /// The keys whose signatures are void.
    pub(super) fn revoked_keys(&self) -> BTreeSet<String> {
        self.rare.keys.keys().cloned().collect()
    }

    /// How many names are held. One that is in both layers counts twice until they are poured.
    pub(super) fn len(&self) -> usize {
        self.settled.len() + self.recent.len() + self.rare.keys.len()
    }

    /// Adds entries, at most up to `max` names; answers whether all found room. What concerns keys,
    /// everybody or an unknown kind always does.
    pub(super) fn add(&mut self, entries: &[Entry], max: usize) -> bool {
        let mut names = Vec::new();
        for entry in entries {
            match named(&entry.target) {
                Some((kind, name, issued_before)) => {
                    names.push((kind, name, Cutoff::new(issued_before, entry.expires_at)));
                }
                None => self.add_rare(entry),
            }
        }
        self.add_names(names, max)
    }

    fn add_names(&mut self, names: Vec<(Kind, Name<'_>, Cutoff)>, max: usize) -> bool {
        let all_new = self.settled.len() + self.recent.len() + names.len();
        if all_new <= max && self.recent.len() + names.len() <= RECENT {
            let recent = Arc::make_mut(&mut self.recent);
            names.into_iter().for_each(|(kind, name, cutoff)| recent.add(kind, name, cutoff));
            return true;
        }
        let settled = Arc::make_mut(&mut self.settled);
        settled.merge(&self.recent);
        self.recent = Arc::default();
        let mut all_fit = true;
        for (kind, name, cutoff) in names {
            let fits = settled.len() < max || settled.of(kind).contains(name);
            all_fit &= fits;
            if fits {
                settled.add(kind, name, cutoff);
            }
        }
        all_fit
    }

    fn add_rare(&mut self, entry: &Entry) {
        let rare = Arc::make_mut(&mut self.rare);
        match &entry.target {
            Target::All(issued_before) => {
                let cutoff = Cutoff::new(Some(*issued_before), entry.expires_at);
                rare.all = Some(rare.all.map_or(cutoff, |held| held.join(cutoff)));
            }
            Target::Key(kid) => {
                let until = rare.keys.entry(kid.clone()).or_insert(entry.expires_at);
                *until = entry.expires_at.max(*until);
            }
            _ => rare.unknown = rare.unknown.max(Some(entry.expires_at)),
        }
    }

    /// Drops what is over by `now` of what there are a few.
    pub(super) fn purge_rare(&mut self, now: UnixTime) {
        if self.rare.has_ended(now) {
            Arc::make_mut(&mut self.rare).purge(now);
        }
    }

    /// Drops the names that are over by `now`.
    pub(super) fn purge_names(&mut self, now: UnixTime) {
        if self.settled.has_ended(now) || self.recent.has_ended(now) {
            let mut kept = Layer::default();
            kept.merge_living(&self.settled, now);
            kept.merge_living(&self.recent, now);
            self.settled = Arc::new(kept);
            self.recent = Arc::default();
        }
    }
}

impl Rare {
    fn has_ended(&self, now: UnixTime) -> bool {
        self.all.is_some_and(|all| all.has_ended(now))
            || self.keys.values().chain(&self.unknown).any(|until| *until <= now)
    }

    fn purge(&mut self, now: UnixTime) {
        self.all = self.all.filter(|all| !all.has_ended(now));
        self.keys.retain(|_, until| *until > now);
        self.unknown = self.unknown.filter(|until| *until > now);
    }
}

/// Where a name stands in a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Token,
    Grant,
    Session,
    User,
    Client,
}

/// The kind and the name of an entry that has one, and before when the tokens were issued.
fn named(target: &Target) -> Option<(Kind, Name<'_>, Option<UnixTime>)> {
    let (kind, name, issued_before) = match target {
        Target::Token(name) => (Kind::Token, name, None),
        Target::Grant(name) => (Kind::Grant, name, None),
        Target::Session(name) => (Kind::Session, name, None),
        Target::User(name, issued_before) => (Kind::User, name, Some(*issued_before)),
        Target::Client(name, issued_before) => (Kind::Client, name, Some(*issued_before)),
        Target::All(_) | Target::Key(_) | Target::Unknown => return None,
    };
    Some((kind, Name::parse(name), issued_before))
}

/// Names by kind.
#[derive(Clone, Default)]
struct Layer {
    tokens: Names,
    grants: Names,
    sessions: Names,
    users: Names,
    clients: Names,
}

impl Layer {
    fn revokes(&self, token: &AccessToken, issued_at: UnixTime) -> bool {
        let sign_in = SignInNames {
            grant: token.jti().split_once('.').map(|(grant, _)| grant),
            session_id: token.session_id(),
            subject: token.subject(),
            client_id: token.client_id(),
            issued_at,
        };
        self.ends(&sign_in) || self.tokens.concern(token.jti(), issued_at)
    }

    fn ends(&self, sign_in: &SignInNames<'_>) -> bool {
        let issued_at = sign_in.issued_at;
        sign_in.grant.is_some_and(|grant| self.grants.concern(grant, issued_at))
            || sign_in.session_id.is_some_and(|sid| self.sessions.concern(sid, issued_at))
            || self.users.concern(sign_in.subject, issued_at)
            || self.clients.concern(sign_in.client_id, issued_at)
    }

    fn of(&mut self, kind: Kind) -> &mut Names {
        match kind {
            Kind::Token => &mut self.tokens,
            Kind::Grant => &mut self.grants,
            Kind::Session => &mut self.sessions,
            Kind::User => &mut self.users,
            Kind::Client => &mut self.clients,
        }
    }

    fn kinds(&self) -> [(Kind, &Names); 5] {
        [
            (Kind::Token, &self.tokens),
            (Kind::Grant, &self.grants),
            (Kind::Session, &self.sessions),
            (Kind::User, &self.users),
            (Kind::Client, &self.clients),
        ]
    }

    fn add(&mut self, kind: Kind, name: Name<'_>, cutoff: Cutoff) {
        self.of(kind).add(name, cutoff);
    }

    fn merge(&mut self, other: &Self) {
        self.merge_living(other, UnixTime::from_secs(i64::MIN));
    }

    /// Adds what of the other layer is not over by `now`.
    fn merge_living(&mut self, other: &Self, now: UnixTime) {
        for (kind, names) in other.kinds() {
            let living = names.iter().filter(|(_, cutoff)| !cutoff.has_ended(now));
            living.for_each(|(name, cutoff)| self.add(kind, name, cutoff));
        }
    }

    fn has_ended(&self, now: UnixTime) -> bool {
        self.kinds().into_iter().any(|(_, names)| names.iter().any(|(_, cutoff)| cutoff.has_ended(now)))
    }

    fn len(&self) -> usize {
        self.kinds().into_iter().map(|(_, names)| names.len()).sum()
    }
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;

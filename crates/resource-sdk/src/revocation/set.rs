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
    names::{Cutoff, Kind, Name, Names, name},
};
use crate::{
    claims::AccessToken,
    time::{MAX_LEEWAY, UnixTime},
};

/// Names in the recent layer before it is poured into the settled one.
const RECENT: usize = 1024;

/// Every revocation of one issuer that is in force. Clones share the layers.
#[derive(Clone)]
pub(super) struct RevocationSet {
    issuer: Arc<str>,
    settled: Arc<Names>,
    recent: Arc<Names>,
    rare: Arc<Rare>,
}

/// What there are at most a few of.
#[derive(Clone, Default)]
struct Rare {
    all: Option<Cutoff>,
    keys: BTreeMap<String, UnixTime>,
    /// Until when something is in force that this version cannot honour.
    unknown: Option<UnixTime>,
    /// What is believed of entries whose `issued_before` lay ahead of our clock, by number, and until when.
    brought_back: BTreeMap<u64, (UnixTime, UnixTime)>,
}

impl RevocationSet {
    pub(super) fn new(issuer: &str) -> Self {
        Self { issuer: issuer.into(), settled: Arc::default(), recent: Arc::default(), rare: Arc::default() }
    }

    /// Whether this token was taken back.
    pub(super) fn revokes(&self, token: &AccessToken) -> bool {
        let sign_in = SignInNames {
            grant: token.jti().split_once('.').map(|(grant, _)| grant),
            session_id: token.session_id(),
            client_id: token.client_id(),
            issued_at: token.issued_at(),
        };
        self.rare.keys.contains_key(token.key_id())
            || self.ends(&sign_in)
            || self.concerns(Kind::Token, token.jti(), token.issued_at())
            || (token.subject() == token.client_id()
                && self.concerns(Kind::ClientAsSubject, token.client_id(), token.issued_at()))
    }

    /// Whether this sign-in was taken back as a whole.
    pub(super) fn ends(&self, sign_in: &SignInNames<'_>) -> bool {
        self.rare.all.is_some_and(|all| all.concerns(sign_in.issued_at))
            || sign_in.values().any(|(kind, value)| self.concerns(kind, value, sign_in.issued_at))
    }

    fn concerns(&self, kind: Kind, value: &str, issued_at: UnixTime) -> bool {
        if self.settled.len() == 0 && self.recent.len() == 0 {
            return false;
        }
        let name = name(&self.issuer, kind, value);
        self.recent.concern(&name, issued_at) || self.settled.concern(&name, issued_at)
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

    /// Adds entries that come at `now` by our clock, at most up to `max` names; answers whether all found room. What
    /// concerns keys, all tokens or an unknown kind always does.
    pub(super) fn add(&mut self, entries: &[Entry], max: usize, now: UnixTime) -> bool {
        for entry in entries {
            self.bring_back(entry, now);
            match &entry.target {
                Target::Named(..) => {}
                Target::All(issued_before) => {
                    let issued_before = self.rare.believed(entry, *issued_before);
                    self.add_all(Cutoff::new(Some(issued_before), entry.expires_at));
                }
                Target::Key(kid) => self.add_key(kid, entry.expires_at),
                Target::Unknown => {
                    let rare = Arc::make_mut(&mut self.rare);
                    rare.unknown = rare.unknown.max(Some(entry.expires_at));
                }
            }
        }
        self.add_names(entries, max)
    }

    /// An `issued_before` further ahead than clocks may differ was written by a clock that was ahead, and would void
    /// what is issued from now on. It is brought back to now once: what is issued later stays good when the entry comes
    /// again.
    fn bring_back(&mut self, entry: &Entry, now: UnixTime) {
        let (Target::Named(_, Some(issued_before)) | Target::All(issued_before)) = &entry.target else {
            return;
        };
        let is_ahead = issued_before.secs_since(now) > MAX_LEEWAY.cast_signed();
        if is_ahead && !self.rare.brought_back.contains_key(&entry.number) {
            Arc::make_mut(&mut self.rare).brought_back.insert(entry.number, (now, entry.expires_at));
        }
    }

    fn add_names(&mut self, entries: &[Entry], max: usize) -> bool {
        let rare = &self.rare;
        let names = entries.iter().filter_map(|entry| rare.named(entry));
        let count = names.clone().count();
        if self.settled.len() + self.recent.len() + count <= max && self.recent.len() + count <= RECENT {
            let recent = Arc::make_mut(&mut self.recent);
            names.for_each(|(name, cutoff)| recent.add(name, cutoff));
            return true;
        }
        let settled = Arc::make_mut(&mut self.settled);
        if settled.len() == 0 {
            settled.reserve(count.min(max));
        }
        settled.add_living(&self.recent, UnixTime::from_secs(i64::MIN));
        self.recent = Arc::default();
        let mut all_fit = true;
        for (name, cutoff) in names {
            let fits = settled.len() < max || settled.contains(&name);
            all_fit &= fits;
            if fits {
                settled.add(name, cutoff);
            }
        }
        all_fit
    }

    fn add_all(&mut self, cutoff: Cutoff) {
        let rare = Arc::make_mut(&mut self.rare);
        rare.all = Some(rare.all.map_or(cutoff, |held| held.join(cutoff)));
    }

    fn add_key(&mut self, kid: &str, expires_at: UnixTime) {
        let rare = Arc::make_mut(&mut self.rare);
        let until = rare.keys.entry(kid.to_owned()).or_insert(expires_at);
        *until = expires_at.max(*until);
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
            let mut kept = Names::default();
            kept.add_living(&self.settled, now);
            kept.add_living(&self.recent, now);
            self.settled = Arc::new(kept);
            self.recent = Arc::default();
        }
    }
}

impl Rare {
    /// The name of an entry that has one, and which tokens it concerns.
    fn named(&self, entry: &Entry) -> Option<(Name, Cutoff)> {
        let Target::Named(name, issued_before) = &entry.target else { return None };
        let issued_before = issued_before.map(|time| self.believed(entry, time));
        Some((*name, Cutoff::new(issued_before, entry.expires_at)))
    }

    fn believed(&self, entry: &Entry, issued_before: UnixTime) -> UnixTime {
        let brought_back = self.brought_back.get(&entry.number);
        brought_back.map_or(issued_before, |(held, _)| issued_before.min(*held))
    }

    fn has_ended(&self, now: UnixTime) -> bool {
        let brought_back = self.brought_back.values().map(|(_, until)| until);
        self.all.is_some_and(|all| all.has_ended(now))
            || self.keys.values().chain(&self.unknown).chain(brought_back).any(|until| *until <= now)
    }

    fn purge(&mut self, now: UnixTime) {
        self.all = self.all.filter(|all| !all.has_ended(now));
        self.keys.retain(|_, until| *until > now);
        self.unknown = self.unknown.filter(|until| *until > now);
        self.brought_back.retain(|_, (_, until)| *until > now);
    }
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;

//! A queue of bounded length in which nobody takes the turns of the others. Each piece of work has an owner: a person
//! behind a source. While others wait, either of these gets a sixteenth of the turns and no more; while no one else does, all
//! of them. When there is no room, what lies furthest beyond the share of its owner makes way.
//!
//! Time is counted in turns ("virtual clock", a form of fair queueing): after each piece of work its person, and then its source,
//! is due again so many turns later. First the person is asked: what a person has waiting beyond their share counts against
//! their source only once they are due, so it is not the neighbours behind the same address who pay for it.

use std::collections::{BTreeMap, HashMap};

/// A person, and a source, has a right to one turn in so many.
const SHARE: u64 = 16;

/// Whose a piece of work is. Names that mean something to the caller alone.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Owner {
    /// The person, or what is taken for one. `None` has no share to exceed.
    pub person: Option<String>,
    /// From where it comes. `None` has no share to exceed.
    pub source: Option<String>,
}

/// Where a piece of work stands: by the turn it is due, then in the order of arrival.
type Place = (u64, u64);

/// Something that waits.
#[derive(Debug)]
struct Waiting<T> {
    owner: Owner,
    /// The turn at which its person was due, and is again if it makes way.
    person_due: u64,
    /// Turns that it takes.
    cost: u64,
    work: T,
}

/// What waits, and for whom.
#[derive(Debug)]
pub struct FairQueue<T> {
    room: usize,
    /// Turns that were given.
    now: u64,
    arrivals: u64,
    /// When they are due again.
    persons: HashMap<String, u64>,
    sources: HashMap<String, u64>,
    /// What waits until its person is due.
    early: BTreeMap<Place, Waiting<T>>,
    /// What waits for its turn, in the order of its sources.
    due: BTreeMap<Place, Waiting<T>>,
}

impl<T> FairQueue<T> {
    /// An empty queue, in which so much may wait.
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self {
            room,
            now: 0,
            arrivals: 0,
            persons: HashMap::new(),
            sources: HashMap::new(),
            early: BTreeMap::new(),
            due: BTreeMap::new(),
        }
    }

    /// Takes in work that is as dear as `cost` turns. Answers what makes way for it, if something has to.
    ///
    /// # Errors
    /// Gives it back: there is no room, and nothing lies further beyond the share of its owner.
    pub fn push(&mut self, owner: Owner, cost: u64, work: T) -> Result<Option<T>, T> {
        let person_due = due_of(&self.persons, owner.person.as_ref(), self.now);
        let evicted = match self.len() < self.room {
            true => None,
            false => match self.make_way_for(&owner, person_due) {
                Some(evicted) => Some(evicted),
                None => return Err(work),
            },
        };
        self.forget_the_rested();
        self.arrivals += 1;
        put_off(&mut self.persons, owner.person.as_ref(), person_due, cost);
        self.early.insert((person_due, self.arrivals), Waiting { owner, person_due, cost, work });
        self.let_the_due_in();
        Ok(evicted)
    }

    /// How much waits.
    #[must_use]
    pub fn len(&self) -> usize {
        self.early.len() + self.due.len()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What has the next turn.
    pub fn pop(&mut self) -> Option<T> {
        if self.due.is_empty() {
            // Nobody else waits: a share is no limit then.
            let ((first, _), _) = self.early.first_key_value()?;
            self.now = self.now.max(*first);
            self.let_the_due_in();
        }
        let ((turn, _), waiting) = self.due.pop_first()?;
        self.now = self.now.saturating_add(waiting.cost).max(turn);
        self.let_the_due_in();
        Some(waiting.work)
    }

    /// Takes the last in line out, if it lies further beyond the share of its owner than work of `owner` would.
    fn make_way_for(&mut self, owner: &Owner, person_due: u64) -> Option<T> {
        if let Some(last) = self.early.last_entry() {
            if last.key().0 <= person_due {
                return None;
            }
            let gone = last.remove();
            restore(&mut self.persons, gone.owner.person, gone.person_due);
            return Some(gone.work);
        }
        let source_due = due_of(&self.sources, owner.source.as_ref(), self.now);
        let last =
            self.due.last_entry().filter(|last| person_due <= self.now && last.key().0 > source_due)?;
        let turn = last.key().0;
        let gone = last.remove();
        restore(&mut self.persons, gone.owner.person, gone.person_due);
        restore(&mut self.sources, gone.owner.source, turn);
        Some(gone.work)
    }

    /// Lines those up whose person is due.
    fn let_the_due_in(&mut self) {
        while let Some(first) = self.early.first_entry().filter(|first| first.key().0 <= self.now) {
            let ((_, arrival), waiting) = first.remove_entry();
            let turn = due_of(&self.sources, waiting.owner.source.as_ref(), self.now);
            put_off(&mut self.sources, waiting.owner.source.as_ref(), turn, waiting.cost);
            self.due.insert((turn, arrival), waiting);
        }
    }

    /// Forgets every owner who is due anyway.
    fn forget_the_rested(&mut self) {
        let (now, most) = (self.now, self.room.saturating_mul(4).saturating_add(64));
        for owners in [&mut self.persons, &mut self.sources] {
            if owners.len() > most {
                owners.retain(|_, due| *due > now);
            }
        }
    }
}

/// The turn at which this one is due, if not at once.
fn due_of(owners: &HashMap<String, u64>, owner: Option<&String>, now: u64) -> u64 {
    owner.and_then(|owner| owners.get(owner)).map_or(now, |due| now.max(*due))
}

fn put_off(owners: &mut HashMap<String, u64>, owner: Option<&String>, turn: u64, cost: u64) {
    if let Some(owner) = owner {
        owners.insert(owner.clone(), turn.saturating_add(cost.saturating_mul(SHARE)));
    }
}

fn restore(owners: &mut HashMap<String, u64>, owner: Option<String>, due: u64) {
    if let Some(owner) = owner {
        owners.insert(owner, due);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn owner(person: &str, source: &str) -> Owner {
        Owner { person: Some(person.to_owned()), source: Some(source.to_owned()) }
    }

    fn queue(room: usize) -> FairQueue<&'static str> {
        FairQueue::new(room)
    }

    fn flood(queue: &mut FairQueue<&'static str>, count: usize, owner: impl Fn(usize) -> Owner) {
        for number in 0..count {
            let _ = queue.push(owner(number), 1, "flood");
        }
    }

    /// Who came last has their turn within `turns`, and the flood takes what is left.
    fn is_served_within(mut queue: FairQueue<&'static str>, turns: usize) {
        let served: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        let at = served.iter().position(|work| *work == "alice");
        assert!(at.is_some_and(|at| at < turns), "{at:?} of {}", served.len());
    }

    #[test]
    fn s100_alone_everybody_has_all_turns_in_the_order_of_arrival() {
        let mut queue = FairQueue::new(40);
        for number in 0..40 {
            assert_eq!(queue.push(owner("mallory", "far"), 1, number), Ok(None));
        }
        assert_eq!(queue.push(owner("mallory", "far"), 1, 40), Err(40));
        assert_eq!(std::iter::from_fn(|| queue.pop()).collect::<Vec<_>>(), (0..40).collect::<Vec<_>>());
    }

    #[test]
    fn s100_one_account_keeps_nobody_out_from_one_address_and_from_many() {
        for source in [|_| "far".to_owned(), |number: usize| format!("far {number}")] {
            let mut queue = queue(64);
            flood(&mut queue, 200, |number| owner("mallory", &source(number)));
            assert_eq!(queue.push(owner("alice", "home"), 1, "alice"), Ok(Some("flood")));
            is_served_within(queue, 2);
        }
    }

    #[test]
    fn s100_a_neighbour_behind_the_address_of_such_an_account_has_their_turn() {
        let mut queue = queue(64);
        flood(&mut queue, 200, |_| owner("mallory", "home"));
        for _ in 0..20 {
            assert_eq!(queue.pop(), Some("flood"));
            flood(&mut queue, 1, |_| owner("mallory", "home"));
        }
        assert_eq!(queue.push(owner("alice", "home"), 1, "alice"), Ok(Some("flood")));
        is_served_within(queue, 3);
    }

    #[test]
    fn s100_one_address_with_many_accounts_keeps_nobody_out_elsewhere() {
        let mut queue = queue(64);
        flood(&mut queue, 200, |number| owner(&format!("mallory {number}"), "far"));
        assert_eq!(queue.push(owner("alice", "home"), 1, "alice"), Ok(Some("flood")));
        is_served_within(queue, 2);
    }

    /// Those who want no more than their share go in the order of arrival, also ahead of an endless stream of others.
    #[test]
    fn s100_a_stream_of_strangers_holds_nobody_up_for_long() {
        let mut queue = queue(64);
        for second in ["first", "alice"] {
            assert_eq!(queue.push(owner("alice", "home"), 1, second), Ok(None));
        }
        let mut turns = 0;
        loop {
            flood(&mut queue, 1, |_| owner(&format!("stranger {turns}"), &format!("far {turns}")));
            if queue.pop() == Some("alice") {
                break;
            }
            turns += 1;
            assert!(turns < 3 * SHARE, "never");
        }
    }

    #[test]
    fn s100_dear_work_takes_as_many_turns_of_its_owner() {
        let mut queue = queue(64);
        for _ in 0..3 {
            assert_eq!(queue.push(owner("mallory", "far"), 10, "dear"), Ok(None));
        }
        assert_eq!(queue.pop(), Some("dear"));
        for number in 0..20 {
            assert_eq!(queue.push(owner(&format!("person {number}"), "home"), 1, "cheap"), Ok(None));
        }
        let next: Vec<_> = (0..9).filter_map(|_| queue.pop()).collect();
        assert!(next.iter().filter(|work| **work == "dear").count() <= 1, "{next:?}");
    }

    #[test]
    fn s100_who_was_turned_away_or_made_way_is_no_later_for_it() {
        let mut queue = queue(2);
        let office = |number: usize| owner(&format!("person {number}"), "office");
        flood(&mut queue, 50, office);
        assert_eq!(queue.push(owner("alice", "home"), 1, "alice"), Ok(Some("flood")));
        while queue.pop().is_some() {}
        assert_eq!(queue.push(office(1), 1, "again"), Ok(None));
        assert_eq!(queue.push(owner("bob", "elsewhere"), 1, "bob"), Ok(None));
        assert_eq!(queue.pop(), Some("bob"), "the office has had its turn just now");
        assert_eq!(queue.pop(), Some("again"));
    }

    proptest! {
        #[test]
        fn s100_nothing_is_lost_or_doubled_and_memory_is_bounded(
            acts in proptest::collection::vec((0_u8..3, 0_u8..6, 0_u8..6, 1_u64..12), 0..600),
        ) {
            let (room, mut queue, mut inside) = (8, FairQueue::new(8), std::collections::BTreeSet::new());
            for (number, (act, person, source, cost)) in acts.into_iter().enumerate() {
                // Every third owner is a new one.
                let person = if person == 0 { format!("new {number}") } else { person.to_string() };
                match act {
                    0 => match queue.pop() {
                        Some(work) => prop_assert!(inside.remove(&work)),
                        None => prop_assert!(inside.is_empty()),
                    },
                    _ => if let Ok(evicted) = queue.push(owner(&person, &source.to_string()), cost, number) {
                        inside.insert(number);
                        prop_assert!(evicted.is_none_or(|work| inside.remove(&work)));
                    },
                }
                prop_assert!(inside.len() <= room);
                prop_assert!(queue.persons.len() <= 4 * room + 64 + 16 * 12);
            }
            while let Some(work) = queue.pop() {
                prop_assert!(inside.remove(&work));
            }
            prop_assert!(inside.is_empty());
        }
    }
}

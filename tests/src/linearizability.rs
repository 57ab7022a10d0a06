//! A recorded history of the refresh families of one person, and whether a provider that does one thing at a time could have
//! answered so. Requests overlap, and some get no answer that says what happened (503, a dead node): the checker
//! looks for one order of all of them that fits the answers, in which nothing happens before it was asked for or
//! after it was answered (linearizability: Herlihy and Wing, 1990; the search is Wing and Gong's).

use std::collections::HashSet;

/// What was asked of the family. Tokens are numbered in the order in which clients first saw them; 0 is the first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Asked {
    /// Present this refresh token.
    Refresh(usize),
    /// End the family: revoke its token, sign out, disable the account.
    End,
    /// Ask whether its access token is active.
    Look,
}

/// What came back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answered {
    /// 200 with this refresh token.
    Successor(usize),
    /// `invalid_grant`.
    Refused,
    /// The end was confirmed.
    Ended,
    /// The access token is active.
    Active,
    /// It is not.
    Inactive,
    /// Nothing that says whether it happened.
    Unknown,
}

/// One request, with the moments between which it took effect if it did.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Of which family; `None` of all of them, as the end of their session.
    pub family: Option<usize>,
    /// What.
    pub asked: Asked,
    /// What came back.
    pub answered: Answered,
    /// When it was sent, on any clock that all operations share.
    pub sent: u64,
    /// When the answer was there; `u64::MAX` when none came.
    pub done: u64,
}

/// The family that does one thing at a time.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Family {
    alive: bool,
    current: Token,
    predecessor: Option<Token>,
    /// A successor that no client has seen yet carries the number of its making.
    made: usize,
    /// Which made token turned out to be which seen one.
    seen_as: Vec<(usize, usize)>,
}

/// A token as the family knows it: seen by a client, or made for an answer that no client received.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Token {
    Seen(usize),
    Made(usize),
}

impl Family {
    const fn new() -> Self {
        Self { alive: true, current: Token::Seen(0), predecessor: None, made: 0, seen_as: Vec::new() }
    }

    /// Every state this operation can leave behind with the answer it got; none when it cannot have been now.
    fn after(&self, operation: &Operation) -> Vec<Self> {
        match (operation.asked, operation.answered) {
            (Asked::End, Answered::Ended) => vec![self.ended()],
            (Asked::End, _) => vec![self.ended(), self.clone()],
            (Asked::Look, Answered::Active) if !self.alive => Vec::new(),
            (Asked::Look, Answered::Inactive) if self.alive => Vec::new(),
            (Asked::Look, _) => vec![self.clone()],
            (Asked::Refresh(token), Answered::Successor(next)) => self.rotated(token, Some(next)),
            (Asked::Refresh(token), Answered::Refused) => self.refused(token),
            (Asked::Refresh(token), _) => {
                let mut outcomes = vec![self.clone()];
                outcomes.extend(self.rotated(token, None));
                outcomes.extend(self.refused(token));
                outcomes
            }
        }
    }

    fn ended(&self) -> Self {
        Self { alive: false, ..self.clone() }
    }

    /// The current token makes a successor; its predecessor, inside the window, gets the same answer again.
    fn rotated(&self, presented: usize, answer: Option<usize>) -> Vec<Self> {
        if !self.alive {
            return Vec::new();
        }
        if self.is(self.current, presented) {
            let mut next = self.clone();
            next.predecessor = Some(Token::Seen(presented));
            next.current = match answer {
                Some(successor) => Token::Seen(successor),
                None => {
                    next.made += 1;
                    Token::Made(next.made)
                }
            };
            return vec![next];
        }
        if !self.predecessor.is_some_and(|token| self.is(token, presented)) {
            return Vec::new();
        }
        match answer {
            None => vec![self.clone()],
            Some(successor) => self.recognised(successor).into_iter().collect(),
        }
    }

    /// The answer shows which token the current one is.
    fn recognised(&self, successor: usize) -> Option<Self> {
        if self.is(self.current, successor) {
            return Some(self.clone());
        }
        let Token::Made(made) = self.current else {
            return None;
        };
        if self.seen_as.iter().any(|(known, _)| *known == made) {
            return None;
        }
        let mut next = self.clone();
        next.current = Token::Seen(successor);
        next.seen_as.push((made, successor));
        Some(next)
    }

    /// A dead family refuses all; a living one refuses what was spent, and is dead afterwards.
    fn refused(&self, presented: usize) -> Vec<Self> {
        let known = self.is(self.current, presented)
            || self.predecessor.is_some_and(|token| self.is(token, presented));
        if self.alive && known { Vec::new() } else { vec![self.ended()] }
    }

    fn is(&self, token: Token, seen: usize) -> bool {
        match token {
            Token::Seen(number) => number == seen,
            Token::Made(made) => self.seen_as.contains(&(made, seen)),
        }
    }
}

/// Whether some order of `operations` fits a person whose families do one thing at a time.
///
/// # Panics
/// When there are more than 64 operations.
#[must_use]
pub fn is_sequential(operations: &[Operation]) -> bool {
    assert!(operations.len() <= 64, "one bit an operation");
    let families =
        operations.iter().filter_map(|operation| operation.family).max().map_or(1, |last| last + 1);
    search(&vec![Family::new(); families], 0, operations, &mut HashSet::new())
}

/// Whether that holds for each family by itself, without regard to the others: less is said, and sooner found out where
/// many answers are missing.
#[must_use]
pub fn each_is_sequential(operations: &[Operation]) -> bool {
    let families =
        operations.iter().filter_map(|operation| operation.family).max().map_or(1, |last| last + 1);
    (0..families).all(|family| {
        let own = operations.iter().filter(|operation| operation.family.is_none_or(|of| of == family));
        let alone = |operation: &Operation| Operation { family: operation.family.map(|_| 0), ..*operation };
        is_sequential(&own.map(alone).collect::<Vec<_>>())
    })
}

fn search(
    families: &[Family],
    placed: u64,
    operations: &[Operation],
    tried: &mut HashSet<(u64, Vec<Family>)>,
) -> bool {
    let open = |index: usize| placed & (1 << index) == 0;
    // A request without an answer may never have taken effect.
    if operations.iter().enumerate().all(|(index, operation)| !open(index) || operation.done == u64::MAX) {
        return true;
    }
    if !tried.insert((placed, families.to_vec())) {
        return false;
    }
    let first_done = operations.iter().enumerate().filter(|(index, _)| open(*index));
    let first_done = first_done.map(|(_, operation)| operation.done).min().unwrap_or(u64::MAX);
    operations
        .iter()
        .enumerate()
        .filter(|(index, operation)| open(*index) && operation.sent <= first_done)
        .any(|(index, operation)| {
            after(families, operation)
                .iter()
                .any(|next| search(next, placed | (1 << index), operations, tried))
        })
}

/// Every state of all families that this operation can leave behind.
fn after(families: &[Family], operation: &Operation) -> Vec<Vec<Family>> {
    match operation.family {
        Some(family) => {
            let put = |next: Family| {
                let mut families = families.to_vec();
                families[family] = next;
                families
            };
            families[family].after(operation).into_iter().map(put).collect()
        }
        None => {
            let ended = families.iter().map(Family::ended).collect();
            let unchanged = (operation.answered != Answered::Ended).then(|| families.to_vec());
            std::iter::once(ended).chain(unchanged).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(asked: Asked, answered: Answered, sent: u64, done: u64) -> Operation {
        Operation { family: Some(0), asked, answered, sent, done }
    }

    fn of(family: usize, operation: Operation) -> Operation {
        Operation { family: Some(family), ..operation }
    }

    fn refresh(token: usize, answered: Answered, sent: u64, done: u64) -> Operation {
        operation(Asked::Refresh(token), answered, sent, done)
    }

    use Answered::{Active, Ended, Inactive, Refused, Successor, Unknown};

    #[test]
    fn a_chain_and_racers_with_one_successor_fit() {
        assert!(is_sequential(&[refresh(0, Successor(1), 0, 1), refresh(1, Successor(2), 2, 3)]));
        assert!(is_sequential(&[
            refresh(0, Successor(1), 0, 9),
            refresh(0, Successor(1), 0, 8),
            refresh(0, Successor(1), 10, 11),
        ]));
    }

    #[test]
    fn two_successors_of_one_token_do_not_fit() {
        assert!(!is_sequential(&[refresh(0, Successor(1), 0, 9), refresh(0, Successor(2), 0, 9)]));
    }

    #[test]
    fn a_refresh_after_the_confirmed_end_does_not_fit() {
        let end = operation(Asked::End, Ended, 0, 5);
        assert!(!is_sequential(&[end, refresh(0, Successor(1), 6, 7)]));
        // While the end was under way it may have been first.
        assert!(is_sequential(&[end, refresh(0, Successor(1), 4, 7)]));
        assert!(is_sequential(&[end, refresh(0, Refused, 6, 7)]));
    }

    #[test]
    fn a_spent_token_ends_the_family_and_a_good_one_is_not_refused() {
        let chain = [refresh(0, Successor(1), 0, 1), refresh(1, Successor(2), 2, 3)];
        let with = |more: &[Operation]| is_sequential(&[&chain, more].concat());
        assert!(with(&[refresh(0, Refused, 4, 5), refresh(2, Refused, 6, 7)]));
        assert!(!with(&[refresh(0, Refused, 4, 5), refresh(2, Successor(3), 6, 7)]));
        assert!(!with(&[refresh(2, Refused, 4, 5)]));
        assert!(!with(&[refresh(0, Successor(1), 4, 5)]));
    }

    #[test]
    fn a_lost_answer_may_or_may_not_have_happened() {
        let lost = refresh(0, Unknown, 0, u64::MAX);
        assert!(is_sequential(&[lost, refresh(0, Successor(1), 2, 3), refresh(1, Successor(2), 4, 5)]));
        assert!(!is_sequential(&[lost, refresh(0, Refused, 2, 3)]));
        let end = operation(Asked::End, Unknown, 0, u64::MAX);
        assert!(is_sequential(&[end, refresh(0, Successor(1), 2, 3), refresh(1, Refused, 4, 5)]));
        assert!(!is_sequential(&[end, refresh(0, Refused, 2, 3), refresh(0, Successor(1), 4, 5)]));
    }
    #[test]
    fn a_token_is_active_until_its_family_ends() {
        let look = |answered, sent| operation(Asked::Look, answered, sent, sent + 1);
        let end = operation(Asked::End, Ended, 2, 3);
        assert!(is_sequential(&[look(Active, 0), end, look(Inactive, 4)]));
        assert!(!is_sequential(&[end, look(Active, 4)]));
        assert!(!is_sequential(&[look(Inactive, 0), end]));
    }

    #[test]
    fn the_end_of_a_session_ends_all_families_at_once() {
        let end = Operation { family: None, ..operation(Asked::End, Ended, 0, 9) };
        let look = |family, answered, sent| of(family, operation(Asked::Look, answered, sent, sent + 1));
        assert!(is_sequential(&[end, look(0, Active, 1), look(1, Active, 3), look(0, Inactive, 5)]));
        // One was seen dead before the other was seen alive.
        let torn = [end, look(0, Inactive, 1), look(1, Active, 3)];
        assert!(!is_sequential(&torn));
        assert!(each_is_sequential(&torn), "each by itself fits");
        assert!(!each_is_sequential(&[end, look(1, Active, 10)]));
    }
}

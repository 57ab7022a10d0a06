//! The letters of the demonstration, in memory: it sends nothing, and shows what it would have sent.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use idp_core::time::UnixTime;

use super::{Dispatch, LetterText};

/// More than a visitor reads.
const MOST: usize = 50;

/// The letters, the newest first.
#[derive(Default)]
pub struct Inbox(Mutex<VecDeque<KeptLetter>>);

/// A letter that was not sent.
#[derive(Clone)]
pub struct KeptLetter {
    /// Its name.
    pub id: uuid::Uuid,
    /// To whom it would have gone.
    pub to: String,
    /// When.
    pub at: UnixTime,
    /// What it says.
    pub text: LetterText,
}

impl Inbox {
    /// Those that are kept, the newest first.
    #[must_use]
    pub fn letters(&self) -> Vec<KeptLetter> {
        self.lock().iter().cloned().collect()
    }

    pub(super) fn keep(&self, letter: &Dispatch<'_>) {
        let mut letters = self.lock();
        let kept =
            KeptLetter { id: letter.id, to: letter.to.to_owned(), at: letter.at, text: letter.text.clone() };
        letters.push_front(kept);
        letters.truncate(MOST);
    }

    /// A thread that died with the lock has left whole letters.
    fn lock(&self) -> MutexGuard<'_, VecDeque<KeptLetter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Proof of work: a browser behind an address that has guessed too often may compute for a second or two instead of waiting
//! (docs/adr/0054). A puzzle travels sealed in the form that it was made for, so that nothing is stored before it is solved;
//! a solved one is spent where the attempt is counted, so that it lets through one attempt on whichever node.

use crate::http::request::{BrowserRequest, PageForm};
use crate::page::WorkPuzzle;
use crate::random;
use crate::store::login_throttle::ThrottleBucket;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::proof_of_work::{WorkPolicy, is_solved};
use idp_core::seal::SealError;
use idp_core::throttle::BucketPolicy;
use idp_core::time::UnixTime;
use rand_core::RngCore as _;
use serde::{Deserialize, Serialize};

/// For how long, in seconds, a puzzle can be handed in: long enough to type a password.
const LIFETIME: u32 = 10 * 60;
/// By how many bits a puzzle may be cheaper than one that is made now. The cost rises while a person types; who gathers
/// cheap puzzles beforehand gets no further than this.
const RISEN_BITS: u8 = 2;

/// A puzzle, as it rests in its form. Every one takes the same room, so that it tells nothing of the name that was typed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    /// What is hashed, and what it is spent under.
    puzzle: String,
    /// The bucket of the address that it was made for.
    source: String,
    /// What it costs.
    bits: u8,
    /// When it was made.
    at: UnixTime,
}

/// A puzzle that was solved, which lets one attempt through.
pub struct SolvedPuzzle {
    puzzle: String,
    source: String,
    bits: u8,
}

impl SolvedPuzzle {
    /// Reads the form. `None` without a proof that holds for this form, this address and this moment: then the attempt is
    /// one like any other.
    #[must_use]
    pub fn of_form(request: &BrowserRequest, form: &PageForm) -> Option<Self> {
        let proof = form.field("proof");
        if proof.is_empty() {
            return None;
        }
        let Sealed { puzzle, source, bits, at } =
            request.app.seals().work_puzzle.open(form.field("work"), form.tx())?;
        let is_fresh = (0..=i64::from(LIFETIME)).contains(&request.now.seconds_since(at));
        (is_fresh && is_solved(&puzzle, bits, proof)).then_some(Self { puzzle, source, bits })
    }

    /// Whether it lets an attempt from the bucket `source` through where a puzzle costs `bits` by now.
    #[must_use]
    pub fn is_enough(&self, source: &ThrottleBucket, bits: u8) -> bool {
        self.source == source.key && self.bits.saturating_add(RISEN_BITS) >= bits
    }

    /// Holds one try, which the puzzle is worth. It is never put back.
    #[must_use]
    pub fn worth(&self) -> ThrottleBucket {
        let policy = BucketPolicy { burst: 1, seconds_per_try: LIFETIME };
        ThrottleBucket { key: format!("work:{}", self.puzzle), policy }
    }
}

/// A new puzzle at a cost of `bits` for the form that carries `tx`, for attempts from the bucket `source`.
///
/// # Errors
/// When it cannot be sealed.
pub fn puzzle(
    request: &BrowserRequest,
    source: &ThrottleBucket,
    bits: u8,
    tx: &str,
) -> Result<WorkPuzzle, SealError> {
    let mut drawn = [0; 16];
    random::rng().fill_bytes(&mut drawn);
    let puzzle = URL_SAFE_NO_PAD.encode(drawn);
    let sealed = Sealed { puzzle: puzzle.clone(), source: source.key.clone(), bits, at: request.now };
    let sealed = request.app.seals().work_puzzle.close(&sealed, tx)?;
    Ok(WorkPuzzle { sealed, puzzle, bits })
}

/// What a puzzle may cost here; `None` where none is made.
#[must_use]
pub fn policy(request: &BrowserRequest) -> Option<WorkPolicy> {
    let throttle = &request.app.config.throttle;
    let policy = WorkPolicy { least_bits: throttle.proof_bits, most_bits: throttle.proof_bits_most };
    throttle.proof_of_work.then_some(policy)
}

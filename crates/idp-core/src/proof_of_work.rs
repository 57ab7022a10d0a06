//! A puzzle that costs a browser some computing and the server almost none (the idea of Dwork and Naor, 1992, with the
//! hashes of Hashcash): find numbers whose SHA-256 begins with zero bits. It is asked of those whose network has guessed
//! wrong often. Who is asked, and that an answer counts once, is the server's.

use aws_lc_rs::digest::{SHA256, digest};

/// A puzzle is solved in so many parts, which makes its time steadier: of one part the longest times are five times
/// the usual one, of eight about twice.
pub const PARTS: u32 = 8;
/// What the parts together add to the bits of each: log2 of [`PARTS`].
const BITS_OF_PARTS: u8 = 3;
/// Digits of a number in a proof. More than any browser gets to.
const MOST_DIGITS: usize = 12;

/// What a puzzle may cost. `n` bits are `2^n` hashes on average.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct WorkPolicy {
    /// The first one.
    pub least_bits: u8,
    /// The dearest one.
    pub most_bits: u8,
}

impl WorkPolicy {
    /// The cost after `used` of `burst` tries, in bits. It grows evenly: each further bit is twice the work.
    #[must_use]
    pub fn bits(self, used: u32, burst: u32) -> u8 {
        let span = u32::from(self.most_bits.saturating_sub(self.least_bits));
        let grown = u64::from(span) * u64::from(used.min(burst)) / u64::from(burst.max(1));
        self.least_bits
            .saturating_add(u8::try_from(grown).unwrap_or(u8::MAX))
            .min(self.most_bits.max(self.least_bits))
    }
}

/// Whether `proof` solves `puzzle` at a cost of `bits`: as many numbers as there are parts, with dots between them.
#[must_use]
pub fn is_solved(puzzle: &str, bits: u8, proof: &str) -> bool {
    let numbers: Vec<&str> = proof.splitn(PARTS as usize + 1, '.').collect();
    let is_number = |text: &str| {
        (1..=MOST_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    numbers.len() == PARTS as usize
        && numbers.iter().all(|number| is_number(number))
        && (0..).zip(&numbers).all(|(part, number)| zero_bits(puzzle, part, number) >= bits_of_a_part(bits))
}

/// Solves a puzzle, as a browser does it; for tests and measurements.
#[must_use]
pub fn solve(puzzle: &str, bits: u8) -> String {
    let solved = |part: u32| {
        let fits = |number: &u64| zero_bits(puzzle, part, &number.to_string()) >= bits_of_a_part(bits);
        (0_u64..).find(fits).unwrap_or_default().to_string()
    };
    (0..PARTS).map(solved).collect::<Vec<_>>().join(".")
}

fn bits_of_a_part(bits: u8) -> u32 {
    u32::from(bits.saturating_sub(BITS_OF_PARTS))
}

/// With how many zero bits the hash of this number begins.
fn zero_bits(puzzle: &str, part: u32, number: &str) -> u32 {
    let hash = digest(&SHA256, format!("{puzzle}:{part}:{number}").as_bytes());
    let mut bits = 0;
    for byte in hash.as_ref() {
        bits += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUZZLE: &str = "AAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn a_solution_holds_for_its_puzzle_and_its_cost_only() {
        let proof = solve(PUZZLE, 13);
        assert!(is_solved(PUZZLE, 13, &proof) && is_solved(PUZZLE, 5, &proof));
        assert!(!is_solved("BAAAAAAAAAAAAAAAAAAAAA", 13, &proof));
        assert!(!is_solved(PUZZLE, 30, &proof));
    }

    #[test]
    fn what_is_no_list_of_numbers_solves_nothing() {
        let proof = solve(PUZZLE, 11);
        let first = proof.split('.').next().unwrap_or_default();
        for wrong in [
            String::new(),
            ".".repeat(7),
            "0".to_owned(),
            first.to_owned(),
            format!("{proof}.0"),
            format!("{proof}."),
            format!("-{proof}"),
            format!("+{proof}"),
            format!(" {proof}"),
            [first; 8].join("."),
            proof.replace('.', ","),
            "9".repeat(10_000),
            ".".repeat(10_000),
        ] {
            assert!(!is_solved(PUZZLE, 11, &wrong), "{wrong}");
        }
    }

    /// Also at a cost of nothing a proof has its form.
    #[test]
    fn the_cheapest_puzzle_still_asks_for_numbers() {
        assert!(is_solved(PUZZLE, 0, "0.0.0.0.0.0.0.0"));
        assert!(!is_solved(PUZZLE, 0, ""));
    }

    #[test]
    fn the_cost_grows_evenly_up_to_the_dearest() {
        let policy = WorkPolicy { least_bits: 14, most_bits: 19 };
        let costs = [0, 19, 20, 50, 99, 100, u32::MAX].map(|used| policy.bits(used, 100));
        assert_eq!(costs, [14, 14, 15, 16, 18, 19, 19]);
        assert_eq!(policy.bits(5, 0), 14, "no burst, no growth");
        assert_eq!(WorkPolicy { least_bits: 9, most_bits: 4 }.bits(1, 1), 9);
    }
}

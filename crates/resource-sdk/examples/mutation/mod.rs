//! Small damage to good input, repeatable from a seed: flipped, dropped, doubled and swapped pieces,
//! and the words that parsers stumble over.

/// A source of damage.
pub struct Mutator {
    state: u64,
}

/// What JSON and base64url readers are known to stumble over.
const WORDS: &[&str] = &[
    ".",
    "..",
    "=",
    "==",
    "A",
    "_",
    "-",
    "+",
    "/",
    " ",
    "\n",
    "\0",
    "\u{feff}",
    "\"",
    "\\",
    "\\u0061",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "0",
    "-1",
    "1e9",
    "1.5",
    "9223372036854775807",
    "\"alg\":\"none\",",
    "\"exp\":1,",
    "\"aud\":[],",
    "\"iss\":[],",
    "\"crit\":[],",
    "\"kid\":\"\",",
    "e30",
    "RS256",
    "none",
    "é",
    "\u{202e}",
];

impl Mutator {
    /// A source that does the same damage for the same seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// A number below `limit` (xorshift64*; quality does not matter here).
    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let number = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap_or(0) % limit.max(1)
    }

    /// The input with one to four pieces damaged.
    pub fn mutate(&mut self, input: &[u8]) -> String {
        let mut octets = input.to_vec();
        for _ in 0..=self.below(4) {
            self.damage(&mut octets);
        }
        String::from_utf8_lossy(&octets).into_owned()
    }

    /// The same for a JSON text, where the damage is more often a changed value than a broken text.
    pub fn mutate_json(&mut self, input: &str) -> String {
        if self.below(2) == 0 {
            return self.mutate(input.as_bytes());
        }
        let mut octets = input.as_bytes().to_vec();
        let at = self.below(octets.len());
        if let Some(octet) = octets.get_mut(at)
            && octet.is_ascii_alphanumeric()
        {
            *octet = b"0123456789abcXYZ".get(usize::from(*octet) % 16).copied().unwrap_or(b'0');
        }
        String::from_utf8_lossy(&octets).into_owned()
    }

    fn damage(&mut self, octets: &mut Vec<u8>) {
        let at = self.below(octets.len());
        let until = (at + 1 + self.below(16)).min(octets.len());
        match self.below(7) {
            0 => flip(octets, at, self.below(8)),
            1 => drop(octets.drain(at..until)),
            2 => {
                let piece: Vec<u8> = octets.drain(at..until).collect();
                let to = self.below(octets.len() + 1);
                octets.splice(to..to, piece);
            }
            3 => {
                let piece: Vec<u8> = octets.iter().take(until).skip(at).copied().collect();
                octets.splice(at..at, piece);
            }
            4 => octets.truncate(at),
            _ => {
                let word = WORDS.get(self.below(WORDS.len())).copied().unwrap_or_default();
                octets.splice(at..at, word.bytes());
            }
        }
    }
}

fn flip(octets: &mut [u8], at: usize, bit: usize) {
    if let Some(octet) = octets.get_mut(at) {
        *octet ^= 1 << bit;
    }
}

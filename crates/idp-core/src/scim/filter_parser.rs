//! Reading a filter (RFC 7644 3.4.2.2), within bounds: `not` binds closest, then `and`, then `or`.

use super::filter::{AttributeName, Comparison, Filter, shown, unreadable};
use super::path::Scanner;
use super::refusal::Refusal;

/// The longest filter, in bytes.
pub(super) const LONGEST: usize = 2048;
/// How deep parentheses and brackets nest.
pub(super) const DEEPEST: usize = 8;
/// The most comparisons in one filter.
pub(super) const MOST_COMPARISONS: usize = 32;

impl Filter {
    /// Reads one.
    ///
    /// # Errors
    /// [`ScimType::InvalidFilter`](super::ScimType::InvalidFilter).
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.len() > LONGEST {
            return Err(unreadable(format!("a filter has at most {LONGEST} bytes")));
        }
        let mut parser = Parser { scanner: Scanner::new(text), comparisons: 0 };
        let filter = parser.either(DEEPEST)?;
        parser.scanner.skip_space();
        match parser.scanner.is_at_end() {
            true => Ok(filter),
            false => Err(unreadable(format!("what stands at {} is too much", parser.scanner.place()))),
        }
    }

    /// Reads the filter within the brackets of a path, of which `scanner` has read the first.
    pub(super) fn within_brackets(scanner: Scanner<'_>) -> Result<(Self, Scanner<'_>), Refusal> {
        let mut parser = Parser { scanner, comparisons: 0 };
        let filter = parser.either(DEEPEST)?;
        parser.scanner.skip_space();
        parser.expect(']')?;
        Ok((filter, parser.scanner))
    }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    comparisons: usize,
}

impl Parser<'_> {
    fn either(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let mut found = self.both(depth)?;
        while self.takes_word("or") {
            found = Filter::Or(Box::new(found), Box::new(self.both(depth)?));
        }
        Ok(found)
    }

    fn both(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let mut found = self.one(depth)?;
        while self.takes_word("and") {
            found = Filter::And(Box::new(found), Box::new(self.one(depth)?));
        }
        Ok(found)
    }

    fn one(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let inner =
            depth.checked_sub(1).ok_or_else(|| unreadable(format!("more than {DEEPEST} levels deep")))?;
        self.scanner.skip_space();
        if self.scanner.takes('(') {
            return self.closed(inner);
        }
        let start = self.scanner;
        if self.takes_word("not") {
            self.scanner.skip_space();
            if self.scanner.takes('(') {
                return Ok(Filter::Not(Box::new(self.closed(inner)?)));
            }
            self.scanner = start;
        }
        let name = self
            .scanner
            .attribute()
            .ok_or_else(|| unreadable(format!("there should be an attribute at {}", self.scanner.place())))?;
        if self.scanner.takes('[') {
            let filter = self.either(inner)?;
            self.scanner.skip_space();
            self.expect(']')?;
            return Ok(Filter::Values(name, Box::new(filter)));
        }
        self.comparison(name)
    }

    fn closed(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let filter = self.either(depth)?;
        self.scanner.skip_space();
        self.expect(')')?;
        Ok(filter)
    }

    fn comparison(&mut self, name: AttributeName) -> Result<Filter, Refusal> {
        self.comparisons += 1;
        if self.comparisons > MOST_COMPARISONS {
            return Err(unreadable(format!("a filter has at most {MOST_COMPARISONS} comparisons")));
        }
        self.scanner.skip_space();
        let word = self.scanner.word();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(name));
        }
        let comparison =
            Comparison::parse(word).ok_or_else(|| unreadable(format!("{} is no operator", shown(word))))?;
        self.scanner.skip_space();
        let literal = self.scanner.literal().ok_or_else(|| {
            unreadable(format!("there should be a value at {}, texts in quotes", self.scanner.place()))
        })?;
        Ok(Filter::Compare(name, comparison, literal))
    }

    fn takes_word(&mut self, expected: &str) -> bool {
        let mut ahead = self.scanner;
        ahead.skip_space();
        let is_there = ahead.word().eq_ignore_ascii_case(expected);
        if is_there {
            self.scanner = ahead;
        }
        is_there
    }

    fn expect(&mut self, sign: char) -> Result<(), Refusal> {
        match self.scanner.takes(sign) {
            true => Ok(()),
            false => Err(unreadable(format!("there should be {sign:?} at {}", self.scanner.place()))),
        }
    }
}

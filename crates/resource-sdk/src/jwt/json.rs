//! JSON as strictly as RFC 8259 and I-JSON (RFC 7493) describe it. There is one document and nothing
//! behind it. Member names occur once, however they are escaped. There is no lone surrogate, and depth
//! and number length are bounded. Values stay slices of the text until one is read.

use std::borrow::Cow;

/// Levels of arrays and objects, the outermost included.
const MAX_DEPTH: usize = 16;
/// Characters of one number; a NumericDate needs ten.
const MAX_NUMBER: usize = 40;

/// The text is not one strict JSON value, or not of the wanted kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotStrictJson;

type Outcome<T> = Result<T, NotStrictJson>;

/// A value that is known to be well formed, as it was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// The text of a string, unescaped.
    pub(crate) fn string(self) -> Option<Cow<'a, str>> {
        // The text is known to be well formed: what begins with a quotation mark is a string.
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        if inner.contains('\\') { Scanner::new(self.0).string().ok() } else { Some(Cow::Borrowed(inner)) }
    }

    /// A whole number from 0 up, written with digits alone: no sign, fraction or exponent.
    pub(crate) fn integer(self) -> Option<i64> {
        let digits = self.0.bytes().all(|byte| byte.is_ascii_digit());
        if digits { self.0.parse().ok() } else { None }
    }

    /// Whether it is `true`.
    #[cfg(feature = "feed")]
    pub(crate) fn is_true(self) -> bool {
        self.0 == "true"
    }

    /// The members of an array.
    pub(crate) fn array(self) -> Option<Vec<Json<'a>>> {
        let mut elements = Vec::new();
        Scanner::new(self.0).array(MAX_DEPTH, &mut |element| elements.push(element)).ok()?;
        Some(elements)
    }

    /// The members of an array that holds strings and nothing else.
    pub(crate) fn strings(self) -> Option<Vec<Cow<'a, str>>> {
        self.array()?.into_iter().map(Json::string).collect()
    }

    /// The object this value is, with each member named once.
    pub(crate) fn object(self, max_members: usize) -> Option<Object<'a>> {
        Object::parse(self.0, max_members).ok()
    }
}

/// An object in which no name occurs twice.
#[derive(Debug)]
pub(crate) struct Object<'a>(Vec<Member<'a>>);

#[derive(Debug)]
struct Member<'a> {
    digest: u64,
    name: Cow<'a, str>,
    value: Json<'a>,
}

impl<'a> Member<'a> {
    fn new(name: Cow<'a, str>, value: Json<'a>) -> Self {
        Self { digest: digest(&name), name, value }
    }

    fn is_named(&self, name: &str, digest: u64) -> bool {
        self.digest == digest && self.name == name
    }
}

/// The first seven octets of a name and its length: names that differ in it differ. Nine registered claims
/// have three letters, and each is compared with all others.
fn digest(name: &str) -> u64 {
    let octets = name.bytes().take(7).fold(0, |digest, octet| (digest << 8) | u64::from(octet));
    (octets << 8) | (name.len() as u64 & 0xff)
}

impl<'a> Object<'a> {
    /// Reads a text that is one object and nothing else.
    pub(crate) fn parse(text: &'a str, max_members: usize) -> Outcome<Self> {
        let mut scanner = Scanner::new(text);
        let mut members: Vec<Member<'a>> = Vec::with_capacity(16);
        let mut sound = true;
        scanner.skip_space();
        scanner.object(MAX_DEPTH, &mut |name, value| {
            let member = Member::new(name, value);
            let repeated = members.iter().any(|known| known.is_named(&member.name, member.digest));
            sound &= !repeated && members.len() < max_members;
            if sound {
                members.push(member);
            }
            sound
        })?;
        scanner.skip_space();
        if sound && scanner.is_at_end() { Ok(Self(members)) } else { Err(NotStrictJson) }
    }

    /// The value of a member.
    pub(crate) fn get(&self, name: &str) -> Option<Json<'a>> {
        let digest = digest(name);
        let found = self.0.iter().find(|member| member.is_named(name, digest));
        found.map(|member| member.value)
    }

    /// Whether one of these members is present, with any value.
    pub(crate) fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.get(name).is_some())
    }
}

/// A reader of one text; every method leaves it behind what it has read.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn value(&mut self, depth: usize) -> Outcome<Json<'a>> {
        let start = self.at;
        match self.peek() {
            Some(b'{') => self.object(depth, &mut |_, _| true)?,
            Some(b'[') => self.array(depth, &mut |_| ())?,
            Some(b'"') => self.string().map(drop)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true")?,
            Some(b'f') => self.word("false")?,
            Some(b'n') => self.word("null")?,
            _ => return Err(NotStrictJson),
        }
        self.since(start).map(Json)
    }

    /// An object; `each` answers whether to go on.
    fn object(&mut self, depth: usize, each: &mut dyn FnMut(Cow<'a, str>, Json<'a>) -> bool) -> Outcome<()> {
        let inner = depth.checked_sub(1).ok_or(NotStrictJson)?;
        self.expect(b'{')?;
        self.skip_space();
        if self.accept(b'}') {
            return Ok(());
        }
        loop {
            self.skip_space();
            let name = self.string()?;
            self.skip_space();
            self.expect(b':')?;
            self.skip_space();
            let value = self.value(inner)?;
            if !each(name, value) {
                return Err(NotStrictJson);
            }
            self.skip_space();
            if self.accept(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    fn array(&mut self, depth: usize, each: &mut dyn FnMut(Json<'a>)) -> Outcome<()> {
        let inner = depth.checked_sub(1).ok_or(NotStrictJson)?;
        self.expect(b'[')?;
        self.skip_space();
        if self.accept(b']') {
            return Ok(());
        }
        loop {
            self.skip_space();
            each(self.value(inner)?);
            self.skip_space();
            if self.accept(b']') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    fn string(&mut self) -> Outcome<Cow<'a, str>> {
        self.expect(b'"')?;
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).ok_or(NotStrictJson)?;
        let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        self.at += rest.iter().position(ends).ok_or(NotStrictJson)?;
        let plain = self.since(start)?;
        match self.peek() {
            Some(b'\\') => self.escaped_string(plain).map(Cow::Owned),
            _ => self.expect(b'"').map(|()| Cow::Borrowed(plain)),
        }
    }

    /// The rest of a string that has a backslash behind `plain`.
    fn escaped_string(&mut self, plain: &str) -> Outcome<String> {
        let mut unescaped = String::from(plain);
        loop {
            let rest = self.text.get(self.at..).ok_or(NotStrictJson)?;
            let next = rest.chars().next().ok_or(NotStrictJson)?;
            self.at += next.len_utf8();
            match next {
                '"' => return Ok(unescaped),
                '\\' => unescaped.push(self.escape()?),
                '\0'..='\u{1f}' => return Err(NotStrictJson),
                other => unescaped.push(other),
            }
        }
    }

    fn escape(&mut self) -> Outcome<char> {
        let letter = self.peek().ok_or(NotStrictJson)?;
        self.at += 1;
        Ok(match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(NotStrictJson),
        })
    }

    /// One `\uXXXX`, or two that are a surrogate pair.
    fn unicode_escape(&mut self) -> Outcome<char> {
        let first = self.code_unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or(NotStrictJson);
        }
        self.expect(b'\\')?;
        self.expect(b'u')?;
        let second = self.code_unit()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(NotStrictJson);
        }
        let scalar = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        char::from_u32(scalar).ok_or(NotStrictJson)
    }

    fn code_unit(&mut self) -> Outcome<u32> {
        let end = self.at + 4;
        let digits = self.text.get(self.at..end).ok_or(NotStrictJson)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotStrictJson);
        }
        self.at = end;
        u32::from_str_radix(digits, 16).map_err(|_| NotStrictJson)
    }

    fn number(&mut self) -> Outcome<()> {
        let start = self.at;
        self.accept(b'-');
        if !self.accept(b'0') {
            self.digits()?;
        }
        if self.accept(b'.') {
            self.digits()?;
        }
        let has_exponent = self.accept(b'e') || self.accept(b'E');
        if has_exponent {
            let _sign = self.accept(b'+') || self.accept(b'-');
            self.digits()?;
        }
        let number = self.since(start)?;
        if number.len() > MAX_NUMBER {
            return Err(NotStrictJson);
        }
        // RFC 7493 section 2.2: what a double cannot hold means something else to every reader. Only an
        // exponent makes a number of so few digits that large.
        let is_finite = !has_exponent || number.parse().is_ok_and(f64::is_finite);
        if is_finite { Ok(()) } else { Err(NotStrictJson) }
    }

    fn digits(&mut self) -> Outcome<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(NotStrictJson) } else { Ok(()) }
    }

    fn word(&mut self, word: &str) -> Outcome<()> {
        word.bytes().try_for_each(|byte| self.expect(byte))
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn accept(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Outcome<()> {
        if self.accept(byte) { Ok(()) } else { Err(NotStrictJson) }
    }

    fn since(&self, start: usize) -> Outcome<&'a str> {
        self.text.get(start..self.at).ok_or(NotStrictJson)
    }

    fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;

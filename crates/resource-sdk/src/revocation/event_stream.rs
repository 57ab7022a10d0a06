//! The reading of `text/event-stream`, piece by piece as it comes off the wire: lines, comments, the
//! `data` of events, and which of them are anchors; other fields mean nothing to us. What is buffered
//! is bounded. HTML Living Standard, section 9.2.6.

/// An event, or the line of one, is longer than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

/// An event that has data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// Of the type `anchor`.
    Anchor(String),
    /// Of any other.
    Statement(String),
}

/// A reader in the middle of a stream.
#[derive(Debug)]
pub(super) struct EventStream {
    line: Vec<u8>,
    data: String,
    has_data: bool,
    is_anchor: bool,
    after_cr: bool,
    is_first_line: bool,
    limit: usize,
}

impl EventStream {
    /// A reader of events with at most so many bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            line: Vec::new(),
            data: String::new(),
            has_data: false,
            is_anchor: false,
            after_cr: false,
            is_first_line: true,
            limit,
        }
    }

    /// Takes the next octets and answers every event that they complete.
    ///
    /// # Errors
    /// When more than the limit would have to be kept.
    pub(super) fn push(&mut self, octets: &[u8]) -> Result<Vec<Event>, TooLong> {
        let mut events = Vec::new();
        for octet in octets {
            let ends_crlf = std::mem::take(&mut self.after_cr) && *octet == b'\n';
            match octet {
                _ if ends_crlf => {}
                b'\r' | b'\n' => {
                    self.after_cr = *octet == b'\r';
                    events.extend(self.end_line());
                }
                _ if self.line.len() + self.data.len() >= self.limit => return Err(TooLong),
                _ => self.line.push(*octet),
            }
        }
        Ok(events)
    }

    /// Whether an event has begun and not ended.
    pub(super) fn is_amid_event(&self) -> bool {
        self.has_data || !self.line.is_empty()
    }

    /// An empty line ends an event; one without data is none.
    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let mark: &[u8] = if std::mem::take(&mut self.is_first_line) { b"\xef\xbb\xbf" } else { b"" };
        let line = line.strip_prefix(mark).unwrap_or(&line);
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            let is_anchor = std::mem::take(&mut self.is_anchor);
            let event = if is_anchor { Event::Anchor(data) } else { Event::Statement(data) };
            return std::mem::take(&mut self.has_data).then_some(event);
        }
        if let Some(name) = value_of(line, b"event") {
            self.is_anchor = name == b"anchor";
        }
        if let Some(value) = value_of(line, b"data") {
            if std::mem::replace(&mut self.has_data, true) {
                self.data.push('\n');
            }
            self.data.push_str(&String::from_utf8_lossy(value));
        }
        None
    }
}

/// The value of a line of this field, without the one space that may follow the colon.
fn value_of<'a>(line: &'a [u8], field: &[u8]) -> Option<&'a [u8]> {
    let rest = line.strip_prefix(field)?;
    if rest.is_empty() {
        return Some(b"");
    }
    let value = rest.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const STREAM: &str = "\u{feff}: hello\r\nevent: anchor\r\ndata: zero\r\n\r\nid: 7\r\nevent: revocations\r\ndata: one\r\n\r\n\
        data:two\ndata\ndata:  three\n\n: stalled\n\nid: 9\n\ndata: four\r\rdata: never ended";

    fn read_in_pieces(stream: &[u8], sizes: &[usize]) -> Vec<Event> {
        let (mut reader, mut rest, mut events) = (EventStream::new(100), stream, Vec::new());
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, behind) = rest.split_at((*size).min(rest.len()));
            events.extend(reader.push(piece).unwrap());
            rest = behind;
        }
        events
    }

    proptest! {
        #[test]
        fn events_are_the_same_however_the_network_cuts_them(sizes in prop::collection::vec(1_usize..9, 1..20)) {
            let events = read_in_pieces(STREAM.as_bytes(), &sizes);
            let statements = ["one", "two\n\n three", "four"].map(|data| Event::Statement(data.into()));
            prop_assert_eq!(events, [&[Event::Anchor("zero".into())], &statements[..]].concat());
        }
    }

    #[test]
    fn an_endless_event_is_given_up() {
        let mut reader = EventStream::new(1_000);
        assert_eq!(reader.push(&[b'x'; 1_001]), Err(TooLong));
        let mut reader = EventStream::new(1_000);
        let outcome = (0..1_000).try_for_each(|_| reader.push(b"data: 12345678\n").map(drop));
        assert_eq!(outcome, Err(TooLong), "in many lines as well");
        let mut reader = EventStream::new(1_000);
        for _ in 0..1_000 {
            reader.push(b": stalled\n\n").unwrap();
        }
        assert!(!reader.is_amid_event());
    }
}

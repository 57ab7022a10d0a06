//! The words of the pages, in each language: one Fluent file a language in `web-templates/words`, and nothing else.
//! [`Language`] says a message by its id, with the plural rules of the language; `time` says how long ago, how long to
//! wait, and dates; `choice` finds the language that fits a wish. Whose wish counts is decided in `http/request/language`; what names from others look like
//! in a sentence is `page/message`'s.

mod catalogue;
mod choice;
mod language;
#[cfg(test)]
mod tests;
mod time;

pub use language::{Arg, Language, UnknownLanguage};

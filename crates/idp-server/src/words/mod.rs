//! The words of the pages, in each language: one Fluent file a language in `web-templates/words`, and nothing else.
//! [`Language`] says a message by its id, with the plural rules of the language; `time` says how long ago, how long to
//! wait, and dates. Which language a person gets is decided in `http/request/language`; what names from others look like
//! in a sentence is `page/message`'s.

mod catalogue;
mod language;
#[cfg(test)]
mod tests;
mod time;

pub use language::{Arg, Language, UnknownLanguage};

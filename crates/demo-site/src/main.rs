//! The site on its own.
fn main() {}

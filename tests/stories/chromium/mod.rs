//! Stories in a real Chromium, third-party cookies blocked. Screenshots are kept under
//! `target/screenshots`, for people to look at: of every page with `KEEP_PICTURES=1`. A machine without Chromium leaves the whole module out:
//! `cargo test -- --skip chromium::`.

mod account_pages;
mod admin_clients;
mod administrators;
mod happenings;
mod inbox;
mod kicked;
mod languages;
mod letters;
mod looks;
mod mail_fallback;
mod never_stranded;
mod own_data;
mod passkeys;
mod password_reset;
mod passwords;
mod people;
mod puzzles;
mod recovery_codes;
mod registration;
mod requests;
mod required_actions;
mod site_looks;
mod step_up;
mod tabs;
mod two_sites;

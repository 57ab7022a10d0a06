//! Columns with a heading of our own member names (RFC 4180), divided by commas, or by semicolons where a spreadsheet writes those.
//! A column that is not known is refused before anybody is added: it may be a mistyped one.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Terminator, Trim};
use idp_core::user::{ClaimsChange, StandardClaims, attribute::GivenValue};

use super::attributes::Attributes;
use super::entry::{Draft, Entry, Options};
use super::json_lines::app;
use super::reading::{self, Sink};
use super::report::shown;
use crate::cli::failure::Failure;

/// What divides names, or the values of an attribute, in one field.
const BETWEEN_NAMES: char = '|';
/// The columns besides those of claims and attributes.
const OWN: [&str; 9] = [
    "username",
    "id",
    "password_hash",
    "email",
    "email_verified",
    "disabled",
    "roles",
    "groups",
    "totp_secret",
];

/// Reads the file.
///
/// # Errors
/// [`Failure::Refused`] for a heading that is not understood, or that the file cannot be read.
pub(super) fn read(file: &Path, options: &Options, sink: Sink<'_>) -> Result<(), Failure> {
    let mut source = reading::open(file)?;
    let mut heading = Vec::new();
    source.read_until(b'\n', &mut heading).map_err(|error| reading::cannot_read(file, &error))?;
    let heading = String::from_utf8(heading).map_err(|error| reading::cannot_read(file, &error))?;
    let heading = heading.trim_start_matches('\u{feff}');
    let has_semicolons = heading.contains(';') && !heading.contains(',');
    let delimiter = if has_semicolons { b';' } else { b',' };
    let mut builder = ReaderBuilder::new();
    builder.delimiter(delimiter).has_headers(false).trim(Trim::All).flexible(true);
    // Only so are lines counted as people count them; the carriage return before it is trimmed.
    builder.terminator(Terminator::Any(b'\n'));
    let columns = builder.from_reader(heading.as_bytes()).records().next();
    let columns =
        columns.transpose().map_err(|error| reading::cannot_read(file, &error))?.unwrap_or_default();
    check(&columns, &options.attributes)?;
    let (mut reader, mut record) = (builder.from_reader(source), StringRecord::new());
    loop {
        let begins = reader.position().line();
        let entry = match reader.read_record(&mut record) {
            Ok(false) => break,
            // A line with nothing in it, but for the carriage return.
            Ok(true) if record.len() == 1 && record.iter().all(str::is_empty) => continue,
            Ok(true) => {
                // Where the next one begins tells of empty lines before this one; the last may end without a line feed.
                let inside = record.iter().map(|field| field.matches('\n').count()).sum::<usize>();
                let inside = u64::try_from(inside).unwrap_or(0);
                let ends = reader.position().line().saturating_sub(1);
                let line = begins.max(ends.saturating_sub(inside));
                // The heading is the first line, and was taken off.
                entry(format!("line {}", line.saturating_add(1)), &columns, &record, options)
            }
            Err(error) if error.is_io_error() => return Err(reading::cannot_read(file, &error)),
            Err(_) => {
                Entry::refused(format!("line {}", begins.saturating_add(1)), "", "the row is not UTF-8")
            }
        };
        if !sink(entry) {
            break;
        }
    }
    Ok(())
}

fn check(columns: &StringRecord, attributes: &Attributes) -> Result<(), Failure> {
    let is_known = |name: &str| {
        OWN.contains(&name) || ClaimsChange::remove(name).is_ok() || attributes.named(name).is_some()
    };
    if let Some(unknown) = columns.iter().find(|name| !is_known(name)) {
        let known = OWN.join(", ");
        let unknown = shown(unknown);
        return Err(Failure::refused(format!(
            "the heading has a column {unknown:?}, which is not known; there are {known}, the standard claims, such as \
             given_name, locale or address.country, and the attributes that are defined"
        )));
    }
    for (place, name) in columns.iter().enumerate() {
        if columns.iter().take(place).any(|other| other == name) {
            return Err(Failure::refused(format!("the heading has the column {:?} twice", shown(name))));
        }
    }
    match columns.iter().any(|name| name == "username") {
        true => Ok(()),
        false => Err(Failure::refused("the first line must be the heading, with a column \"username\"")),
    }
}

fn entry(place: String, columns: &StringRecord, record: &StringRecord, options: &Options) -> Entry {
    let field = |name| {
        let found = columns.iter().zip(record).find(|(column, _)| *column == name);
        found.map(|(_, field)| field).filter(|field| !field.is_empty())
    };
    let name = field("username").unwrap_or_default();
    if record.len() > columns.len() {
        return Entry::refused(place, name, "the row has more fields than the heading");
    }
    Entry::of(place, name, draft(columns, record, field, options))
}

fn draft<'a>(
    columns: &StringRecord,
    record: &StringRecord,
    field: impl Fn(&'static str) -> Option<&'a str>,
    options: &Options,
) -> Result<Draft, String> {
    let mut draft = Draft::of(field("username").unwrap_or_default())?;
    let mut claims = ClaimsChange::default();
    for (column, text) in columns.iter().zip(record) {
        if OWN.contains(&column) || text.is_empty() {
            continue;
        }
        if let Some(attribute) = options.attributes.named(column) {
            let texts = match attribute.of.is_multiple() {
                true => text.split(BETWEEN_NAMES).map(str::to_owned).collect(),
                false => vec![text.to_owned()],
            };
            draft.person.attributes.0.insert(column.to_owned(), GivenValue::Texts(texts));
        } else {
            let one = ClaimsChange::set(column, text).map_err(|error| error.to_string())?;
            claims = claims.and(one).map_err(|error| error.to_string())?;
        }
    }
    if !claims.is_empty() {
        draft.person.claims = claims.apply(StandardClaims::default()).map_err(|error| error.to_string())?;
    }
    draft.person.id = field("id").map(str::parse).transpose().map_err(|_| "id must be a UUID".to_owned())?;
    draft.email(field("email"), truth("email_verified", field("email_verified"))?)?;
    if let Some(hash) = field("password_hash") {
        draft.hash(hash.to_owned(), options)?;
    }
    draft.disabled(truth("disabled", field("disabled"))?);
    let names =
        |column| field(column).into_iter().flat_map(|names| names.split(BETWEEN_NAMES)).map(str::trim);
    names("roles").try_for_each(|name| draft.role(name))?;
    names("groups").try_for_each(|name| draft.group(name))?;
    if let Some(secret) = field("totp_secret") {
        draft.app("", app(secret)?);
    }
    Ok(draft)
}

/// As spreadsheets write it.
fn truth(column: &str, text: Option<&str>) -> Result<bool, String> {
    match text.unwrap_or("false").to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err(format!("{column} must be true or false")),
    }
}

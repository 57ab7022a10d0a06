//! `import`: people of another system, with what they sign in with there; of a realm of Keycloak also roles, groups and clients.
//! Each line of a file is told of by itself: what cannot be taken is left out, with the reason, and the rest is taken. The same
//! file again goes on where it broke off. It runs on the database at hand: files of hashes do not travel (ADR 73).

mod attributes;
mod auth0;
mod csv_file;
mod entry;
mod htpasswd;
mod json_lines;
mod keycloak;
mod people;
mod reading;
mod report;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Context, api::Api, failure::Failure};
use attributes::Attributes;
use entry::Options;
use people::{Importer, Mode};
use report::Report;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// What the file is
    #[arg(long, value_enum)]
    format: Format,
    /// The file, or - for standard input; of Keycloak a file or a folder
    #[arg(value_name = "FILE", allow_hyphen_values = true)]
    file: PathBuf,
    /// Changes nothing, and tells line by line what would be done
    #[arg(long)]
    dry_run: bool,
    /// Adds people whose hash cannot be taken all the same, without a password
    #[arg(long)]
    without_unknown_hashes: bool,
    /// Auth0: the file of hashes that its support hands out
    #[arg(long, value_name = "FILE")]
    hashes: Option<PathBuf>,
    /// Keycloak: the realm, where the file has several
    #[arg(long, value_name = "NAME")]
    realm: Option<String>,
    /// Keycloak: a redirect URI of a client, in the place of a pattern; may be repeated
    #[arg(long, value_name = "CLIENT=URI", value_parser = client_and_uri)]
    redirect_uri: Vec<(String, String)>,
    /// Keycloak, Auth0: what an attribute, or a member of metadata (app_metadata.NAME), is called here; may be repeated
    #[arg(long, value_name = "THEIRS=OURS", value_parser = theirs_and_ours)]
    attribute: Vec<(String, String)>,
}

/// Where a file comes from.
#[derive(Copy, Clone, Eq, PartialEq, Debug, ValueEnum)]
enum Format {
    /// A realm that Keycloak has exported, with its people in the same file or beside it
    Keycloak,
    /// The users that Auth0 has exported, or a file of its bulk import
    Auth0,
    /// Columns with our names, separated by commas or semicolons
    Csv,
    /// Names and hashes, as web servers read them
    Htpasswd,
    /// An object in each line
    Jsonl,
}

impl Format {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Keycloak => "keycloak",
            Self::Auth0 => "auth0",
            Self::Csv => "csv",
            Self::Htpasswd => "htpasswd",
            Self::Jsonl => "jsonl",
        }
    }
}

fn theirs_and_ours(text: &str) -> Result<(String, String), String> {
    // What they call it may have an equals sign, and our names have none.
    let (theirs, ours) = text.rsplit_once('=').ok_or("write THEIRS=OURS, such as costCentre=cost_centre")?;
    Ok((theirs.to_owned(), ours.to_owned()))
}

fn client_and_uri(text: &str) -> Result<(String, String), String> {
    let (client, uri) =
        text.split_once('=').ok_or("write CLIENT=URI, such as shop=https://shop.example/callback")?;
    Ok((client.to_owned(), uri.to_owned()))
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> Result<(), Failure> {
    arguments.check()?;
    let opened = context.open().await?;
    let defined = opened.administration(context).attributes().await?;
    let without_unknown_hashes = arguments.without_unknown_hashes;
    let attributes = Attributes::new(defined, arguments.attribute.clone())?;
    let options = Options { without_unknown_hashes, attributes };
    let mode = if arguments.dry_run { Mode::DryRun } else { Mode::Import };
    let mut report = Report::new(context.output, mode);
    let source = arguments.format.as_str();
    let mut importer = Importer::new(&opened, context, options.attributes.defined().to_vec(), (source, mode));
    let file = arguments.file.clone();
    let entries = match arguments.format {
        Format::Keycloak => {
            let export = keycloak::Export::open(&file, arguments.realm.as_deref())?;
            let api = Api::here(&opened, context);
            let redirects = &arguments.redirect_uri;
            let names =
                keycloak::take_realm(&export, redirects, &api, context.clock.now(), mode, &mut report)
                    .await?;
            importer.suppose(names.planned(mode));
            reading::start(move |sink| export.read_people(&names, &options, sink))
        }
        Format::Auth0 => {
            let hashes = arguments.hashes.clone();
            reading::start(move |sink| auth0::read(&file, hashes.as_deref(), &options, sink))
        }
        Format::Csv => reading::start(move |sink| csv_file::read(&file, &options, sink)),
        Format::Htpasswd => reading::start(move |sink| htpasswd::read(&file, &options, sink)),
        Format::Jsonl => reading::start(move |sink| json_lines::read(&file, &options, sink)),
    };
    importer.take(entries, &mut report).await?;
    report.finish()
}

impl Arguments {
    /// A flag that says nothing of this format was meant for another.
    fn check(&self) -> Result<(), Failure> {
        let own: [(_, _, &[Format]); 4] = [
            ("--hashes", self.hashes.is_some(), &[Format::Auth0]),
            ("--realm", self.realm.is_some(), &[Format::Keycloak]),
            ("--redirect-uri", !self.redirect_uri.is_empty(), &[Format::Keycloak]),
            ("--attribute", !self.attribute.is_empty(), &[Format::Keycloak, Format::Auth0]),
        ];
        match own.into_iter().find(|(_, is_given, formats)| *is_given && !formats.contains(&self.format)) {
            Some((flag, _, formats)) => {
                let formats: Vec<_> = formats.iter().map(|format| format.as_str()).collect();
                Err(Failure::refused(format!("{flag} goes with --format {}", formats.join(" or "))))
            }
            None => Ok(()),
        }
    }
}

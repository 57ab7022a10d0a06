//! What files declare. Secrets are not in them: a file or a variable has each.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idp_core::secret::{Secret, SecretKind};
use serde::Deserialize;
use toml::{Table, Value};
use zeroize::Zeroizing;

use crate::{
    admin_api::{attributes::NewAttribute, client_metadata::NewClient, groups::NewGroup, roles::NewRole},
    cli::failure::Failure,
    secret_file,
};

/// What is declared, by name and id.
#[derive(Default)]
pub(super) struct Declared {
    pub(super) attributes: BTreeMap<String, NewAttribute>,
    pub(super) roles: BTreeMap<String, Table>,
    pub(super) groups: BTreeMap<String, DeclaredGroup>,
    pub(super) clients: BTreeMap<String, DeclaredClient>,
}

/// A group, and the names of its roles.
pub(super) struct DeclaredGroup {
    pub(super) group: NewGroup,
    pub(super) roles: Vec<String>,
}

/// A client, and its secrets, unless they are none of the files' business.
pub(super) struct DeclaredClient {
    pub(super) client: NewClient,
    pub(super) secrets: Option<Vec<Secret>>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    attribute: Vec<Table>,
    role: Vec<Table>,
    group: Vec<Table>,
    client: Vec<Table>,
}

/// Where a secret is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, untagged)]
enum SecretPlace {
    File { file: PathBuf },
    Variable { env: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogoPlace {
    file: PathBuf,
}

impl Declared {
    /// Reads files, and the `.toml` files of folders.
    ///
    /// # Errors
    /// [`Failure::Refused`] names the file, the thing and what is wrong; [`Failure::Failed`] where a file cannot be read.
    pub(super) fn read(places: &[PathBuf]) -> Result<Self, Failure> {
        let mut declared = Self::default();
        for place in places {
            for file in files_at(place)? {
                let text = fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))?;
                declared.add(&file, &text)?;
            }
        }
        Ok(declared)
    }

    fn add(&mut self, path: &Path, text: &str) -> Result<(), Failure> {
        let wrong = |what: &str, error: &dyn std::fmt::Display| {
            Failure::refused(format!("{}: {what}{error}", path.display()))
        };
        let file: File = toml::from_str(text).map_err(|error| wrong("", &error))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        for table in file.attribute {
            let name = named(&table, "name").map_err(|error| wrong("an attribute: ", &error))?;
            let read = table.try_into::<NewAttribute>();
            let read = read.map_err(|error| wrong(&format!("attribute {name}: "), &error))?;
            if self.attributes.insert(name.clone(), read).is_some() {
                return Err(wrong(&format!("attribute {name} "), &"is declared twice"));
            }
        }
        for table in file.role {
            let name = named(&table, "name").map_err(|error| wrong("a role: ", &error))?;
            // Read whole, so that a mistyped member is refused here; which are there counts for built-in roles.
            let read = table.clone().try_into::<NewRole>();
            read.map_err(|error| wrong(&format!("role {name}: "), &error))?;
            if self.roles.insert(name.clone(), table).is_some() {
                return Err(wrong(&format!("role {name} "), &"is declared twice"));
            }
        }
        for table in file.group {
            let name = named(&table, "name").map_err(|error| wrong("a group: ", &error))?;
            let group = group(table).map_err(|error| wrong(&format!("group {name}: "), &error))?;
            if self.groups.insert(name.clone(), group).is_some() {
                return Err(wrong(&format!("group {name} "), &"is declared twice"));
            }
        }
        for table in file.client {
            let id = named(&table, "client_id").map_err(|error| wrong("a client: ", &error))?;
            let client = client(table, folder).map_err(|error| wrong(&format!("client {id}: "), &error))?;
            if self.clients.insert(id.clone(), client).is_some() {
                return Err(wrong(&format!("client {id} "), &"is declared twice"));
            }
        }
        Ok(())
    }
}

fn files_at(place: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !place.is_dir() {
        return Ok(vec![place.to_owned()]);
    }
    let entries = fs::read_dir(place).map_err(|error| unreadable(place, &error))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>();
    let mut files = paths.map_err(|error| unreadable(place, &error))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    Ok(files)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(anyhow::anyhow!("{}: {error}", path.display()))
}

fn named(table: &Table, member: &str) -> Result<String, String> {
    let name = table.get(member).and_then(Value::as_str);
    name.map(str::to_owned).ok_or_else(|| format!("{member} is missing"))
}

fn group(mut table: Table) -> Result<DeclaredGroup, String> {
    let roles = table.remove("roles").unwrap_or_else(|| Value::Array(Vec::new()));
    let mut roles: Vec<String> = roles.try_into().map_err(|error| format!("roles: {error}"))?;
    roles.sort();
    roles.dedup();
    Ok(DeclaredGroup { group: table.try_into().map_err(|error| error.to_string())?, roles })
}

fn client(mut table: Table, folder: &Path) -> Result<DeclaredClient, String> {
    let secrets = table.remove("client_secrets").map(|places| secrets(places, folder)).transpose()?;
    if table.contains_key("client_secret") {
        return Err("client_secret: a secret stands in no such file; see client_secrets".to_owned());
    }
    if let Some(place) = table.remove("logo") {
        let LogoPlace { file } = place.try_into().map_err(|error| format!("logo: {error}"))?;
        let content =
            fs::read(folder.join(&file)).map_err(|error| format!("logo: {}: {error}", file.display()))?;
        let logo = Table::from_iter([("base64".to_owned(), Value::String(STANDARD.encode(content)))]);
        table.insert("logo".to_owned(), Value::Table(logo));
    }
    Ok(DeclaredClient { client: table.try_into().map_err(|error| error.to_string())?, secrets })
}

fn secrets(places: Value, folder: &Path) -> Result<Vec<Secret>, String> {
    let places: Vec<SecretPlace> = places
        .try_into()
        .map_err(|_| "client_secrets: is a list of { file = \"...\" } and { env = \"...\" }".to_owned())?;
    places.into_iter().map(|place| secret(place, folder)).collect()
}

fn secret(place: SecretPlace, folder: &Path) -> Result<Secret, String> {
    let (name, text) = match place {
        SecretPlace::File { file } => {
            let contents = secret_file::read(&folder.join(&file))
                .map_err(|error| format!("client_secrets: {}", crate::error_chain::Chain(&error)))?;
            let text = String::from_utf8(contents.to_vec()).unwrap_or_default();
            (file.display().to_string(), Zeroizing::new(text))
        }
        SecretPlace::Variable { env: name } => {
            let text =
                env::var(&name).map_err(|_| format!("client_secrets: the variable {name} is not set"))?;
            (name, Zeroizing::new(text))
        }
    };
    let chosen = Secret::chosen(SecretKind::ClientSecret, text.trim_end_matches(['\r', '\n']));
    chosen.map_err(|error| format!("client_secrets: {name}: {error}"))
}

//! The files of an export: `NAME.json` with a realm, or a list of realms; or a folder with `NAME-realm.json` and
//! `NAME-users-0.json` and so on.

use std::{
    fmt, fs,
    io::BufReader,
    path::{Path, PathBuf},
};

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize as _, Deserializer};
use serde_json::Value;

use super::names::Names;
use super::person;
use super::representation::Realm;
use crate::cli::failure::Failure;
use crate::cli::import::entry::Options;
use crate::cli::import::reading::{Elements, Sink, cannot_read, no_json};

const BUFFER: usize = 1 << 18;

/// An export, of which the realm was read and the people were not.
pub(in crate::cli::import) struct Export {
    pub(super) realm: Realm,
    /// Which of the realms of the first file it is.
    place: usize,
    /// The file of the realm, which may have people, and those of people.
    files: Vec<PathBuf>,
}

impl Export {
    /// Finds the files and reads the realm.
    ///
    /// # Errors
    /// [`Failure::Refused`] when it is not clear which realm, or that a file cannot be read.
    pub(in crate::cli::import) fn open(path: &Path, name: Option<&str>) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            return Err(Failure::refused("an export of Keycloak is read twice: name the file or the folder"));
        }
        if path.is_dir() {
            return Self::open_folder(path, name);
        }
        let realms = realms_of(path)?;
        let place = choose(&realms.iter().map(|realm| realm.realm.as_str()).collect::<Vec<_>>(), name)?;
        let realm = realms.into_iter().nth(place).unwrap_or_default();
        Ok(Self { realm, place, files: vec![path.to_owned()] })
    }

    fn open_folder(folder: &Path, name: Option<&str>) -> Result<Self, Failure> {
        let entries = fs::read_dir(folder).map_err(|error| cannot_read(folder, &error))?;
        let names: Vec<String> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        let realms: Vec<&str> = names.iter().filter_map(|name| name.strip_suffix("-realm.json")).collect();
        let chosen = realms.get(choose(&realms, name)?).copied().unwrap_or_default();
        let number = |name: &String| {
            let rest = name.strip_prefix(chosen)?.strip_prefix("-users-")?.strip_suffix(".json")?;
            rest.parse::<u64>().ok()
        };
        let mut people: Vec<(u64, &String)> =
            names.iter().filter_map(|name| Some((number(name)?, name))).collect();
        people.sort();
        let file = folder.join(format!("{chosen}-realm.json"));
        let realm = realms_of(&file)?.into_iter().next().unwrap_or_default();
        let people = people.into_iter().map(|(_, name)| folder.join(name));
        Ok(Self { realm, place: 0, files: [file].into_iter().chain(people).collect() })
    }

    /// Reads the people.
    ///
    /// # Errors
    /// When a file cannot be read to its end.
    pub(in crate::cli::import) fn read_people(
        &self,
        names: &Names,
        options: &Options,
        sink: Sink<'_>,
    ) -> Result<(), Failure> {
        let mut number = 0_u64;
        let mut take = |value: Value| {
            number += 1;
            sink(person::entry(format!("user {number}"), value, names, options))
        };
        for (index, file) in self.files.iter().enumerate() {
            let place = if index == 0 { self.place } else { 0 };
            let mut source = serde_json::Deserializer::from_reader(source(file)?);
            let read = People { place, take: &mut take }.deserialize(&mut source);
            read.map_err(|error| no_json(file, &error))?;
        }
        Ok(())
    }
}

fn source(file: &Path) -> Result<BufReader<fs::File>, Failure> {
    let file = fs::File::open(file).map_err(|error| cannot_read(file, &error))?;
    Ok(BufReader::with_capacity(BUFFER, file))
}

fn choose(realms: &[&str], name: Option<&str>) -> Result<usize, Failure> {
    let found = match (name, realms) {
        (Some(name), _) => realms.iter().position(|realm| *realm == name),
        (None, [_]) => Some(0),
        (None, _) => None,
    };
    let found = found.filter(|place| realms.get(*place).is_some_and(|name| !name.is_empty()));
    found.ok_or_else(|| match realms {
        [] | [""] => Failure::refused("there is no realm: this is no export of Keycloak"),
        realms => Failure::refused(format!("which realm? Name one with --realm: {}", realms.join(", "))),
    })
}

/// The realms of a file, without their people.
fn realms_of(file: &Path) -> Result<Vec<Realm>, Failure> {
    struct Realms;

    impl<'de> Visitor<'de> for Realms {
        type Value = Vec<Realm>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a realm, or a list of realms")
        }

        fn visit_map<A: MapAccess<'de>>(self, realm: A) -> Result<Vec<Realm>, A::Error> {
            Ok(vec![Realm::deserialize(MapAccessDeserializer::new(realm))?])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Vec<Realm>, A::Error> {
            let mut realms = Vec::new();
            while let Some(realm) = all.next_element()? {
                realms.push(realm);
            }
            Ok(realms)
        }
    }

    let read = serde_json::Deserializer::from_reader(source(file)?).deserialize_any(Realms);
    read.map_err(|error| no_json(file, &error))
}

/// The people of a realm, in a file of realms or in one of people.
struct People<'a> {
    place: usize,
    take: &'a mut dyn FnMut(Value) -> bool,
}

impl<'de> DeserializeSeed<'de> for People<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for People<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a realm with users")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(member) = members.next_key::<String>()? {
            match member.as_str() {
                "users" => members.next_value_seed(Elements(&mut *self.take))?,
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut realms: A) -> Result<(), A::Error> {
        for _ in 0..self.place {
            realms.next_element::<IgnoredAny>()?;
        }
        realms.next_element_seed(People { place: 0, take: self.take })?;
        while realms.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

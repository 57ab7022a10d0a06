//! What the version before survives: the tables of a release (`tests/upgrade`) and those of today. While nodes are upgraded one by
//! one, the release reads and writes tables that have been expanded. So nothing that it knows may be gone, and nothing that it does not
//! know may be required of its rows.

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::SqliteConnection;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, sql_query};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What a row that does not name a column gets, or that it cannot be left out.
#[derive(Clone, Eq, PartialEq, Debug)]
struct Column {
    kind: String,
    may_be_left_out: bool,
}

/// Every column, by table and name; every table of SQLite in the memory that these statements make.
fn columns(statements: &str) -> BTreeMap<(String, String), Column> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        table_name: String,
        #[diesel(sql_type = Text)]
        column_name: String,
        #[diesel(sql_type = Text)]
        kind: String,
        #[diesel(sql_type = Bool)]
        may_be_left_out: bool,
    }
    let mut database = SqliteConnection::establish(":memory:").unwrap();
    database.batch_execute(statements).unwrap();
    let rows: Vec<Row> = sql_query(
        "SELECT t.name AS table_name, c.name AS column_name, c.type AS kind, \
         (c.\"notnull\" = 0 OR c.dflt_value IS NOT NULL) AS may_be_left_out \
         FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'",
    )
    .load(&mut database)
    .unwrap();
    let column = |row: Row| {
        ((row.table_name, row.column_name), Column { kind: row.kind, may_be_left_out: row.may_be_left_out })
    };
    rows.into_iter().map(column).collect()
}

/// Why a release that knows the tables of `old` cannot go on with those of `new`.
fn breaks(old: &str, new: &str) -> Vec<String> {
    let (old, new) = (columns(old), columns(new));
    let mut breaks = Vec::new();
    for ((table, column), known) in &old {
        match new.get(&(table.clone(), column.clone())) {
            None => breaks.push(format!("{table}.{column} is gone")),
            Some(found) if found.kind != known.kind => {
                breaks.push(format!("{table}.{column} is {}", found.kind))
            }
            Some(found) if known.may_be_left_out && !found.may_be_left_out => {
                breaks.push(format!("{table}.{column} is required"));
            }
            Some(_) => {}
        }
    }
    let tables: Vec<&String> = old.keys().map(|(table, _)| table).collect();
    for ((table, column), found) in &new {
        let is_new = !old.contains_key(&(table.clone(), column.clone()));
        if is_new && tables.contains(&table) && !found.may_be_left_out {
            breaks.push(format!("{table}.{column} is new and required"));
        }
    }
    breaks
}

/// The statements of all migrations, in order.
fn today() -> String {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root().join("migrations")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.iter().map(|folder| fs::read_to_string(folder.join("up.sql")).unwrap()).collect()
}

#[test]
fn the_version_before_survives_what_is_added_and_nothing_else() {
    let old = "CREATE TABLE people (id TEXT NOT NULL PRIMARY KEY, name TEXT, age BIGINT NOT NULL);";
    let survives = [
        "ALTER TABLE people ADD COLUMN color TEXT;",
        "ALTER TABLE people ADD COLUMN size BIGINT NOT NULL DEFAULT 0;",
        "CREATE TABLE houses (id TEXT NOT NULL PRIMARY KEY, street TEXT NOT NULL);",
        "CREATE INDEX people_by_name ON people (name);",
    ];
    for change in survives {
        assert_eq!(breaks(old, &format!("{old}{change}")), Vec::<String>::new(), "{change}");
    }
    let table = |columns: &str| format!("CREATE TABLE people (id TEXT NOT NULL PRIMARY KEY, {columns});");
    for (new, why) in [
        (String::from("CREATE TABLE others (id TEXT);"), "people.age is gone"),
        (table("name TEXT"), "people.age is gone"),
        (table("name TEXT, age TEXT NOT NULL"), "people.age is TEXT"),
        (table("name TEXT NOT NULL, age BIGINT NOT NULL"), "people.name is required"),
        (table("name TEXT, age BIGINT NOT NULL, color TEXT NOT NULL"), "people.color is new and required"),
    ] {
        assert!(breaks(old, &new).contains(&why.to_owned()), "{new}: {:?}", breaks(old, &new));
    }
}

#[test]
fn every_release_that_is_recorded_survives_the_tables_of_today() {
    let today = today();
    for file in fs::read_dir(root().join("tests/upgrade")).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "sql") {
            let release = fs::read_to_string(&file).unwrap();
            assert_eq!(breaks(&release, &today), Vec::<String>::new(), "{}", file.display());
        }
    }
}

/// The changelog names the releases there are.
#[test]
fn the_tables_of_every_release_are_recorded() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let titles = changelog.lines().filter_map(|line| line.strip_prefix("## [")?.split_once(']'));
    let versions: Vec<&str> = titles.map(|(version, _)| version).collect();
    assert_eq!(versions.first(), Some(&"Unreleased"));
    for version in &versions[1..] {
        let file = root().join(format!("tests/upgrade/{version}.sql"));
        assert!(file.exists(), "{version} is released: run deploy/release/record-tables {version}");
    }
}

//! The list of tables (`idp_server::db::tables`) is that of the database of this run: none is left out, what is referenced comes
//! first, and the indexes that find what is forgotten are there.

use crate::filled_database::filled;
use crate::migrations::tables;
use crate::schema::ask;
use idp_server::db::tables::{Forgotten, TABLES};
use idp_tests::backend::Backend;

fn position(table: &str) -> usize {
    TABLES
        .iter()
        .position(|known| known.name == table)
        .unwrap_or_else(|| panic!("{table} is not in the list"))
}

#[tokio::test]
async fn every_table_is_in_the_list_once() {
    let (_database, db, _) = filled("listed").await;
    let mut listed: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    listed.sort_unstable();
    assert_eq!(tables(&db).await, listed);
}

#[tokio::test]
async fn what_is_referenced_comes_first_so_that_rows_can_be_inserted_in_this_order() {
    let (_database, db, _) = filled("ordered").await;
    let references = match Backend::of_this_run() {
        Backend::Sqlite => {
            "SELECT t.name || ' ' || f.\"table\" AS word FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'"
        }
        _ => {
            "SELECT conrelid::regclass::text || ' ' || confrelid::regclass::text AS word FROM pg_constraint WHERE contype = 'f'"
        }
    };
    let references = ask(&db, references).await;
    assert_eq!(references.len(), 31);
    for reference in references {
        let (table, referenced) = reference.split_once(' ').unwrap();
        assert!(position(referenced) < position(table), "{table} references {referenced}");
    }
}

#[tokio::test]
async fn what_is_forgotten_is_found_by_an_index_that_is_there() {
    let (_database, db, _) = filled("indexed").await;
    let indexes = match Backend::of_this_run() {
        Backend::Sqlite => "SELECT name || ' ' || tbl_name AS word FROM sqlite_schema WHERE type = 'index'",
        _ => "SELECT indexname || ' ' || tablename AS word FROM pg_indexes WHERE schemaname = 'public'",
    };
    let indexes = ask(&db, indexes).await;
    let mut named = 0;
    for table in &TABLES {
        let (Forgotten::BySlices(index) | Forgotten::With(_, index)) = table.forgotten else { continue };
        if index == "its primary key" || index == "none: it is small" {
            continue;
        }
        assert!(
            indexes.contains(&format!("{index} {}", table.name)),
            "{}: there is no index {index}",
            table.name
        );
        named += 1;
    }
    assert!(named > 25, "{named} indexes are named");
}

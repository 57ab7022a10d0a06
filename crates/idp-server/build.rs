//! Lists the languages of the pages: each file of words in `web-templates/words` but the English one, which the server
//! names itself. So a file that is added there is a language more, and nothing else has to know of it.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const FOLDER: &str = "../../web-templates/words";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let mut tags = Vec::new();
    for entry in fs::read_dir(FOLDER)? {
        let path = entry?.path();
        let tag = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if path.extension().is_some_and(|extension| extension == "ftl") && tag != "en" {
            tags.push(tag.to_owned());
        }
    }
    tags.sort();
    let mut list = String::from("&[\n");
    for tag in tags {
        let path = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{FOLDER}/{tag}.ftl\")");
        writeln!(list, "    ({tag:?}, include_str!({path})),")?;
    }
    list.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("languages.rs"), list)?;
    Ok(())
}

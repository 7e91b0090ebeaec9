//! Every test that `docs/GUARANTEES.md` names exists.

use std::fs;
use std::path::Path;

const DOCUMENT: &str = include_str!("../../docs/GUARANTEES.md");

fn read(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            read(&path, sources);
        } else if path.extension().is_some_and(|it| it == "rs") {
            sources.push_str(&fs::read_to_string(path).unwrap_or_default());
        }
    }
}

#[test]
fn every_test_that_the_guarantees_name_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = String::new();
    for folder in ["src", "tests", "cli", "model", "sandbox", "torture"] {
        read(&root.join(folder), &mut sources);
    }
    // Names of tests are the words in backquotes that have at least three parts.
    let words = DOCUMENT.split('`').skip(1).step_by(2);
    let is_test = |word: &&str| word.split('_').count() > 3 && !word.contains([' ', '/', ':']);
    let names: Vec<_> = words.filter(is_test).collect();
    assert!(names.len() > 50, "{} names", names.len());
    for name in names {
        assert!(sources.contains(&format!("fn {name}(")), "no test {name}");
    }
}

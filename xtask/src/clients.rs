//! `cargo xtask clients`: Python, TypeScript, Go and Java clients of every vendor, made from `openapi/dist`, and the story told with each.
//!
//! The work is `.ci/clients/run`'s; this builds the program whose sandbox it needs, names what is not installed, and passes on what it
//! prints and how it ends.

use std::io::Write;

use crate::problem::Problem;
use crate::workspace::{Workspace, on_path};

/// What each language needs installed. Everything else is brought along, pinned.
const NEEDED: [(&str, &[&str]); 4] = [
    ("all four languages", &["bash", "python3"]),
    ("typescript", &["node", "npm"]),
    ("go", &["go"]),
    ("java", &["java", "javac", "mvn"]),
];

/// Does it; says whether all languages passed with all vendors.
pub fn run(workspace: &Workspace, out: &mut dyn Write) -> Result<bool, Problem> {
    for line in missing(&|program| on_path(program).is_some()) {
        writeln!(out, "{line}")?;
    }
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--quiet", "--package", "proxy-orders-cli"]);
    let built = cargo.status();
    let built = built.map_err(|error| Problem::program("cargo build", &error))?;
    if !built.success() {
        return Err(Problem::new(format!(
            "the program whose sandbox the clients talk to can't be built ({built}): mend what `cargo build -p proxy-orders-cli` says"
        )));
    }
    out.flush()?;
    let program = workspace.target()?.join("debug/proxy-orders");
    let mut story = workspace.command("bash");
    story.arg(".ci/clients/run").env(
        "PROXY_ORDERS",
        program.with_extension(std::env::consts::EXE_EXTENSION),
    );
    let ended = story.status();
    let ended = ended.map_err(|error| Problem::program("bash .ci/clients/run", &error))?;
    Ok(ended.success())
}

/// What is not installed, in words: a line for each language that has to be left out.
fn missing(is_there: &dyn Fn(&str) -> bool) -> Vec<String> {
    let absent = NEEDED.iter().filter_map(|(language, programs)| {
        let absent: Vec<_> = programs
            .iter()
            .filter(|it| !is_there(it))
            .copied()
            .collect();
        (!absent.is_empty()).then(|| (language, absent.join(", ")))
    });
    let lines = absent.map(|(language, programs)| {
        format!(
            "clients: {language} can't be checked, which fails this task: {programs} not on PATH"
        )
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_toolchain_is_named() {
        assert!(missing(&|_| true).is_empty());
        let lines = missing(&|program| !["go", "javac", "mvn"].contains(&program));
        let expected = [
            "clients: go can't be checked, which fails this task: go not on PATH",
            "clients: java can't be checked, which fails this task: javac, mvn not on PATH",
        ];
        assert_eq!(lines, expected);
    }
}

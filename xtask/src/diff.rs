//! `cargo xtask diff [REV]`: what changed in the specs since a revision, whom it breaks, and which
//! version follows.
//!
//! The wire is judged by oasdiff ([`oasdiff`]), Rust by the snapshots of the generated types
//! ([`surface`]), and what neither shows by the operation table ([`unseen`]).

mod change;
mod changelog;
#[cfg(test)]
mod mutations;
mod oasdiff;
mod surface;
#[cfg(test)]
mod tests;
mod unseen;
mod version;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use crate::build::spec::Spec;
use crate::build::table::Table;
use crate::error::TaskError;
use crate::generate;
use crate::words::count;
use crate::workspace::Workspace;
use change::{Change, Side, Verdict, merged, worst};

/// The options of the task.
#[derive(Clone, Debug)]
pub struct Options {
    /// The revision to compare with.
    pub revision: String,
    /// Bring CHANGELOG.md up to date.
    pub changelog: bool,
}

/// Runs the task; returns whether the version allows the changes.
pub fn run(
    workspace: &Workspace,
    options: &Options,
    out: &mut dyn Write,
) -> Result<bool, TaskError> {
    let oasdiff = oasdiff::find(workspace).ok_or_else(|| {
        let install = oasdiff::INSTALL;
        TaskError::new(format!(
            "oasdiff, which judges the wire, is neither in target/tools nor on PATH: {install}"
        ))
    })?;
    let revision = Revision::find(workspace, &options.revision)?;
    // Rust is judged by the snapshots, so they have to be those of the specs here.
    if !generate::are_fresh(workspace, out)? {
        return Err(TaskError::new(
            "tests/snapshots are not those of the specs, so Rust cannot be judged: run `cargo xtask generate` first",
        ));
    }
    compare(&oasdiff, &revision, options, out)
}

/// Compares the working tree with a revision, whatever the age of its snapshots.
fn compare(
    oasdiff: &Path,
    revision: &Revision<'_>,
    options: &Options,
    out: &mut dyn Write,
) -> Result<bool, TaskError> {
    let workspace = revision.workspace;
    let then = version::of_workspace(&revision.read("Cargo.toml")?)?;
    let now = version::of_workspace(&workspace.read("Cargo.toml")?)?;
    let (name, short) = (&options.revision, &revision.short);
    writeln!(
        out,
        "specs: {name} ({short}, version {then}) -> here (version {now})"
    )?;
    let mut files: BTreeSet<_> = workspace.spec_files()?.into_iter().collect();
    files.extend(revision.spec_files()?);
    let mut compared = Vec::new();
    for file in files {
        let vendor = file
            .trim_start_matches("openapi/")
            .trim_end_matches(".yaml");
        let snapshot = format!("tests/snapshots/{vendor}_types.snap");
        let old = Texts {
            spec: revision.read(&file)?,
            types: revision.read(&snapshot)?,
        };
        let here = |path: &str| match workspace.root.join(path).is_file() {
            true => workspace.read(path),
            false => Ok(String::new()),
        };
        let new = Texts {
            spec: here(&file)?,
            types: here(&snapshot)?,
        };
        let changes = changes(oasdiff, &file, &old, &new)?;
        report(vendor, &changes, out)?;
        compared.push((vendor.to_owned(), changes));
    }
    if options.changelog {
        update_changelog(revision, &compared, out)?;
    }
    let all = || compared.iter().flat_map(|(_, changes)| changes);
    let (rust, wire) = (worst(all(), Side::Rust), worst(all(), Side::Wire));
    let verdict = rust.max(wire);
    let least = version::after(&then, verdict);
    writeln!(
        out,
        "\nverdict: Rust users: {rust}; wire users: {wire}; least version that follows {then}: {least}"
    )?;
    if verdict == Verdict::Breaking && now < least {
        writeln!(
            out,
            "the version is {now}, which promises that nothing breaks: set `version = \"{least}\"` under [workspace.package] in Cargo.toml, \
             or take the breaking change back"
        )?;
        return Ok(false);
    }
    if now < least {
        writeln!(
            out,
            "the version is {now}: make it {least} when it is released"
        )?;
    }
    Ok(true)
}

/// The two texts that a vendor is judged by; empty where the vendor does not exist.
#[derive(Clone, Debug)]
struct Texts {
    /// `openapi/<vendor>.yaml`.
    spec: String,
    /// The snapshot of the Rust types.
    types: String,
}

/// Returns all changes of one vendor.
fn changes(oasdiff: &Path, file: &str, old: &Texts, new: &Texts) -> Result<Vec<Change>, TaskError> {
    let parse = |text: &str| match text {
        "" => Spec::parse(file, "{paths: {}}"),
        text => Spec::parse(file, text),
    };
    let (old_spec, new_spec) = (parse(&old.spec)?, parse(&new.spec)?);
    let (old_table, new_table) = (Table::of(&old_spec)?, Table::of(&new_spec)?);
    let mut found = unseen::changes(&old_table, &new_table);
    found.extend(surface::changes(&old.types, &new.types, &old_table));
    if old.spec != new.spec {
        found.extend(oasdiff::changes(oasdiff, &old_spec, &new_spec)?);
    }
    Ok(merged(found))
}

fn report(vendor: &str, changes: &[Change], out: &mut dyn Write) -> Result<(), TaskError> {
    if changes.is_empty() {
        writeln!(out, "\n{vendor}: no change")?;
        return Ok(());
    }
    writeln!(out, "\n{vendor}: {}", count(changes.len(), "change"))?;
    for change in changes {
        let (side, verdict) = (change.side, change.verdict);
        writeln!(out, "  {side:4}  {verdict:10}  {change}")?;
    }
    Ok(())
}

fn update_changelog(
    revision: &Revision<'_>,
    compared: &[(String, Vec<Change>)],
    out: &mut dyn Write,
) -> Result<(), TaskError> {
    let workspace = revision.workspace;
    let Some(section) = changelog::section(&revision.short, compared) else {
        writeln!(out, "\nCHANGELOG.md: nothing to write")?;
        return Ok(());
    };
    let old = workspace.read("CHANGELOG.md")?;
    workspace.write("CHANGELOG.md", &changelog::update(&old, &section)?)?;
    writeln!(out, "\nCHANGELOG.md: `### Specs` written")?;
    Ok(())
}

/// A commit of the repository.
struct Revision<'a> {
    workspace: &'a Workspace,
    full: String,
    short: String,
}

impl<'a> Revision<'a> {
    fn find(workspace: &'a Workspace, name: &str) -> Result<Self, TaskError> {
        let commit = format!("{name}^{{commit}}");
        let arguments = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ];
        let full = git(workspace, &arguments)?.map(|it| it.trim().to_owned());
        let full = full.filter(|it| !it.is_empty()).ok_or_else(|| {
            TaskError::new(format!(
                "`{name}` is no revision that git knows here: name a tag, a branch or a commit (`git log --oneline`)"
            ))
        })?;
        let short = full.chars().take(9).collect();
        Ok(Revision {
            workspace,
            full,
            short,
        })
    }

    /// A file as it was; empty if it did not exist.
    fn read(&self, path: &str) -> Result<String, TaskError> {
        let object = format!("{}:./{path}", self.full);
        Ok(git(self.workspace, &["show", &object])?.unwrap_or_default())
    }

    fn spec_files(&self) -> Result<Vec<String>, TaskError> {
        let arguments = ["ls-tree", "--name-only", &self.full, "openapi/"];
        let listed = git(self.workspace, &arguments)?.unwrap_or_default();
        let files = listed.lines().filter(|file| file.ends_with(".yaml"));
        Ok(files.map(str::to_owned).collect())
    }
}

/// The output of git; `None` if git fails.
fn git(workspace: &Workspace, arguments: &[&str]) -> Result<Option<String>, TaskError> {
    let mut git = workspace.command("git");
    // A hook sets these; the current directory is enough.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(variable);
    }
    let ran = git.args(arguments).output();
    let ran = ran.map_err(|error| TaskError::program("git", &error))?;
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    Ok(ran.status.success().then_some(said))
}

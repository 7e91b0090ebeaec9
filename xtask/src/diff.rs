//! `cargo xtask diff [REV]`: what changed in the specs since a revision, whom it breaks, and which version follows.
//!
//! The specs are compared twice. As they stand, for *wire* users, who feed them to another generator. And bent by `build/fixups.rs`, as
//! progenitor gets them, for *Rust* users: what a fixup takes away (a default, `required` in an answer, a failure's body) no Rust user can
//! notice. [`fact`] says what each difference means to Rust users. What breaks wire users says oasdiff, which is asked in [`oasdiff`] and put
//! to our changes in [`wire`]; without it the wire side is not judged.

mod changelog;
mod compare;
mod fact;
mod oasdiff;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod revisions;
mod schema;
mod version;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use serde_json::json;

use crate::api::Api;
use crate::fixups;
use crate::generate::count;
use crate::problem::Problem;
use crate::spec::Spec;
use crate::workspace::Workspace;
use compare::Found;
use fact::{Fact, Side, Verdict};
use oasdiff::Engine;
use version::Version;

/// How to go about it.
#[derive(Clone, Debug)]
pub struct Options {
    /// What to compare with.
    pub revision: String,
    /// Bring CHANGELOG.md up to date.
    pub changelog: bool,
}

/// All differences at one place.
#[derive(Clone, Debug)]
pub struct Change {
    side: Side,
    place: String,
    operations: BTreeSet<String>,
    facts: BTreeSet<Fact>,
    rust: Verdict,
    wire: Verdict,
    /// Findings of oasdiff's that make it breaking on the wire.
    wire_by: BTreeSet<String>,
}

impl Change {
    /// Whether only words changed.
    fn is_reworded(&self) -> bool {
        self.facts.iter().all(|fact| *fact == Fact::Reworded)
    }

    fn in_words(&self) -> String {
        let facts = self
            .facts
            .iter()
            .filter(|fact| self.is_reworded() || **fact != Fact::Reworded);
        let facts: Vec<_> = facts.map(ToString::to_string).collect();
        // A place that begins with its operation needs no list of them.
        let is_named = self
            .operations
            .iter()
            .any(|id| self.place.starts_with(id.as_str()));
        let operations = match is_named || self.side == Side::Operation {
            true => String::new(),
            false => format!(" ({} of {})", self.side, listed(&self.operations)),
        };
        format!("{}: {}{operations}", self.place, facts.join("; "))
    }

    /// Who says that it breaks the wire, and why we do where oasdiff doesn't.
    fn wire_reason(&self) -> String {
        if self.wire != Verdict::Breaking {
            return String::new();
        }
        let own = self
            .facts
            .iter()
            .filter_map(|fact| fact.unseen(self.side).map(str::to_owned));
        let reasons: BTreeSet<_> = match self.wire_by.is_empty() {
            true => own.collect(),
            false => self.wire_by.clone(),
        };
        let reasons: Vec<_> = reasons.into_iter().collect();
        format!("  [wire: {}]", reasons.join("; "))
    }
}

/// A few names, and how many more.
fn listed(names: &BTreeSet<String>) -> String {
    let first: Vec<_> = names.iter().take(4).map(String::as_str).collect();
    match names.len().saturating_sub(first.len()) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// One vendor's spec, then and now.
#[derive(Debug)]
pub struct Comparison {
    vendor: String,
    changes: Vec<Change>,
    /// Whether oasdiff said what breaks the wire, or there was nothing to ask.
    is_wire_judged: bool,
    /// Why the verdict for Rust is a rough one, if it is.
    note: Option<String>,
}

/// All changes between two specs of a vendor, of the wire side only what oasdiff can't judge; and why the verdict for Rust is a rough one, if it is.
fn changes(vendor: &str, old: &Spec, new: &Spec) -> (Vec<Change>, Option<String>) {
    let operations = compare::operations(old, new);
    let named = compare::named(old, new);
    let plain = compare::contents(old, new, &named);
    let (bent, note) = match (fixups::apply(old, vendor), fixups::apply(new, vendor)) {
        (Ok(old), Ok(new)) => (compare::contents(&old, &new, &named), None),
        (old, new) => {
            let faults = old.err().into_iter().chain(new.err()).flatten();
            let faults: BTreeSet<_> = faults.map(|fault| fault.to_string()).collect();
            let faults = faults.into_iter().collect::<Vec<_>>().join("; ");
            let note = format!(
                "the specs can't be bent as build/fixups.rs does it, so Rust is judged by what stands in them, and may be judged too hard: {faults}"
            );
            (plain.clone(), Some(note))
        }
    };
    let mut changes: BTreeMap<(Side, String), Change> = BTreeMap::new();
    let mut note_down = |found: &Found, is_shown: bool, rust: Verdict, wire: Verdict| {
        let change = changes
            .entry((found.side, found.place.clone()))
            .or_insert_with(|| Change {
                side: found.side,
                place: found.place.clone(),
                operations: BTreeSet::new(),
                facts: BTreeSet::new(),
                rust: Verdict::None,
                wire: Verdict::None,
                wire_by: BTreeSet::new(),
            });
        change.operations.extend(found.operations.iter().cloned());
        // What only the bent spec has is shown where nothing else is.
        if is_shown || change.facts.is_empty() {
            change.facts.insert(found.fact.clone());
        }
        change.rust = change.rust.max(rust);
        change.wire = change.wire.max(wire);
    };
    for found in &operations {
        let Found { side, fact, .. } = found;
        note_down(found, true, fact.rust(*side), fact.wire(*side));
    }
    for found in &plain {
        let Found { side, fact, .. } = found;
        // What a fixup bends away is there all the same, and breaks no Rust user.
        let wire = fact.wire(*side);
        note_down(found, true, wire.min(Verdict::Compatible), wire);
    }
    for found in &bent {
        note_down(found, false, found.fact.rust(found.side), Verdict::None);
    }
    (changes.into_values().collect(), note)
}

/// Does it; says whether the version bears the changes out.
pub fn run(workspace: &Workspace, options: &Options, out: &mut dyn Write) -> Result<bool, Problem> {
    let engine = Engine::find(workspace);
    run_with(engine.as_ref(), workspace, options, out)
}

fn run_with(
    engine: Option<&Engine>,
    workspace: &Workspace,
    options: &Options,
    out: &mut dyn Write,
) -> Result<bool, Problem> {
    let revision = Revision::find(workspace, &options.revision)?;
    let then = Version::of_workspace(&revision.read("Cargo.toml")?.unwrap_or_default())?;
    let now = Version::of_workspace(&workspace.read("Cargo.toml")?)?;
    writeln!(
        out,
        "specs: {} ({}, version {then}) -> here (version {now})",
        options.revision, revision.short
    )?;
    let compared = compare_all(engine, workspace, &revision)?;
    for it in &compared {
        report(it, out)?;
    }
    writeln!(out)?;
    let is_judged = compared.iter().all(|it| it.is_wire_judged);
    let worst = |of: fn(&Change) -> Verdict| {
        let all = compared.iter().flat_map(|it| &it.changes);
        all.map(of).max().unwrap_or_default()
    };
    let (rust, wire) = (worst(|it| it.rust), worst(|it| it.wire));
    if options.changelog && is_judged {
        update_changelog(workspace, &revision, &compared, out)?;
    } else if options.changelog {
        writeln!(
            out,
            "CHANGELOG.md: not written, as the wire side is not judged"
        )?;
    }
    let verdict = rust.max(wire);
    let least = then.after(verdict);
    let (wire, or_more) = match is_judged || wire == Verdict::Breaking {
        true => (wire.to_string(), ""),
        false => ("NOT JUDGED".to_owned(), " or more"),
    };
    writeln!(
        out,
        "verdict: Rust users: {rust}; wire users: {wire}; least version that follows {then}: {least}{or_more}"
    )?;
    if verdict == Verdict::Breaking && now < least {
        writeln!(
            out,
            "the version is {now}, which promises that nothing breaks: set `version = \"{least}\"` under [workspace.package] in Cargo.toml, \
             or take the breaking change back"
        )?;
        return Ok(false);
    }
    if !is_judged {
        return Err(Problem::new(format!(
            "wire side: NOT JUDGED, as oasdiff is neither in target/tools nor on PATH: {}; what is said above of Rust users holds",
            oasdiff::INSTALL
        )));
    }
    if verdict != Verdict::None && now < least {
        writeln!(
            out,
            "the version is {now}: make it {least} when it is released"
        )?;
    }
    Ok(true)
}

fn compare_all(
    engine: Option<&Engine>,
    workspace: &Workspace,
    revision: &Revision<'_>,
) -> Result<Vec<Comparison>, Problem> {
    let mut files: BTreeSet<_> = workspace.spec_files()?.into_iter().collect();
    files.extend(revision.spec_files()?);
    let mut compared = Vec::new();
    for file in files {
        let old = revision.read(&file)?.unwrap_or_default();
        let new = match workspace.root.join(&file).is_file() {
            true => workspace.read(&file)?,
            false => String::new(),
        };
        let vendor = file
            .trim_start_matches("openapi/")
            .trim_end_matches(".yaml");
        let mut it = match old == new {
            true => Comparison {
                vendor: vendor.to_owned(),
                changes: Vec::new(),
                is_wire_judged: true,
                note: None,
            },
            false => {
                let [then, now] =
                    [(&old, "then"), (&new, "now")].map(|(text, when)| parse(&file, text, when));
                compare(engine, vendor, &then?, &now?)?
            }
        };
        // A spec that comes or goes as a whole is not bent: there is nothing of Rust's to compare it with.
        it.note = it.note.filter(|_| !old.is_empty() && !new.is_empty());
        compared.push(it);
    }
    Ok(compared)
}

fn compare(
    engine: Option<&Engine>,
    vendor: &str,
    old: &Spec,
    new: &Spec,
) -> Result<Comparison, Problem> {
    let (mut changes, note) = changes(vendor, old, new);
    let is_asked = oasdiff::is_asked(old, new);
    if let Some(engine) = engine.filter(|_| is_asked) {
        wire::judge(&mut changes, &engine.ask(old, new)?, old, new);
    }
    // The worst first.
    changes.sort_by_key(|change| std::cmp::Reverse(change.rust.max(change.wire)));
    Ok(Comparison {
        vendor: vendor.to_owned(),
        changes,
        is_wire_judged: engine.is_some() || !is_asked,
        note,
    })
}

/// A spec; one without any operation when the text is empty.
fn parse(file: &str, text: &str, when: &str) -> Result<Spec, Problem> {
    if text.is_empty() {
        return Ok(Spec {
            file: file.to_owned(),
            root: json!({"paths": {}}),
        });
    }
    let api = Api::parse(file, text);
    api.map(|api| api.spec)
        .map_err(|problem| Problem::new(format!("{when}: {problem}")))
}

fn report(compared: &Comparison, out: &mut dyn Write) -> Result<(), Problem> {
    let vendor = &compared.vendor;
    if compared.changes.is_empty() {
        let unless = match compared.is_wire_judged {
            true => "",
            false => " that can be seen without oasdiff",
        };
        writeln!(out, "\n{vendor}: no change{unless}")?;
        return Ok(());
    }
    writeln!(
        out,
        "\n{vendor}: {}",
        count(compared.changes.len(), "change")
    )?;
    writeln!(out, "  {:10}  {:10}", "Rust", "wire")?;
    for change in compared
        .changes
        .iter()
        .filter(|change| !change.is_reworded())
    {
        // What is not known to break may do so all the same.
        let wire = match change.wire {
            Verdict::Compatible if !compared.is_wire_judged => "not judged".to_owned(),
            wire => wire.to_string(),
        };
        writeln!(
            out,
            "  {:10}  {wire:10}  {}{}",
            change.rust,
            change.in_words(),
            change.wire_reason()
        )?;
    }
    let reworded: Vec<_> = compared
        .changes
        .iter()
        .filter(|change| change.is_reworded())
        .collect();
    if !reworded.is_empty() {
        let places = reworded.iter().map(|change| change.place.clone()).collect();
        writeln!(
            out,
            "  {:10}  {:10}  reworded: {}",
            Verdict::None,
            Verdict::None,
            listed(&places)
        )?;
    }
    if let Some(note) = &compared.note {
        writeln!(out, "  note: {note}")?;
    }
    Ok(())
}

fn update_changelog(
    workspace: &Workspace,
    revision: &Revision<'_>,
    compared: &[Comparison],
    out: &mut dyn Write,
) -> Result<(), Problem> {
    let old = workspace.read("CHANGELOG.md")?;
    let section = changelog::section(&revision.short, compared);
    let new = changelog::update(&old, &revision.short, section.as_deref())?;
    if new == old {
        writeln!(out, "CHANGELOG.md: nothing to write")?;
    } else {
        workspace.write("CHANGELOG.md", &new)?;
        writeln!(out, "CHANGELOG.md: `### Specs` written")?;
    }
    Ok(())
}

/// A commit of the repository.
struct Revision<'a> {
    workspace: &'a Workspace,
    full: String,
    short: String,
}

impl<'a> Revision<'a> {
    fn find(workspace: &'a Workspace, name: &str) -> Result<Self, Problem> {
        let commit = format!("{name}^{{commit}}");
        let full = git(
            workspace,
            &[
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                &commit,
            ],
        )?;
        let full = full.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).ok_or_else(|| {
            Problem::new(format!("`{name}` is no revision that git knows here: name a tag, a branch or a commit (`git log --oneline`)"))
        })?;
        let short = full.chars().take(9).collect();
        Ok(Revision {
            workspace,
            full,
            short,
        })
    }

    /// A file as it was; `None` if it was not there.
    fn read(&self, path: &str) -> Result<Option<String>, Problem> {
        git(
            self.workspace,
            &["show", &format!("{}:./{path}", self.full)],
        )
    }

    fn spec_files(&self) -> Result<Vec<String>, Problem> {
        let listed = git(
            self.workspace,
            &["ls-tree", "--name-only", &self.full, "openapi/"],
        )?;
        let listed = listed.unwrap_or_default();
        let files = listed.lines().filter(|file| file.ends_with(".yaml"));
        Ok(files.map(str::to_owned).collect())
    }
}

/// What git prints; `None` when it fails.
fn git(workspace: &Workspace, arguments: &[&str]) -> Result<Option<String>, Problem> {
    let mut git = workspace.command("git");
    // Set where a hook runs us; the folder says enough.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(variable);
    }
    let ran = git.args(arguments).output();
    let ran = ran.map_err(|error| Problem::program("git", &error))?;
    Ok(ran
        .status
        .success()
        .then(|| String::from_utf8_lossy(&ran.stdout).into_owned()))
}

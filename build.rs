//! Compiles every `openapi/<vendor>.yaml` into a typed client and into the operation table.
//!
//! The steps are: YAML -> rules (can anything be generated from it?) -> table (what the YAML says)
//! -> fixups (what the generator needs) -> progenitor -> `OUT_DIR`. No network, no nightly. An
//! error stops the build with `<file>:<line>: <operation>: what is wrong and how to fix it`.

#[path = "build/mod.rs"]
#[allow(dead_code, reason = "xtask uses the rest")]
mod build;
#[path = "build/client.rs"]
mod client;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use build::diagnostic::Diagnostic;
use build::spec::{self, Spec};
use build::{fixups, render, rules, table::Table};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let found = compile(&out).err().unwrap_or_default();
    for diagnostic in &found {
        println!("cargo::error={diagnostic}");
    }
    match found.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Compiles the specs of all vendors whose feature is on.
fn compile(out: &Path) -> Result<(), Vec<Diagnostic>> {
    let files = spec::files(Path::new("")).map_err(|diagnostic| vec![diagnostic])?;
    let mut found = Vec::new();
    let mut changes = Vec::new();
    for file in files {
        println!("cargo::rerun-if-changed={file}");
        let done = Spec::read(&file).map_err(|it| vec![it]).and_then(|spec| {
            rules::check(&spec)?;
            // A fixup may be there for the sake of a vendor whose feature is off.
            let (fixed, made) = fixups::apply(&spec);
            changes.push(made);
            let feature = format!("CARGO_FEATURE_{}", spec.vendor().to_uppercase());
            match env::var_os(feature) {
                Some(_) => write(&spec, &fixed, out),
                None => Ok(()),
            }
        });
        found.extend(done.err().into_iter().flatten());
    }
    if found.is_empty() {
        found.extend(fixups::unused(&changes).map(|name| {
            let message = format!("the fixup `{name}` changes nothing in any spec: remove it");
            Diagnostic::of_file("build/fixups.rs", None, message)
        }));
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(found),
    }
}

/// Writes everything that is generated for one vendor.
fn write(spec: &Spec, fixed: &Spec, out: &Path) -> Result<(), Vec<Diagnostic>> {
    let one = |diagnostic| vec![diagnostic];
    let table = Table::of(spec).map_err(one)?;
    let client = client::generate(fixed).map_err(one)?;
    let schemas = client::schemas(fixed, &client);
    let table = render::rust(&table, spec.variant().unwrap_or_default());
    let vendor = spec.vendor();
    for (name, text) in [
        (format!("{vendor}.rs"), client),
        (format!("{vendor}_enums.rs"), fixups::enums(spec)),
        (format!("{vendor}_schemas.rs"), schemas),
        (format!("{vendor}_operations.rs"), table),
    ] {
        fs::write(out.join(&name), text).map_err(|error| {
            one(spec.diagnostic("", format!("{name} cannot be written: {error}")))
        })?;
    }
    Ok(())
}

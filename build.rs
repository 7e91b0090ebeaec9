//! Compiles every `openapi/<vendor>.yaml` into a typed client and into the operation table.
//!
//! The steps are: YAML -> rules (can anything be generated from it?) -> table (what the YAML says)
//! -> fixups (what the generator needs) -> progenitor -> `OUT_DIR`. No network, no nightly. An
//! error stops the build with `<file>:<line>: <operation>: what is wrong and how to fix it`.

#[path = "build/mod.rs"]
#[allow(dead_code, reason = "xtask uses the rest")]
mod build;
#[path = "build/builders.rs"]
mod builders;
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
    let mut compiled = Vec::new();
    let mut features = Vec::new();
    for file in files {
        println!("cargo::rerun-if-changed={file}");
        let done = Spec::read(&file).map_err(|it| vec![it]).and_then(|spec| {
            rules::check(&spec)?;
            // A fixup may be there for the sake of a vendor whose feature is off.
            let (fixed, made) = fixups::apply(&spec);
            changes.push(made);
            let feature = format!("CARGO_FEATURE_{}", spec.vendor().to_uppercase());
            features.push(spec.vendor().to_owned());
            if env::var_os(feature).is_some() {
                write(&spec, &fixed, out)?;
                compiled.push(spec);
            }
            Ok(())
        });
        found.extend(done.err().into_iter().flatten());
    }
    if found.is_empty() {
        found.extend(fixups::unused(&changes).map(|name| {
            let message = format!("the fixup `{name}` changes nothing in any spec: remove it");
            Diagnostic::of_file("build/fixups.rs", None, message)
        }));
    }
    if found.is_empty() {
        found.extend(registry(&compiled, &features, out).err());
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(found),
    }
}

/// Writes the macro `vendors!`, which hands the vendors whose feature is on to another macro, one
/// line each: variant, module, word, name and title. Everything in `src/` that has a part for each
/// vendor is made by it.
fn registry(compiled: &[Spec], features: &[String], out: &Path) -> Result<(), Diagnostic> {
    println!("cargo::rustc-check-cfg=cfg(every_vendor)");
    if compiled.len() == features.len() {
        println!("cargo::rustc-cfg=every_vendor");
    }
    if compiled.is_empty() {
        let known = features.join(", ");
        let message = format!("no vendor is compiled: turn on one of the features {known}");
        return Err(Diagnostic::of_file("Cargo.toml", None, message));
    }
    let mut text = String::from("macro_rules! vendors { ($then:ident) => { $then! {\n");
    for spec in compiled {
        let text_at = |pointer: &str| spec.root.pointer(pointer).and_then(|it| it.as_str());
        let word = spec.vendor();
        let variant = spec.variant().unwrap_or_default();
        let name = text_at("/info/x-vendor/name").unwrap_or_default();
        let title = text_at("/info/title").unwrap_or(name);
        text.push_str(&format!("{variant} {word} {word:?} {name:?} {title:?};\n"));
    }
    text.push_str("} } }\n");
    fs::write(out.join("vendors.rs"), text).map_err(|error| {
        Diagnostic::of_file(
            "openapi",
            None,
            format!("vendors.rs cannot be written: {error}"),
        )
    })
}

/// Writes everything that is generated for one vendor.
fn write(spec: &Spec, fixed: &Spec, out: &Path) -> Result<(), Vec<Diagnostic>> {
    let one = |diagnostic| vec![diagnostic];
    let table = Table::of(spec).map_err(one)?;
    let client = client::generate(fixed).map_err(one)?;
    let client = builders::polish(&client, &table)
        .map_err(|error| one(spec.diagnostic("", format!("its builders: {error}"))))?;
    let schemas = client::schemas(fixed, &client);
    let table = render::rust(&table, spec.variant().unwrap_or_default());
    let vendor = spec.vendor();
    for (name, text) in [
        (format!("{vendor}.rs"), client),
        (format!("{vendor}_enums.rs"), fixups::enums(fixed)),
        (format!("{vendor}_schemas.rs"), schemas),
        (format!("{vendor}_operations.rs"), table),
    ] {
        fs::write(out.join(&name), text).map_err(|error| {
            one(spec.diagnostic("", format!("{name} cannot be written: {error}")))
        })?;
    }
    Ok(())
}

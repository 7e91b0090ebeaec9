//! Compiles `openapi/<vendor>.yaml` into a typed client and into the operation table.
//!
//! One direction: YAML -> rules (is it a spec we can stand on?) -> table (the truth, as it stands in the YAML) -> fixups (what the
//! generator needs bent) -> progenitor -> `OUT_DIR`. No network, no nightly. Whatever is wrong stops the build with
//! `<file>: <operation>: what and how to mend it`.

#[path = "build/client.rs"]
mod client;
#[path = "build/fixups.rs"]
mod fixups;
#[path = "build/rules.rs"]
mod rules;
#[path = "build/spec.rs"]
mod spec;
#[path = "build/table.rs"]
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use spec::{Fault, Spec};

/// Vendor word (feature, file name, module name) and its variant of `Vendor`.
const VENDORS: [(&str, &str); 3] = [
    ("iproyal", "IpRoyal"),
    ("proxyshard", "ProxyShard"),
    ("smartproxy", "SmartProxy"),
];

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut faults = Vec::new();
    for (vendor, variant) in VENDORS {
        let file = format!("openapi/{vendor}.yaml");
        println!("cargo::rerun-if-changed={file}");
        if env::var_os(format!("CARGO_FEATURE_{}", vendor.to_uppercase())).is_none() {
            continue;
        }
        if let Err(found) = compile(&file, vendor, variant, &out) {
            faults.extend(found);
        }
    }
    for fault in &faults {
        println!("cargo::error={fault}");
    }
    if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn compile(file: &str, vendor: &str, variant: &str, out: &Path) -> Result<(), Vec<Fault>> {
    let one = |fault| vec![fault];
    let spec = Spec::read(file).map_err(one)?;
    rules::check(&spec)?;
    let table = table::render(&spec, variant).map_err(one)?;
    let bent = fixups::apply(&spec, vendor)?;
    let client = client::generate(&bent, vendor).map_err(one)?;
    let schemas = client::schemas(&bent, &client);
    for (name, text) in [
        (format!("{vendor}.rs"), client),
        (format!("{vendor}_enums.rs"), fixups::enums(&spec)),
        (format!("{vendor}_schemas.rs"), schemas),
        (format!("{vendor}_operations.rs"), table),
    ] {
        fs::write(out.join(&name), text)
            .map_err(|error| one(Fault::file(file, format!("can't write {name}: {error}"))))?;
    }
    Ok(())
}

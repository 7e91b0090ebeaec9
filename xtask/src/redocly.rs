//! Redocly, which lints the specs and renders their pages. It is installed with npm from the
//! lockfile in `.ci/redocly`, which has the checksum of every package.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::error::TaskError;
use crate::workspace::{Workspace, on_path};

const PACKAGE: &str = "@redocly/cli";
const MANIFEST: &str = include_str!("../../.ci/redocly/package.json");
const LOCK: &str = include_str!("../../.ci/redocly/package-lock.json");

/// Returns a command that runs redocly in the root of the repository; installs it into
/// `target/tools` first if need be.
pub fn command(workspace: &Workspace) -> Result<Command, TaskError> {
    let folder = workspace.target()?.join("tools/redocly");
    fs::create_dir_all(&folder).map_err(|error| TaskError::file("made", &folder, &error))?;
    // Tests and tasks that run side by side install it once.
    let lock = folder.join("lock");
    let locked = fs::File::create(&lock).and_then(|file| file.lock().map(|()| file));
    let _locked = locked.map_err(|error| TaskError::file("locked", &lock, &error))?;
    let modules = folder.join("node_modules");
    let manifest = modules.join(PACKAGE).join("package.json");
    let installed = fs::read_to_string(manifest).unwrap_or_default();
    let installed: Value = serde_json::from_str(&installed).unwrap_or_default();
    let locked_packages: Value = serde_json::from_str(LOCK).unwrap_or_default();
    let wanted = &locked_packages["packages"][format!("node_modules/{PACKAGE}")]["version"];
    if wanted.is_null() || installed["version"] != *wanted {
        install(workspace, &folder)?;
    }
    let mut command = workspace.command(modules.join(".bin/redocly"));
    command.env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    command.env("REDOCLY_TELEMETRY", "off");
    command.env("NO_COLOR", "1");
    Ok(command)
}

fn install(workspace: &Workspace, folder: &Path) -> Result<(), TaskError> {
    for (name, text) in [("package.json", MANIFEST), ("package-lock.json", LOCK)] {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|error| TaskError::file("written", &file, &error))?;
    }
    let mut npm = workspace.command("npm");
    npm.args(["ci", "--silent", "--no-audit", "--no-fund", "--prefix"]);
    let ran = npm.arg(folder).output();
    let ran = ran.map_err(|error| TaskError::program("npm", &error))?;
    if ran.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ran.stderr);
    let said = said.trim();
    Err(TaskError::new(format!(
        "`npm ci` with the lockfile of {PACKAGE} fails: {said}"
    )))
}

/// Returns whether npm and node are there, which redocly needs.
pub fn is_installable() -> bool {
    on_path("npm").is_some() && on_path("node").is_some()
}

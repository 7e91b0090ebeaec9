//! Redocly, which lints the specs and renders their pages. It is installed with npm in its pinned version.

use std::process::Command;

use serde_json::Value;

use crate::problem::Problem;
use crate::workspace::{Workspace, on_path};

const PACKAGE: &str = "@redocly/cli";
const VERSION: &str = "2.77.0";

/// Returns a command that runs redocly in the root of the repository; installs it into `target/tools` first if need be.
pub fn command(workspace: &Workspace) -> Result<Command, Problem> {
    let folder = workspace.target()?.join("tools/redocly");
    let modules = folder.join("node_modules");
    let manifest = modules.join(PACKAGE).join("package.json");
    let installed = std::fs::read_to_string(manifest).unwrap_or_default();
    let installed: Value = serde_json::from_str(&installed).unwrap_or_default();
    if installed["version"] != VERSION {
        let package = format!("{PACKAGE}@{VERSION}");
        let mut npm = workspace.command("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]);
        let ran = npm.arg(&folder).arg(&package).output();
        let ran = ran.map_err(|error| Problem::program("npm", &error))?;
        if !ran.status.success() {
            let said = String::from_utf8_lossy(&ran.stderr);
            return Err(Problem::new(format!(
                "`npm install {package}` fails: {}",
                said.trim()
            )));
        }
    }
    let mut command = workspace.command(modules.join(".bin/redocly"));
    command.env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    command.env("REDOCLY_TELEMETRY", "off");
    command.env("NO_COLOR", "1");
    Ok(command)
}

/// Returns whether npm and node are there, which redocly needs.
pub fn is_installable() -> bool {
    on_path("npm").is_some() && on_path("node").is_some()
}

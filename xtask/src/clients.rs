//! `cargo xtask clients`: Python, TypeScript, Go and Java clients of every vendor, made from
//! `openapi/dist`, and the scenario run with each.
//!
//! The work is that of `.ci/clients/run`, which also names the languages that are not installed;
//! this builds the program whose sandbox it needs.

use crate::error::TaskError;
use crate::workspace::Workspace;

/// Runs the task; returns whether all languages passed with all vendors.
pub fn run(workspace: &Workspace) -> Result<bool, TaskError> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--quiet", "--package", "proxy-orders-cli"]);
    let built = cargo.status();
    let built = built.map_err(|error| TaskError::program("cargo build", &error))?;
    if !built.success() {
        return Err(TaskError::new(format!(
            "the program whose sandbox the clients talk to cannot be built ({built}): fix what `cargo build -p proxy-orders-cli` reports"
        )));
    }
    let program = workspace.target()?.join("debug/proxy-orders");
    let mut scenario = workspace.command("bash");
    scenario.arg(".ci/clients/run").env(
        "PROXY_ORDERS",
        program.with_extension(std::env::consts::EXE_EXTENSION),
    );
    let ended = scenario.status();
    let ended = ended.map_err(|error| TaskError::program("bash .ci/clients/run", &error))?;
    Ok(ended.success())
}

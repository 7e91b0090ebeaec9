//! `cargo xtask torture`: random purchases, random faults and SIGKILL, then the sandbox's ledger
//! against the journal.
//!
//! The work is that of the crate in `torture/`, which needs the library; no other task waits for
//! that to be built.

use std::ffi::OsString;

use crate::error::TaskError;
use crate::workspace::Workspace;

/// Runs the task with the caller's arguments; returns whether no purchase was made twice, lost or
/// wrongly called not made.
pub fn run(workspace: &Workspace, arguments: &[OsString]) -> Result<bool, TaskError> {
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--package", "proxy-orders-torture", "--"]);
    let ended = cargo.args(arguments).status();
    let ended = ended.map_err(|error| TaskError::program("cargo run", &error))?;
    match ended.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(TaskError::new(format!(
            "the torture could not be carried out ({ended})"
        ))),
    }
}

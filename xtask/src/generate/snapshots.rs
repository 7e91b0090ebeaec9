//! The snapshots of the generated surface in `tests/snapshots`, which the test `surface` writes and
//! compares.

use std::io::Write;
use std::process::Output;

use crate::error::TaskError;
use crate::workspace::Workspace;

/// Writes the snapshots again.
pub fn refresh(workspace: &Workspace, out: &mut dyn Write) -> Result<bool, TaskError> {
    let ran = surface(workspace, "always", out)?;
    if ran.status.success() {
        writeln!(out, "snapshots: refreshed")?;
        return Ok(true);
    }
    print(&ran, out)?;
    let status = ran.status;
    Err(TaskError::new(format!(
        "`cargo test --test surface` fails ({status}) although it may update its snapshots: fix what it reports above, or pass --no-snapshots"
    )))
}

/// Prints the snapshots that are stale; returns whether none is.
pub fn check(workspace: &Workspace, out: &mut dyn Write) -> Result<bool, TaskError> {
    let ran = surface(workspace, "no", out)?;
    if ran.status.success() {
        writeln!(out, "snapshots: up to date")?;
        return Ok(true);
    }
    print(&ran, out)?;
    let status = ran.status;
    writeln!(
        out,
        "snapshots: stale, or `cargo test --test surface` cannot be built ({status}); see above"
    )?;
    Ok(false)
}

/// Returns whether the snapshots are those of the specs in the working tree.
pub fn are_fresh(workspace: &Workspace, out: &mut dyn Write) -> Result<bool, TaskError> {
    Ok(surface(workspace, "no", out)?.status.success())
}

fn print(ran: &Output, out: &mut dyn Write) -> Result<(), TaskError> {
    out.write_all(&ran.stdout)?;
    out.write_all(&ran.stderr)?;
    Ok(())
}

fn surface(workspace: &Workspace, update: &str, out: &mut dyn Write) -> Result<Output, TaskError> {
    if !workspace.root.join("tests/surface.rs").is_file() {
        return Err(TaskError::new(
            "tests/surface.rs does not exist, so there are no snapshots: restore it, or pass --no-snapshots",
        ));
    }
    writeln!(out, "snapshots: cargo test --test surface ...")?;
    out.flush()?;
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--quiet", "--package", "proxy-orders"]);
    cargo.args(["--test", "surface"]);
    cargo.env("INSTA_UPDATE", update);
    cargo.env("INSTA_FORCE_PASS", "0");
    // A backtrace would bury the diff.
    cargo.env("RUST_BACKTRACE", "0");
    let ran = cargo.output();
    ran.map_err(|error| TaskError::program("cargo test --test surface", &error))
}

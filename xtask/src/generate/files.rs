//! Generated files: written, or compared with what is checked in.

use std::io::Write;

use similar::TextDiff;

use crate::error::TaskError;
use crate::workspace::Workspace;

/// A generated file.
#[derive(Debug)]
pub struct File {
    /// Path from the root.
    pub path: String,
    /// The whole content.
    pub text: String,
}

/// Writes the files that are stale, or prints them as a diff if `check` is set; returns their
/// number.
pub fn settle(
    workspace: &Workspace,
    files: &[File],
    check: bool,
    out: &mut dyn Write,
) -> Result<usize, TaskError> {
    let mut stale = 0;
    for file in files {
        let old = workspace.read(&file.path).unwrap_or_default();
        if old == file.text {
            continue;
        }
        stale += 1;
        if check {
            let diff = TextDiff::from_lines(&old, &file.text);
            let now = format!("{} (as it should be)", file.path);
            let mut diff = diff.unified_diff();
            write!(out, "{}", diff.context_radius(3).header(&file.path, &now))?;
        } else {
            workspace.write(&file.path, &file.text)?;
            writeln!(out, "wrote {}", file.path)?;
        }
    }
    Ok(stale)
}

//! The reason why a task cannot be done. Every text says what is wrong and what to do about it.

use std::fmt;
use std::io;
use std::path::Path;

use crate::build::diagnostic::Diagnostic;

/// The reason why a task cannot be done at all; unlike a finding, which is the result of a task.
#[derive(Debug)]
pub struct TaskError(String);

impl TaskError {
    /// A problem in words.
    pub fn new(what: impl Into<String>) -> Self {
        TaskError(what.into())
    }

    /// A file that cannot be read or written.
    pub fn file(verb: &str, path: &Path, error: &io::Error) -> Self {
        let path = path.display();
        TaskError(format!(
            "{path} cannot be {verb}: {error}; check that it exists and that this user may access it"
        ))
    }

    /// A program that cannot be started.
    pub fn program(name: &str, error: &io::Error) -> Self {
        TaskError(format!(
            "`{name}` cannot be run: {error}; install it, or put it on PATH"
        ))
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Output that cannot be written: the reader is gone, or the disk is full.
impl From<io::Error> for TaskError {
    fn from(error: io::Error) -> Self {
        TaskError(format!("the output cannot be written: {error}"))
    }
}

impl From<Diagnostic> for TaskError {
    fn from(diagnostic: Diagnostic) -> Self {
        TaskError(diagnostic.to_string())
    }
}

impl From<Vec<Diagnostic>> for TaskError {
    fn from(found: Vec<Diagnostic>) -> Self {
        let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
        TaskError(lines.join("\n"))
    }
}

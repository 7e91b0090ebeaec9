//! The reason why a task cannot be done. Every text says what is wrong and what to do about it.

use std::fmt;
use std::io;
use std::path::Path;

use crate::build::diagnostic::Diagnostic;

/// The reason why a task cannot be done at all; unlike a finding, which is the result of a task.
#[derive(Debug)]
pub struct Problem(String);

impl Problem {
    /// A problem in words.
    pub fn new(what: impl Into<String>) -> Self {
        Problem(what.into())
    }

    /// A file that cannot be read or written.
    pub fn file(verb: &str, path: &Path, error: &io::Error) -> Self {
        let path = path.display();
        Problem(format!(
            "{path} cannot be {verb}: {error}; check that it exists and that this user may access it"
        ))
    }

    /// A program that cannot be started.
    pub fn program(name: &str, error: &io::Error) -> Self {
        Problem(format!(
            "`{name}` cannot be run: {error}; install it, or put it on PATH"
        ))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Output that cannot be written: the reader is gone, or the disk is full.
impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Problem(format!("the output cannot be written: {error}"))
    }
}

impl From<Diagnostic> for Problem {
    fn from(diagnostic: Diagnostic) -> Self {
        Problem(diagnostic.to_string())
    }
}

impl From<Vec<Diagnostic>> for Problem {
    fn from(found: Vec<Diagnostic>) -> Self {
        let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
        Problem(lines.join("\n"))
    }
}

//! What stops a task. Every text says what is wrong and what to do about it.

use std::fmt;
use std::io;
use std::path::Path;

/// Something that keeps a task from being done at all; unlike a finding, which is what a task is for.
#[derive(Debug)]
pub struct Problem(String);

impl Problem {
    /// A problem in words.
    pub fn new(what: impl Into<String>) -> Self {
        Problem(what.into())
    }

    /// A file that can't be read or written.
    pub fn file(verb: &str, path: &Path, error: &io::Error) -> Self {
        let path = path.display();
        Problem(format!(
            "{path} can't be {verb}: {error}; see that it is there and that this user may touch it"
        ))
    }

    /// A program that can't be started.
    pub fn program(name: &str, error: &io::Error) -> Self {
        Problem(format!(
            "`{name}` can't be run: {error}; install it, or put it on PATH"
        ))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Output that can't be written: the reader is gone, or the disk is full.
impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Problem(format!(
            "the output can't be written: {error}; see that what reads it stays"
        ))
    }
}

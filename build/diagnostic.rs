//! A message about a spec, with its position.

use std::fmt;

/// An error in a spec: its position, what is wrong, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// Path of the file from the root of the repository.
    pub file: String,
    /// Line of the pointer, from 1.
    pub line: Option<u64>,
    /// JSON pointer into the file; empty for the whole file.
    pub pointer: String,
    /// Short name of the pointer for readers: `list_orders` or `Order.status`. May be empty.
    pub subject: String,
    /// The error and how to fix it.
    pub message: String,
}

impl Diagnostic {
    /// A message about a whole file.
    pub fn of_file(file: &str, line: Option<u64>, message: impl Into<String>) -> Self {
        Diagnostic {
            file: file.to_owned(),
            line,
            pointer: String::new(),
            subject: String::new(),
            message: message.into(),
        }
    }
}

/// `<file>:<line>: <subject>: <message>` on one line, because cargo shows only the first.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.subject.is_empty() {
            write!(f, ": {}", self.subject)?;
        }
        let words: Vec<_> = self.message.split_whitespace().collect();
        write!(f, ": {}", words.join(" "))
    }
}

//! The state file, by which a world outlives its sandbox.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::SavedClock;
use crate::ledger::Ledger;
use crate::vendor::Vendor;

/// The layout of the file. A file of another layout is refused, not guessed at.
pub const FORMAT: u32 = 2;

/// The content of the file. Accounts stand under fingerprints, so it holds no credential.
#[derive(Debug, Serialize, Deserialize)]
pub struct Content {
    pub format: u32,
    pub seed: u64,
    pub clock: SavedClock,
    pub ledger: Ledger,
    pub accounts: BTreeMap<Vendor, Value>,
}

/// Reads the file; `None` if there is none yet.
pub fn load(path: &Path) -> io::Result<Option<Content>> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(about(path, "cannot be read", &error)),
    };
    let content: Content = serde_json::from_slice(&text).map_err(|error| invalid(path, &error))?;
    if content.format != FORMAT {
        let format = content.format;
        let reason = format!("its format is {format}, and only {FORMAT} is known");
        return Err(invalid(path, &reason));
    }
    Ok(Some(content))
}

/// The error of a file that holds something else.
pub fn invalid(path: &Path, reason: &dyn fmt::Display) -> io::Error {
    let path = path.display();
    let message = format!("the state file {path} is not a saved sandbox: {reason}");
    io::Error::new(ErrorKind::InvalidData, message)
}

/// Writes the file: first beside it, then in its place, so that it is never half written.
pub fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = Path::new(&beside);
    let written = File::create(beside)
        .and_then(|mut file| {
            file.write_all(text)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(beside, path));
    written.map_err(|error| {
        // The file may not exist; the first error is the one to report.
        fs::remove_file(beside).ok();
        about(path, "cannot be written", &error)
    })
}

fn about(path: &Path, what: &str, error: &io::Error) -> io::Error {
    let message = format!("the state file {} {what}: {error}", path.display());
    io::Error::new(error.kind(), message)
}

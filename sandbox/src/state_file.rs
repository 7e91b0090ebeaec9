//! The state file, by which a world outlives its sandbox.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
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

/// The mebibytes that are read of the file.
const LARGEST: u64 = 256;

/// Reads the file; `None` if there is none yet. A link, a pipe or a device is refused: reading one
/// may wait for ever, and writing would put a file in its place.
pub fn load(path: &Path) -> io::Result<Option<Content>> {
    let text = match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => Err(io::Error::new(
            ErrorKind::InvalidInput,
            "it is not a regular file",
        )),
        Ok(_) => read(path),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => Err(error),
    };
    let text = text.map_err(|error| about(path, "cannot be read", &error))?;
    let content: Content = serde_json::from_slice(&text).map_err(|error| invalid(path, &error))?;
    if content.format != FORMAT {
        let format = content.format;
        let reason = format!("its format is {format}, and only {FORMAT} is known");
        return Err(invalid(path, &reason));
    }
    Ok(Some(content))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut file = File::open(path)?.take((LARGEST << 20) + 1);
    file.read_to_end(&mut text)?;
    match text.len() as u64 > LARGEST << 20 {
        true => Err(io::Error::other(format!("it has more than {LARGEST} MiB"))),
        false => Ok(text),
    }
}

/// The error of a file that holds something else.
pub fn invalid(path: &Path, reason: &dyn fmt::Display) -> io::Error {
    let path = path.display();
    let message = format!("the state file {path} is not a saved sandbox: {reason}");
    io::Error::new(ErrorKind::InvalidData, message)
}

/// Writes the file: first beside it, under a name that nobody can foresee and for its owner alone,
/// then in its place, so that it is never half written.
pub fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let written =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).and_then(|mut file| {
            file.write_all(text)?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|error| error.error)
        });
    written
        .map(drop)
        .map_err(|error| about(path, "cannot be written", &error))
}

fn about(path: &Path, what: &str, error: &io::Error) -> io::Error {
    let message = format!("the state file {} {what}: {error}", path.display());
    io::Error::new(error.kind(), message)
}

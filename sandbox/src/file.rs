//! The state file, in which a world outlives its sandbox.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::clock::SavedClock;
use crate::ledger::Charge;
use crate::{iproyal, proxyshard, smartproxy};

/// Which form of the file this is. A file of another form is refused, not guessed at.
pub const FORMAT: u32 = 1;

/// What the file holds. Accounts stand under fingerprints, so it holds no credential.
#[derive(Debug, Serialize, Deserialize)]
pub struct Content<I, P, S> {
    pub format: u32,
    pub seed: u64,
    pub clock: Option<SavedClock>,
    pub ledger: Vec<Charge>,
    pub iproyal: I,
    pub proxyshard: P,
    pub smartproxy: S,
}

/// What was read from it.
pub type Loaded = Content<
    BTreeMap<String, iproyal::Account>,
    BTreeMap<String, proxyshard::Account>,
    BTreeMap<String, smartproxy::Account>,
>;

impl Default for Loaded {
    fn default() -> Self {
        Self {
            format: FORMAT,
            seed: 0,
            clock: None,
            ledger: Vec::new(),
            iproyal: BTreeMap::new(),
            proxyshard: BTreeMap::new(),
            smartproxy: BTreeMap::new(),
        }
    }
}

/// Reads the file; `None` if there is none yet.
pub fn load(path: &Path) -> io::Result<Option<Loaded>> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(about(path, "cannot be read", &error)),
    };
    let corrupt = |error: &dyn std::fmt::Display| {
        let message = format!(
            "the state file {} is no saved sandbox: {error}",
            path.display()
        );
        io::Error::new(ErrorKind::InvalidData, message)
    };
    let loaded: Loaded = serde_json::from_slice(&text).map_err(|error| corrupt(&error))?;
    if loaded.format != FORMAT {
        return Err(corrupt(&format!(
            "its format is {}, and only {FORMAT} is known",
            loaded.format
        )));
    }
    Ok(Some(loaded))
}

/// The file as text.
pub fn text(content: &impl Serialize) -> io::Result<Vec<u8>> {
    serde_json::to_vec(content).map_err(io::Error::from)
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
        // It may not even be there; what went wrong first is what counts.
        fs::remove_file(beside).ok();
        about(path, "cannot be written", &error)
    })
}

fn about(path: &Path, what: &str, error: &io::Error) -> io::Error {
    let message = format!("the state file {} {what}: {error}", path.display());
    io::Error::new(error.kind(), message)
}

//! The SQLite file of a journal, and the files beside it.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tokio::sync::RwLock;

use crate::error::Error;
use crate::vocabulary::url::percent_encoded;

/// The SQLite file of a journal, under the one name that it has without symbolic links. Everybody
/// who uses the file, by whatever name, meets at the same lock files.
#[derive(Clone, Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
}

/// The identity of a file: its device and its number there.
pub(super) type FileId = (u64, u64);

impl JournalFile {
    /// Finds the file by any of its names. It need not exist, but its folder must.
    pub fn find(path: &Path) -> Result<Self, Error> {
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if fs::symlink_metadata(path).is_ok() {
                    return Err(refused(path, "it is a link that leads nowhere"));
                }
                let name = path.file_name();
                let name = name.ok_or_else(|| refused(path, "the path does not name a file"))?;
                let folder = fs::canonicalize(folder_of(path));
                let folder = folder.map_err(|error| unusable(path, "its folder", &error))?;
                folder.join(name)
            }
            Err(error) => return Err(unreachable(path, &error)),
        };
        let file = JournalFile { path: real };
        file.id()?;
        Ok(file)
    }

    /// Finds the file, and creates the folders that lead to it.
    pub fn find_or_prepare(path: &Path) -> Result<Self, Error> {
        let folder = folder_of(path);
        let missing: Vec<_> = folder.ancestors().take_while(|it| !is_there(it)).collect();
        fs::create_dir_all(folder)
            .map_err(|error| unusable(folder, "its folder cannot be created", &error))?;
        for created in missing {
            sync_folder(folder_of(created))?;
        }
        JournalFile::find(path)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of a file beside this one.
    pub fn beside(&self, suffix: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(suffix);
        path.into()
    }

    pub fn url(&self, mode: &str) -> Result<String, Error> {
        let path = self.path.to_str();
        let path = path.ok_or_else(|| refused(&self.path, "the path is not valid UTF-8"))?;
        let pieces: Vec<_> = path.split('/').map(percent_encoded).collect();
        Ok(format!("sqlite://{}?{mode}", pieces.join("/")))
    }

    /// Returns the identity of the file, or `None` if it does not exist. Anything that cannot be a
    /// journal is refused without being opened.
    pub fn id(&self) -> Result<Option<FileId>, Error> {
        let Some(found) = found_regular(&self.path)? else {
            return Ok(None);
        };
        if links(&found) > 1 {
            // SQLite keeps its log beside the name that a file is opened by.
            let what = "it has several names (hard links), and each would have a log of its own";
            return Err(refused(&self.path, what));
        }
        Ok(Some(id_of(&found)))
    }

    /// Refuses links and devices in the place of the files that SQLite keeps beside this one. In a
    /// folder that is open to all, anybody may have put them there.
    pub fn check_beside(&self) -> Result<(), Error> {
        for suffix in BESIDE {
            found_regular(&self.beside(suffix))?;
        }
        Ok(())
    }

    /// Refuses to write what belongs to another user: the file, or one of those beside it.
    pub fn check_own(&self) -> Result<(), Error> {
        for suffix in [""].into_iter().chain(BESIDE) {
            let path = self.beside(suffix);
            if let Some(found) = found_regular(&path)? {
                check_owner(&path, &found)?;
            }
        }
        Ok(())
    }

    /// Returns true if there is nothing to read.
    pub fn is_missing_or_empty(&self) -> bool {
        !fs::metadata(&self.path).is_ok_and(|it| it.len() > 0)
    }

    /// Returns true if SQLite's log of changes is there, which the file alone is not complete
    /// without.
    pub fn has_log(&self) -> bool {
        is_there(&self.beside("-wal"))
    }

    /// Returns what changes when another process writes the file itself.
    pub fn stamp(&self) -> Option<(u64, SystemTime)> {
        let found = fs::metadata(&self.path).ok()?;
        Some((found.len(), found.modified().ok()?))
    }

    /// Creates the file before SQLite does, so that others cannot read it even for a moment. SQLite
    /// gives its companion files the same mode.
    pub fn create(&self) -> Result<(), Error> {
        match private().create_new(true).open(&self.path) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(unusable(&self.path, "it cannot be created", &error)),
        }
    }

    /// Takes the right to read the file from everybody but its owner: a file that was created by
    /// other means may be open to all.
    pub fn make_private(&self) -> Result<(), Error> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&self.path).map(|it| it.permissions().mode() & 0o777);
            if mode.is_ok_and(|mode| mode & 0o077 != 0) {
                fs::set_permissions(&self.path, fs::Permissions::from_mode(0o600))
                    .map_err(|error| unusable(&self.path, "others may read it", &error))?;
            }
        }
        Ok(())
    }

    /// Writes the name of a new file to the disk. Otherwise a loss of power can take the file from
    /// its folder, and what was written into it.
    pub fn sync_name(&self) -> Result<(), Error> {
        sync_folder(folder_of(&self.path))
    }

    /// Creates an empty file for a copy of the journal as an older version left it.
    pub fn new_backup(&self, version: i64) -> Result<PathBuf, Error> {
        let mut number = 1;
        loop {
            let path = match number {
                1 => self.beside(&format!(".version-{version}.backup")),
                _ => self.beside(&format!(".version-{version}.{number}.backup")),
            };
            match private().create_new(true).open(&path) {
                Ok(_) => return Ok(path),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(unusable(&path, "it cannot be created", &error)),
            }
        }
    }

    /// Writes a finished copy to the disk.
    pub fn sync_backup(&self, path: &Path) -> Result<(), Error> {
        let synced = File::open(path).and_then(|file| file.sync_all());
        synced.map_err(|error| unusable(path, "it cannot be written", &error))?;
        self.sync_name()
    }

    /// Returns the turn of this process at the file. Connections of SQLite that lock the file
    /// share it, and who opens the file without locks takes it alone: to close a file takes all
    /// POSIX locks on it from the whole process.
    pub fn turn(&self) -> Arc<RwLock<()>> {
        static TURNS: Mutex<Option<HashMap<PathBuf, Arc<RwLock<()>>>>> = Mutex::new(None);
        let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        let turns = turns.get_or_insert_default();
        Arc::clone(turns.entry(self.path.clone()).or_default())
    }
}

/// The ends of the names of SQLite's own files beside a database.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A file that is locked, and is not SQLite's.
#[derive(Debug)]
pub(super) struct LockFile {
    path: PathBuf,
    pub file: File,
}

impl LockFile {
    /// Opens the file, and creates it if there is none. It is never deleted: somebody could lock a
    /// deleted one that no other process sees any more.
    pub fn open(path: PathBuf) -> Result<Self, Error> {
        found_regular(&path)?;
        let opened = private()
            .create(true)
            .truncate(false)
            .read(true)
            .open(&path);
        let file =
            opened.map_err(|error| unusable(&path, "it cannot be opened for writing", &error))?;
        let found = file.metadata();
        check_owner(&path, &found.map_err(|error| unreachable(&path, &error))?)?;
        Ok(LockFile { path, file })
    }

    /// Returns true if the name still leads to this file, so that others meet at its lock.
    pub fn is_in_place(&self) -> bool {
        let (ours, named) = (self.file.metadata(), fs::symlink_metadata(&self.path));
        matches!((ours, named), (Ok(ours), Ok(named)) if id_of(&ours) == id_of(&named))
    }
}

/// Options for a file that only its owner may read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Returns what a regular file is, or `None` if there is nothing of that name.
fn found_regular(path: &Path) -> Result<Option<fs::Metadata>, Error> {
    match fs::symlink_metadata(path) {
        Ok(found) => check_regular(path, &found).map(|()| Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreachable(path, &error)),
    }
}

fn check_regular(path: &Path, found: &fs::Metadata) -> Result<(), Error> {
    match found.is_file() {
        true => Ok(()),
        false => Err(refused(path, "it is not a regular file")),
    }
}

#[cfg(unix)]
fn check_owner(path: &Path, found: &fs::Metadata) -> Result<(), Error> {
    let owner = std::os::unix::fs::MetadataExt::uid(found);
    match owner == rustix::process::geteuid().as_raw() {
        true => Ok(()),
        false => Err(refused(path, "it belongs to another user")),
    }
}

/// Elsewhere, the rights on a file alone decide.
#[cfg(not(unix))]
fn check_owner(_: &Path, _: &fs::Metadata) -> Result<(), Error> {
    Ok(())
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn sync_folder(folder: &Path) -> Result<(), Error> {
    // Other systems do not open folders.
    if cfg!(unix) {
        let synced = File::open(folder).and_then(|it| it.sync_all());
        synced.map_err(|error| unusable(folder, "its folder cannot be written", &error))?;
    }
    Ok(())
}

#[cfg(unix)]
fn id_of(found: &fs::Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt;
    (found.dev(), found.ino())
}

/// Elsewhere, files that are in use can be neither replaced nor deleted.
#[cfg(not(unix))]
fn id_of(_: &fs::Metadata) -> FileId {
    (0, 0)
}

#[cfg(unix)]
fn links(found: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(found)
}

#[cfg(not(unix))]
fn links(_: &fs::Metadata) -> u64 {
    1
}

pub(super) fn refused(path: &Path, what: &str) -> Error {
    Error::journal(format!(
        "`{}` cannot be used for a journal: {what}; name another file",
        path.display()
    ))
}

fn unreachable(path: &Path, error: &std::io::Error) -> Error {
    unusable(path, "it cannot be reached", error)
}

fn unusable(path: &Path, what: &str, error: &std::io::Error) -> Error {
    Error::journal(format!("the journal {}: {what}: {error}", path.display()))
}

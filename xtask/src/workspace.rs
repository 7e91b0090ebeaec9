//! The files of this repository, and the programs that the tasks run.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::build::spec::{self, Spec};
use crate::error::TaskError;

/// The repository, or a copy of it in a test.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The folder of the workspace's Cargo.toml.
    pub root: PathBuf,
}

impl Workspace {
    /// The repository that this was compiled in.
    pub fn here() -> Self {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        Workspace {
            root: own.parent().unwrap_or(own).to_path_buf(),
        }
    }

    /// Reads a file of the repository.
    pub fn read(&self, path: &str) -> Result<String, TaskError> {
        let path = self.root.join(path);
        fs::read_to_string(&path).map_err(|error| TaskError::file("read", &path, &error))
    }

    /// Writes a file of the repository, and the folders that it needs.
    pub fn write(&self, path: &str, text: &str) -> Result<(), TaskError> {
        write(&self.root.join(path), text)
    }

    /// The files of the specs, `openapi/<vendor>.yaml`, by name.
    pub fn spec_files(&self) -> Result<Vec<String>, TaskError> {
        let files = spec::files(&self.root)?;
        if files.is_empty() {
            return Err(TaskError::new(
                "openapi holds no spec: run this in a checkout that has openapi/*.yaml",
            ));
        }
        Ok(files)
    }

    /// All specs, in the order of their names.
    pub fn specs(&self) -> Result<Vec<Spec>, TaskError> {
        let files = self.spec_files()?;
        let specs = files.iter().map(|file| self.spec(file));
        specs.collect()
    }

    /// The spec in a file of the repository.
    pub fn spec(&self, file: &str) -> Result<Spec, TaskError> {
        Ok(Spec::parse(file, &self.read(file)?)?)
    }

    /// A program to run in the root.
    pub fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command.current_dir(&self.root);
        command
    }

    /// The cargo that runs this program.
    pub fn cargo(&self) -> Command {
        self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// The folder that cargo builds into.
    pub fn target(&self) -> Result<PathBuf, TaskError> {
        let mut cargo = self.cargo();
        cargo.args(["metadata", "--format-version", "1"]);
        let output = cargo.args(["--no-deps", "--offline"]).output();
        let output = output.map_err(|error| TaskError::program("cargo metadata", &error))?;
        let answer: Option<Value> = serde_json::from_slice(&output.stdout).ok();
        let folder = answer
            .as_ref()
            .and_then(|it| it["target_directory"].as_str());
        folder.map(PathBuf::from).ok_or_else(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            TaskError::new(format!(
                "`cargo metadata` names no target folder; fix what it reports: {}",
                said.trim()
            ))
        })
    }
}

/// Writes a file, and the folders that it needs.
pub fn write(path: &Path, text: &str) -> Result<(), TaskError> {
    let problem = |error| TaskError::file("written", path, &error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(problem)?;
    }
    fs::write(path, text).map_err(problem)
}

/// A program on PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut places = env::split_paths(&path).map(|folder| folder.join(program));
    places.find(|place| place.is_file())
}

/// A temporary folder that is removed on drop.
#[derive(Debug)]
pub struct Scratch {
    /// The folder.
    pub path: PathBuf,
}

impl Scratch {
    /// A new, empty folder.
    pub fn new(name: &str) -> Result<Self, TaskError> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let (count, process) = (COUNT.fetch_add(1, Ordering::Relaxed), std::process::id());
        let path = env::temp_dir().join(format!("xtask-{name}-{process}-{count}"));
        let problem = |error| TaskError::file("made", &path, &error);
        fs::create_dir_all(&path).map_err(problem)?;
        Ok(Scratch { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // If this fails, the folder stays among the machine's temporary files.
        let _ = fs::remove_dir_all(&self.path);
    }
}

//! Chores of this repository, run as `cargo xtask <task>`.
//!
//! - `generate` writes `openapi/dist` from the specs and refreshes `tests/snapshots`.
//! - `lint` checks the specs against the rules of `openapi/README.md`.
//! - `diff` reports what changed in the specs, whom it breaks, and which version follows.
//! - `docs` makes a site of rustdoc and the specs in `target/site`.
//! - `clients` makes clients in four other languages and runs each in the sandbox.
//! - `torture` buys at random in the sandbox while answers are lost and buyers killed.
//!
//! Exit 1 means that something is stale, found or breaking.
//! Exit 2 means that a task could not be done at all; the message says why and what to do. The
//! tasks run well-kept tools (redocly, oasdiff, cargo, git) and show what they report. The modules
//! of `build/` are included as source and not written again.

#[path = "../../build/mod.rs"]
#[allow(dead_code, reason = "the build uses the rest")]
mod build;
#[cfg(test)]
#[path = "../../build/client.rs"]
#[allow(dead_code, reason = "the build uses the rest")]
mod client;
mod clients;
mod diff;
mod docs;
mod error;
mod generate;
mod lint;
mod redocly;
mod torture;
mod words;
mod workspace;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::TaskError;
use crate::workspace::Workspace;

const AFTER_HELP: &str = "\
Exit codes: 0 all is well; 1 something is stale, found or breaking; 2 the task could not be done.

Before a commit that touches a spec:
  cargo xtask lint
  cargo xtask generate
  cargo xtask diff";

/// Chores of this repository: files generated from the specs, and checks of the specs
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Write openapi/dist from the specs, and refresh the snapshots of the generated surface
    Generate {
        /// Write nothing; print what is stale as a diff, and exit 1 if anything is
        #[arg(long)]
        check: bool,
        /// Leave tests/snapshots alone, which need the library to be built
        #[arg(long)]
        no_snapshots: bool,
        /// Leave openapi/dist/schemas alone, which need the library to be built
        #[arg(long)]
        no_schemas: bool,
    },
    /// Check the specs against the rules, with file and line: our own, and those of redocly
    Lint {
        /// Our own rules only
        #[arg(long)]
        no_redocly: bool,
    },
    /// Report what changed in the specs, whom it breaks, and which version follows
    Diff {
        /// The revision to compare with: a tag, a branch or a commit
        #[arg(value_name = "REV", default_value = "HEAD")]
        revision: String,
        /// Write the changes to `### Specs` under `## Unreleased` in CHANGELOG.md
        #[arg(long)]
        changelog: bool,
    },
    /// Make target/site: rustdoc, and a page for each vendor's API
    Docs {
        /// Leave rustdoc out, which needs the library to be built
        #[arg(long)]
        no_rustdoc: bool,
    },
    /// Make Python, TypeScript, Go and Java clients from openapi/dist, and have each buy and extend
    /// in the sandbox
    Clients,
    /// Buy at random in the sandbox while answers are lost and buyers killed, then compare its
    /// ledger with the journal
    #[command(disable_help_flag = true)]
    Torture {
        /// --runs N, --seed S, --buyers N and more; --help lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = io::stdout().lock();
    let done = run(&arguments.task, &mut out).and_then(|is_well| {
        out.flush()?;
        Ok(is_well)
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(problem) => {
            // There is no other place to report a failure of this.
            let _ = writeln!(io::stderr(), "xtask: {problem}");
            ExitCode::from(2)
        }
    }
}

/// Runs the task; returns whether all is well.
fn run(task: &Task, out: &mut dyn Write) -> Result<bool, TaskError> {
    let workspace = Workspace::here();
    match task {
        Task::Generate {
            check,
            no_snapshots,
            no_schemas,
        } => {
            let options = generate::Options {
                check: *check,
                no_snapshots: *no_snapshots,
                no_schemas: *no_schemas,
            };
            generate::run(&workspace, options, out)
        }
        Task::Lint { no_redocly } => lint::run(&workspace, *no_redocly, out),
        Task::Diff {
            revision,
            changelog,
        } => {
            let options = diff::Options {
                revision: revision.clone(),
                changelog: *changelog,
            };
            diff::run(&workspace, &options, out)
        }
        Task::Docs { no_rustdoc } => docs::run(&workspace, *no_rustdoc, out),
        Task::Clients => clients::run(&workspace),
        Task::Torture { arguments } => torture::run(&workspace, arguments),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Arguments::command().debug_assert();
    }
}

//! `proxy-orders`: the library on the command line.
//!
//! Data alone goes to stdout, everything said about it to stderr. The exit code says whether a failure may have taken effect: see
//! `failure.rs`.

#![forbid(unsafe_code)]

mod api;
mod arguments;
mod columns;
mod commands;
mod failure;
mod journal;
mod logging;
mod output;
mod session;
mod tour;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use failure::Failure;

fn main() -> ExitCode {
    let outcome = match Arguments::try_parse() {
        Ok(arguments) => run(arguments),
        Err(said) => answered_by_clap(&said),
    };
    outcome.map_or_else(Failure::report, |()| ExitCode::SUCCESS)
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    logging::start(arguments.common.verbose);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Refused(format!("the program can't start: {error}")))?;
    let outcome = runtime.block_on(commands::run(arguments));
    // A look-up of a host name that nobody waits for any more must not hold the program up.
    runtime.shutdown_background();
    outcome
}

/// Help, the version, or what is wrong with the arguments.
fn answered_by_clap(said: &clap::Error) -> Result<(), Failure> {
    let printed = said.print();
    if said.use_stderr() {
        return Err(Failure::Said(failure::USAGE));
    }
    printed.map_err(Failure::from_output)
}

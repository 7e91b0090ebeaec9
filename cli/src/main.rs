//! `proxy-orders`: the library on the command line.
//!
//! Standard output holds data alone; every message goes to standard error. The exit code says
//! whether a failure may have taken effect: see `failure.rs`.

#![forbid(unsafe_code)]

mod api;
mod arguments;
mod bought;
mod columns;
mod commands;
mod failure;
mod flags;
mod hints;
mod interrupt;
mod journal_location;
mod last_words;
mod logging;
mod output;
mod session;
mod spend;
mod text;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use commands::{balance, buy, buy_from, journal, orders, products, proxies, quote, sandbox, tour};
use failure::{Failure, note};

fn main() -> ExitCode {
    last_words::prepare();
    let outcome = last_words::guard(|| match Arguments::try_parse() {
        Ok(arguments) => start(arguments),
        Err(answer) if answer.use_stderr() && output::is_json_wanted() => {
            Err(Failure::usage(answer.render().to_string()))
        }
        Err(answer) => print_answer(&answer),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(output::is_json_wanted()),
    }
}

/// Prints help, the version, or an error in the arguments.
fn print_answer(answer: &clap::Error) -> Result<(), Failure> {
    let printed = answer.print();
    if answer.use_stderr() {
        return Err(Failure::Reported(failure::USAGE));
    }
    printed.map_err(Failure::from_output)
}

fn start(arguments: Arguments) -> Result<(), Failure> {
    logging::start(arguments.globals.verbose);
    if let Err(error) = interrupt::listen() {
        note(format_args!(
            "warning: Ctrl-C will end the program without tidying up: {error}"
        ));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::refused(format!("the program cannot start: {error}")))?;
    let outcome = last_words::guard(|| Ok(runtime.block_on(interrupt::command(run(arguments)))));
    // The look-up of a host name that nobody waits for any more must not delay the end.
    runtime.shutdown_background();
    outcome?.unwrap_or_else(|| {
        let what = "interrupted; this run bought and changed nothing";
        Err(Failure::interrupted(what))
    })
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    arguments.check()?;
    let Arguments { globals, command } = arguments;
    match command {
        Command::Tour => tour::run(&globals).await,
        Command::Products(at) => products::run(&globals, &at).await,
        Command::Quote(quote) => quote::run(&globals, &quote).await,
        Command::Buy(buy) => match &buy.from {
            Some(file) => buy_from::run(&globals, &buy, file).await,
            None => buy::run(&globals, &buy).await,
        },
        Command::Proxies(proxies) => proxies::run(&globals, &proxies).await,
        Command::Orders(orders) => orders::run(&globals, &orders).await,
        Command::Journal(journal) => journal::run(&globals, &journal).await,
        Command::Balance(at) => balance::run(&globals, &at).await,
        Command::Api(call) => api::run(&globals, &call).await,
        // It is there until it is interrupted.
        Command::Sandbox(sandbox) => interrupt::answering(sandbox::run(&sandbox)).await,
    }
}

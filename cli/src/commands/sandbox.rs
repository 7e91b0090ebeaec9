//! `sandbox`: the simulated vendors on loopback, for any program.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use proxy_orders_sandbox::Sandbox;

use crate::failure::{Failure, note};
use crate::interrupt::interruption;
use crate::journal_location::{JOURNAL_VARIABLE, JournalLocation};
use crate::output;
use crate::session::sandbox_environment;
use crate::text::quoted;

/// The arguments of `sandbox`.
#[derive(Debug, Args)]
pub struct SandboxArguments {
    /// Listen here, on loopback; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4010", value_parser = address)]
    pub listen: SocketAddr,
    /// The seed of all made-up values
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Turn on the control API: faults, clock, ledger and reset under /_sandbox/, and on the page at /
    #[arg(long)]
    pub control: bool,
    /// Keep the state in this file, so that it outlives the program
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let text = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    text.parse()
        .map_err(|_| "write it as address:port, such as 127.0.0.1:4010".to_owned())
}

/// Serves until stopped.
pub async fn run(sandbox: &SandboxArguments) -> Result<(), Failure> {
    let listen = sandbox.listen;
    if !listen.ip().is_loopback() {
        let what = format!(
            "{listen} is not on loopback: the sandbox checks no real key, so it listens on this machine only; use 127.0.0.1:{}",
            listen.port()
        );
        return Err(Failure::usage(what));
    }
    let mut builder = Sandbox::builder()
        .listen(listen)
        .seed(sandbox.seed)
        .control(sandbox.control);
    if let Some(file) = &sandbox.state {
        builder = builder.state_file(file);
    }
    let running = builder
        .start()
        .await
        .map_err(|error| {
            Failure::refused(match error.kind() {
                io::ErrorKind::AddrInUse => format!(
                    "{listen} is in use, perhaps by another sandbox: stop that one, or pass another port (--listen {}:0 takes a free one)",
                    listen.ip()
                ),
                io::ErrorKind::InvalidData => error.to_string(),
                _ => format!("the sandbox cannot start at {listen}: {error}"),
            })
        })?;
    let mut lines = String::new();
    for (name, value) in sandbox_environment(&running) {
        lines.push_str(&format!("export {name}={value}\n"));
    }
    // What is bought here must not stand among real purchases.
    let place = match &sandbox.state {
        Some(file) => JournalLocation::Named(beside(file)),
        None => JournalLocation::temporary()?,
    };
    if let Some(path) = place.path() {
        let path = quoted(&path.display().to_string());
        lines.push_str(&format!("export {JOURNAL_VARIABLE}={path}\n"));
    }
    output::write(&lines)?;
    note(format_args!(
        "The sandbox listens at http://{} until Ctrl-C; a browser shows its API there. Paste the lines above into another terminal to use it there.",
        running.address()
    ));
    interruption().await;
    match &sandbox.state {
        Some(file) => note(format_args!(
            "The sandbox stops; its state is kept in {}.",
            file.display()
        )),
        None => note("The sandbox stops; what happened in it is forgotten."),
    }
    running.stop().await;
    Ok(())
}

/// Returns the place of the journal that belongs to a state file.
fn beside(state: &std::path::Path) -> PathBuf {
    let path = std::path::absolute(state).unwrap_or_else(|_| state.to_owned());
    let mut name = path.into_os_string();
    name.push(".journal.db");
    PathBuf::from(name)
}

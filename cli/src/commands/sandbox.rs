//! `sandbox`: the three vendors on loopback, for any program.

use std::future::ready;
use std::io;
use std::path::PathBuf;
use std::pin::pin;

use futures_util::future::{Either, select};
use proxy_orders_sandbox::Sandbox;

use super::spending::interruption;
use crate::arguments::SandboxArguments;
use crate::failure::{Failure, note};
use crate::journal::{JOURNAL_VARIABLE, Place};
use crate::output::{self, quoted};
use crate::session::{GATEWAY_VARIABLE, SANDBOX_GATEWAY};

/// Serves until stopped.
pub async fn serve(sandbox: &SandboxArguments) -> Result<(), Failure> {
    let listen = sandbox.listen;
    if !listen.ip().is_loopback() {
        let what = format!(
            "{listen} is not on loopback: the sandbox checks no key that is worth anything, so it listens on this machine only; use 127.0.0.1:{}",
            listen.port()
        );
        return Err(Failure::Usage(what));
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
            Failure::Refused(match error.kind() {
                io::ErrorKind::AddrInUse => format!(
                    "{listen} is in use, by another sandbox perhaps: stop that one, or pass another port (--listen {}:0 takes a free one)",
                    listen.ip()
                ),
                io::ErrorKind::InvalidData => error.to_string(),
                _ => format!("the sandbox can't start at {listen}: {error}"),
            })
        })?;
    let mut lines = String::new();
    for (name, value) in running.environment() {
        lines.push_str(&format!("export {name}={value}\n"));
    }
    // No page prints a gateway, so no client can know one; this one leads nowhere, as the sandbox's proxies do.
    lines.push_str(&format!("export {GATEWAY_VARIABLE}={SANDBOX_GATEWAY}\n"));
    // What is bought here must not stand among real purchases.
    let place = match &sandbox.state {
        Some(file) => Place::Named(beside(file)),
        None => Place::temporary()?,
    };
    if let Some(path) = place.path() {
        let path = quoted(&path.display().to_string());
        lines.push_str(&format!("export {JOURNAL_VARIABLE}={path}\n"));
    }
    // Listened for before anything is said: who reads the lines may stop it at once, and it has to tidy up.
    let mut stop = pin!(interruption());
    if let Either::Left(_) = select(stop.as_mut(), ready(())).await {
        return Ok(());
    }
    output::write(lines)?;
    note(format_args!(
        "The sandbox listens at http://{} until Ctrl-C; a browser shows its API there. Paste the lines above into another terminal, and everything there goes to it.",
        running.address()
    ));
    stop.await;
    match &sandbox.state {
        Some(file) => note(format_args!(
            "The sandbox stops; its world is kept in {}.",
            file.display()
        )),
        None => note("The sandbox stops; what happened in it is forgotten."),
    }
    running.stop().await;
    Ok(())
}

/// The journal that belongs to a world that is kept.
fn beside(state: &std::path::Path) -> PathBuf {
    let path = std::path::absolute(state).unwrap_or_else(|_| state.to_owned());
    let mut name = path.into_os_string();
    name.push(".journal.db");
    PathBuf::from(name)
}

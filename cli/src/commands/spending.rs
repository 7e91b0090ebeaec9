//! What stands between a typed command and money: a question, and care for what an interruption leaves open.

use std::future::Future;
use std::io::{self, BufRead, IsTerminal, Write};
use std::pin::pin;

use futures_util::future::{Either, select};
use proxy_orders::Error;

use crate::arguments::Consent;
use crate::failure::{Advice, Failure, note};

/// Makes sure that somebody can be asked, or that nobody needs to be. Comes before anything is sent.
pub fn check_consent(consent: &Consent) -> Result<(), Failure> {
    // The question goes to stderr; one that nobody sees would wait for ever.
    let can_ask =
        io::stdin().is_terminal() && io::stdout().is_terminal() && io::stderr().is_terminal();
    if consent.yes || consent.guards.dry_run || can_ask {
        return Ok(());
    }
    let what = "there is no terminal to ask at: pass --yes if it may spend up to --max-total without being asked";
    Err(Failure::Usage(what.to_owned()))
}

/// Asks on the terminal. Everything but a yes means no.
pub fn ask(question: &str) -> Result<(), Failure> {
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "{question} [y/N] ");
    let _ = stderr.flush();
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" if read.is_ok() => Ok(()),
        _ => Err(Failure::Refused(
            "not confirmed; nothing was bought".to_owned(),
        )),
    }
}

/// Runs something that must not happen twice. If the user stops it half-way, says that it may have happened.
pub async fn unless_interrupted<T>(
    advice: Advice,
    spending: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure> {
    match interruptible(spending).await {
        Some(outcome) => outcome.map_err(Failure::from),
        None => Err(Failure::Interrupted(advice)),
    }
}

/// Runs something. `None` if the user stops it half-way.
pub async fn interruptible<T>(work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(interruption())).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}

/// Comes with Ctrl-C, or with the signal by which a system ends programs.
pub async fn interruption() {
    let key = pin!(async {
        if tokio::signal::ctrl_c().await.is_err() {
            note("warning: Ctrl-C can't be listened for");
            std::future::pending::<()>().await;
        }
    });
    let signal = pin!(terminated());
    select(key, signal).await;
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

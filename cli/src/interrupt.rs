//! Ctrl-C and the signal that ends a program.

use std::future::{Future, pending};
use std::pin::pin;

use futures_util::future::{Either, select};

use crate::failure::note;

/// Runs a future until it ends or the user interrupts it; `None` if it was interrupted.
pub async fn interruptible<T>(work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(interruption())).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}

/// Waits for Ctrl-C or the signal that ends a program.
pub async fn interruption() {
    let ctrl_c = pin!(async {
        if tokio::signal::ctrl_c().await.is_err() {
            note("warning: Ctrl-C will end the program without tidying up");
            pending::<()>().await;
        }
    });
    select(ctrl_c, pin!(terminated())).await;
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    pending().await
}

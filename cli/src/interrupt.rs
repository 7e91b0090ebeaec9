//! Ctrl-C and the signal that ends a program.
//!
//! Both are caught from the start of the program to its end. The first one is kept: every
//! [`interruptible`] future ends at once from then on, also one that begins later. The second one
//! ends the program.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, Ordering};

use futures_util::future::{Either, select};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::failure::INTERRUPTED;

/// The state of signals that all parts of the program share.
#[derive(Default)]
struct State {
    /// True after the first signal.
    is_interrupted: bool,
    /// The number of parts that say themselves what an interruption leaves behind.
    answering: usize,
}

static STATE: LazyLock<watch::Sender<State>> = LazyLock::new(watch::Sender::default);

/// The exit code if a second signal ends the program now.
static CODE_AT_ONCE: AtomicU8 = AtomicU8::new(INTERRUPTED);

/// Catches the signals from now on.
///
/// They are awaited on a thread of their own, so that the second one ends the program even if the
/// first thread is held up, for example by a pipe that nobody reads.
pub fn listen() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::catch()?
    };
    let waiting = async move {
        signals.next().await;
        STATE.send_modify(|state| state.is_interrupted = true);
        signals.next().await;
        std::process::exit(CODE_AT_ONCE.load(Ordering::SeqCst).into());
    };
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || runtime.block_on(waiting))?;
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        let Signals {
            interrupt,
            terminate,
        } = self;
        select(pin!(interrupt.recv()), pin!(terminate.recv())).await;
    }
}

#[cfg(not(unix))]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(not(unix))]
impl Signals {
    fn catch() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Signals)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}

/// Sets the exit code of a program that a second signal ends.
pub fn would_exit_with(code: u8) {
    CODE_AT_ONCE.store(code, Ordering::SeqCst);
}

/// Runs a command until it ends or the user interrupts it; `None` if it was interrupted. Its
/// [`answering`] parts are not interrupted.
pub async fn command<T>(work: impl Future<Output = T>) -> Option<T> {
    until(work, |state| state.is_interrupted && state.answering == 0).await
}

/// Runs a future until it ends or the user interrupts it; `None` if it was interrupted.
pub async fn interruptible<T>(work: impl Future<Output = T>) -> Option<T> {
    until(work, |state| state.is_interrupted).await
}

async fn until<T>(work: impl Future<Output = T>, ends: impl FnMut(&State) -> bool) -> Option<T> {
    let mut state = STATE.subscribe();
    match select(pin!(work), pin!(state.wait_for(ends))).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}

/// Waits for the first signal.
pub async fn interruption() {
    interruptible(std::future::pending::<()>()).await;
}

/// Runs a part of a command that says itself what an interruption leaves behind. Only the
/// [`interruptible`] futures in it end early.
pub async fn answering<T>(work: impl Future<Output = T>) -> T {
    let _answering = Answering::begin();
    work.await
}

struct Answering;

impl Answering {
    fn begin() -> Self {
        STATE.send_modify(|state| state.answering += 1);
        Answering
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        STATE.send_modify(|state| state.answering -= 1);
    }
}

/// Reads from a terminal or a pipe, on a thread of its own, so that a signal need not wait for it.
pub async fn reading<T: Send + 'static>(
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(read).await.map_err(io::Error::other)?
}

//! A relay between one worker and the sandbox. It names the caller of every request, delays some
//! requests that spend, tells when a moment of the schedule has come, and cuts all connections on
//! demand.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::schedule::{Moment, Phase, Schedule, Which};

/// The longest time for which a connection waits for a deed to be done.
const HELD: Duration = Duration::from_secs(10);

/// A relay that leads from a port of its own to the sandbox.
#[derive(Clone)]
pub struct Relay {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    connections: Mutex<JoinSet<()>>,
    schedule: Schedule,
    job: Mutex<Job>,
}

/// The job of the worker, and what is to be told about it.
#[derive(Default)]
struct Job {
    caller: String,
    /// The number of requests so far.
    requests: u32,
    /// The number of requests that spend, by caller.
    purchases: BTreeMap<String, u32>,
    moments: Vec<(usize, Moment)>,
    reached: Option<mpsc::UnboundedSender<Reached>>,
}

/// A moment that has come. The connection waits until this is dropped.
pub struct Reached {
    /// The index of the moment.
    pub index: usize,
    _waiting: oneshot::Sender<()>,
}

/// A request on its way.
struct Passing {
    caller: String,
    number: u32,
    is_purchase: bool,
}

impl Relay {
    /// Listens, for as long as the program runs.
    pub async fn start(to: SocketAddr, schedule: Schedule) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            connections: Mutex::default(),
            schedule,
            job: Mutex::default(),
        });
        let relay = Relay {
            address,
            shared: Arc::clone(&shared),
        };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let through = Arc::clone(&shared);
                lock(&shared.connections).spawn(async move {
                    // A connection that breaks is what this is for.
                    let _ = pass(client, to, through).await;
                });
            }
        });
        Ok(relay)
    }

    /// Names the caller of the requests from now on, and tells when these moments have come.
    pub fn begin(&self, caller: &str, moments: Vec<Moment>) -> mpsc::UnboundedReceiver<Reached> {
        let (reached, told) = mpsc::unbounded_channel();
        let mut job = lock(&self.shared.job);
        caller.clone_into(&mut job.caller);
        job.requests = 0;
        job.moments = moments.into_iter().enumerate().collect();
        job.reached = Some(reached);
        told
    }

    /// Cuts every open connection.
    pub fn cut(&self) {
        lock(&self.shared.connections).abort_all();
    }
}

/// Passes one connection on.
async fn pass(client: TcpStream, to: SocketAddr, shared: Arc<Shared>) -> io::Result<()> {
    let server = TcpStream::connect(to).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let passing = Mutex::default();
    let requests = pass_requests(from_client, to_server, &shared, &passing);
    let answers = pass_answers(from_server, to_client, &shared, &passing);
    tokio::try_join!(requests, answers).map(drop)
}

async fn pass_requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
    passing: &Mutex<Option<Arc<Passing>>>,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        // A worker that was killed may have sent something before.
        let length = from.read(&mut buffer).await.unwrap_or_default();
        let Some(bytes) = buffer.get(..length).filter(|it| !it.is_empty()) else {
            return to.shutdown().await;
        };
        // The client writes the head of a request at once.
        let begins = bytes.starts_with(b"GET /") || bytes.starts_with(b"POST /");
        let line = bytes.iter().position(|byte| *byte == b'\r');
        let Some(line) = line.filter(|_| begins) else {
            to.write_all(bytes).await?;
            continue;
        };
        let (line, rest) = bytes.split_at(line);
        let (request, lateness) = shared.count(line);
        let named = format!("\r\nx-sandbox-caller: {}", request.caller);
        let request = Arc::new(request);
        *lock(passing) = Some(Arc::clone(&request));
        shared.reach(&request, Phase::Sent).await;
        tokio::time::sleep(lateness).await;
        to.write_all(&[line, named.as_bytes(), rest].concat())
            .await?;
    }
}

async fn pass_answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
    passing: &Mutex<Option<Arc<Passing>>>,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        let Some(bytes) = buffer.get(..length).filter(|it| !it.is_empty()) else {
            return to.shutdown().await;
        };
        // The first piece of an answer stands for the answer.
        let answered = lock(passing).take();
        if let Some(request) = &answered {
            shared.reach(request, Phase::Answered).await;
        }
        to.write_all(bytes).await?;
        if let Some(request) = &answered {
            shared.reach(request, Phase::Delivered).await;
        }
    }
}

impl Shared {
    /// Counts a request by its first line, and returns how late it is to arrive.
    fn count(&self, line: &[u8]) -> (Passing, Duration) {
        let is_closing = line.windows(6).any(|piece| piece == b"/close");
        let is_purchase = line.starts_with(b"POST ") && !is_closing;
        let mut job = lock(&self.job);
        job.requests += 1;
        let passing = Passing {
            caller: job.caller.clone(),
            number: job.requests,
            is_purchase,
        };
        let mut lateness = Duration::ZERO;
        if is_purchase {
            let number = job.purchases.entry(passing.caller.clone()).or_default();
            *number += 1;
            lateness = self.schedule.lateness(&passing.caller, *number);
        }
        (passing, lateness)
    }

    /// Tells that a moment has come, and waits for the deed. Nobody waits for an answer that has
    /// been delivered.
    async fn reach(&self, request: &Passing, phase: Phase) {
        let waiting = {
            let mut job = lock(&self.job);
            if job.caller != request.caller {
                return;
            }
            let is_now = |(_, moment): &(usize, Moment)| {
                let is_it = match moment.request {
                    Which::Number(number) => number == request.number,
                    Which::Purchase => request.is_purchase,
                };
                is_it && moment.phase == phase
            };
            let Some(index) = job.moments.iter().position(is_now) else {
                return;
            };
            let (index, _) = job.moments.swap_remove(index);
            let (_waiting, done) = oneshot::channel();
            let Some(reached) = &job.reached else { return };
            if reached.send(Reached { index, _waiting }).is_err() {
                return;
            }
            done
        };
        if phase != Phase::Delivered {
            let _ = tokio::time::timeout(HELD, waiting).await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

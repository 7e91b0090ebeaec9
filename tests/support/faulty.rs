//! A server that goes wrong in a chosen way, on a real socket, and counts what reached it.
#![allow(dead_code, reason = "each test file uses a part of this")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use proxy_orders::{ClientBuilder, Limits, RetryPolicy, Timeouts};

use crate::support::recorder::{BASE, answer};
use crate::support::{Clients, IPROYAL_KEY, PROXYSHARD_KEY, SMARTPROXY_KEY};

/// How it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The connection is reset before anything is read.
    ResetBeforeReading,
    /// The whole request is read, then the connection is reset.
    ResetAfterReading,
    /// The whole request is read, and nothing is ever answered.
    Hang,
    /// `500` with a JSON message that quotes the request back.
    Status500,
    /// `502` with a page of HTML.
    Html502,
    /// `429` with a `Retry-After`.
    Status429,
    /// `307` to the same server.
    Redirect307,
    /// A success whose JSON ends in the middle, and the connection with it.
    Truncated,
    /// A success of no bytes.
    Empty200,
    /// A success whose JSON is an object with nothing in it.
    Nothing,
    /// No fault.
    None,
}

impl Fault {
    /// All that go wrong.
    pub const ALL: [Fault; 10] = [
        Fault::ResetBeforeReading,
        Fault::ResetAfterReading,
        Fault::Hang,
        Fault::Status500,
        Fault::Html502,
        Fault::Status429,
        Fault::Redirect307,
        Fault::Truncated,
        Fault::Empty200,
        Fault::Nothing,
    ];
}

/// How often the clients of [`hasty`] send at most.
pub const ATTEMPTS: u32 = 3;

/// Clients that neither queue nor pause, so that many faults are over soon. `limit` is how long they wait for an answer.
pub fn hasty(base_url: &str, limit: Duration) -> Clients {
    fn built<C>(builder: ClientBuilder<C>, base_url: &str, key: &str, limit: Duration) -> C {
        let policy = RetryPolicy {
            max_attempts: ATTEMPTS,
            base_delay: Duration::from_micros(10),
            ..RetryPolicy::default()
        };
        let limits = Limits {
            requests_per_second: None,
            ..Limits::default()
        };
        let timeouts = Timeouts {
            attempt: limit,
            non_repeatable: limit,
            ..Timeouts::default()
        };
        let builder = builder
            .credential(key)
            .base_url(base_url)
            .retry(policy)
            .limits(limits);
        builder.timeouts(timeouts).build().unwrap()
    }
    Clients {
        iproyal: built(
            proxy_orders::iproyal::Client::builder(),
            base_url,
            IPROYAL_KEY,
            limit,
        ),
        proxyshard: built(
            proxy_orders::proxyshard::Client::builder(),
            base_url,
            PROXYSHARD_KEY,
            limit,
        ),
        smartproxy: built(
            proxy_orders::smartproxy::Client::builder(),
            base_url,
            SMARTPROXY_KEY,
            limit,
        ),
    }
}

/// How long to wait for an answer under a fault: not long for one that never comes, long enough for any that does on a busy machine.
pub fn patience(fault: Fault) -> Duration {
    match fault {
        Fault::Hang => Duration::from_millis(300),
        _ => Duration::from_secs(30),
    }
}

type Choice = Box<dyn Fn(usize) -> Fault + Send + Sync>;

struct Shared {
    choose: Choice,
    success: Mutex<String>,
    connections: AtomicUsize,
    requests: AtomicUsize,
}

/// The server. Dropping it stops it.
pub struct Faulty {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Faulty {
    /// Goes wrong in the same way every time.
    pub async fn always(fault: Fault) -> Self {
        Self::choosing(move |_| fault).await
    }

    /// Goes wrong as `choose` says for the connection of that number, from 0. Every answer ends its connection.
    pub async fn choosing(choose: impl Fn(usize) -> Fault + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            choose: Box::new(choose),
            success: Mutex::new("{}".to_owned()),
            connections: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
        });
        let kept = Arc::clone(&shared);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = kept.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, number, Arc::clone(&kept)));
            }
        });
        Faulty {
            address,
            shared,
            server,
        }
    }

    /// What it answers when nothing goes wrong.
    pub fn answering(self, success: impl Into<String>) -> Self {
        self.answer_with(success.into());
        self
    }

    /// What it answers from now on when nothing goes wrong.
    pub fn answer_with(&self, success: String) {
        *self.shared.success.lock().unwrap() = success;
    }

    /// What a client must be given to reach it.
    pub fn base_url(&self) -> String {
        format!("http://{}{BASE}", self.address)
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How many connections were made and how many whole requests were read.
    pub fn counts(&self) -> (usize, usize) {
        (
            self.connections(),
            self.shared.requests.load(Ordering::SeqCst),
        )
    }

    /// The same, since then.
    pub fn counts_since(&self, before: (usize, usize)) -> (usize, usize) {
        let (connections, requests) = self.counts();
        (connections - before.0, requests - before.1)
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(mut stream: TcpStream, number: usize, shared: Arc<Shared>) {
    let fault = (shared.choose)(number);
    if fault == Fault::ResetBeforeReading {
        return reset(stream);
    }
    let Some(request) = read(&mut stream).await else {
        return;
    };
    shared.requests.fetch_add(1, Ordering::SeqCst);
    let closing = "connection: close";
    let bytes = match fault {
        Fault::ResetAfterReading => return reset(stream),
        Fault::Hang => {
            // Longer than any client here waits; the socket is held open all the while.
            tokio::time::sleep(Duration::from_secs(600)).await;
            return;
        }
        // Some servers quote what they were sent, keys and all.
        Fault::Status500 => {
            let quoted = serde_json::json!({ "message": format!("failed on {request}") });
            answer("500 Internal Server Error", closing, &quoted.to_string())
        }
        Fault::Html502 => answer("502 Bad Gateway", closing, "<html><body>Bad gateway</body></html>"),
        Fault::Status429 => answer("429 Too Many Requests", "connection: close\r\nretry-after: 0", "{}"),
        Fault::Redirect307 => {
            let target = format!("connection: close\r\nlocation: http://{}{BASE}/elsewhere", stream.local_addr().unwrap());
            answer("307 Temporary Redirect", &target, "")
        }
        Fault::Truncated => b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"id\": 1, \"succ".to_vec(),
        Fault::Empty200 => answer("200 OK", closing, ""),
        Fault::Nothing => answer("200 OK", closing, "{}"),
        Fault::None | Fault::ResetBeforeReading => {
            let success = shared.success.lock().unwrap().clone();
            answer("200 OK", closing, &success)
        }
    };
    let _ = stream.write_all(&bytes).await;
    let _ = stream.shutdown().await;
}

/// Closes with a reset instead of an orderly end.
fn reset(stream: TcpStream) {
    let _ = stream.set_zero_linger();
}

/// A whole request, as text.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).await.ok().filter(|it| *it > 0)?;
        bytes.extend_from_slice(&piece[..count]);
    }
}

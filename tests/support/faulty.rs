//! A server that fails in a chosen way, on a real socket, and counts what reached it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::recorder::{BASE, answer, read};

/// A way to fail.
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
    /// All but [`Fault::None`].
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

/// The time to wait for an answer under a fault: short for one that never comes, long enough for
/// any other on a busy machine.
pub fn timeout(fault: Fault) -> Duration {
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
    /// Fails in the same way every time.
    pub async fn always(fault: Fault) -> Self {
        Self::choosing(move |_| fault).await
    }

    /// Fails as `choose` says for each connection, which are counted from 0. Every answer ends its
    /// connection.
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

    /// Sets the answer for when nothing goes wrong.
    pub fn answering(self, success: impl Into<String>) -> Self {
        self.answer_with(success.into());
        self
    }

    /// Sets the answer from now on for when nothing goes wrong.
    pub fn answer_with(&self, success: String) {
        *self.shared.success.lock().unwrap() = success;
    }

    /// Returns the base URL for a client.
    pub fn base_url(&self) -> String {
        format!("http://{}{BASE}", self.address)
    }

    /// Returns the number of connections.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Returns the number of connections and the number of whole requests that were read.
    pub fn counts(&self) -> (usize, usize) {
        (
            self.connections(),
            self.shared.requests.load(Ordering::SeqCst),
        )
    }

    /// Returns the same since an earlier count.
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
            let quoted = serde_json::json!({ "message": format!("failed on {}", request.text()) });
            answer("500 Internal Server Error", closing, &quoted.to_string())
        }
        Fault::Html502 => {
            let page = "<html><body>Bad gateway</body></html>";
            answer("502 Bad Gateway", closing, page)
        }
        Fault::Status429 => {
            let headers = "connection: close\r\nretry-after: 0";
            answer("429 Too Many Requests", headers, "{}")
        }
        Fault::Redirect307 => {
            let here = stream.local_addr().unwrap();
            let headers = format!("{closing}\r\nlocation: http://{here}{BASE}/elsewhere");
            answer("307 Temporary Redirect", &headers, "")
        }
        Fault::Truncated => {
            let mut whole = answer(
                "200 OK",
                "",
                &format!("{{\"id\": 1, \"succ{}", " ".repeat(500)),
            );
            whole.truncate(whole.len() - 500);
            whole
        }
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

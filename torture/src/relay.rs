//! A TCP relay between one worker and the sandbox. It counts the purchases that were sent, delays
//! some, and cuts all connections on demand.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The longest delay of a request in milliseconds: shorter than a worker waits, and than the grace
/// period.
const LATE: u64 = 900;

/// A relay that leads from a port of its own to the sandbox.
#[derive(Clone)]
pub struct Relay {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    connections: Mutex<JoinSet<()>>,
    posts: Mutex<usize>,
}

impl Relay {
    /// Listens, for as long as the program runs.
    pub async fn start(to: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let relay = Relay {
            address,
            shared: Arc::clone(&shared),
        };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let through = Arc::clone(&shared);
                lock(&shared.connections).spawn(async move {
                    // A connection that breaks is what this is for.
                    let _ = pass(client, to, &through).await;
                });
            }
        });
        Ok(relay)
    }

    /// Cuts every open connection.
    pub fn cut(&self) {
        lock(&self.shared.connections).abort_all();
    }

    /// Returns the number of requests that spend since the last call.
    pub fn take_posts(&self) -> usize {
        std::mem::take(&mut lock(&self.shared.posts))
    }
}

/// Passes one connection on. A request that spends has a connection of its own, so only the first
/// line of a connection is looked at.
async fn pass(mut client: TcpStream, to: SocketAddr, shared: &Shared) -> io::Result<()> {
    let mut begin = vec![0; 4096];
    let length = client.read(&mut begin).await?;
    let begin = begin.get(..length).unwrap_or_default();
    let line = begin
        .split(|byte| *byte == b'\r')
        .next()
        .unwrap_or_default();
    let is_closing = line.windows(6).any(|piece| piece == b"/close");
    let is_purchase = line.starts_with(b"POST ") && !is_closing;
    if is_purchase {
        *lock(&shared.posts) += 1;
    }
    if is_purchase && fastrand::u8(..6) == 0 {
        // It arrives late, even if the worker has been killed meanwhile.
        tokio::time::sleep(Duration::from_millis(fastrand::u64(..LATE))).await;
    }
    let mut server = TcpStream::connect(to).await?;
    server.write_all(begin).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

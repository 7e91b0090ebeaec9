//! A relay between a client and a sandbox, on real sockets, that changes, delays or keeps answers.

use std::net::SocketAddr;
use std::sync::Arc;

use proxy_orders::Vendor;
use proxy_orders_sandbox::Sandbox;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::clients::base_url;
use super::recorder::{Recorded, read};

/// The treatment of a request.
pub enum Act {
    /// It reaches the sandbox, and its answer comes back.
    Pass,
    /// It does not reach the sandbox, and this is the answer.
    Answer(Vec<u8>),
    /// It reaches the sandbox, and this is the answer.
    PassAndAnswer(Vec<u8>),
    /// It reaches the sandbox, and its answer comes back after the notice.
    PassAndWait(Arc<Notify>),
    /// It does not reach the sandbox, and there is never an answer.
    Keep,
}

/// The relay. Dropping it stops it.
pub struct Relay {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Relay {
    /// Relays to a sandbox as the rule says for each request.
    pub async fn to(
        sandbox: &Sandbox,
        rule: impl Fn(&Recorded) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (there, rule) = (sandbox.address(), Arc::new(rule));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let rule = Arc::clone(&rule);
                tokio::spawn(async move { relay(stream, there, &*rule).await });
            }
        });
        Relay { address, server }
    }

    /// Returns the base URL of a simulated vendor behind the relay.
    pub fn base_url(&self, sandbox: &Sandbox, vendor: Vendor) -> String {
        let (there, here) = (sandbox.address().to_string(), self.address.to_string());
        base_url(sandbox, vendor).replace(&there, &here)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Relays one request; its answer ends the connection.
async fn relay(mut client: TcpStream, there: SocketAddr, rule: &(dyn Fn(&Recorded) -> Act + Sync)) {
    let Some(request) = read(&mut client).await else {
        return;
    };
    let answer = match rule(&request) {
        Act::Pass => pass(&request, there).await,
        Act::Answer(answer) => answer,
        Act::PassAndAnswer(answer) => {
            pass(&request, there).await;
            answer
        }
        Act::PassAndWait(notice) => {
            let answer = pass(&request, there).await;
            notice.notified().await;
            answer
        }
        Act::Keep => std::future::pending().await,
    };
    let _ = client.write_all(&answer).await;
    let _ = client.shutdown().await;
}

async fn pass(request: &Recorded, there: SocketAddr) -> Vec<u8> {
    let mut server = TcpStream::connect(there).await.unwrap();
    let head = request
        .head
        .replacen("\r\n", "\r\nconnection: close\r\n", 1);
    server.write_all(head.as_bytes()).await.unwrap();
    server.write_all(&request.body).await.unwrap();
    let mut answer = Vec::new();
    let _ = server.read_to_end(&mut answer).await;
    answer
}

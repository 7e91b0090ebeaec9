//! The connections.
//!
//! `axum::serve` keeps the socket to itself, but a fault that resets a connection, rather than
//! closing it, needs the socket.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::faults::Reset;

/// The pause when no connection can be accepted, mostly for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// The connections that are open at one time. Others wait until one ends.
const MAX_CONNECTIONS: usize = 500;

/// Answers connections until it is told to stop, and then until the last of them has ended.
///
/// A connection on which no request arrives, or none to its end, is closed after the timeout.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    timeout: Duration,
    mut stopping: watch::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, app.clone(), timeout, stopping.clone()));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
            // Ended connections must not pile up.
            Some(_) = connections.join_next() => {}
            _ = stopping.changed() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection(
    stream: TcpStream,
    app: Router,
    timeout: Duration,
    mut stopping: watch::Receiver<()>,
) {
    // The pieces of a slow answer must not wait for each other.
    stream.set_nodelay(true).ok();
    let Ok((stream, twin)) = doubled(stream) else {
        return;
    };
    let is_reset = Arc::new(AtomicBool::new(false));
    let resetting = Arc::clone(&is_reset);
    let app = TowerToHyperService::new(app);
    let service = service_fn(move |request: Request<Incoming>| {
        let answered = app.call(request.map(Body::new));
        let resetting = Arc::clone(&resetting);
        async move {
            let Ok(response): Result<Response, _> = answered.await;
            if response.extensions().get::<Reset>().is_some() {
                resetting.store(true, Ordering::Release);
                return Err(io::Error::other("the connection is reset"));
            }
            Ok(response)
        }
    });
    {
        let io = TokioIo::new(stream);
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(timeout);
        let mut connection = pin!(http.serve_connection(io, service));
        let is_over = tokio::select! {
            _ = connection.as_mut() => true,
            _ = stopping.changed() => false,
        };
        if !is_over {
            connection.as_mut().graceful_shutdown();
            // The caller alone is concerned by its outcome.
            connection.await.ok();
        }
    }
    if is_reset.load(Ordering::Acquire) {
        // The last handle of a socket that lingers for no time resets it instead of closing it.
        twin.set_zero_linger().ok();
    }
}

/// Returns two handles of one socket.
fn doubled(stream: TcpStream) -> io::Result<(TcpStream, TcpStream)> {
    let stream = stream.into_std()?;
    let twin = stream.try_clone()?;
    Ok((TcpStream::from_std(stream)?, TcpStream::from_std(twin)?))
}

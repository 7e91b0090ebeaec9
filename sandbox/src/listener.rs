//! The connections.
//!
//! `axum::serve` would do, were it not for the faults: it keeps the socket to itself, and a
//! connection is only reset, rather than closed, by who has the socket.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::faults::Reset;

/// How long to wait when no connection can be accepted, for want of file descriptors mostly.
const PAUSE: Duration = Duration::from_millis(50);

/// Answers connections until it is told to stop, and then until the last of them has ended.
pub async fn serve(listener: TcpListener, app: Router, mut stopping: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, app.clone(), stopping.clone()));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
            // So that what has ended does not pile up.
            Some(_) = connections.join_next() => {}
            _ = stopping.changed() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// A call's connection is to be reset instead of answered.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection is reset")
    }
}

impl std::error::Error for Dropped {}

async fn connection(stream: TcpStream, app: Router, mut stopping: watch::Receiver<()>) {
    // The pieces of a slow answer are not to wait for each other.
    stream.set_nodelay(true).ok();
    let is_reset = Arc::new(AtomicBool::new(false));
    let socket = Socket {
        stream,
        is_reset: Arc::clone(&is_reset),
    };
    let app = TowerToHyperService::new(app);
    let service = service_fn(move |request: Request<Incoming>| {
        let answered = app.call(request.map(Body::new));
        let is_reset = Arc::clone(&is_reset);
        async move {
            let Ok(response): Result<Response, _> = answered.await;
            if response.extensions().get::<Reset>().is_some() {
                is_reset.store(true, Ordering::Release);
                return Err(Dropped);
            }
            Ok(response)
        }
    });
    let mut connection =
        pin!(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
    let is_over = tokio::select! {
        _ = connection.as_mut() => true,
        _ = stopping.changed() => false,
    };
    if !is_over {
        connection.as_mut().graceful_shutdown();
        // How it ends is the caller's business.
        connection.await.ok();
    }
}

/// A connection's socket, which is reset when it goes if it was marked for that.
struct Socket {
    stream: TcpStream,
    is_reset: Arc<AtomicBool>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.is_reset.load(Ordering::Acquire) {
            // Closing a socket that lingers for no time sends a reset.
            self.stream.set_zero_linger().ok();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

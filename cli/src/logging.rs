//! The log that `-v` shows.

use std::io;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::prelude::*;

/// Sends the library's log to stderr: warnings always, calls with `-v`, attempts with `-vv`.
pub fn start(verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    // A call is a span. Its one line is written when it ends, with status and outcome.
    let lines = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_target(false)
        .with_timer(fmt::time::uptime())
        .with_span_events(FmtSpan::CLOSE)
        // Reporting an unwritable stderr on stderr would panic.
        .log_internal_errors(false);
    let library = Targets::new().with_target("proxy_orders", level);
    tracing_subscriber::registry()
        .with(lines.with_filter(library))
        .init();
}

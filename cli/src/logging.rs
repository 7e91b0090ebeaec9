//! The log that `-v` shows.

use std::io::{self, Write};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::prelude::*;

use crate::output::printable;

/// Masks credentials and escapes what could steer a terminal. Each line is written at once.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = printable(&String::from_utf8_lossy(line));
        self.0.write_all(text.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Sends the library's log to stderr: warnings always, calls with `-v`, attempts with `-vv`.
pub fn start(verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    // A call is a span. Its one line is written when it ends, with status and outcome.
    let lines = fmt::layer()
        .with_writer(|| Escaping(io::stderr()))
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

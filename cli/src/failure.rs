//! How a command fails, and what the exit code says of it.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use proxy_orders::{Error, ErrorKind, Vendor};

/// It failed, certainly without effect.
pub const FAILED: u8 = 1;
/// Wrong usage or configuration.
pub const USAGE: u8 = 2;
/// It took effect, or may have.
pub const UNKNOWN: u8 = 6;

/// The exit codes, as `--help` tells them.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed, certainly without effect
  2  wrong usage or configuration; nothing was sent that changes anything
  6  it may have taken effect, or did and something failed after it:
     don't run it again, look at `proxy-orders orders list` first";

/// Why a command ends early.
#[derive(Debug)]
pub enum Failure {
    /// Already said; only the exit code is left.
    Said(u8),
    /// Wrong usage or configuration.
    Usage(String),
    /// Failed without effect.
    Refused(String),
    /// The library's error: it knows best what it leaves open.
    Library(Error),
    /// The user stopped the program while something was under way that must not happen twice.
    Interrupted(Vendor),
    /// Stdout can't be written.
    Output(io::Error),
    /// Nobody reads stdout any more (`| head`). No failure at all.
    ReaderGone,
    /// Something was bought or changed, and what came after failed.
    AfterEffect {
        /// At which vendor.
        vendor: Vendor,
        /// What was done.
        done: String,
        /// What failed after it.
        cause: Box<Failure>,
    },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Library(error)
    }
}

impl Failure {
    /// What a failure to write stdout means.
    pub fn from_output(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ReaderGone,
            _ => Failure::Output(error),
        }
    }

    /// The same failure, with what was done before it. A reader that is gone stays no failure.
    pub fn after(self, vendor: Vendor, done: String) -> Self {
        match self {
            Failure::ReaderGone => Failure::ReaderGone,
            cause => Failure::AfterEffect {
                vendor,
                done,
                cause: Box::new(cause),
            },
        }
    }

    /// Says on stderr what went wrong, and gives the exit code.
    pub fn report(self) -> ExitCode {
        if !matches!(self, Failure::Said(_) | Failure::ReaderGone) {
            note(format_args!("error: {self}"));
        }
        ExitCode::from(self.code())
    }

    fn code(&self) -> u8 {
        match self {
            Failure::Said(code) => *code,
            Failure::ReaderGone => 0,
            Failure::Usage(_) => USAGE,
            Failure::Refused(_) | Failure::Output(_) => FAILED,
            Failure::Interrupted(_) | Failure::AfterEffect { .. } => UNKNOWN,
            Failure::Library(error) if error.may_have_taken_effect() => UNKNOWN,
            Failure::Library(error) => match error.kind() {
                ErrorKind::Configuration | ErrorKind::InvalidInput => USAGE,
                _ => FAILED,
            },
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Said(_) | Failure::ReaderGone => Ok(()),
            Failure::Usage(what) | Failure::Refused(what) => f.write_str(what),
            Failure::Output(error) => write!(f, "the output can't be written: {error}"),
            Failure::Interrupted(vendor) => {
                f.write_str(
                    "interrupted while the request was under way: it may have taken effect",
                )?;
                look_first(f, *vendor)
            }
            Failure::AfterEffect {
                vendor,
                done,
                cause,
            } => {
                write!(
                    f,
                    "{done}, but then: {cause}\n  Don't run it again: `proxy-orders orders list --vendor {vendor}` shows what there is."
                )
            }
            Failure::Library(error) => {
                write!(f, "{error}")?;
                if let Some(id) = error.request_id() {
                    write!(f, "\n  The vendor's name for the request: {id}")?;
                }
                match error.vendor() {
                    Some(vendor) if error.may_have_taken_effect() => look_first(f, vendor),
                    _ => Ok(()),
                }
            }
        }
    }
}

fn look_first(f: &mut fmt::Formatter<'_>, vendor: Vendor) -> fmt::Result {
    write!(
        f,
        "\n  Don't run it again: `proxy-orders orders list --vendor {vendor}` shows whether it did."
    )
}

/// Says something on stderr. That nobody may be there to read it changes nothing.
pub fn note(text: impl fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

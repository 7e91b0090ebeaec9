//! How a command fails, and what the exit code says of it.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use proxy_orders::{Error, ErrorKind, Outcome, Vendor};

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
  1  failed, certainly without effect: refused by the vendor, above a cap, too little balance, an unusable journal,
     another purchase under way, or one whose outcome is not known yet
  2  wrong usage or configuration, or a key used for another request; nothing was sent that changes anything
  6  outcome unknown, or it was done and something failed after it: run `proxy-orders journal reconcile`
     (after a raw `api` call, look at `proxy-orders orders list`); don't run it again";

/// How to find out what became of something.
#[derive(Clone, Debug)]
pub enum Advice {
    /// Nothing is written down: look at the vendor's orders.
    Orders(Vendor),
    /// It stands in the journal: the command that finds out.
    Reconcile(String),
}

impl Advice {
    /// After an outcome that is not known.
    fn after_unknown(&self) -> String {
        match self {
            Advice::Orders(vendor) => format!(
                "\n  Don't run it again: `proxy-orders orders list --vendor {vendor}` shows whether it did."
            ),
            Advice::Reconcile(command) => {
                format!("\n  Outcome unknown: run `{command}`, don't run this again.")
            }
        }
    }
}

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
    /// The same of something that stands in the journal.
    Purchase(Error, Advice),
    /// The user stopped the program while something was under way that must not happen twice.
    Interrupted(Advice),
    /// Purchases are not known after all, and this is how to go on.
    StillUnknown(String),
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
            Failure::Interrupted(_) | Failure::StillUnknown(_) | Failure::AfterEffect { .. } => {
                UNKNOWN
            }
            Failure::Library(error) | Failure::Purchase(error, _) => match error.kind() {
                _ if error.may_have_taken_effect() => UNKNOWN,
                ErrorKind::Configuration | ErrorKind::InvalidInput | ErrorKind::KeyReused => USAGE,
                _ => FAILED,
            },
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Said(_) | Failure::ReaderGone => Ok(()),
            Failure::Usage(what) | Failure::Refused(what) | Failure::StillUnknown(what) => {
                f.write_str(what)
            }
            Failure::Output(error) => write!(f, "the output can't be written: {error}"),
            Failure::Interrupted(advice) => {
                f.write_str(
                    "interrupted while the request was under way: it may have taken effect",
                )?;
                f.write_str(&advice.after_unknown())
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
                let vendor = error.vendor();
                library(f, error, vendor.map(Advice::Orders).as_ref())
            }
            Failure::Purchase(error, advice) => library(f, error, Some(advice)),
        }
    }
}

fn library(f: &mut fmt::Formatter<'_>, error: &Error, advice: Option<&Advice>) -> fmt::Result {
    write!(f, "{error:#}")?;
    if let Some(id) = error.request_id() {
        write!(f, "\n  The vendor's name for the request: {id}")?;
    }
    match advice {
        Some(advice) if error.may_have_taken_effect() => f.write_str(&advice.after_unknown()),
        Some(Advice::Reconcile(command)) if error.kind() == ErrorKind::Unsettled => {
            write!(f, "\n  Run `{command}` first.")
        }
        Some(Advice::Reconcile(_)) if error.kind() == ErrorKind::Refused && is_past(error) => {
            f.write_str("\n  --again tries it once more under the same key.")
        }
        _ => Ok(()),
    }
}

/// Whether the refusal is one of an earlier run, which the vendor did not repeat.
fn is_past(error: &Error) -> bool {
    error.outcome() == Outcome::Rejected && error.attempts() == 0 && error.status().is_none()
}

/// Says something on stderr. That nobody may be there to read it changes nothing.
pub fn note(text: impl fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

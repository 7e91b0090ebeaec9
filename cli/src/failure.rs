//! The ways in which a command fails, and their exit codes.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use proxy_orders::{Error, ErrorKind, Outcome, Vendor};

use crate::text::on_lines;

/// The exit code of a failure that certainly had no effect.
pub const FAILED: u8 = 1;
/// The exit code of wrong usage or configuration.
pub const USAGE: u8 = 2;
/// The exit code of something that was done, and that the user should look at.
pub const LOOK: u8 = 3;
/// The exit code of an unknown outcome.
pub const UNKNOWN: u8 = 6;
/// The exit code of an interruption without effect.
pub const INTERRUPTED: u8 = 130;

/// The exit codes, as `--help` explains them.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed, certainly without effect: refused by the vendor, above a cap, balance too low,
     journal unusable, another purchase under way or still unresolved
  2  wrong usage or configuration, or a key used for another request; nothing was changed
  3  done, but look at it: not all of it was seen or printed, or the proxies are not there yet.
     Running it again under the same key is safe: nothing is bought twice
  6  outcome unknown. Do not run it again: run `proxy-orders journal reconcile` (after a raw
     `api` call, `proxy-orders orders list`)
  130  interrupted, without effect";

/// A command that shows what became of a request.
#[derive(Clone, Debug)]
pub enum Advice {
    /// The list of the vendor's orders, for a request that no journal knows.
    Orders(Vendor),
    /// The command line that reconciles the journal.
    Reconcile(String),
}

impl Advice {
    fn after_unknown(&self) -> String {
        match self {
            Advice::Orders(vendor) => format!(
                "\n  Do not run it again: `proxy-orders orders list --vendor {vendor}` shows whether it took effect."
            ),
            Advice::Reconcile(command) => format!(
                "\n  The outcome is unknown. Do not run it again: run `{command}` to find out."
            ),
        }
    }
}

/// The reason why a command ends early.
#[derive(Debug)]
pub enum Failure {
    /// A failure that was reported already; only the exit code is left.
    Reported(u8),
    /// Wrong usage or configuration.
    Usage(String),
    /// A failure without effect.
    Refused(String),
    /// An error of the library, which knows whether it had an effect.
    Library(Error),
    /// An error of the library about a request that stands in the journal.
    Purchase(Error, Advice),
    /// An interruption that certainly had no effect.
    Interrupted(String),
    /// An interruption while a request was under way that must not be sent twice.
    InterruptedUnderWay(Advice),
    /// Purchases whose outcome is still unknown after reconciling.
    StillUnknown(String),
    /// Standard output cannot be written.
    Output(io::Error),
    /// Nobody reads standard output any more (`| head`). This counts as success.
    ReaderGone,
    /// A failure after something was bought or changed.
    AfterEffect {
        /// A sentence that says what took effect.
        effect: String,
        /// The failure that came after it.
        cause: Box<Failure>,
        /// The command that shows what took effect.
        shown_by: String,
    },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Library(error)
    }
}

impl Failure {
    /// Classifies a failure to write standard output.
    pub fn from_output(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ReaderGone,
            _ => Failure::Output(error),
        }
    }

    /// Adds what had taken effect before this failure. [`Failure::ReaderGone`] stays a success.
    pub fn after(self, effect: String, shown_by: String) -> Self {
        match self {
            Failure::ReaderGone => Failure::ReaderGone,
            cause => Failure::AfterEffect {
                effect,
                cause: Box::new(cause),
                shown_by,
            },
        }
    }

    /// Prints the failure on standard error and returns its exit code.
    pub fn report(self) -> ExitCode {
        if !matches!(self, Failure::Reported(_) | Failure::ReaderGone) {
            note(format_args!("error: {self}"));
        }
        ExitCode::from(self.code())
    }

    /// Returns the exit code of a program that is ended right after this failure.
    pub fn code_if_interrupted(&self) -> u8 {
        match self.code() {
            UNKNOWN => UNKNOWN,
            _ => INTERRUPTED,
        }
    }

    fn code(&self) -> u8 {
        match self {
            Failure::Reported(code) => *code,
            Failure::ReaderGone => 0,
            Failure::Usage(_) => USAGE,
            Failure::Refused(_) | Failure::Output(_) => FAILED,
            Failure::Interrupted(_) => INTERRUPTED,
            Failure::AfterEffect { .. } => LOOK,
            Failure::InterruptedUnderWay(_) | Failure::StillUnknown(_) => UNKNOWN,
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
            Failure::Reported(_) | Failure::ReaderGone => Ok(()),
            Failure::Usage(text)
            | Failure::Refused(text)
            | Failure::Interrupted(text)
            | Failure::StillUnknown(text) => f.write_str(text),
            Failure::Output(error) => write!(f, "standard output cannot be written: {error}"),
            Failure::InterruptedUnderWay(advice) => {
                let advice = advice.after_unknown();
                write!(
                    f,
                    "interrupted after the request was sent: it may have taken effect{advice}"
                )
            }
            Failure::AfterEffect {
                effect,
                cause,
                shown_by,
            } => write!(
                f,
                "{effect}, but then: {cause}\n  It stands: `{shown_by}` shows it."
            ),
            Failure::Library(error) => {
                let vendor = error.vendor();
                explain(f, error, vendor.map(Advice::Orders).as_ref())
            }
            Failure::Purchase(error, advice) => explain(f, error, Some(advice)),
        }
    }
}

/// Writes an error of the library, and what to do next.
fn explain(f: &mut fmt::Formatter<'_>, error: &Error, advice: Option<&Advice>) -> fmt::Result {
    write!(f, "{error:#}")?;
    if let Some(id) = error.request_id() {
        write!(f, "\n  The vendor's id of the request: {id}")?;
    }
    match (error.kind(), error.vendor()) {
        (ErrorKind::Connect, _) => {
            f.write_str("\n  Check the network and the vendor's base URL.")?;
        }
        (ErrorKind::Authentication, Some(vendor)) => {
            let profile = vendor.profile();
            let (variable, place) = (profile.credential_variable, profile.found_at);
            write!(f, "\n  Compare {variable} with the key from {place}.")?;
        }
        _ => {}
    }
    match advice {
        Some(advice) if error.may_have_taken_effect() => f.write_str(&advice.after_unknown()),
        Some(Advice::Reconcile(command)) if error.kind() == ErrorKind::Unsettled => {
            write!(
                f,
                "\n  Run `{command}` first, to find out what became of it."
            )
        }
        Some(Advice::Reconcile(_)) if may_be_tried_again(error) => {
            f.write_str("\n  Pass --again to try it once more under the same key.")
        }
        _ => Ok(()),
    }
}

/// Returns whether the journal, and not the vendor, refuses this, because it failed before.
fn may_be_tried_again(error: &Error) -> bool {
    error.kind() == ErrorKind::Refused
        && error.outcome() == Outcome::Rejected
        && error.idempotency_key().is_some()
}

/// Prints a message on standard error. A closed standard error changes nothing.
pub fn note(text: impl fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{}", on_lines(&text.to_string()));
}

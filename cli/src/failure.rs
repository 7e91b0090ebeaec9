//! The ways in which a command fails: exit code, message, and what to do next.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use proxy_orders::{Error, ErrorKind, Outcome, Vendor};
use serde::Serialize;

use crate::hints::Hints;
use crate::output::{printable, safe_json};

/// The exit code of a failure that certainly had no effect.
pub const FAILED: u8 = 1;
/// The exit code of wrong usage or configuration.
pub const USAGE: u8 = 2;
/// The exit code of something that was done, and that the user should look at.
pub const LOOK: u8 = 3;
/// The exit code of a credential that is missing or refused.
pub const CREDENTIAL: u8 = 4;
/// The exit code of a command on several accounts, some of which failed.
pub const SOME_ACCOUNTS: u8 = 5;
/// The exit code of an unknown outcome.
pub const UNKNOWN: u8 = 6;
/// The exit code of an interruption without effect.
pub const INTERRUPTED: u8 = 130;

/// The exit codes, as `--help` explains them.
pub const EXIT_CODES: &str = "\
Exit codes:
  0    done, or done before under the same key
  1    failed, without effect: refused by the vendor, above a cap, balance too low, an unusable
       journal, another purchase under way or still unresolved
  2    wrong usage or configuration, or a key used for another request; nothing was changed
  3    done, but look at it: charged above the cap, proxies not there in time, order not shown,
       interrupted while waiting, differences between journal and vendor. Running it again under
       the same key is safe
  4    credential missing or refused; nothing was changed
  5    some of several accounts failed, the others were done
  6    outcome unknown. Do not run it again: `proxy-orders journal reconcile` finds out (after a raw
       `api` call, `proxy-orders orders list`)
  130  interrupted, without effect

With -o json, the last line on stderr is then a JSON object with `exit_code`, `kind`, `outcome`
(not-sent, rejected, unknown or done), `message`, `next_action` (a command, or null), and `vendor`,
`key` and `order` where they are known.";

/// The reason why a command ends early.
#[derive(Debug)]
pub enum Failure {
    /// A failure that was reported already; only the exit code is left.
    Reported(u8),
    /// Nobody reads standard output any more (`| head`). This counts as success.
    ReaderGone,
    /// A failure that is to be reported.
    Told(Box<Report>),
}

/// A failure, as it is reported.
#[derive(Debug)]
pub struct Report {
    code: u8,
    kind: String,
    outcome: &'static str,
    message: String,
    advice: Vec<Advice>,
    vendor: Option<Vendor>,
    key: Option<String>,
    order: Option<String>,
    error: Option<Error>,
}

/// The advice on what to do next: a sentence, and the command that it ends with.
#[derive(Debug)]
struct Advice {
    text: String,
    command: Option<String>,
}

/// A failure, as it is printed in JSON.
#[derive(Serialize)]
struct JsonReport<'a> {
    exit_code: u8,
    kind: &'a str,
    outcome: &'a str,
    message: &'a str,
    next_action: Option<&'a str>,
    vendor: Option<&'a str>,
    key: Option<&'a str>,
    order: Option<&'a str>,
}

impl From<Error> for Failure {
    /// Classifies an error of the library.
    fn from(error: Error) -> Self {
        let kind = error.kind();
        let code = match kind {
            // Both orders stand.
            ErrorKind::Duplicate => LOOK,
            _ if error.may_have_taken_effect() => UNKNOWN,
            ErrorKind::Configuration
            | ErrorKind::InvalidInput
            | ErrorKind::KeyReused
            | ErrorKind::UnknownAccount => USAGE,
            ErrorKind::Authentication => CREDENTIAL,
            _ => FAILED,
        };
        let outcome = match error.outcome() {
            _ if code == LOOK => "done",
            Outcome::Unknown if code == UNKNOWN => "unknown",
            Outcome::NotSent => "not-sent",
            Outcome::Rejected | Outcome::Unknown => "rejected",
        };
        let mut failure = Failure::new(
            code,
            &kebab(&format!("{kind:?}")),
            outcome,
            format!("{error:#}"),
        );
        if let Some(id) = error.request_id() {
            failure = failure.advising(format!("The vendor's id of the request: {id}"), None);
        }
        match (kind, error.vendor()) {
            (ErrorKind::Connect, _) => {
                failure = failure.advising("Check the network and the vendor's base URL.", None);
            }
            (ErrorKind::Authentication, Some(vendor)) => {
                let profile = vendor.profile();
                let (variable, place) = (profile.credential_variable, profile.found_at);
                let text = format!("Compare {variable} with the key from {place}.");
                failure = failure.advising(text, None);
            }
            _ => {}
        }
        failure.with(|report| {
            report.vendor = error.vendor();
            report.key = error.idempotency_key().map(str::to_owned);
            report.order = error.orders().first().cloned();
            report.error = Some(error);
        })
    }
}

impl Failure {
    fn new(code: u8, kind: &str, outcome: &'static str, message: impl Into<String>) -> Self {
        Failure::Told(Box::new(Report {
            code,
            kind: kind.to_owned(),
            outcome,
            message: message.into(),
            advice: Vec::new(),
            vendor: None,
            key: None,
            order: None,
            error: None,
        }))
    }

    /// Wrong usage or configuration.
    pub fn usage(message: impl Into<String>) -> Self {
        Failure::new(USAGE, "usage", "not-sent", message)
    }

    /// A missing credential.
    pub fn credential(message: impl Into<String>) -> Self {
        Failure::new(CREDENTIAL, "credential", "not-sent", message)
    }

    /// A failure without effect.
    pub fn refused(message: impl Into<String>) -> Self {
        Failure::new(FAILED, "refused", "not-sent", message)
    }

    /// A defect of the program, or an abort, without effect.
    pub fn defect(kind: &str, message: impl Into<String>) -> Self {
        Failure::new(FAILED, kind, "not-sent", message)
    }

    /// An interruption without effect.
    pub fn interrupted(message: impl Into<String>) -> Self {
        Failure::new(INTERRUPTED, "interrupted", "not-sent", message)
    }

    /// Something done that the user should look at.
    pub fn look(kind: &str, message: impl Into<String>) -> Self {
        Failure::new(LOOK, kind, "done", message)
    }

    /// Several accounts, some of which failed.
    pub fn some_accounts(message: impl Into<String>) -> Self {
        Failure::new(SOME_ACCOUNTS, "accounts", "unknown", message)
    }

    /// An unknown outcome.
    pub fn unknown(kind: &str, message: impl Into<String>) -> Self {
        Failure::new(UNKNOWN, kind, "unknown", message)
    }

    /// An interruption while a request was under way that must not be sent twice.
    pub fn interrupted_under_way(found_by: Option<String>) -> Self {
        let what = "interrupted after the request was sent: it may have taken effect";
        Failure::unknown("interrupted", what).finding_out(found_by)
    }

    /// An error of the library about a raw request, which no journal knows.
    pub fn of_raw_call(error: Error, hints: &Hints) -> Self {
        let found_by = error
            .vendor()
            .and_then(|vendor| hints.newest_orders(vendor));
        match error.may_have_taken_effect() {
            true => Failure::from(error).finding_out(found_by),
            false => Failure::from(error),
        }
    }

    /// An error of the library about a request that stands in the journal.
    pub fn of_purchase(error: Error, vendor: Vendor, hints: &Hints) -> Self {
        let may_be_tried_again = error.kind() == ErrorKind::Refused
            && error.outcome() == Outcome::Rejected
            && error.idempotency_key().is_some();
        let (kind, accounts) = (error.kind(), error.accounts().join(", "));
        let orders = error.orders().to_vec();
        let is_unknown = error.may_have_taken_effect();
        let failure = Failure::from(error).at(vendor);
        match kind {
            ErrorKind::Duplicate => orders.iter().fold(failure, |failure, order| {
                failure.advising("It stands; look at it:", hints.order(vendor, order))
            }),
            _ if is_unknown => failure.finding_out(hints.reconcile(vendor)),
            ErrorKind::Unsettled => {
                failure.advising("Find out what became of it first:", hints.reconcile(vendor))
            }
            ErrorKind::UnknownAccount => failure
                .advising(
                    format!(
                        "Pass --account NAME, or set PROXY_ORDERS_ACCOUNT: one of {accounts} if the credential belongs to that account, or a new name for another account."
                    ),
                    None,
                )
                .advising("To see these accounts:", hints.accounts(vendor)),
            _ if may_be_tried_again => {
                failure.advising("Pass --again to try it once more under the same key.", None)
            }
            _ => failure,
        }
    }

    /// A failure to write standard output.
    pub fn from_output(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ReaderGone,
            _ => {
                let what = format!("standard output cannot be written: {error}");
                Failure::new(FAILED, "output", "not-sent", what)
            }
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Report)) -> Self {
        if let Failure::Told(report) = &mut self {
            change(report);
        }
        self
    }

    /// Adds what to do next. A sentence without its command is left out if it ends with a colon.
    pub fn advising(self, text: impl Into<String>, command: Option<String>) -> Self {
        let text = text.into();
        if command.is_none() && text.ends_with(':') {
            return self;
        }
        self.with(|report| report.advice.push(Advice { text, command }))
    }

    /// Adds the command that finds out what became of a request.
    pub fn finding_out(self, found_by: Option<String>) -> Self {
        self.advising("Do not run it again; find out what became of it:", found_by)
    }

    /// Names the vendor.
    pub fn at(self, vendor: Vendor) -> Self {
        self.with(|report| report.vendor = Some(vendor))
    }

    /// Names the key of the purchase.
    pub fn for_key(self, key: impl ToString) -> Self {
        self.with(|report| report.key = Some(key.to_string()))
    }

    /// Names the order.
    pub fn for_order(self, order: &str) -> Self {
        self.with(|report| report.order = Some(order.to_owned()))
    }

    /// Turns this failure into one after something was done, which `shown_by` shows.
    /// [`Failure::ReaderGone`] stays a success.
    pub fn after(self, effect: &str, shown_by: Option<String>) -> Self {
        let changed = self.with(|report| {
            report.code = LOOK;
            report.outcome = "done";
            report.message = format!("{effect}, but then: {}", report.message);
            report.advice.clear();
        });
        changed.advising("It stands; to look at it:", shown_by)
    }

    /// Returns the error of the library, if this is one.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Failure::Told(report) => report.error.as_ref(),
            _ => None,
        }
    }

    /// Returns the message without what to do next.
    pub fn message(&self) -> &str {
        match self {
            Failure::Told(report) => &report.message,
            Failure::ReaderGone => "nobody reads the results any more",
            Failure::Reported(_) => "",
        }
    }

    /// Returns whether this is a failure to write standard output.
    pub fn is_output(&self) -> bool {
        matches!(self, Failure::Told(report) if report.kind == "output")
    }

    /// Returns the exit code.
    pub fn code(&self) -> u8 {
        match self {
            Failure::Reported(code) => *code,
            Failure::ReaderGone => 0,
            Failure::Told(report) => report.code,
        }
    }

    /// Returns the failure as it is printed, in words or as a JSON object.
    pub fn words(&self, in_json: bool) -> String {
        let Failure::Told(report) = self else {
            return self.message().to_owned();
        };
        match serde_json::to_string(&report.json()) {
            Ok(line) if in_json => safe_json(&line),
            _ => format!("error: {report}"),
        }
    }

    /// Prints the failure on standard error and returns its exit code.
    pub fn report(self, in_json: bool) -> ExitCode {
        if let Failure::Told(_) = &self {
            note(self.words(in_json));
        }
        ExitCode::from(self.code())
    }
}

impl Report {
    fn json(&self) -> JsonReport<'_> {
        JsonReport {
            exit_code: self.code,
            kind: &self.kind,
            outcome: self.outcome,
            message: &self.message,
            next_action: self.advice.iter().find_map(|it| it.command.as_deref()),
            vendor: self.vendor.map(Vendor::as_str),
            key: self.key.as_deref(),
            order: self.order.as_deref(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for Advice { text, command } in &self.advice {
            write!(f, "\n  {text}")?;
            if let Some(command) = command {
                write!(f, "\n    {command}")?;
            }
        }
        Ok(())
    }
}

/// Converts a name such as `OverCap` to `over-cap`.
fn kebab(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// Prints a message on standard error. A closed standard error changes nothing.
pub fn note(text: impl fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{}", printable(&text.to_string()));
}

/// Prints a message that ends with a command.
pub fn note_with(text: impl fmt::Display, command: Option<String>) {
    if let Some(command) = command {
        note(format_args!("{text}\n    {command}"));
    }
}

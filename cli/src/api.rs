//! `api VENDOR OPERATION`: every operation with every parameter, made at run time from the library's operation table.
//!
//! Raw: no question, no price cap. It passes through the library's transport all the same, so a request that spends goes out once.
//! Under an idempotency key, what spends goes through the journal instead.

mod flags;
mod json;
mod names;
mod value;

use std::io::{self, IsTerminal, Read};

use proxy_orders::operation::{Kind, Operation, Place};
use proxy_orders::purchase::SpendRequest;
use proxy_orders::{Effect, Error, RawRequest};
use serde_json::{Map, Value};

pub use flags::ApiCall;

use crate::arguments::Common;
use crate::columns::DRY_RUN;
use crate::commands::{dry_run, once, options, refused, unless_interrupted};
use crate::failure::{Advice, Failure, note};
use crate::journal::SpendContext;
use crate::output::{self, Output};
use crate::session::Session;
use flags::Journalled;

/// Sends the call and prints the answer.
pub async fn run(common: &Common, call: &ApiCall) -> Result<(), Failure> {
    let operation = call.operation;
    let vendor = operation.vendor;
    let parts = parts(call)?;
    if let Some(journalled) = &call.journalled {
        return through_journal(common, operation, parts, journalled).await;
    }
    let request = parts.request(operation)?;
    let session = Session::open(vendor, common, None).await?;
    if operation.effect == Effect::Spend {
        note(format_args!(
            "warning: {} spends: it goes out once, without a question or a price cap, and is written down nowhere; with --idempotency-key KEY and --max-total it would stand in the journal",
            operation.id
        ));
    }
    let sending = session.transport.send(request);
    let sent = match operation.effect {
        Effect::Read => sending.await.map_err(Failure::from),
        _ => unless_interrupted(Advice::Orders(vendor), sending).await,
    };
    let answer = match sent {
        Ok(answer) => answer,
        Err(failure) => {
            if let Failure::Library(error) = &failure {
                print_failure(error, &session, call)?;
            }
            return Err(failure);
        }
    };
    if answer.body.is_empty() {
        note(format_args!(
            "done; the answer is empty (HTTP {})",
            answer.status.as_u16()
        ));
        return Ok(());
    }
    print(&answer.body).map_err(|failure| match operation.effect {
        Effect::Read => failure,
        _ => failure.after(vendor, format!("{} was carried out", operation.id)),
    })
}

/// The vendor's own words on a failure, if they are JSON. An echoed credential or password is not printed.
fn print_failure(error: &Error, session: &Session, call: &ApiCall) -> Result<(), Failure> {
    let Some(raw) = error.raw() else {
        return Ok(());
    };
    let Ok(text) = std::str::from_utf8(&raw.body) else {
        return Ok(());
    };
    let mut text = text.to_owned();
    let given = call.given.iter().filter(|(parameter, _)| parameter.secret);
    let credential = session.credential.iter().map(|it| it.expose().to_owned());
    for secret in credential.chain(given.map(|(_, value)| value::text(value))) {
        if !secret.is_empty() {
            text = text.replace(&secret, "[REDACTED]");
        }
    }
    if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err() {
        return Ok(());
    }
    match print(text.as_bytes()) {
        // The failure itself matters more than that it could not be printed.
        Err(Failure::Output(_) | Failure::ReaderGone) => Ok(()),
        other => other,
    }
}

/// Indented on a terminal, else as it came.
fn print(body: &[u8]) -> Result<(), Failure> {
    let text = std::str::from_utf8(body).ok();
    let is_json = |text: &&str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    match text.filter(is_json) {
        Some(text) if io::stdout().is_terminal() => output::write(json::indented(text) + "\n"),
        _ => {
            let mut body = body.to_vec();
            if !body.ends_with(b"\n") {
                body.push(b'\n');
            }
            output::write(body)
        }
    }
}

/// What is sent, by where it goes.
struct Parts {
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    body: Option<Value>,
}

impl Parts {
    fn request(self, operation: &'static Operation) -> Result<RawRequest, Failure> {
        let mut request = RawRequest::to(operation, &self.path)?;
        for (name, value) in self.query {
            request = request.query(name, value);
        }
        Ok(match self.body {
            Some(body) => request.json(body),
            None => request,
        })
    }
}

/// Sends it under an idempotency key, and prints what came of it.
async fn through_journal(
    common: &Common,
    operation: &'static Operation,
    parts: Parts,
    journalled: &Journalled,
) -> Result<(), Failure> {
    let spend = SpendRequest::new(operation, parts.path, parts.query, parts.body)?;
    let session = Session::open(operation.vendor, common, None).await?;
    let context = SpendContext::to_spend(&session, common, &journalled.guards).await?;
    let options = options(&journalled.guards, journalled.max_total);
    let key = &journalled.key;
    if journalled.guards.dry_run {
        let trial = dry_run(&context, Some(key), &spend, &options).await?;
        output::print_one(&trial, DRY_RUN, Output::Json)?;
        return refused(&trial);
    }
    let receipt = once(&context, key, &spend, &options).await?;
    if receipt.is_recorded {
        note(format_args!(
            "nothing was sent: the journal has the result of `{key}`"
        ));
    }
    output::write(output::json(&receipt)?).map_err(|failure| {
        failure.after(
            operation.vendor,
            format!(
                "{} was carried out for order {}",
                operation.id, receipt.order
            ),
        )
    })
}

fn parts(call: &ApiCall) -> Result<Parts, Failure> {
    let operation = call.operation;
    let mut path = Vec::new();
    let mut query = Vec::new();
    let mut body = Map::new();
    for (parameter, value) in &call.given {
        match parameter.place {
            Place::Path => path.push((parameter.name.to_owned(), value::text(value))),
            Place::Query => {
                query.extend(query_pairs(
                    operation,
                    parameter.name,
                    parameter.kind,
                    value,
                )?);
            }
            Place::Body => {
                body.insert(parameter.name.to_owned(), value.clone());
            }
        }
    }
    query.extend(call.query.iter().cloned());
    Ok(Parts {
        path,
        query,
        body: whole_body(call, body)?,
    })
}

/// How the vendors take lists and maps in a query.
fn query_pairs(
    operation: &Operation,
    name: &str,
    kind: Kind,
    value: &Value,
) -> Result<Vec<(String, String)>, Failure> {
    let empty = || {
        let what = format!(
            "{} {name}: a query can't hold an empty list; leave it out if all is meant",
            operation.id
        );
        Err(Failure::Usage(what))
    };
    match (kind, value) {
        (Kind::List(_), Value::Array(items)) if items.is_empty() => empty(),
        (Kind::List(_), Value::Array(items)) => Ok(items
            .iter()
            .map(|item| (name.to_owned(), value::text(item)))
            .collect()),
        (Kind::Map, Value::Object(entries)) if entries.is_empty() => empty(),
        (Kind::Map, Value::Object(entries)) => Ok(entries
            .iter()
            .map(|(key, item)| (format!("{name}[{key}]"), value::text(item)))
            .collect()),
        _ => Ok(vec![(name.to_owned(), value::text(value))]),
    }
}

/// The body from a file, with the single parameters put over it.
fn whole_body(call: &ApiCall, over: Map<String, Value>) -> Result<Option<Value>, Failure> {
    let Some(source) = &call.json_body else {
        return Ok((!over.is_empty()).then_some(Value::Object(over)));
    };
    let name = if source.as_os_str() == "-" {
        "stdin".to_owned()
    } else {
        source.display().to_string()
    };
    let text = if source.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(source)
    };
    let text = text
        .map_err(|error| Failure::Usage(format!("--json-body: {name} can't be read: {error}")))?;
    // Where it is wrong is said, but not what stands there: it may be a password.
    let body: Value = serde_json::from_str(&text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Failure::Usage(format!("--json-body: {name} holds no JSON ({place})"))
    })?;
    match body {
        body if over.is_empty() => Ok(Some(body)),
        Value::Object(mut body) => {
            body.extend(over);
            Ok(Some(Value::Object(body)))
        }
        _ => {
            let what = format!(
                "--json-body: {name} holds no JSON object, so that single parameters can't be put over it"
            );
            Err(Failure::Usage(what))
        }
    }
}

//! `api VENDOR OPERATION`: every operation with every parameter, from the library's table.
//!
//! It is raw: no question except before an obligation to pay later, no price cap. The library's
//! transport still sends a request that spends only once. With an idempotency key, such a request
//! goes through the journal.

mod call;
mod json;
mod names;
mod value;

use std::io::{self, IsTerminal};
use std::path::Path;

use proxy_orders::operation::{Kind, Operation, Parameter, Place};
use proxy_orders::purchase::SpendRequest;
use proxy_orders::transport::Redactor;
use proxy_orders::{Effect, Error, RawRequest};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

pub use call::ApiCall;

use crate::failure::{Failure, note};
use crate::flags::{GlobalArguments, read_source};
use crate::hints::Hints;
use crate::interrupt::{answering, interruptible};
use crate::last_words::{Stake, at_stake};
use crate::output::{self, Output};
use crate::session::Session;
use crate::spend::{DRY_RUN, SpendContext, ask, can_ask, obligation};
use call::{Journalled, SECRET_SOURCES, obligations};

/// The text below the help of `api`.
pub const HELP: &str = "\
The call is raw: no price cap is kept, and no question is asked except before automatic renewal is
switched on. The JSON of the answer goes to stdout, also if the call fails. A call that spends is sent once. With --idempotency-key and
--max-total it is priced and written into the journal first, as `buy` does.

A secret, such as --password, is given by its place: @FILE, @- (stdin) or env:NAME. An answer is
printed without the key and the secrets of its call, and with escapes in place of what could steer a
terminal.

For example:
  proxy-orders api iproyal list-orders --status confirmed --per-page 2 --sandbox";

/// Sends the call and prints the answer.
pub async fn run(globals: &GlobalArguments, call: &ApiCall) -> Result<(), Failure> {
    let operation = call.operation;
    let vendor = operation.vendor;
    let parts = parts(call).await?;
    if let Some(journalled) = &call.journalled {
        return through_journal(globals, operation, parts, journalled).await;
    }
    let obliges = parts.obliges(operation);
    let order = parts.value("order_id");
    let request = parts.request(operation)?;
    let session = Session::open(vendor, globals, None).await?;
    if obliges && !call.yes {
        agree_to_pay_later(&session, order).await?;
    }
    if operation.effect == Effect::Spend {
        note(format_args!(
            "warning: {} spends, without a question, a price cap or an entry in the journal; --idempotency-key KEY with --max-total AMOUNT adds them",
            operation.id
        ));
    }
    let hints = Hints::new(globals, None);
    let transport = session.account.transport();
    let redactor = transport.redactor(&request);
    let sending = transport.send(request);
    let sent = match operation.effect {
        Effect::Read => sending.await.map_err(Failure::from),
        _ => {
            at_stake(Stake::Sent {
                vendor,
                key: None,
                found_by: hints.newest_orders(vendor),
            });
            match answering(interruptible(sending)).await {
                Some(outcome) => outcome.map_err(|error| Failure::of_raw_call(error, &hints)),
                None => Err(Failure::interrupted_under_way(hints.newest_orders(vendor))),
            }
        }
    };
    let answer = match sent {
        Ok(answer) => answer,
        Err(failure) => {
            if let Some(error) = failure.error() {
                print_failure(error, &redactor)?;
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
    print(&answer.body, &redactor).map_err(|failure| match operation.effect {
        Effect::Read => failure,
        _ => failure.after(
            &format!("{} was carried out", operation.id),
            hints.newest_orders(vendor),
        ),
    })
}

/// Says what switching the renewal of an order on obliges to, and asks the user.
async fn agree_to_pay_later(session: &Session, order: Option<String>) -> Result<(), Failure> {
    let paid = match order {
        Some(order) => session.account.order(&order).await.ok(),
        None => None,
    };
    let price = paid.and_then(|order| order.price_paid);
    note(obligation(price.map(|paid| {
        format!("{paid} was paid for the order last, and a period may cost as much")
    })));
    if !can_ask() {
        let what = "there is no terminal to ask on: pass --yes to oblige yourself to pay";
        return Err(Failure::usage(what.to_owned()));
    }
    ask("Send it?").await
}

/// Prints the body of a failure if it is JSON.
fn print_failure(error: &Error, redactor: &Redactor) -> Result<(), Failure> {
    let Some(raw) = error.raw() else {
        return Ok(());
    };
    let Ok(text) = std::str::from_utf8(&raw.body) else {
        return Ok(());
    };
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return Ok(());
    }
    match print(&raw.body, redactor) {
        // The failure itself matters more than printing its body.
        Err(failure) if failure.is_output() => Ok(()),
        Err(Failure::ReaderGone) => Ok(()),
        other => other,
    }
}

/// Prints a body, indented on a terminal, elsewhere as it came, but without the request's secrets
/// and without anything that steers a terminal.
fn print(body: &[u8], redactor: &Redactor) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(body);
    let is_json = serde_json::from_str::<IgnoredAny>(&text).is_ok();
    let mut text = match is_json {
        true => output::safe_json(&json::redacted(&text, redactor)),
        false => redactor.redact(&text),
    };
    if is_json
        && io::stdout().is_terminal()
        && let Some(indented) = json::indented(&text)
    {
        text = indented;
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    output::write(&text)
}

/// The parts of a request.
struct Parts {
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    body: Option<Value>,
}

impl Parts {
    /// Returns the value of a parameter, as text, wherever the request has it.
    fn value(&self, name: &str) -> Option<String> {
        let pairs = self.path.iter().chain(&self.query);
        let mut given = pairs.filter(|pair| pair.0 == name);
        let body = || self.body.as_ref()?.get(name).map(value::text);
        given.next().map(|pair| pair.1.clone()).or_else(body)
    }

    /// Returns whether the request obliges the user to pay later. Of a parameter that does, only
    /// what is plainly false does not: an unusual value or a repeated one may mean `true`.
    fn obliges(&self, operation: &Operation) -> bool {
        let is_off = |value: &str| ["false", "0", "null", ""].contains(&value);
        obligations(operation).any(|parameter| {
            let in_query = self.query.iter().filter(|pair| pair.0 == parameter.name);
            let in_body = self.body.as_ref().and_then(|it| it.get(parameter.name));
            let mut values = in_query.map(|pair| pair.1.clone());
            values.any(|it| !is_off(&it)) || in_body.is_some_and(|it| !is_off(&value::text(it)))
        })
    }

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

/// Sends a request under an idempotency key, and prints the receipt.
async fn through_journal(
    globals: &GlobalArguments,
    operation: &'static Operation,
    parts: Parts,
    journalled: &Journalled,
) -> Result<(), Failure> {
    let request = SpendRequest::new(operation, parts.path, parts.query, parts.body)?;
    let session = Session::open(operation.vendor, globals, None).await?;
    let context = SpendContext::with_caps(&session, globals, &journalled.guards).await?;
    let options = journalled.guards.options(journalled.max_total);
    let key = &journalled.key;
    if journalled.guards.dry_run {
        let report = context.dry_run(Some(key), &request, &options).await?;
        output::print_one(&report, DRY_RUN, Output::Json)?;
        return report.check();
    }
    let receipt = context.spend(key, &request, &options).await?;
    if receipt.is_recorded {
        note(format_args!(
            "nothing was sent: the journal has the result of `{key}`"
        ));
    }
    output::write(&output::json(&receipt)?).map_err(|failure| {
        let (vendor, order) = (operation.vendor, &receipt.order);
        failure.after(
            &format!("{} was carried out for order {order}", operation.id),
            context.hints.order(vendor, order),
        )
    })
}

async fn parts(call: &ApiCall) -> Result<Parts, Failure> {
    let operation = call.operation;
    let mut path = Vec::new();
    let mut query = Vec::new();
    let mut body = Map::new();
    for (parameter, value) in &call.given {
        let value = &match parameter.secret {
            true => secret(parameter, &value::text(value)).await?,
            false => value.clone(),
        };
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
        body: whole_body(call, body).await?,
    })
}

/// Reads a secret from its source. The source is not repeated: it may be the secret itself.
async fn secret(parameter: &Parameter, source: &str) -> Result<Value, Failure> {
    let name = parameter.name;
    let wrong = |what: String| Failure::usage(format!("{name}: {what}"));
    let file = source.strip_prefix('@').filter(|it| !it.is_empty());
    let text = match (file, source.strip_prefix("env:")) {
        (Some(file), _) => read_source(name, Path::new(file)).await?.1,
        (_, Some(variable)) if !variable.is_empty() => std::env::var(variable)
            .map_err(|_| wrong("there is no such environment variable".to_owned()))?,
        _ => {
            return Err(wrong(format!(
                "give a secret by its place: {SECRET_SOURCES}"
            )));
        }
    };
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    value::read(parameter, text).map_err(wrong)
}

/// Encodes a value as the vendors take lists and maps in a query.
fn query_pairs(
    operation: &Operation,
    name: &str,
    kind: Kind,
    value: &Value,
) -> Result<Vec<(String, String)>, Failure> {
    let empty = || {
        let what = format!(
            "{} {name}: a query cannot hold an empty list; leave the flag out to mean all",
            operation.id
        );
        Err(Failure::usage(what))
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

/// Returns the body from a file, with the single parameters in place of its own.
async fn whole_body(call: &ApiCall, over: Map<String, Value>) -> Result<Option<Value>, Failure> {
    let Some(source) = &call.json_body else {
        return Ok((!over.is_empty()).then_some(Value::Object(over)));
    };
    let (name, text) = read_source("--json-body", source).await?;
    // The message shows where it is wrong but not what stands there, which may be a password.
    let body: Value = serde_json::from_str(&text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Failure::usage(format!("--json-body: {name} is not JSON ({place})"))
    })?;
    match body {
        body if over.is_empty() => Ok(Some(body)),
        Value::Object(mut body) => {
            body.extend(over);
            Ok(Some(Value::Object(body)))
        }
        _ => {
            let what = format!(
                "--json-body: {name} is not a JSON object, so that the flags cannot set parameters in it"
            );
            Err(Failure::usage(what))
        }
    }
}

//! Whatever a server answers: nothing panics, and a request that was sent is never called unsent.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use bolero::check;
use proxy_orders::{Effect, ErrorKind, Money, Outcome, Vendor, fuzzing, printable};
use serde_json::Value;

/// Runs a target on the inputs that are kept, and then on new ones.
fn corpus(name: &str, target: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(name);
    let mut count = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        target(&std::fs::read(file.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}

/// An answer: the operation, the status, and the body.
fn answer(input: &[u8]) {
    let [operation, status, body @ ..] = input else {
        return;
    };
    let all: Vec<_> = Vendor::all()
        .iter()
        .flat_map(|it| it.operations())
        .collect();
    let operation = all[usize::from(*operation) % all.len()];
    // Half of them are successes.
    let status = match status {
        0..=127 => 200 + u16::from(*status) % 8,
        other => 100 + u16::from(*other - 128) * 4,
    };
    match fuzzing::answer(operation, status, body) {
        Ok(readable) => {
            let is_success = (200..300).contains(&status);
            assert!(is_success, "{} {status}", operation.id);
            // What the generated types get is what they can read.
            let again = fuzzing::answer(operation, status, &readable);
            match again {
                Ok(again) => assert_eq!(again, readable, "{}", operation.id),
                // The only documented field was unreadable and is left out by now.
                Err(error) => assert_eq!(error.kind(), ErrorKind::Answer, "{error}"),
            }
        }
        Err(error) => {
            assert_ne!(error.outcome(), Outcome::NotSent, "{error}");
            if error.outcome() == Outcome::Rejected {
                assert_ne!(error.kind(), ErrorKind::Answer, "{error}");
            }
            let said = format!("{error} {error:#} {error:?}");
            assert!(said.len() < 20_000, "{} bytes", said.len());
            assert!(
                !said.contains(|it: char| it.is_control() && it != '\n'),
                "{said:?}"
            );
            assert!(operation.effect != Effect::Read || !error.to_string().is_empty());
        }
    }
}

#[test]
fn answers() {
    corpus("answers", answer);
    check!().with_max_len(4096).for_each(answer);
}

/// Makes JSON of bytes, with the names that answers have, so that inputs get far.
fn json(input: &mut std::slice::Iter<'_, u8>, depth: u8) -> Value {
    const NAMES: [&str; 20] = [
        "id", "data", "code", "success", "order_id", "trade_no", "list", "orders", "order",
        "status", "message", "msg", "errors", "error", "field", "quantity", "proxies", "total",
        "meta", "count",
    ];
    let Some(byte) = input.next() else {
        return Value::Null;
    };
    let texts = [
        "",
        "1",
        "true",
        "1.50",
        "\u{1b}[31m",
        "\u{202e}",
        "confirmed",
        "2024-04-20 10:25:12",
    ];
    let count = byte >> 4;
    match byte & 15 {
        0..=5 if depth > 0 => {
            let field = |_| {
                let name = input
                    .next()
                    .map_or("id", |it| NAMES[usize::from(*it) % NAMES.len()]);
                (name.to_owned(), json(input, depth - 1))
            };
            Value::Object((0..count).map(field).collect())
        }
        6..=7 if depth > 0 => (0..count).map(|_| json(input, depth - 1)).collect(),
        8 => Value::Bool(count > 7),
        9 => Value::Null,
        10 => (i64::from(count) - 3).into(),
        11 => (f64::from(count) / 4.0).into(),
        12 => [i64::MIN, i64::MAX][usize::from(count) % 2].into(),
        13 => [u64::MAX, 200][usize::from(count) % 2].into(),
        _ => texts[usize::from(count) % texts.len()].into(),
    }
}

/// An answer of well-formed JSON.
fn structured_answer(input: &[u8]) {
    let [operation, status, rest @ ..] = input else {
        return;
    };
    let body = json(&mut rest.iter(), 5).to_string();
    answer(&[&[*operation, *status], body.as_bytes()].concat());
}

#[test]
fn structured_answers() {
    corpus("structured", structured_answer);
    check!().with_max_len(256).for_each(structured_answer);
}

/// An amount: what is read as one is digits with at most one point, and is exact.
fn amount(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let read: Money = serde_json::from_value(Value::from(text)).unwrap();
    let given = text.parse::<Money>();
    let trimmed = text.trim();
    let unsigned = trimmed.strip_prefix('-').unwrap_or(trimmed);
    let is_plain = unsigned.bytes().all(|it| it.is_ascii_digit() || it == b'.')
        && unsigned.bytes().filter(|it| *it == b'.').count() <= 1
        && unsigned.starts_with(|it: char| it.is_ascii_digit())
        && unsigned.ends_with(|it: char| it.is_ascii_digit());
    match read.amount() {
        Some(amount) => {
            assert!(is_plain, "{text:?} is {amount}");
            let shown = amount.to_string();
            let same = |text: &str| text.trim_start_matches(['-', '0']).to_owned();
            let kept = same(unsigned);
            assert!(
                kept == same(&shown) || amount.is_zero(),
                "{text:?} is {shown}"
            );
        }
        None => assert!(!is_plain || unsigned.len() > 27, "{text:?} is none"),
    }
    assert_eq!(
        given.is_ok(),
        read.amount().is_some() && !trimmed.starts_with('-'),
        "{text:?}"
    );
    // A JSON number, a whole number of cents, and whatever stands there instead.
    if let Ok(value) = serde_json::from_slice::<Value>(input) {
        let _ = fuzzing::money(&value);
    }
}

#[test]
fn amounts() {
    corpus("amounts", amount);
    check!().with_max_len(64).for_each(amount);
}

/// A time, as a vendor writes it in an answer or in a header.
fn time(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let moment = proxy_orders::Moment::new(text);
    assert_eq!(moment.as_text(), text);
    if let Some(timestamp) = moment.timestamp() {
        assert_eq!(moment.timestamp_assuming_utc(), Some(timestamp));
    }
    let _ = (moment.civil(), moment.timestamp_assuming_utc());
    let _ = fuzzing::retry_after(text);
}

#[test]
fn times() {
    corpus("times", time);
    check!().with_max_len(64).for_each(time);
}

/// A text of a server that quotes the secret of a request, in any form.
fn text(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let shown = printable(&text);
    assert!(!shown.contains(char::is_control), "{shown:?}");
    assert_eq!(printable(&shown), shown);
    let secret = "fuzz-secret";
    let quoted = format!("{text}{secret}{text}");
    let masked = fuzzing::redacted(secret, &quoted);
    assert!(!masked.contains(secret), "{masked:?}");
    let json = Value::from(quoted).to_string();
    let masked = fuzzing::redacted(secret, &json);
    assert!(
        serde_json::from_str::<Value>(&masked).is_ok(),
        "{json} became {masked}"
    );
}

#[test]
fn texts() {
    corpus("texts", text);
    check!().with_max_len(256).for_each(text);
}

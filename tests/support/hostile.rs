//! A server that answers anything at any pace, and a catalogue of answers that no honest vendor
//! sends.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proxy_orders::Vendor;
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::recorder::{BASE, read};

/// The bytes of an answer: the beginning, a part that is repeated, and the end.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub begin: Vec<u8>,
    pub unit: Vec<u8>,
    pub times: usize,
    pub end: Vec<u8>,
    /// The pause before each repetition.
    pub pace: Duration,
}

/// Makes the answer to an operation, of the example in its spec.
type Make = Box<dyn Fn(&Value) -> Answer + Send + Sync>;

/// One hostile answer.
pub struct Case {
    pub name: String,
    pub make: Make,
    /// True if it takes long, or has nothing to do with the operation, so that one operation of each
    /// vendor and effect is enough.
    pub is_long: bool,
    /// True if no answer ever ends, so that the client has to stop waiting.
    pub is_slow: bool,
}

/// The server. Dropping it stops it.
pub struct Hostile {
    address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    server: JoinHandle<()>,
}

impl Hostile {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = Arc::new(Mutex::new(Answer::default()));
        let kept = Arc::clone(&answer);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answer = kept.lock().unwrap().clone();
                tokio::spawn(serve(stream, answer));
            }
        });
        Hostile {
            address,
            answer,
            server,
        }
    }

    pub fn answer_with(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    pub fn base_url(&self) -> String {
        format!("http://{}{BASE}", self.address)
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Sends an answer until the client has enough.
async fn serve(mut stream: TcpStream, answer: Answer) {
    if read(&mut stream).await.is_none() || stream.write_all(&answer.begin).await.is_err() {
        return;
    }
    // Large pieces, unless there is a pace.
    let many = match answer.pace.is_zero() {
        true => (65_536 / answer.unit.len().max(1)).max(1),
        false => 1,
    };
    let mut left = answer.times;
    while left > 0 {
        tokio::time::sleep(answer.pace).await;
        let now = many.min(left);
        if stream.write_all(&answer.unit.repeat(now)).await.is_err() {
            return;
        }
        left -= now;
    }
    let _ = stream.write_all(&answer.end).await;
    let _ = stream.shutdown().await;
}

// ---- Words and numbers -------------------------------------------------------------------------

/// The forms in which a server may quote a credential.
pub fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let hex = |lower: bool| {
        let byte = |it: u8| match lower {
            true => format!("%{it:02x}"),
            false => format!("%{it:02X}"),
        };
        secret.bytes().map(byte).collect::<String>()
    };
    vec![
        ("plain", secret.to_owned()),
        ("percent", hex(false)),
        ("percent in lower case", hex(true)),
        ("Base64", base64(secret.as_bytes())),
        (
            "Base64 of Bearer",
            base64(format!("Bearer {secret}").as_bytes()),
        ),
        (
            "Base64 of a pair",
            base64(format!("user:{secret}").as_bytes()),
        ),
    ]
}

/// Base64, for the few texts of the tests.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = bytes.chunks(3).flat_map(|three| {
        let number = (0..3).fold(0_usize, |sum, at| {
            sum << 8 | usize::from(*three.get(at).unwrap_or(&0))
        });
        (0..=three.len()).map(move |at| char::from(LETTERS[number >> (18 - 6 * at) & 63]))
    });
    letters.collect()
}

/// Texts that must not get out as they came.
fn words(secret: &str) -> Vec<(String, String)> {
    let quoted = forms(secret).into_iter();
    let mut words: Vec<_> = quoted
        .map(|(name, it)| (format!("credential, {name}"), it))
        .collect();
    for (name, text) in [
        ("escape", "\u{1b}[31m\u{1b}]0;title\u{7}"),
        ("C1", "\u{9b}31m\u{85}\u{9d}0;t\u{9c}"),
        ("bidi", "\u{202e}txt\u{2066}\u{200f}"),
        ("control bytes", "\u{0}\u{8}\r\n\u{7f}"),
        ("line separators", "\u{2028}\u{2029}\u{feff}"),
        ("path", "../../../../etc/passwd"),
        ("formula", "=cmd|' /C calc'!A0"),
        ("nothing", ""),
    ] {
        words.push((name.to_owned(), text.to_owned()));
    }
    words.push(("long".to_owned(), "9".repeat(100_000)));
    words
}

fn numbers() -> Vec<Value> {
    vec![
        json!(-1),
        json!(0),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e300),
        json!(-1e300),
        json!(5e-324),
        json!(-0.0),
        json!(9_007_199_254_740_993_i64),
        json!("1e3"),
        json!("1_000"),
        json!("-79228162514264337593543950335"),
        json!("99999999999999999999999999999999999999"),
        json!("NaN"),
    ]
}

/// Replaces every scalar of a value that a rule is for.
fn replaced(value: &Value, with: &dyn Fn(&Value) -> Option<Value>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|it| replaced(it, with)).collect(),
        Value::Object(fields) => {
            let replace = |(name, it): (&String, &Value)| (name.clone(), replaced(it, with));
            Value::Object(fields.iter().map(replace).collect::<Map<_, _>>())
        }
        scalar => with(scalar).unwrap_or_else(|| scalar.clone()),
    }
}

// ---- The catalogue -----------------------------------------------------------------------------

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";

fn answer(head: &str, body: impl Into<Vec<u8>>) -> Answer {
    let mut begin = head.as_bytes().to_vec();
    begin.extend(body.into());
    Answer {
        begin,
        ..Answer::default()
    }
}

fn repeated(before: &str, unit: &str, times: usize, after: &str) -> Answer {
    Answer {
        unit: unit.into(),
        times,
        end: after.into(),
        ..answer(OK, before)
    }
}

fn case(name: impl Into<String>, make: impl Fn(&Value) -> Answer + Send + Sync + 'static) -> Case {
    Case {
        name: name.into(),
        make: Box::new(make),
        is_long: false,
        is_slow: false,
    }
}

/// Returns every hostile answer.
pub fn catalogue(secret: &str) -> Vec<Case> {
    let mut cases = examples(secret);
    cases.extend(bodies());
    cases.extend(refusals(secret));
    cases.extend(heads(secret));
    cases.extend(large());
    cases.extend(slow());
    cases
}

/// Documented answers in which every text, number or value is another one.
pub fn examples(secret: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, word) in words(secret) {
        let escaped = word.clone();
        cases.push(case(format!("every text: {name}"), move |example| {
            let with = |it: &Value| it.is_string().then(|| json!(word));
            answer(OK, replaced(example, &with).to_string())
        }));
        // The same as JSON writes it in ASCII alone.
        cases.push(case(
            format!("every text, escaped: {name}"),
            move |example| {
                let with = |it: &Value| it.is_string().then(|| json!("HOSTILE"));
                let units = escaped.encode_utf16().map(|it| format!("\\u{it:04x}"));
                let body = replaced(example, &with).to_string();
                answer(OK, body.replace("HOSTILE", &units.collect::<String>()))
            },
        ));
    }
    for number in numbers() {
        cases.push(case(format!("every number: {number}"), move |example| {
            let with = |it: &Value| it.is_number().then(|| number.clone());
            answer(OK, replaced(example, &with).to_string())
        }));
    }
    let all = [
        json!(null),
        json!([]),
        json!({}),
        json!(true),
        json!([[1], {"a": null}]),
    ];
    for value in all {
        cases.push(case(format!("every value: {value}"), move |example| {
            answer(OK, replaced(example, &|_| Some(value.clone())).to_string())
        }));
    }
    let secret = secret.to_owned();
    cases.push(case("a name that is the credential", move |_| {
        answer(
            OK,
            json!({&secret: {&secret: [&secret]}, "id": &secret}).to_string(),
        )
    }));
    cases
}

/// Bodies that are no answer to anything.
fn bodies() -> Vec<Case> {
    let texts: [(&str, &[u8]); 19] = [
        ("null", b"null"),
        ("a number", b"-1"),
        ("a huge number", b"1e999"),
        ("a text", b"\"\""),
        ("a list", b"[]"),
        ("lists", b"[[],[[]],{}]"),
        ("an object", b"{}"),
        ("invalid UTF-8", b"{\"id\": \"\xff\xfe\x9b\"}"),
        ("a lone surrogate", b"{\"id\": \"\\ud800\"}"),
        ("a NUL byte", b"{\"id\": \0}"),
        ("a byte order mark", b"\xef\xbb\xbf{\"id\": 1}"),
        ("no end", b"{\"id\": 1, \"data\": [{\"id\": "),
        ("more after the end", b"{\"id\": 1}{\"id\": 2}"),
        (
            "the same name twice",
            b"{\"id\": 1, \"id\": -2, \"success\": true, \"success\": false}",
        ),
        ("NaN", b"{\"id\": NaN}"),
        ("a comment", b"/* \x1b[31m */ {\"id\": 1}"),
        ("HTML", b"<html>\x1b[2J</html>"),
        ("blanks", b" \n\t "),
        ("closing brackets", b"]]]]}}}}"),
    ];
    let plain = texts.map(|(name, body)| case(name, move |_| answer(OK, body)));
    let mut cases: Vec<_> = plain.into_iter().collect();
    for depth in [65, 127, 1_000, 60_000] {
        for (open, close) in [("[", "]"), ("{\"id\":", "}"), ("{\"data\":[", "]}")] {
            cases.push(case(format!("{depth} times {open}"), move |_| {
                let begin = format!("{{\"id\": 1, \"data\": {}", open.repeat(depth));
                answer(OK, format!("{begin}1{}}}", close.repeat(depth)))
            }));
        }
    }
    cases
}

/// Refusals and failures with hostile words.
fn refusals(secret: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    // 422 for every operation, the others for a few.
    for status in [422, 400, 500, 599, 999] {
        for (name, word) in words(secret) {
            cases.push(case(format!("{status}: {name}"), move |_| {
                let head = format!("HTTP/1.1 {status} {status}\r\nx: y\r\n\r\n");
                let listed = json!([{"field": word, "message": word}, word]);
                let body = json!({
                    "message": word, "msg": word, "error": {"message": word}, "code": word,
                    "errors": if status % 2 == 0 { json!({&word: [word, word]}) } else { listed },
                });
                answer(&head, body.to_string())
            }));
        }
        cases.push(case(format!("{status}: many fields"), move |_| {
            let head = format!("HTTP/1.1 {status} {status}\r\n\r\n");
            let fields = (0..5_000).map(|number| (format!("f{number}"), json!(["a", "b"])));
            let fields: Map<_, _> = fields.collect();
            answer(
                &head,
                json!({"message": "m".repeat(50_000), "errors": fields}).to_string(),
            )
        }));
    }
    for case in cases.iter_mut().filter(|it| !it.name.starts_with("422")) {
        case.is_long = true;
    }
    cases
}

/// Heads of an answer that no server should send.
fn heads(secret: &str) -> Vec<Case> {
    let body = "{\"id\": 1}";
    let mut cases = Vec::new();
    let lines: Vec<(&str, String)> = vec![
        (
            "many headers",
            (0..10_000).map(|it| format!("h{it}: v\r\n")).collect(),
        ),
        ("a long header", format!("h: {}\r\n", "x".repeat(2_000_000))),
        (
            "a header of odd bytes",
            "h: \u{1b}[31m\u{9b}\r\n".to_owned(),
        ),
        ("a header without a colon", "nothing\r\n".to_owned()),
        (
            "a length beyond all",
            "content-length: 99999999999999999999\r\n".to_owned(),
        ),
        (
            "a length that never comes",
            "content-length: 4611686018427387904\r\n".to_owned(),
        ),
        ("a length below zero", "content-length: -1\r\n".to_owned()),
        (
            "two lengths",
            "content-length: 1\r\ncontent-length: 2\r\n".to_owned(),
        ),
        (
            "pieces without a size",
            "transfer-encoding: chunked\r\n".to_owned(),
        ),
        (
            "an odd type",
            format!("content-type: {secret}\u{1b}[31m{}\r\n", "x".repeat(9_000)),
        ),
        (
            "compressed, it says",
            "content-encoding: gzip\r\n".to_owned(),
        ),
    ];
    for (name, line) in lines {
        cases.push(case(name, move |_| {
            answer(&format!("HTTP/1.1 200 OK\r\n{line}\r\n"), body)
        }));
    }
    for size in [
        "ffffffffffffffff",
        "-1",
        "1\r\nx\r\n\u{1b}",
        "7fffffffffffffff",
    ] {
        cases.push(case(format!("a piece of size {size:?}"), move |_| {
            let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            answer(head, format!("{size}\r\n{body}\r\n"))
        }));
    }
    for wait in [
        "-1",
        "1e308",
        "NaN",
        "inf",
        "99999999999999999999",
        "1e-300",
        "\u{1b}[31m",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 99 Foo 0000 99:99:99 GMT",
    ] {
        cases.push(case(format!("retry-after: {wait}"), move |_| {
            answer(
                &format!("HTTP/1.1 503 Busy\r\nretry-after: {wait}\r\n\r\n"),
                "{}",
            )
        }));
    }
    for (_, form) in forms(secret) {
        cases.push(case(
            format!("redirect and request id: {form:.20}"),
            move |_| {
                let line = "HTTP/1.1 307 Elsewhere\r\n";
                let line =
                    format!("{line}location: http://127.0.0.1:1/{form}\r\nx-request-id: {form}");
                answer(
                    &format!("{line}\r\n\r\n"),
                    json!({"message": form}).to_string(),
                )
            },
        ));
    }
    for line in [
        "HTTP/1.1 099 Low",
        "HTTP/1.1 1000 High",
        "HTTP/9.9 200 OK",
        "HTTP/1.1 -1 x",
        "HTTP/1.1 101 Switching",
        "HTTP/1.1 204 None",
        "HTTP/1.1 304 Same",
        "HTTP/1.1 205 Reset",
        "\u{1b}[31m",
        "",
        "ICY 200 OK",
    ] {
        cases.push(case(format!("the first line {line:?}"), move |_| {
            answer(&format!("{line}\r\n\r\n"), body)
        }));
    }
    cases.push(case("many preliminary answers", move |_| {
        let mut many = answer("", "");
        (many.unit, many.times) = (b"HTTP/1.1 103 Early\r\n\r\n".to_vec(), 50_000);
        many.end = format!("{OK}{body}").into_bytes();
        many
    }));
    cases
}

/// Bodies at the edge of the bounds and beyond.
fn large() -> Vec<Case> {
    let cases = [
        (
            "28 MB of tiny objects",
            repeated("{\"id\":1,\"data\":[{}", ",{}", 9_300_000, "]}"),
        ),
        (
            "240,000 tiny objects",
            repeated("{\"id\":1,\"data\":[{}", ",{}", 240_000, "]}"),
        ),
        (
            "120,000 named objects",
            repeated("{\"id\":1,\"data\":[{}", ",{\"id\":1}", 120_000, "]}"),
        ),
        (
            "80,000 orders",
            repeated(
                "{\"id\":1,\"data\":[{\"id\":1}",
                ",{\"id\":1,\"status\":\"confirmed\",\"note\":\"n\"}",
                80_000,
                "]}",
            ),
        ),
        (
            "49,000 orders of a write",
            repeated("{\"id\":1,\"data\":[{}", ",{\"id\":1}", 49_000, "]}"),
        ),
        (
            "a text of 3 MB",
            repeated("{\"id\":1,\"message\":\"", "x", 3_000_000, "\"}"),
        ),
        (
            "a text of 15 MB",
            repeated("{\"id\":1,\"message\":\"", "x", 15_000_000, "\"}"),
        ),
        (
            "a number of 3 MB",
            repeated("{\"id\":1", "0", 3_000_000, "}"),
        ),
        (
            "a name of 3 MB",
            repeated("{\"id\":1,\"", "\\u0061", 500_000, "\":1}"),
        ),
        (
            "a body without an end",
            repeated("{\"id\":1,\"data\":[{}", ",{}", usize::MAX, ""),
        ),
        ("blanks without an end", repeated("", " ", usize::MAX, "")),
    ];
    let long = |(name, answer): (&str, Answer)| Case {
        is_long: true,
        ..case(name, move |_| answer.clone())
    };
    cases.into_iter().map(long).collect()
}

/// Answers that come too slowly to ever end.
fn slow() -> Vec<Case> {
    let pace = Duration::from_millis(5);
    let head = |begin: &str, unit: &str| Answer {
        begin: begin.into(),
        unit: unit.into(),
        times: usize::MAX,
        pace,
        ..Answer::default()
    };
    let cases = [
        ("a slow body", head(&format!("{OK}{{\"id\":"), " ")),
        ("slow headers", head("HTTP/1.1 200 OK\r\n", "h: v\r\n")),
        ("a slow first line", head("HTTP/1.1 200 ", "O")),
        (
            "a slow refusal",
            head("HTTP/1.1 422 No\r\n\r\n{\"message\": \"", "x"),
        ),
    ];
    let slow = |(name, answer): (&str, Answer)| Case {
        is_long: true,
        is_slow: true,
        ..case(name, move |_| answer.clone())
    };
    cases.into_iter().map(slow).collect()
}

/// Returns whether a text has something that a terminal obeys, or that turns it around.
pub fn steers(text: &str) -> bool {
    let odd = |it: char| {
        (it.is_control() && it != '\n')
            || matches!(it, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.contains(odd)
}

/// Returns the first form of a credential that a text has.
pub fn leaks(text: &str, secret: &str) -> Option<&'static str> {
    let mut found = forms(secret)
        .into_iter()
        .filter(|(_, form)| text.contains(form.as_str()));
    found.next().map(|(name, _)| name)
}

/// One operation of each vendor and effect.
pub fn few(vendors: &[Vendor]) -> Vec<&'static proxy_orders::operation::Operation> {
    let mut few: Vec<&proxy_orders::operation::Operation> = Vec::new();
    for vendor in vendors {
        for operation in vendor.operations() {
            let is_there = |it: &&proxy_orders::operation::Operation| {
                it.vendor == *vendor && it.effect == operation.effect
            };
            if !few.iter().any(is_there) {
                few.push(operation);
            }
        }
    }
    few
}

//! Ten thousand requests that no client should send, over TCP: nothing panics, nothing is answered
//! with 5xx, every operation answers in JSON, and no memory is kept.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proxy_orders_sandbox::{Sandbox, Vendor};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const REQUESTS: usize = 10_000;
/// The requests before memory is measured: worlds are made and pages are faulted in by then.
const WARM_UP: usize = 1_000;
/// The requests that are under way at the same time.
const AT_ONCE: usize = 8;
/// The most bytes by which memory may grow.
const GROWTH: usize = 64 * 1024 * 1024;
/// The time for one request, far more than any takes.
const TIMEOUT: Duration = Duration::from_secs(60);
const LARGE: usize = 10 * 1024 * 1024;

const GOOD_KEY: &str = "sandbox-test-0123456789-abcdefgh";
const BAD_KEYS: [&str; 5] = ["", "live-key", "Bearer", "\u{e9}\u{20ac}", "sandbox"];

/// Ids that the worlds hold, for the parameters of paths.
const IDS: &str = "420 1001 1002 1004 12345 70001 sandbox-key";

/// Members with good values, so that others are looked at beyond the first refusal.
const MEMBERS: &str = r#"
    product_id:123 product_plan_id:456 product_location_id:789 quantity:1 card_id:1
    selection:{"locations":[{"product_location_id":789,"quantity":2}]}
    product_question_answers:{} coupon_code:"SAVE10" auto_extend:true proxies:[] order_id:420
    is_enabled:true payment_type:"balance" username:"u" password:"p" is_reset:true location:"DE"
    cycle:"monthly" addons:[{"addon_key":"p0f_slots","qty":1}] tag:"t" addon_key:"p0f_slots"
    items:[{"ip":"192.0.2.1","value":true,"signature":"ios"}] add_qty:1 action:"downgrade"
    next_qty:1 amount:1 name:"n" data:1 pid:1001 pm_id:0 region_list:"JP,1" trade_no:"string"
    accounts:"a:b"
"#;

/// Values that fit hardly anywhere.
const VALUES: &str = r#"
    0 -1 1 420 1e999 -0 00 1.5 99999999999999999999999999 9223372036854775807
    -9223372036854775808 18446744073709551616 true null "" "x" [] {} [[[[]]]] "\u0000\ud800"
    "💥" [1,"x",null,{},[]] {"locations":[{}]} {"":{"":{"":1}}}
    {"locations":[{"product_location_id":789,"quantity":9223372036854775807},{"quantity":-1}]}
"#;

const BODIES: &str = "{ } [ nul {] \" \u{feff}{} {}{} {\"a\":} +1 NaN";

const PATHS: &str = "/.. /../.. /./. // ///etc/passwd /%2e%2e/%2e%2e /%00 /% /%zz /%ff /%c0%ae
    /;a=b /\\..\\ /{id} /* /~ /420/extend/ /ORDERS /_sandbox/state /orders/4g/rotate-ip/";

const TARGETS: &str = "* localhost:80 ? # x http:// /\u{e9}";

const METHODS: &str =
    "TRACE OPTIONS HEAD PUT CONNECT PROPFIND get G GETT POST DELETE PATCH M-SEARCH
    PRI !#$%&'*+ PURGE";

/// Broken declarations of the body's length, each with the body that comes.
const LENGTHS: [&str; 12] = [
    "content-length: -1\r\n\r\n{}",
    "content-length: 99999999999999999999999999\r\n\r\n{}",
    "content-length: two\r\n\r\n{}",
    "content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "content-length: 2, 2\r\n\r\n{}",
    "content-length: 0x2\r\n\r\n{}",
    "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
    "transfer-encoding: chunked\r\n\r\n2\r\n{}",
    "transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "transfer-encoding: gzip\r\n\r\n{}",
];

/// Lines that are no headers, or should not be.
const HEADERS: [&str; 14] = [
    "no colon here\r\n",
    ": no name\r\n",
    "bad name: x\r\n",
    "nul: a\0b\r\n",
    "folded: a\r\n b\r\n",
    "bare\nfeed: x\r\n",
    "content-type: \u{1f4a5}\r\n",
    "host: other\r\n",
    "host: \r\n",
    "expect: the-impossible\r\n",
    "connection: upgrade\r\nupgrade: h2c\r\n",
    "connection: keep-alive, close, x-access-token\r\n",
    "accept-encoding: gzip;q=nan\r\n",
    "x-access-token: a\r\nx-access-token: b\r\n",
];

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// A request, as bytes.
struct Request {
    /// The defect of the request.
    kind: &'static str,
    bytes: Vec<u8>,
    /// Ten megabytes follow.
    is_large: bool,
    /// The bytes are not a whole HTTP request: the caller says that no more comes, and closing the
    /// connection is answer enough.
    is_broken: bool,
    /// An operation of a vendor answers, so the answer is JSON.
    is_operation: bool,
}

/// Makes requests, the same ones from the same seed.
struct Maker {
    state: u64,
    /// Methods and paths.
    operations: Vec<(String, String)>,
    /// The names of query parameters.
    names: Vec<String>,
    large: usize,
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn encoded(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
}

impl Maker {
    fn new(seed: u64, sandbox: &Sandbox) -> Self {
        let host = format!("http://{}", sandbox.address());
        let mut maker = Self {
            state: seed,
            operations: Vec::new(),
            names: ["order_ids[0]", "product_question_answers[12]", "app_key"]
                .map(str::to_owned)
                .into(),
            large: 0,
        };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/dist");
        for &vendor in Vendor::all() {
            let text = std::fs::read_to_string(folder.join(format!("{vendor}.json"))).unwrap();
            let spec: Value = serde_json::from_str(&text).unwrap();
            let url = sandbox.base_url(vendor);
            let prefix = url.strip_prefix(&host).unwrap();
            let before = maker.operations.len();
            for (path, operations) in spec["paths"].as_object().unwrap() {
                for (method, operation) in operations.as_object().unwrap() {
                    let path = format!("{prefix}{path}");
                    maker.operations.push((method.to_uppercase(), path));
                    let parameters = operation["parameters"].as_array().into_iter().flatten();
                    let names = parameters.filter_map(|one| Some(one["name"].as_str()?.to_owned()));
                    maker.names.extend(names);
                }
            }
            let added = maker.operations.len() - before;
            assert_eq!(added, vendor.operations().len(), "{vendor}");
        }
        maker
    }

    fn below(&mut self, limit: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % limit
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most) + 1;
        (0..length).map(|_| self.below(256) as u8).collect()
    }

    /// Returns a method and a path with some parameter in it.
    fn operation(&mut self) -> (String, String) {
        let index = self.below(self.operations.len());
        let (method, path) = self.operations[index].clone();
        let Some((before, rest)) = path.split_once('{') else {
            return (method, path);
        };
        let (_, after) = rest.split_once('}').unwrap();
        let parameter = match self.below(3) {
            0 => self.of(&words(IDS)).to_owned(),
            1 => encoded(self.of(&words(VALUES)).as_bytes()),
            _ => encoded(&self.bytes(40)),
        };
        (method, format!("{before}{parameter}{after}"))
    }

    fn key(&mut self) -> &'static str {
        match self.below(5) {
            0 => self.of(&BAD_KEYS),
            _ => GOOD_KEY,
        }
    }

    fn query(&mut self) -> String {
        let mut query = format!("?app_key={}", encoded(self.key().as_bytes()));
        for _ in 0..self.below(5) {
            let value = match self.below(4) {
                0 => encoded(&self.bytes(30)),
                _ => encoded(self.of(&words(VALUES)).as_bytes()),
            };
            let index = self.below(self.names.len());
            query.push_str(&format!("&{}={value}", self.names[index]));
        }
        query
    }

    /// Returns a body whose members are good, but for some values.
    fn members(&mut self) -> String {
        let mut members = vec![format!("\"app_key\":\"{}\"", self.key().escape_default())];
        for member in words(MEMBERS) {
            if self.below(3) == 0 {
                continue;
            }
            let (name, mut value) = member.split_once(':').unwrap();
            if self.below(4) == 0 {
                value = self.of(&words(VALUES));
            }
            members.push(format!("\"{name}\":{value}"));
        }
        format!("{{{}}}", members.join(","))
    }

    fn head(&mut self, method: &str, target: &str) -> String {
        let key = self.key();
        format!(
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/json\r\nx-access-token: {key}\r\n\
             authorization: Bearer {key}\r\n"
        )
    }

    fn with_body(&mut self, kind: &'static str, body: &[u8]) -> Request {
        let (method, path) = self.operation();
        let target = format!("{path}{}", self.query());
        let head = self.head(&method, &target);
        let head = format!("{head}content-length: {}\r\n\r\n", body.len());
        let request = Request::new(kind, [head.as_bytes(), body].concat());
        Request {
            is_operation: true,
            ..request
        }
    }

    fn request(&mut self) -> Request {
        match self.below(12) {
            0 => self.bad_json(),
            1 | 2 => {
                let body = self.members();
                self.with_body("wrong values", body.as_bytes())
            }
            3 => self.nested(),
            4 => self.large(),
            5 => self.bad_utf8(),
            6 => self.bad_path(),
            7 => self.odd_method(),
            8 => self.broken_header(),
            9 => {
                let (method, path) = self.operation();
                let head = self.head(&method, &path);
                Request::broken("broken length", format!("{head}{}", self.of(&LENGTHS)))
            }
            10 => {
                let body = self.members();
                let mut bytes = self.with_body("", body.as_bytes()).bytes;
                bytes.truncate(self.below(bytes.len()));
                Request::broken("cut off", bytes)
            }
            _ => Request::broken("noise", self.bytes(600)),
        }
    }

    fn bad_json(&mut self) -> Request {
        let mut body = self.members().into_bytes();
        match self.below(4) {
            0 => body.truncate(self.below(body.len())),
            1 => {
                for _ in 0..3 {
                    let index = self.below(body.len());
                    body[index] = self.below(256) as u8;
                }
            }
            2 => body = b" ".repeat(self.below(2)),
            _ => body = self.of(&words(BODIES)).into(),
        }
        self.with_body("bad JSON", &body)
    }

    /// Returns a length, mostly below the first limit and at times below the second.
    fn length(&mut self, usual: usize, most: usize) -> usize {
        let most = if self.below(8) == 0 { most } else { usual };
        self.below(most)
    }

    fn nested(&mut self) -> Request {
        let depth = self.length(1_000, 100_000);
        let (open, close) = self.of(&[("[", "]"), ("{\"a\":", "}"), ("[{\"selection\":", "}]")]);
        let mut body = open.repeat(depth);
        if self.below(2) == 0 {
            body.push('1');
            body.push_str(&close.repeat(depth));
        }
        self.with_body("deep nesting", body.as_bytes())
    }

    /// Thirty are too large; the others have half a megabyte of many small members.
    fn large(&mut self) -> Request {
        if self.large < 30 && self.below(10) == 0 {
            self.large += 1;
            let (method, path) = self.operation();
            let head = self.head(&method, &path);
            let text = format!("{head}content-length: {LARGE}\r\n\r\n");
            return Request {
                is_large: true,
                ..Request::new("10 MB", text)
            };
        }
        let (name, item) = self.of(&[
            ("items", r#"{"ip":"192.0.2.1","value":true}"#),
            ("proxies", r#""192.0.2.1""#),
            ("order_ids", "1"),
            ("addons", r#"{"addon_key":"p0f_slots","qty":1}"#),
            ("token", r#"{"token":"x"}"#),
        ]);
        let count = self.length(500, 20_000) + 1;
        let items = vec![item; count].join(",");
        let body = format!("{{\"app_key\":\"{GOOD_KEY}\",\"order_id\":420,\"{name}\":[{items}]}}");
        self.with_body("many members", body.as_bytes())
    }

    fn bad_utf8(&mut self) -> Request {
        let (method, path) = self.operation();
        let noise = self.bytes(60);
        let head = self.head(&method, &format!("{path}?note_search={}", encoded(&noise)));
        let mut head = head.into_bytes();
        if self.below(3) == 0 {
            // In a header, where any byte but a few may stand.
            let high: Vec<u8> = noise.iter().copied().filter(|byte| *byte >= 0x80).collect();
            head.extend([b"x-noise: ", &*high, b"\r\n"].concat());
        }
        let length = format!("content-length: {}\r\n\r\n", noise.len());
        Request::new("bad UTF-8", [&*head, length.as_bytes(), &noise].concat())
    }

    fn bad_path(&mut self) -> Request {
        let (method, path) = self.operation();
        let prefix = path.split('/').nth(1).unwrap();
        let target = match self.below(8) {
            0 => format!("/{prefix}{}", self.of(&words(PATHS))),
            1 => format!("{path}{}", self.of(&words(PATHS))),
            2 => self.of(&words(PATHS)).to_owned(),
            3 => format!("http://evil.example{path}"),
            4 => self.of(&words(TARGETS)).to_owned(),
            5 => format!("{path}/{}", "a/".repeat(self.below(500))),
            6 => format!("{path}?{}", "x=1&".repeat(self.below(500))),
            _ => format!("{path}?{}", "x".repeat(self.length(1_000, 100_000))),
        };
        let head = self.head(&method, &target);
        Request::new("path trick", format!("{head}content-length: 2\r\n\r\n{{}}"))
    }

    fn odd_method(&mut self) -> Request {
        let (_, path) = self.operation();
        let method = match self.below(8) {
            0 => "X".repeat(self.below(300) + 1),
            _ => self.of(&words(METHODS)).to_owned(),
        };
        let head = self.head(&method, &path);
        Request::new("odd method", format!("{head}content-length: 2\r\n\r\n{{}}"))
    }

    fn broken_header(&mut self) -> Request {
        let (method, path) = self.operation();
        let head = match self.below(12) {
            0 => format!("{method} {path}\r\n"),
            1 => format!("{method} {path} HTTP/9.9\r\nhost: x\r\n"),
            2 => format!("{method} {path} HTTP/1.0\r\n"),
            3 => format!("{method}  {path}  HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"),
            4 => "PRI * HTTP/2.0\r\n".to_owned(),
            _ => self.head(&method, &path),
        };
        let header = match self.below(6) {
            0 => format!("x-long: {}\r\n", "x".repeat(self.length(10_000, 500_000))),
            1 => "x-many: x\r\n".repeat(self.below(300)),
            _ => self.of(&HEADERS).to_owned(),
        };
        let text = format!("{head}{header}content-length: 2\r\n\r\n{{}}");
        // Of another version, or refused while its headers still came.
        Request::broken("broken header", text)
    }
}

impl Request {
    fn new(kind: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            kind,
            bytes: bytes.into(),
            is_large: false,
            is_broken: false,
            is_operation: false,
        }
    }

    fn broken(kind: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            is_broken: true,
            ..Self::new(kind, bytes)
        }
    }

    /// Returns its beginning, to be read.
    fn shown(&self) -> String {
        let beginning = &self.bytes[..self.bytes.len().min(2000)];
        format!("{}: {}", self.kind, beginning.escape_ascii())
    }

    /// Sends it and returns the answer as text; empty if there is none.
    async fn send(&self, address: SocketAddr, large: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // The server may refuse early and close before all is sent; its answer still counts.
        let mut sent = stream.write_all(&self.bytes).await;
        if self.is_large && sent.is_ok() {
            sent = stream.write_all(large).await;
        }
        if self.is_broken && sent.is_ok() {
            stream.shutdown().await.ok();
        }
        let mut answer = Vec::new();
        while let Ok(1..) = stream.read_buf(&mut answer).await {}
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// Returns the resident memory in bytes, where the system tells it.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_malformed_breaks_it() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        report(panic);
    }));
    let sandbox = Sandbox::builder().control(true).start().await.unwrap();
    let address = sandbox.address();
    let large: Arc<[u8]> = vec![b'['; LARGE].into();
    let mut maker = Maker::new(20_250_301, &sandbox);
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unanswered = 0;
    let mut before = None;
    for round in 0..REQUESTS / AT_ONCE {
        if round == WARM_UP / AT_ONCE {
            before = resident();
        }
        let tasks: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let request = maker.request();
                let large = Arc::clone(&large);
                tokio::spawn(async move {
                    let answer = tokio::time::timeout(TIMEOUT, request.send(address, &large));
                    (answer.await, request)
                })
            })
            .collect();
        for task in tasks {
            let (answer, request) = task.await.unwrap();
            let shown = request.shown();
            let answer = answer.unwrap_or_else(|_| panic!("never answered: {shown}"));
            *kinds.entry(request.kind).or_default() += 1;
            let status = answer
                .strip_prefix("HTTP/1.")
                .and_then(|rest| rest.get(2..5));
            let Some(status) = status else {
                assert!(request.is_broken, "unanswered: {shown}");
                unanswered += 1;
                continue;
            };
            let is_json = answer.contains("content-type: application/json\r\n");
            assert!(!request.is_operation || is_json, "{answer}: {shown}");
            let status = status.parse().unwrap();
            assert!((200..500).contains(&status), "{status}: {shown}");
            *statuses.entry(status).or_default() += 1;
        }
    }
    let after = resident();
    println!("requests: {kinds:?}");
    println!("answers: {statuses:?}, and {unanswered} unanswered");
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
    if let (Some(before), Some(after)) = (before, after) {
        let growth = after.saturating_sub(before);
        println!("memory: {before} before, {after} after, {growth} more");
        assert!(growth < GROWTH, "{growth} bytes more");
    }
    // It still works.
    let health = "GET /proxyshard/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let answer = Request::new("plain", health).send(address, &[]).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    sandbox.stop().await;
}

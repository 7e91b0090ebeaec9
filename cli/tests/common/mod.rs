//! Running the built program, and servers for it to talk to.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proxy_orders_sandbox::{Fault, FaultMode, Sandbox, SandboxBuilder};
use tempfile::TempDir;

/// A folder of the test's own, deleted afterwards.
pub fn folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// The program with a command line as a shell would read it, an empty environment and no terminal.
pub fn program(line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxy-orders"));
    command.env_clear();
    // Never the journal of the user who runs the tests.
    command.env("XDG_STATE_HOME", "/proc/no-journal-here");
    command.args(shell_words(line));
    command.stdin(Stdio::null());
    command
}

/// Starts a command with both streams captured.
pub fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits until a condition holds.
pub fn wait_until(mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The result of a run of the program.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn of(command: &mut Command) -> Self {
        Run::from(command.output().unwrap())
    }

    /// Waits for the end of a program whose streams are captured.
    pub fn end(child: Child) -> Self {
        Run::from(child.wait_with_output().unwrap())
    }

    /// Returns both streams.
    pub fn all(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        self
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub fn run(line: &str) -> Run {
    Run::of(&mut program(line))
}

/// Runs with a sandbox of the program's own.
pub fn sandboxed(line: &str) -> Run {
    run(&format!("{line} --sandbox"))
}

/// A sandbox on a runtime of its own, so that it serves while the test waits for the program.
pub struct Served {
    pub sandbox: Sandbox,
    /// Holds the journal.
    pub folder: TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl Served {
    pub fn start() -> Self {
        Served::of(Sandbox::builder())
    }

    pub fn of(builder: SandboxBuilder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let sandbox = runtime.block_on(builder.start()).unwrap();
        Served {
            sandbox,
            folder: folder(),
            _runtime: runtime,
        }
    }

    /// The program, led to this sandbox.
    pub fn program(&self, line: &str) -> Command {
        let mut command = program(line);
        command.envs(self.sandbox.environment());
        command.env("PROXY_ORDERS_JOURNAL", self.journal());
        command
    }

    pub fn run(&self, line: &str) -> Run {
        Run::of(&mut self.program(line))
    }

    /// Makes something go wrong with the next order.
    pub fn fail_next_order(&self, mode: FaultMode) {
        let fault = Fault {
            operation: Some("create_order".to_owned()),
            times: Some(1),
            ..Fault::new(mode)
        };
        self.sandbox.faults(vec![fault]).unwrap();
    }

    /// The journal's file.
    pub fn journal(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    /// The number of POST requests.
    pub fn posts(&self) -> usize {
        let requests = self.sandbox.requests();
        requests.iter().filter(|it| it.method == "POST").count()
    }

    /// The number of charges.
    pub fn charges(&self) -> usize {
        self.sandbox.ledger().len()
    }
}

/// A request as it came in over TCP.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    pub path: String,
    /// Decoded, and sorted.
    pub query: Vec<(String, String)>,
    /// By lower-case name.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// The reaction of a recorder to a request.
pub enum Reply {
    Answer(u16, String),
    /// These bytes, whatever they are, in place of a whole answer.
    Raw(Vec<u8>),
    /// Closes the connection without a word.
    Close,
    /// Says nothing and keeps the connection.
    Hold,
}

/// A server that writes down what comes in.
pub struct Recorder {
    pub port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    /// Holds the journal of whoever talks to it.
    pub folder: TempDir,
}

impl Recorder {
    pub fn start(reply: impl Fn(&Received) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&received);
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming().flatten() {
                stream
                    .set_read_timeout(Some(Duration::from_secs(10)))
                    .unwrap();
                let Some(request) = read(&stream) else {
                    continue;
                };
                list.lock().unwrap().push(request.clone());
                match reply(&request) {
                    Reply::Answer(status, body) => answer(&stream, status, &body),
                    Reply::Raw(bytes) => drop((&stream).write_all(&bytes)),
                    Reply::Close => {}
                    Reply::Hold => held.push(stream),
                }
            }
        });
        Recorder {
            port,
            received,
            folder: folder(),
        }
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub fn posts(&self) -> usize {
        let received = self.received();
        received.iter().filter(|it| it.method == "POST").count()
    }
}

fn answer(mut stream: &TcpStream, status: u16, body: &str) {
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all((head + body).as_bytes());
}

fn read(stream: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut words = first.split_whitespace();
    let method = words.next()?.to_owned();
    let target = words.next()?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim().split_once(':') {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.trim().to_owned()),
            None => break,
        };
    }
    let length = headers
        .get("content-length")
        .and_then(|it| it.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Received {
        method,
        path: path.to_owned(),
        query: pairs(query),
        headers,
        body: String::from_utf8(body).ok()?,
    })
}

/// The pairs of a query, decoded and sorted.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    pairs.sort();
    pairs
}

/// Splits a command line as a shell would, with quotes of both kinds and a backslash at the end of
/// a line.
pub fn shell_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                for inner in letters.by_ref().take_while(|it| *it != letter) {
                    assert!(letter == '\'' || inner != '\\', "not needed so far");
                    word.push(inner);
                }
            }
            '\\' => match letters.next() {
                Some('\n') | None => {}
                Some(other) => word.get_or_insert_default().push(other),
            },
            space if space.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

/// A purchase that would cost 10.
pub const BUY: &str = "buy --vendor iproyal --product 9 --plan 4 --location 51 --quantity 5 \
                       --max-total 12";

/// A recorder that quotes a price, and does as told with everything that is posted.
pub fn vendor(post: impl Fn() -> Reply + Send + 'static) -> Recorder {
    Recorder::start(move |request| match request.method.as_str() {
        "POST" => post(),
        _ => Reply::Answer(200, answer_to(&request.path).to_owned()),
    })
}

/// The answer to a request before a purchase.
pub fn answer_to(path: &str) -> &'static str {
    if path.ends_with("/balance") {
        "100.00"
    } else if path.ends_with("/orders") {
        r#"{"data":[],"meta":{"total":0,"last_page":1}}"#
    } else {
        r#"{"price":10,"price_with_vat":10}"#
    }
}

/// The program, led to a recorder.
pub fn against(recorder: &Recorder, line: &str) -> Command {
    let port = recorder.port;
    let mut command = program(&format!("{line} --base-url http://127.0.0.1:{port}"));
    command.env("IPROYAL_TOKEN", "recorder-token");
    command.env(
        "PROXY_ORDERS_JOURNAL",
        recorder.folder.path().join("journal.db"),
    );
    command
}

/// Sends a signal to a program of ours.
pub fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    let status = Command::new("kill").args([name, &id]).status().unwrap();
    assert!(status.success());
}

/// The commands that a program printed as hints.
pub fn hints(run: &Run) -> Vec<String> {
    let lines = run.stderr.lines();
    let hints = lines.filter_map(|line| line.strip_prefix("    proxy-orders "));
    hints.map(str::to_owned).collect()
}

/// The JSON object that a program printed on standard error, with `-o json`.
pub fn error_in_json(run: &Run) -> serde_json::Value {
    let last = run.stderr.lines().last().unwrap();
    serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

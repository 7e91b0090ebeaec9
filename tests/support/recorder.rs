//! A small HTTP server on a real socket: it keeps every request as it came and answers with
//! scripted bytes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use proxy_orders::Vendor;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The path of every base URL here, so that a lost one is noticed.
pub const BASE: &str = "/base/v1";

/// The server. Dropping it stops it.
pub struct Recorder {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Recorded>>>,
    answers: Arc<Mutex<Vec<Vec<u8>>>>,
    server: JoinHandle<()>,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Everything up to the body, as text.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Recorder {
    /// Answers every request with the same bytes.
    pub async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        Self::scripted(vec![answer.into()]).await
    }

    /// Answers one request after the other; the last answer is repeated.
    pub async fn scripted(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(answers));
        let (kept, given) = (Arc::clone(&requests), Arc::clone(&answers));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept), Arc::clone(&given)));
            }
        });
        Recorder {
            address,
            requests,
            answers,
            server,
        }
    }

    /// Returns the base URL for a client.
    pub fn base_url(&self) -> String {
        format!("http://{}{BASE}", self.address)
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap().clone()
    }

    /// Forgets what came so far, and answers with these bytes from now on.
    pub fn restart(&self, answer: impl Into<Vec<u8>>) {
        self.requests.lock().unwrap().clear();
        *self.answers.lock().unwrap() = vec![answer.into()];
    }

    /// The one request that came.
    pub fn only(&self) -> Recorded {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "not exactly one request: {requests:#?}");
        requests[0].clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    requests: Arc<Mutex<Vec<Recorded>>>,
    answers: Arc<Mutex<Vec<Vec<u8>>>>,
) {
    while let Some(request) = read(&mut stream).await {
        let number = {
            let mut requests = requests.lock().unwrap();
            requests.push(request);
            requests.len() - 1
        };
        let answer = {
            let answers = answers.lock().unwrap();
            answers.get(number).or(answers.last()).unwrap().clone()
        };
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// Reads a whole request; `None` when the connection ends before.
pub async fn read(stream: &mut TcpStream) -> Option<Recorded> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            break end + 4;
        }
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).await.ok().filter(|it| *it > 0)?;
        bytes.extend_from_slice(&piece[..count]);
    };
    let mut body = bytes.split_off(end);
    let mut request = Recorded {
        head: String::from_utf8(bytes).unwrap(),
        body: Vec::new(),
    };
    let length = request.header("content-length");
    let length: usize = length.map_or(0, |it| it.parse().unwrap());
    let missing = length.saturating_sub(body.len());
    let mut rest = vec![0; missing];
    stream.read_exact(&mut rest).await.ok()?;
    body.extend(rest);
    assert_eq!(body.len(), length, "more than the body came: {request:?}");
    request.body = body;
    Some(request)
}

impl Recorded {
    fn line(&self) -> [&str; 3] {
        let line = self.head.lines().next().unwrap();
        let parts: Vec<_> = line.split(' ').collect();
        parts.try_into().unwrap()
    }

    /// The method.
    pub fn method(&self) -> &str {
        self.line()[0]
    }

    /// The path as sent, percent-encoded, below [`BASE`].
    pub fn path(&self) -> &str {
        let target = self.line()[1];
        let path = target.split('?').next().unwrap();
        path.strip_prefix(BASE)
            .unwrap_or_else(|| panic!("`{path}` is not below {BASE}"))
    }

    /// The pairs of the query, decoded and sorted.
    pub fn query(&self) -> Vec<(String, String)> {
        let url = reqwest::Url::parse(&format!("http://host{}", self.line()[1])).unwrap();
        let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
        pairs.sort();
        pairs
    }

    /// The headers with lower-case names, sorted.
    pub fn headers(&self) -> Vec<(String, String)> {
        let lines = self.head.lines().skip(1).filter(|line| !line.is_empty());
        let mut headers: Vec<_> = lines
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap();
                (name.to_lowercase(), value.trim().to_owned())
            })
            .collect();
        headers.sort();
        headers
    }

    /// A header's one value.
    pub fn header(&self, name: &str) -> Option<String> {
        let headers = self.headers();
        let mut found = headers.into_iter().filter(|(key, _)| key == name);
        let value = found.next()?.1;
        assert!(found.next().is_none(), "{name} is there twice");
        Some(value)
    }

    /// The body as JSON; `None` when there is none.
    pub fn json(&self) -> Option<Value> {
        (!self.body.is_empty()).then(|| serde_json::from_slice(&self.body).unwrap())
    }

    /// Everything that was sent, as text.
    pub fn text(&self) -> String {
        format!("{}{}", self.head, String::from_utf8_lossy(&self.body))
    }
}

/// An answer: status, a header line or none, and a body.
pub fn answer(status: &str, header: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let header = match header {
        "" => String::new(),
        line => format!("{line}\r\n"),
    };
    format!(
        "HTTP/1.1 {status}\r\n{header}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A success with a JSON body.
pub fn success(body: &Value) -> Vec<u8> {
    answer("200 OK", "", &body.to_string())
}

/// The smallest answer that confirms a purchase at a vendor.
pub fn least_confirmation(vendor: Vendor) -> Value {
    match vendor {
        Vendor::IpRoyal => serde_json::json!({"id": 1, "data": []}),
        Vendor::ProxyShard => serde_json::json!({"success": true, "order_id": 1}),
        Vendor::SmartProxy => serde_json::json!({"code": 0, "data": {"trade_no": "1"}}),
        other => panic!("add the least answer of {other} that confirms a purchase"),
    }
}

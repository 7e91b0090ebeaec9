//! Requests that no client should send, the same ones from the same seed.

use std::path::Path;

use crate::tables::{
    BAD_KEYS, GOOD_KEY, HEADERS, LENGTHS, MEMBERS, METHODS, NAMES, PATHS, VALUES, VENDORS,
};

/// A request, as bytes.
pub struct Request {
    /// What is wrong with it.
    pub kind: &'static str,
    pub bytes: Vec<u8>,
    /// Whether ten megabytes come behind.
    pub is_large: bool,
    /// Whether the caller says that nothing more comes.
    pub is_cut_off: bool,
    /// Whether closing the connection is answer enough.
    pub may_be_unanswered: bool,
}

impl Request {
    fn new(kind: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            kind,
            bytes: bytes.into(),
            is_large: false,
            is_cut_off: false,
            may_be_unanswered: false,
        }
    }

    /// Its beginning, to be read.
    pub fn shown(&self) -> String {
        let beginning = &self.bytes[..self.bytes.len().min(2000)];
        format!("{}: {}", self.kind, beginning.escape_ascii())
    }
}

/// Makes requests.
pub struct Maker {
    state: u64,
    /// Method, path.
    operations: Vec<(String, String)>,
    large: usize,
}

impl Maker {
    pub fn new(seed: u64) -> Self {
        let mut operations = Vec::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi");
        for (vendor, prefix) in VENDORS {
            let text = std::fs::read_to_string(folder.join(format!("{vendor}.yaml"))).unwrap();
            let mut path = "";
            for line in text.lines() {
                if let Some(found) = line.strip_prefix("  /") {
                    path = found.trim_end_matches(':');
                }
                let method = line
                    .strip_prefix("    ")
                    .and_then(|rest| rest.strip_suffix(':'));
                if let Some(method @ ("get" | "post" | "patch" | "delete")) = method {
                    operations.push((method.to_uppercase(), format!("{prefix}/{path}")));
                }
            }
        }
        assert_eq!(operations.len(), 55);
        Self {
            state: seed,
            operations,
            large: 0,
        }
    }

    fn below(&mut self, limit: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % limit
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most) + 1;
        (0..length).map(|_| self.below(256) as u8).collect()
    }

    /// A method and a path with something in the place of its parameter.
    fn operation(&mut self) -> (String, String) {
        let index = self.below(self.operations.len());
        let (method, path) = self.operations[index].clone();
        let Some((before, rest)) = path.split_once('{') else {
            return (method, path);
        };
        let (_, after) = rest.split_once('}').unwrap();
        let parameter = match self.below(3) {
            0 => self
                .of(&[
                    "420",
                    "1001",
                    "1002",
                    "1004",
                    "12345",
                    "70001",
                    "sandbox-key",
                ])
                .to_owned(),
            1 => encoded(self.of(&VALUES).as_bytes()),
            _ => encoded(&self.bytes(40)),
        };
        (method, format!("{before}{parameter}{after}"))
    }

    fn key(&mut self) -> &'static str {
        if self.below(5) > 0 {
            GOOD_KEY
        } else {
            self.of(&BAD_KEYS)
        }
    }

    fn query(&mut self) -> String {
        let mut query = format!("?app_key={}", encoded(self.key().as_bytes()));
        for _ in 0..self.below(5) {
            let value = if self.below(4) == 0 {
                encoded(&self.bytes(30))
            } else {
                encoded(self.of(&VALUES).as_bytes())
            };
            query.push_str(&format!("&{}={value}", self.of(&NAMES)));
        }
        query
    }

    /// A body whose members are good, but for some values.
    fn members(&mut self) -> String {
        let mut members = vec![format!("\"app_key\":\"{}\"", self.key().escape_default())];
        for member in MEMBERS {
            if self.below(3) == 0 {
                continue;
            }
            let (name, value) = member.split_once(':').unwrap();
            let value = if self.below(4) == 0 {
                self.of(&VALUES)
            } else {
                value
            };
            members.push(format!("{name}:{value}"));
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
        let mut bytes = format!("{head}content-length: {}\r\n\r\n", body.len()).into_bytes();
        bytes.extend_from_slice(body);
        Request::new(kind, bytes)
    }

    /// Nothing is wrong with this one.
    pub fn plain(&mut self) -> Request {
        let text = "GET /proxyshard/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        Request::new("plain", text)
    }

    /// The next request.
    pub fn request(&mut self) -> Request {
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
            9 => self.broken_length(),
            10 => self.cut_off(),
            _ => {
                let bytes = self.bytes(600);
                let mut request = Request::new("noise", bytes);
                // Noise has no end that could be seen from within.
                request.is_cut_off = true;
                request.may_be_unanswered = true;
                request
            }
        }
    }

    fn bad_json(&mut self) -> Request {
        let mut body = self.members().into_bytes();
        match self.below(3) {
            0 => body.truncate(self.below(body.len())),
            1 => {
                for _ in 0..3 {
                    let index = self.below(body.len());
                    body[index] = self.below(256) as u8;
                }
            }
            _ => {
                body = self
                    .of(&[
                        "",
                        " ",
                        "{",
                        "}",
                        "[",
                        "nul",
                        "{]",
                        "\"",
                        "\u{feff}{}",
                        "{}{}",
                        "{\"a\":}",
                        "+1",
                        "NaN",
                    ])
                    .into()
            }
        }
        self.with_body("bad JSON", &body)
    }

    fn nested(&mut self) -> Request {
        let most = if self.below(8) == 0 { 50_000 } else { 1_000 };
        let depth = self.below(most);
        let (open, close) = self.of(&[("[", "]"), ("{\"a\":", "}"), ("[{\"selection\":", "}]")]);
        let mut body = open.repeat(depth);
        if self.below(2) == 0 {
            body.push('1');
            body.push_str(&close.repeat(depth));
        }
        self.with_body("deep nesting", body.as_bytes())
    }

    /// Thirty that are large; the others, half a megabyte of many small members.
    fn large(&mut self) -> Request {
        if self.large < 30 && self.below(10) == 0 {
            self.large += 1;
            let (method, path) = self.operation();
            let head = self.head(&method, &path);
            let text = format!("{head}content-length: {}\r\n\r\n", 10 * 1024 * 1024);
            let mut request = Request::new("10 MB", text);
            request.is_large = true;
            return request;
        }
        let (name, item) = self.of(&[
            ("items", r#"{"ip":"192.0.2.1","value":true}"#),
            ("proxies", r#""192.0.2.1""#),
            ("order_ids", "1"),
            ("addons", r#"{"addon_key":"p0f_slots","qty":1}"#),
            ("token", r#"{"token":"x"}"#),
        ]);
        let most = if self.below(8) == 0 { 20_000 } else { 500 };
        let count = self.below(most) + 1;
        let items = vec![item; count].join(",");
        let body = format!("{{\"app_key\":\"{GOOD_KEY}\",\"order_id\":420,\"{name}\":[{items}]}}");
        self.with_body("many members", body.as_bytes())
    }

    fn bad_utf8(&mut self) -> Request {
        let (method, path) = self.operation();
        let noise = self.bytes(60);
        let head = self.head(&method, &format!("{path}?note_search={}", encoded(&noise)));
        let mut bytes = head.into_bytes();
        if self.below(3) == 0 {
            // In a header, where any byte but a few may stand.
            bytes.extend_from_slice(b"x-noise: ");
            bytes.extend(noise.iter().filter(|byte| **byte >= 0x80));
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", noise.len()).as_bytes());
        bytes.extend_from_slice(&noise);
        Request::new("bad UTF-8", bytes)
    }

    fn bad_path(&mut self) -> Request {
        let (method, path) = self.operation();
        let (_, prefix) = self.of(&VENDORS);
        let target = match self.below(8) {
            0 => format!("{prefix}{}", self.of(&PATHS)),
            1 => format!("{path}{}", self.of(&PATHS)),
            2 => self.of(&PATHS).to_owned(),
            3 => format!("http://evil.example{path}"),
            4 => self
                .of(&["*", "localhost:80", "?", "#", "x", "http://", "/\u{e9}"])
                .to_owned(),
            5 => format!("{path}/{}", "a/".repeat(self.below(500))),
            6 => format!("{path}?{}", "x=1&".repeat(self.below(500))),
            _ => {
                let most = if self.below(8) == 0 { 100_000 } else { 1_000 };
                format!("{path}?{}", "x".repeat(self.below(most)))
            }
        };
        let head = self.head(&method, &target);
        Request::new("path trick", format!("{head}content-length: 2\r\n\r\n{{}}"))
    }

    fn odd_method(&mut self) -> Request {
        let (_, path) = self.operation();
        let method = match self.below(8) {
            0 => "X".repeat(self.below(300) + 1),
            _ => self.of(&METHODS).to_owned(),
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
            0 => {
                let most = if self.below(8) == 0 { 500_000 } else { 10_000 };
                format!("x-long: {}\r\n", "x".repeat(self.below(most)))
            }
            1 => "x-many: x\r\n".repeat(self.below(300)),
            _ => self.of(&HEADERS).to_owned(),
        };
        let text = format!("{head}{header}content-length: 2\r\n\r\n{{}}");
        let mut request = Request::new("broken header", text);
        // Of another version, or refused while its headers still came.
        request.is_cut_off = true;
        request.may_be_unanswered = true;
        request
    }

    fn broken_length(&mut self) -> Request {
        let (method, path) = self.operation();
        let head = self.head(&method, &path);
        let mut request = Request::new("broken length", format!("{head}{}", self.of(&LENGTHS)));
        request.is_cut_off = true;
        request.may_be_unanswered = true;
        request
    }

    fn cut_off(&mut self) -> Request {
        let body = self.members();
        let mut request = self.with_body("cut off", body.as_bytes());
        let length = self.below(request.bytes.len());
        request.bytes.truncate(length);
        request.is_cut_off = true;
        request.may_be_unanswered = true;
        request
    }
}

fn encoded(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
}

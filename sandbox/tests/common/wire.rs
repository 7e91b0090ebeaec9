//! Requests and answers as bytes, and the ends of connections.

use std::net::SocketAddr;
use std::time::Duration;

use proxy_orders_sandbox::Sandbox;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The other side closed it in order.
    Closed,
    /// The other side reset it.
    Reset,
    /// It was still open after the timeout of the caller.
    Open,
}

/// The text that came back on a connection, and the end of the connection.
#[derive(Debug, Clone)]
pub struct Seen {
    pub text: String,
    pub end: End,
}

impl Seen {
    /// The HTTP status; 0 if nothing came back.
    pub fn status(&self) -> u16 {
        let status = self.text.split(' ').nth(1);
        status.map_or(0, |status| status.parse().unwrap())
    }

    /// A header of the answer.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (head, _) = self.text.split_once("\r\n\r\n")?;
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body, as far as it came.
    pub fn body(&self) -> &str {
        self.text
            .split_once("\r\n\r\n")
            .map_or("", |(_, body)| body)
    }

    /// The body of an answer that is JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(self.body()).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A request to be sent as it is.
pub fn request(method: &str, path: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    text.into_bytes()
}

/// Sends bytes and reads whatever comes back until the connection ends.
pub async fn exchange(address: SocketAddr, bytes: &[u8]) -> Seen {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    read(&mut stream, Duration::from_secs(60)).await
}

/// Reads until what came ends with these words.
pub async fn read_until(stream: &mut TcpStream, words: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(words.as_bytes()) {
        let more = stream.read_buf(&mut bytes).await.unwrap();
        assert!(more > 0, "{}", String::from_utf8_lossy(&bytes));
    }
    String::from_utf8(bytes).unwrap()
}

/// Waits until something has been charged.
pub async fn charged(sandbox: &Sandbox) {
    while sandbox.ledger().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Reads until the connection ends or nothing has come for a while.
pub async fn read(stream: &mut TcpStream, limit: Duration) -> Seen {
    let mut bytes = Vec::new();
    let end = loop {
        match tokio::time::timeout(limit, stream.read_buf(&mut bytes)).await {
            Err(_) => break End::Open,
            Ok(Ok(0)) => break End::Closed,
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
                break End::Reset;
            }
        }
    };
    Seen {
        text: String::from_utf8(bytes).unwrap(),
        end,
    }
}

/// A purchase at a vendor.
#[derive(Debug, Clone, Copy)]
pub struct Shop {
    pub purchase: &'static str,
    pub path: &'static str,
    pub header: &'static str,
    pub body: &'static str,
    /// The price of the purchase.
    pub price: &'static str,
}

/// Buys ten proxies for 30.00.
pub const IPROYAL: Shop = Shop {
    purchase: "create_order",
    path: "/iproyal/v1/reseller/orders",
    header: "x-access-token: sandbox-test",
    body: r#"{"product_id":123,"product_plan_id":456,"product_location_id":789,"quantity":10}"#,
    price: "30.00",
};

/// Buys two proxies for 3.00.
pub const PROXYSHARD: Shop = Shop {
    purchase: "purchase_order",
    path: "/proxyshard/user/api/orders/purchase",
    header: "authorization: Bearer sandbox-test",
    body: r#"{"product":"Datacenter Proxy","location":"DE","cycle":"monthly","quantity":2}"#,
    price: "3.00",
};

/// Orders three static IPs for 15.00, without paying them.
pub const SMARTPROXY: Shop = Shop {
    purchase: "create_order",
    path: "/smartproxy/pub/order/create",
    header: "x-nothing: x",
    body: r#"{"app_key":"sandbox-test-0123456789-abcdefgh","pid":1001,"pm_id":0,"amount":3}"#,
    price: "15.00",
};

impl Shop {
    /// The bytes of the purchase.
    pub fn bytes(&self) -> Vec<u8> {
        let headers = [
            self.header,
            "content-type: application/json",
            "connection: close",
        ];
        request("POST", self.path, &headers, self.body)
    }

    /// Buys.
    pub async fn buy(&self, sandbox: &Sandbox) -> Seen {
        exchange(sandbox.address(), &self.bytes()).await
    }

    /// Asks something else of the same vendor.
    pub async fn get(&self, sandbox: &Sandbox, path: &str) -> Seen {
        let headers = [self.header, "connection: close"];
        exchange(sandbox.address(), &request("GET", path, &headers, "")).await
    }
}

//! How much longer a page of orders takes in a world of 100,000 orders than in one of 100.
//!
//! ```text
//! cargo run --release -p proxy-orders-sandbox --example list_ratio
//! ```
//!
//! Prints for several lists both medians, from sending a request to having read its answer, and
//! their ratio.

use std::error::Error;
use std::time::{Duration, Instant};

use proxy_orders_sandbox::Sandbox;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const FEW: usize = 100;
const MANY: usize = 100_000;
const ROUNDS: usize = 2_000;

const KEY: &str = "sandbox-test-0123456789-abcdefgh";

/// The lists: below which vendor, and the query. `OFFSET` and `PAGE` become those of the last page.
const LISTS: [(&str, &str); 13] = [
    ("/iproyal/v1/reseller/orders", "per_page=10"),
    ("/iproyal/v1/reseller/orders", "product_id=123&per_page=10"),
    (
        "/iproyal/v1/reseller/orders",
        "product_id=123&status=confirmed&per_page=10",
    ),
    (
        "/iproyal/v1/reseller/orders",
        "statuses[]=confirmed&statuses[]=expired&per_page=10",
    ),
    (
        "/iproyal/v1/reseller/orders",
        "order_ids[]=20001&order_ids[]=20002&per_page=10",
    ),
    ("/iproyal/v1/reseller/orders", "per_page=10&page=PAGE"),
    ("/proxyshard/user/api/orders", "status=all&limit=10"),
    ("/proxyshard/user/api/orders", "status=active&limit=10"),
    ("/smartproxy/pub/order/list", "page_size=10"),
    (
        "/smartproxy/pub/order/list",
        "page_size=10&status=1&product_type=3",
    ),
    (
        "/iproyal/v1/reseller/orders",
        "note_search=soon&per_page=10",
    ),
    (
        "/iproyal/v1/reseller/orders",
        "sort_by=expire_date&order=asc&per_page=10",
    ),
    (
        "/iproyal/v1/reseller/orders",
        "location_id=790&status_is_expiring_soon=false&per_page=10",
    ),
];

type Outcome<T> = Result<T, Box<dyn Error>>;

/// One connection to a sandbox with a number of orders.
struct Side {
    sandbox: Sandbox,
    stream: TcpStream,
    orders: usize,
    took: Vec<Duration>,
}

impl Side {
    async fn of(orders: usize) -> Outcome<Self> {
        let sandbox = Sandbox::builder().extra_orders(orders).start().await?;
        let stream = TcpStream::connect(sandbox.address()).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            sandbox,
            stream,
            orders,
            took: Vec::new(),
        })
    }

    async fn ask(&mut self, path: &str, query: &str) -> Outcome<()> {
        let query = query.replace("PAGE", &(self.orders / 10).to_string());
        let request = format!(
            "GET {path}?{query}&app_key={KEY} HTTP/1.1\r\nhost: localhost\r\n\
             x-access-token: {KEY}\r\nauthorization: Bearer {KEY}\r\n\r\n"
        );
        let begun = Instant::now();
        self.stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        while !is_whole(&answer)? {
            if self.stream.read_buf(&mut answer).await? == 0 {
                return Err("the connection was closed".into());
            }
        }
        self.took.push(begun.elapsed());
        if answer.starts_with(b"HTTP/1.1 200 ") {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&answer).into())
    }

    /// The median of what was asked since the last time.
    fn median(&mut self) -> Duration {
        self.took.sort_unstable();
        let median = self.took.get(self.took.len() / 2).copied();
        self.took.clear();
        median.unwrap_or_default()
    }
}

/// Whether an answer with a `content-length` has arrived to its end.
fn is_whole(answer: &[u8]) -> Outcome<bool> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(false);
    };
    let head = std::str::from_utf8(&answer[..end])?;
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .ok_or("no content-length")?;
    Ok(answer.len() >= end + 4 + length.parse::<usize>()?)
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let (mut few, mut many) = (Side::of(FEW).await?, Side::of(MANY).await?);
    println!(
        "{:>12} {:>12} {:>7}",
        format!("{FEW} orders"),
        format!("{MANY}"),
        "ratio"
    );
    for (path, query) in LISTS {
        // In turns, so that whatever else the machine does meets both alike. What comes first warms
        // up, and makes the account.
        for round in 0..ROUNDS + ROUNDS / 10 {
            few.ask(path, query).await?;
            many.ask(path, query).await?;
            if round == ROUNDS / 10 {
                few.took.clear();
                many.took.clear();
            }
        }
        let (of_few, of_many) = (few.median(), many.median());
        let ratio = of_many.as_secs_f64() / of_few.as_secs_f64();
        println!("{of_few:>12.1?} {of_many:>12.1?} {ratio:>7.2}  {path}?{query}");
    }
    few.sandbox.stop().await;
    many.sandbox.stop().await;
    Ok(())
}

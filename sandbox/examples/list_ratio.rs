//! Compares the time of a page of orders in a world of 100 orders with one of 100,000.
//!
//! ```text
//! cargo run --release -p proxy-orders-sandbox --example list_ratio
//! ```
//!
//! Prints for several lists both medians, from sending a request to having read its answer, and
//! their ratio; then the time to list all 100,000 orders in pages of 100.

use std::error::Error;
use std::time::{Duration, Instant};

use proxy_orders_sandbox::{Sandbox, Vendor};
use reqwest::Client;

const FEW: usize = 100;
const MANY: usize = 100_000;
const ROUNDS: usize = 300;

const KEY: &str = "sandbox-test-0123456789-abcdefgh";

/// The lists by vendor. `PAGE` becomes the number of the last page.
const IPROYAL: [&str; 9] = [
    "/orders?per_page=10",
    "/orders?product_id=123&per_page=10",
    "/orders?product_id=123&status=confirmed&per_page=10",
    "/orders?statuses[]=confirmed&statuses[]=expired&per_page=10",
    "/orders?order_ids[]=20001&order_ids[]=20002&per_page=10",
    "/orders?per_page=10&page=PAGE",
    "/orders?note_search=soon&per_page=10",
    "/orders?sort_by=expire_date&order=asc&per_page=10",
    "/orders?location_id=790&status_is_expiring_soon=false&per_page=10",
];
const PROXYSHARD: [&str; 2] = [
    "/user/api/orders?status=all&limit=10",
    "/user/api/orders?status=active&limit=10",
];
const SMARTPROXY: [&str; 2] = [
    "/pub/order/list?page_size=10",
    "/pub/order/list?page_size=10&status=1&product_type=3",
];

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Returns the time of one request.
async fn ask(client: &Client, sandbox: &Sandbox, vendor: Vendor, path: &str) -> Outcome<Duration> {
    let url = format!("{}{path}&app_key={KEY}", sandbox.base_url(vendor));
    let begun = Instant::now();
    let request = client.get(url).header("x-access-token", KEY);
    let answer = request
        .header("authorization", format!("Bearer {KEY}"))
        .send()
        .await?;
    answer.error_for_status()?.bytes().await?;
    Ok(begun.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let client = Client::new();
    let few = Sandbox::builder().extra_orders(FEW).start().await?;
    let many = Sandbox::builder().extra_orders(MANY).start().await?;
    println!("{FEW:>9} orders {MANY:>9} orders   ratio");
    let lists = IPROYAL.map(|path| (Vendor::IpRoyal, path)).into_iter();
    let lists = lists.chain(PROXYSHARD.map(|path| (Vendor::ProxyShard, path)));
    for (vendor, path) in lists.chain(SMARTPROXY.map(|path| (Vendor::SmartProxy, path))) {
        let (mut of_few, mut of_many) = (Vec::new(), Vec::new());
        let page = |orders: usize| path.replace("PAGE", &(orders / 10).to_string());
        // The first request makes the account.
        ask(&client, &many, vendor, &page(MANY)).await?;
        // Taken in turns, so that other work of the machine delays both alike.
        for _ in 0..ROUNDS {
            of_few.push(ask(&client, &few, vendor, &page(FEW)).await?);
            of_many.push(ask(&client, &many, vendor, &page(MANY)).await?);
        }
        let (few, many) = (median(of_few), median(of_many));
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        println!("{few:>16.1?} {many:>16.1?} {ratio:>7.2}  {path}");
    }
    let begun = Instant::now();
    for page in 1..=MANY / 100 {
        let path = format!("/orders?per_page=100&page={page}");
        ask(&client, &many, Vendor::IpRoyal, &path).await?;
    }
    println!("all {MANY} in pages of 100: {:.1?}", begun.elapsed());
    few.stop().await;
    many.stop().await;
    Ok(())
}

//! What can be typed.

mod journal;
mod spending;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use proxy_orders::export::Format;
use proxy_orders::smartproxy::Gateway;
use proxy_orders::{OrderState, Protocol, Purchase, Timeouts, Vendor};

pub use journal::{
    AbandonArguments, EntriesArguments, ExportArguments, JournalCommand, ReconcileArguments,
    ShowArguments,
};
pub use spending::{
    AddonArguments, BuyArguments, Consent, CycleArguments, ExtendArguments, Guards,
    JournalArguments, OnOrder, RenewArguments, TrafficArguments, amount,
};

use crate::api::ApiCall;
use crate::failure::EXIT_CODES;
use crate::output::Output;

const AFTER_HELP: &str = "\
Start here, without a key:
  proxy-orders tour
  proxy-orders products --vendor iproyal --sandbox

Credentials come from the environment only, as other programs can read a command line:
  IPROYAL_TOKEN, PROXYSHARD_API_KEY, SMARTPROXY_APP_KEY
Each has a base URL beside it (IPROYAL_BASE_URL, ...); only SmartProxy's has to be set.
SMARTPROXY_GATEWAY holds the host:port of its proxies.

What is spent is written into a journal first, so that nothing is bought twice: see `proxy-orders journal --help`.
  PROXY_ORDERS_JOURNAL, PROXY_ORDERS_ACCOUNT, PROXY_ORDERS_MAX_DAY, PROXY_ORDERS_MAX_MONTH";

/// The heading of the flags that every command takes, so that its own come first.
const EVERYWHERE: &str = "Everywhere";

const API_HELP: &str = "\
It is raw: no question is asked and no price cap is kept. The answer's JSON goes to stdout, of a failure too.
What spends is sent once. With --idempotency-key and --max-total it is priced and written into the journal first, as by `buy`.

For example:
  proxy-orders api iproyal list-orders --status confirmed --per-page 2 --sandbox";

const JOURNAL_HELP: &str = "\
Every purchase stands here under its idempotency key, from before its request was sent. States:
  planned         written down, nothing sent
  sent             on its way, or its process died meanwhile
  confirmed        done
  rejected         refused by the vendor; nothing was spent
  unknown          sent, and nobody knows what came of it: `journal reconcile` finds out
  reconciled       found at the vendor
  not-made  not found at the vendor; nothing was spent
  dismissed        given up by a person

It is at --journal, or PROXY_ORDERS_JOURNAL, or $XDG_STATE_HOME/proxy-orders/journal.db (~/.local/state if that is not set;
%LOCALAPPDATA% on Windows). It holds no key and no proxy password.";

/// Buy and run proxy orders at IPRoyal, ProxyShard and SmartProxy (smartproxy.org)
#[derive(Debug, Parser)]
#[command(name = "proxy-orders", version, after_help = format!("{AFTER_HELP}\n\n{EXIT_CODES}"))]
pub struct Arguments {
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub struct Common {
    /// Work in a sandbox on this machine: no key, no network, no money. It is forgotten afterwards
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub sandbox: bool,
    /// Another base URL for the vendor; https, or on loopback
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "URL", conflicts_with = "sandbox")]
    pub base_url: Option<String>,
    /// Wait this long for an answer [default: 30, and 120 for what must not be repeated]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
    /// Say more on stderr: -v each call, -vv each attempt
    #[arg(short, long, global = true, help_heading = EVERYWHERE, action = ArgAction::Count)]
    pub verbose: u8,
}

impl Common {
    /// How long is waited for what.
    pub fn timeouts(&self) -> Timeouts {
        let default = Timeouts::default();
        let Some(given) = self.timeout.map(Duration::from_secs) else {
            return default;
        };
        Timeouts {
            connect: default.connect.min(given),
            attempt: given,
            non_repeatable: given,
            total: default.total.max(given),
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// See it work: buy, wait, print, renew and list at each vendor, in a sandbox
    Tour,
    /// List everything that can be bought
    Products(At),
    /// Say what a purchase would cost now
    Quote(QuoteArguments),
    /// Buy proxies, if they cost no more than a cap
    Buy(BuyArguments),
    /// Print the proxies of an order
    Proxies(ProxiesArguments),
    /// List, show, renew, extend and change orders
    #[command(subcommand)]
    Orders(OrdersCommand),
    /// What was bought under which key, and what became of it
    #[command(subcommand, after_help = JOURNAL_HELP)]
    Journal(JournalCommand),
    /// Say what is left to spend
    Balance(At),
    /// Call any operation of a vendor's API with any of its parameters
    #[command(subcommand, after_help = API_HELP)]
    Api(ApiCall),
    /// Serve the sandbox until stopped, for other programs and languages
    Sandbox(SandboxArguments),
}

/// At which vendor, and how to print what it says.
#[derive(Debug, Args)]
pub struct At {
    /// At which vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Vendor,
    /// How to print it
    #[arg(
        short,
        long,
        value_enum,
        value_name = "FORM",
        default_value = "table",
        hide_possible_values = true,
        help = "How to print it: table, json or csv"
    )]
    pub output: Output,
}

/// A purchase. What the words mean at each vendor stands in the help of `quote` and `buy`.
#[derive(Debug, Args)]
pub struct PurchaseArguments {
    /// Which product: its id at iproyal, its name at proxyshard, the package id (pid) at smartproxy
    #[arg(long)]
    pub product: Option<String>,
    /// Which plan: its id at iproyal, the billing cycle at proxyshard, none at smartproxy
    #[arg(long, visible_alias = "cycle")]
    pub plan: Option<String>,
    /// Where: location id at iproyal, location code at proxyshard, country code at smartproxy
    #[arg(long)]
    pub location: Option<String>,
    /// How many proxies, or gigabytes of traffic
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub quantity: u32,
    /// Coupon or promo code
    #[arg(long, value_name = "CODE")]
    pub coupon: Option<String>,
    /// Let the vendor renew the order by itself; not offered by smartproxy
    #[arg(long)]
    pub auto_renewal: bool,
    /// How to pay: a saved card's id at iproyal (else its balance), pm_id at smartproxy
    #[arg(long, value_name = "ID")]
    pub pay_with: Option<String>,
    /// Answers to the product's questions, at iproyal: 12=yes,13=no
    #[arg(long, value_name = "ID=ANSWER", value_delimiter = ',', value_parser = answer)]
    pub answers: Vec<(String, String)>,
}

impl PurchaseArguments {
    /// The same in the library's words.
    pub fn purchase(&self) -> Purchase {
        Purchase {
            // Clap asks for it wherever it is needed.
            product: self.product.clone().unwrap_or_default(),
            plan: self.plan.clone(),
            location: self.location.clone(),
            quantity: self.quantity,
            coupon: self.coupon.clone(),
            auto_renewal: self.auto_renewal,
            pay_with: self.pay_with.clone(),
            answers: self.answers.iter().cloned().collect(),
        }
    }
}

/// What `quote` takes.
#[derive(Debug, Args)]
#[command(mut_arg("product", |it| it.required(true)))]
pub struct QuoteArguments {
    #[command(flatten)]
    pub at: At,
    #[command(flatten)]
    pub purchase: PurchaseArguments,
}

/// Where SmartProxy's proxies are.
#[derive(Debug, Args)]
pub struct GatewayArgument {
    /// Where smartproxy's proxies are, as its dashboard shows it [env: SMARTPROXY_GATEWAY]
    #[arg(long, value_name = "HOST:PORT", value_parser = |text: &str| text.parse::<Gateway>())]
    pub gateway: Option<Gateway>,
}

/// What `proxies` takes.
#[derive(Debug, Args)]
pub struct ProxiesArguments {
    /// The order, as `orders list` names it
    pub order: String,
    /// At which vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Vendor,
    /// In which form
    #[arg(long, default_value = "host:port:user:pass", value_parser = format_words())]
    pub format: Format,
    /// For which protocol
    #[arg(long, default_value = "http", value_parser = protocol_words())]
    pub protocol: Protocol,
    /// Print all ports in a table, or the same as --format json or csv
    #[arg(
        short,
        long,
        value_enum,
        value_name = "FORM",
        conflicts_with = "format"
    )]
    pub output: Option<Output>,
    /// Wait up to this long until the order has its proxies
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<u64>,
    #[command(flatten)]
    pub gateway: GatewayArgument,
}

/// What to do with orders.
#[derive(Debug, Subcommand)]
pub enum OrdersCommand {
    /// List all orders, by expiry
    List(ListArguments),
    /// Show one order
    Get(GetArguments),
    /// Renew an order, or extend all of it, if it costs no more than a cap
    Renew(RenewArguments),
    /// Extend an order or some of its proxies, at iproyal
    Extend(ExtendArguments),
    /// Change an order's billing cycle, at proxyshard
    ChangeCycle(CycleArguments),
    /// Buy more traffic for an order, at proxyshard
    AddTraffic(TrafficArguments),
    /// Buy an add-on for an order, at proxyshard
    BuyAddon(AddonArguments),
}

/// What `orders list` takes.
#[derive(Debug, Args)]
pub struct ListArguments {
    #[command(flatten)]
    pub at: At,
    /// Only those in this state
    #[arg(long, value_parser = state_words())]
    pub state: Option<OrderState>,
    /// In which order
    #[arg(long, value_enum, value_name = "BY", default_value = "expires")]
    pub sort: Sort,
    /// No more than the first so many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// In which order orders are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sort {
    /// Soonest first; those that never run out, or don't say, last
    Expires,
    /// Newest first; those that don't say last
    Created,
    /// Lowest first
    Id,
}

/// What `orders get` takes.
#[derive(Debug, Args)]
pub struct GetArguments {
    /// The order, as `orders list` names it
    pub order: String,
    #[command(flatten)]
    pub at: At,
}

/// What `sandbox` takes.
#[derive(Debug, Args)]
pub struct SandboxArguments {
    /// Where to listen, on loopback; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4010", value_parser = address)]
    pub listen: SocketAddr,
    /// What the made-up values depend on
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Turn on the control API: faults, clock, ledger and reset under /_sandbox/, and their buttons on the page at /
    #[arg(long)]
    pub control: bool,
    /// Keep the world in this file, so that it outlives the program
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
}

pub fn vendor_words() -> impl TypedValueParser<Value = Vendor> {
    PossibleValuesParser::new(Vendor::all().iter().copied().map(Vendor::as_str))
        .try_map(|word| word.parse::<Vendor>())
}

fn format_words() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.iter().map(|it| it.as_str()))
        .try_map(|word| word.parse::<Format>())
}

fn protocol_words() -> impl TypedValueParser<Value = Protocol> {
    PossibleValuesParser::new(["http", "socks5"]).try_map(|word| word.parse::<Protocol>())
}

fn state_words() -> impl TypedValueParser<Value = OrderState> {
    PossibleValuesParser::new(OrderState::ALL.iter().map(|it| it.as_str()))
        .try_map(|word| word.parse::<OrderState>())
}

pub fn answer(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((question, answer)) if !question.is_empty() => {
            Ok((question.to_owned(), answer.to_owned()))
        }
        _ => Err("write it as the question's id, an equals sign and the answer: 12=yes".to_owned()),
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let text = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    text.parse()
        .map_err(|_| "write it as address:port, such as 127.0.0.1:4010".to_owned())
}

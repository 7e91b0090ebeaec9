//! What can be typed of that which spends.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use proxy_orders::Renewal;
use proxy_orders::purchase::IdempotencyKey;
use rust_decimal::Decimal;

use super::{At, GatewayArgument, PurchaseArguments};
use crate::failure::EXIT_CODES;

/// The heading of the flags that keep money together.
const SPENDING: &str = "Spending";

/// The heading of the flags about the journal.
const JOURNAL: &str = "Journal";

/// Whether somebody agrees.
#[derive(Debug, Args)]
pub struct Consent {
    /// Don't ask; needed where there is no terminal to ask at
    #[arg(long, help_heading = SPENDING)]
    pub yes: bool,
    /// Your own name for it, such as invoice-117: the same key never buys twice [default: one is made]
    #[arg(long, value_name = "KEY", help_heading = SPENDING)]
    pub idempotency_key: Option<IdempotencyKey>,
    #[command(flatten)]
    pub guards: Guards,
}

/// What is kept to besides the cap of a single purchase.
#[derive(Clone, Debug, Args)]
pub struct Guards {
    /// Print the request and the price, and send nothing that spends
    #[arg(long, help_heading = SPENDING)]
    pub dry_run: bool,
    /// The most that may be spent on the account a day, by UTC [env: PROXY_ORDERS_MAX_DAY]
    #[arg(long, value_name = "AMOUNT", value_parser = amount, help_heading = SPENDING)]
    pub max_day: Option<Decimal>,
    /// The same a month, by UTC [env: PROXY_ORDERS_MAX_MONTH]
    #[arg(long, value_name = "AMOUNT", value_parser = amount, help_heading = SPENDING)]
    pub max_month: Option<Decimal>,
    /// Try once more what the journal says was refused, or not made
    #[arg(long, help_heading = SPENDING)]
    pub again: bool,
    /// Spend although the outcome of another purchase is not known; the reason is written down
    #[arg(long, value_name = "REASON", value_parser = NonEmptyStringValueParser::new(), help_heading = SPENDING)]
    pub despite_unknown: Option<String>,
    #[command(flatten)]
    pub journal: JournalArguments,
}

/// Where things are written down, and under which name.
#[derive(Clone, Debug, Default, Args)]
pub struct JournalArguments {
    /// The journal's file, or a postgres:// URL without a password [env: PROXY_ORDERS_JOURNAL]
    #[arg(long, value_name = "PLACE", help_heading = JOURNAL)]
    pub journal: Option<String>,
    /// The account's name in the journal [env: PROXY_ORDERS_ACCOUNT] [default: a fingerprint of its credential]
    #[arg(long, value_name = "NAME", help_heading = JOURNAL)]
    pub account: Option<String>,
}

const BUY_HELP: &str = "\
Many purchases at once: --from FILE reads CSV with a header, or JSON objects line by line, of
  product, plan, location, quantity, coupon, auto_renewal, pay_with, answers, idempotency_key, max_total
The flags stand for what a row leaves out. All rows are checked before the first is bought. Each has its own key: its idempotency_key,
or BATCH/ROW by --batch, where ROW counts from 1. Run it again to buy what is left; what is done is not bought twice.";

/// What `buy` takes.
#[derive(Debug, Args)]
#[command(
    after_help = format!("{BUY_HELP}\n\n{EXIT_CODES}"),
    mut_arg("product", |it| it.required_unless_present("from"))
)]
pub struct BuyArguments {
    #[command(flatten)]
    pub at: At,
    #[command(flatten)]
    pub purchase: PurchaseArguments,
    /// Buy every row of this file; - is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["wait", "idempotency_key"])]
    pub from: Option<PathBuf>,
    /// What the keys of rows without one begin with
    #[arg(long, value_name = "NAME", requires = "from")]
    pub batch: Option<String>,
    /// The most that it may cost, tax included; nothing is bought above it
    #[arg(long, value_name = "AMOUNT", value_parser = amount, required_unless_present = "from", help_heading = SPENDING)]
    pub max_total: Option<Decimal>,
    #[command(flatten)]
    pub consent: Consent,
    /// Wait up to this long for the order's proxies
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<u64>,
    #[command(flatten)]
    pub gateway: GatewayArgument,
}

/// Which order, for no more than how much.
#[derive(Debug, Args)]
pub struct OnOrder {
    /// The order, as `orders list` names it
    pub order: String,
    #[command(flatten)]
    pub at: At,
    /// The most that it may cost, tax included; nothing is bought above it
    #[arg(long, value_name = "AMOUNT", value_parser = amount, help_heading = SPENDING)]
    pub max_total: Decimal,
    #[command(flatten)]
    pub consent: Consent,
}

/// What `orders renew` takes.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct RenewArguments {
    #[command(flatten)]
    pub on: OnOrder,
    /// By which plan; its id, at iproyal, where all proxies of the order are extended
    #[arg(long)]
    pub plan: Option<String>,
    /// Which package renews; its id (pid), at smartproxy
    #[arg(long)]
    pub product: Option<String>,
    /// How to pay: a saved card's id at iproyal (else its balance), pm_id at smartproxy
    #[arg(long, value_name = "ID")]
    pub pay_with: Option<String>,
}

impl RenewArguments {
    /// The same in the library's words.
    pub fn renewal(&self) -> Renewal {
        Renewal {
            plan: self.plan.clone(),
            product: self.product.clone(),
            pay_with: self.pay_with.clone(),
        }
    }
}

/// What `orders extend` takes.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ExtendArguments {
    #[command(flatten)]
    pub on: OnOrder,
    /// By which plan; its id
    #[arg(long)]
    pub plan: i64,
    /// All proxies of the order
    #[arg(long, required_unless_present = "only", conflicts_with = "only")]
    pub all: bool,
    /// Only these of its proxies, by IP address
    #[arg(long, value_name = "IP,...", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub only: Vec<String>,
    /// A saved card's id [default: the balance]
    #[arg(long, value_name = "ID")]
    pub pay_with: Option<i64>,
}

/// What `orders change-cycle` takes.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct CycleArguments {
    #[command(flatten)]
    pub on: OnOrder,
    /// To which billing cycle
    #[arg(long)]
    pub cycle: String,
    /// The order's location code, which its price depends on
    #[arg(long)]
    pub location: Option<String>,
}

/// What `orders add-traffic` takes.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct TrafficArguments {
    #[command(flatten)]
    pub on: OnOrder,
    /// How much
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    pub gigabytes: i64,
    /// Promo code
    #[arg(long, value_name = "CODE")]
    pub coupon: Option<String>,
}

/// What `orders buy-addon` takes.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct AddonArguments {
    #[command(flatten)]
    pub on: OnOrder,
    /// Which; the only one today is p0f_slots
    #[arg(long, value_name = "NAME")]
    pub addon: String,
    /// How many more of it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub quantity: u64,
}

/// What no purchase costs. Sums of amounts below it stay exact.
const MOST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// Reads an amount.
pub fn amount(text: &str) -> Result<Decimal, String> {
    match text.trim().parse::<Decimal>() {
        Ok(amount) if !amount.is_sign_negative() && amount <= MOST => Ok(amount),
        _ => Err("write it as a number such as 12.50, without a currency".to_owned()),
    }
}

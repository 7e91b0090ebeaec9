//! Flags that several commands share.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args};
use proxy_orders::jiff::{SignedDuration, Timestamp};
use proxy_orders::{Moment, Purchase, Timeouts, Vendor};
use rust_decimal::Decimal;

use crate::failure::Failure;
use crate::interrupt::reading;
use crate::output::Output;

/// The longest time in seconds that a command waits for proxies or for clarity: a week.
pub const LONGEST_WAIT: u64 = 7 * 24 * 60 * 60;

/// The longest age in seconds: a century.
const LONGEST_AGE: u64 = 100 * 366 * 24 * 60 * 60;

/// The longest time in seconds that a request may take: an hour.
const LONGEST_TIMEOUT: u64 = 60 * 60;

/// The largest number of things that one purchase may ask for.
pub const LARGEST_QUANTITY: u32 = 1_000_000;

/// The heading of the flags that every command takes, so that its own come first.
const EVERYWHERE: &str = "Everywhere";

/// The flags that every command takes.
#[derive(Debug, Args)]
pub struct GlobalArguments {
    /// Work in a sandbox on this machine: no key, no network, no money. It is gone afterwards
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub sandbox: bool,
    /// Use another base URL for the vendor; https, or on loopback
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "URL", conflicts_with = "sandbox")]
    pub base_url: Option<String>,
    /// Wait this long for an answer [default: 30, and 120 for what must not be repeated]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=LONGEST_TIMEOUT))]
    pub timeout: Option<u64>,
    /// Log to stderr: -v each call, -vv each attempt
    #[arg(short, long, global = true, help_heading = EVERYWHERE, action = ArgAction::Count)]
    pub verbose: u8,
}

impl GlobalArguments {
    /// Returns the timeouts of requests.
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

/// The vendor and the form of the output.
#[derive(Debug, Args)]
pub struct VendorArguments {
    /// The vendor
    #[arg(long, ignore_case = true, value_parser = vendor_words())]
    pub vendor: Vendor,
    #[command(flatten)]
    pub form: OutputArgument,
}

/// The form of the output.
#[derive(Clone, Copy, Debug, Args)]
pub struct OutputArgument {
    /// Print it as table, json or csv
    #[arg(
        short,
        long,
        value_enum,
        value_name = "FORM",
        default_value = "table",
        hide_possible_values = true
    )]
    pub output: Output,
}

/// A purchase.
#[derive(Debug, Args)]
pub struct PurchaseArguments {
    /// The product, as `products` lists it; a package id that the vendor told you, if it lists none
    #[arg(long)]
    pub product: Option<String>,
    /// The plan or billing cycle, as `products` lists it; some vendors have none
    #[arg(long, visible_alias = "cycle")]
    pub plan: Option<String>,
    /// The location, as `products` lists it; a country code, if the vendor lists none
    #[arg(long)]
    pub location: Option<String>,
    /// The number of proxies, or gigabytes of traffic
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(LARGEST_QUANTITY)))]
    pub quantity: u32,
    /// Coupon or promo code
    #[arg(long, value_name = "CODE")]
    pub coupon: Option<String>,
    /// Let the vendor renew the order by itself, where it offers that
    #[arg(long)]
    pub auto_renewal: bool,
    /// The vendor's id of a saved card or payment method [default: the balance, where there is one]
    #[arg(long, value_name = "ID")]
    pub pay_with: Option<String>,
    /// Answers to the product's questions, if the vendor asks any: 12=yes,13=no
    #[arg(long, value_name = "ID=ANSWER", value_delimiter = ',', value_parser = answer)]
    pub answers: Vec<(String, String)>,
}

impl PurchaseArguments {
    /// Converts the flags to the library's type. A missing product becomes an empty one.
    pub fn purchase(&self) -> Purchase {
        Purchase {
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

/// Parses a vendor's word.
pub fn vendor_words() -> impl TypedValueParser<Value = Vendor> {
    PossibleValuesParser::new(Vendor::all().iter().map(|it| it.as_str()))
        .try_map(|word| word.parse::<Vendor>())
}

/// Parses an answer to a question of a product.
pub fn answer(text: &str) -> Result<(String, String), String> {
    pair(text).map_err(|_| "write it as ID=ANSWER, for example 12=yes".to_owned())
}

/// Parses a pair whose name is not empty.
pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

/// Reads an environment variable that is set and not empty. What is no Unicode in it becomes the
/// replacement character, so that it is not taken for a variable that is not set.
pub fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name);
    let value = value.map(|value| value.to_string_lossy().into_owned());
    value.filter(|value| !value.trim().is_empty())
}

/// The mebibytes that are read of a file or of stdin.
const LARGEST_INPUT: u64 = 16;

/// Reads a file, or stdin for `-`. Returns its name and its text. More than a limit is refused.
pub async fn read_source(flag: &str, source: &Path) -> Result<(String, String), Failure> {
    let (name, text) = match source.as_os_str() == "-" {
        true => ("stdin".to_owned(), reading(|| limited(io::stdin())).await),
        // It may be a pipe.
        false => (source.display().to_string(), {
            let path = source.to_owned();
            reading(|| limited(File::open(path)?)).await
        }),
    };
    let text =
        text.map_err(|error| Failure::usage(format!("{flag}: {name} cannot be read: {error}")))?;
    Ok((name, text))
}

fn limited(input: impl Read) -> io::Result<String> {
    let most = LARGEST_INPUT << 20;
    let mut bytes = Vec::new();
    input.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::other(format!(
            "it has more than {LARGEST_INPUT} MiB, the most that is read"
        ))),
        false => String::from_utf8(bytes).map_err(|_| io::Error::other("it is not text in UTF-8")),
    }
}

/// The largest amount that can be given, and the most digits after its point. Sums of such amounts
/// stay exact.
const MOST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);
const MOST_DECIMALS: usize = 10;

/// Parses a point in time: a date or a time, by UTC where it does not say, or an age such as `7d`.
pub fn instant(text: &str) -> Result<Timestamp, String> {
    let time = Moment::new(text).timestamp_assuming_utc();
    let day = || Moment::new(format!("{text}T00:00:00Z")).timestamp();
    let ago = || {
        Timestamp::now()
            .checked_sub(SignedDuration::try_from(age(text).ok()?).ok()?)
            .ok()
    };
    time.or_else(day)
        .or_else(ago)
        .ok_or_else(|| "write a date such as 2026-11-01, or an age such as 7d".to_owned())
}

/// Parses an age such as `30d`, `12h` or `45m`.
pub fn age(text: &str) -> Result<Duration, String> {
    let seconds = |text: &str| {
        let unit = text.chars().last()?;
        let count: u64 = text.strip_suffix(unit)?.parse().ok()?;
        let unit = match unit {
            'w' => 7 * 24 * 60 * 60,
            'd' => 24 * 60 * 60,
            'h' => 60 * 60,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        count.checked_mul(unit)
    };
    seconds(text)
        .filter(|seconds| *seconds <= LONGEST_AGE)
        .map(Duration::from_secs)
        .ok_or_else(|| "write a number with w, d, h, m or s, such as 30d".to_owned())
}

/// Parses an amount of money: digits and at most one point, so that nothing else passes for one.
pub fn amount(text: &str) -> Result<Decimal, String> {
    let text = text.trim();
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    let is_plain = are_digits(whole) && are_digits(decimals) && decimals.len() <= MOST_DECIMALS;
    match text.parse::<Decimal>() {
        Ok(amount) if is_plain && amount <= MOST => Ok(amount),
        _ => Err(format!(
            "write it as digits with at most one point, such as 12.50, without a currency, up to {MOST}"
        )),
    }
}

//! `buy`.

use std::path::PathBuf;

use clap::Args;
use rust_decimal::Decimal;

use crate::bought;
use crate::failure::{EXIT_CODES, Failure};
use crate::flags::{GlobalArguments, LONGEST_WAIT, PurchaseArguments, VendorArguments, amount};
use crate::session::{GatewayArgument, Session};
use crate::spend::{CappedRequest, Purchased, SPENDING, SpendArguments, purchase};

const HELP: &str = "\
Many purchases at once: --from FILE reads CSV with a header, or JSON objects line by line, with
  product, plan, location, quantity, coupon, auto_renewal, pay_with, answers, idempotency_key,
  max_total
The flags are the defaults of every row. All rows are checked before the first is bought. Each has
its own key: its idempotency_key, or BATCH/ROW by --batch, where ROW counts from 1. To continue
after a failure, run the same command again: no row is bought twice.";

/// The arguments of `buy`.
#[derive(Debug, Args)]
#[command(
    after_help = format!("{HELP}\n\n{EXIT_CODES}"),
    mut_arg("product", |it| it.required_unless_present("from"))
)]
pub struct BuyArguments {
    #[command(flatten)]
    pub at: VendorArguments,
    #[command(flatten)]
    pub purchase: PurchaseArguments,
    /// Buy every row of this file; - is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["wait", "idempotency_key"])]
    pub from: Option<PathBuf>,
    /// The beginning of the keys of rows without one
    #[arg(long, value_name = "NAME", requires = "from")]
    pub batch: Option<String>,
    /// The most that it may cost, tax included; nothing is bought above it
    #[arg(long, value_name = "AMOUNT", value_parser = amount, required_unless_present = "from", help_heading = SPENDING)]
    pub max_total: Option<Decimal>,
    #[command(flatten)]
    pub spend: SpendArguments,
    /// Wait up to this long for the order's proxies
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=LONGEST_WAIT))]
    pub wait: Option<u64>,
    #[command(flatten)]
    pub gateway: GatewayArgument,
}

/// Buys, if it costs no more than the cap.
pub async fn run(globals: &GlobalArguments, buy: &BuyArguments) -> Result<(), Failure> {
    buy.spend.check_consent()?;
    let gateway = buy.gateway.gateway.as_ref();
    let session = Session::open(buy.at.vendor, globals, gateway).await?;
    if buy.wait.is_some() {
        session.check_gateway()?;
    }
    let capped = CappedRequest {
        request: session.account.purchase(&buy.purchase.purchase())?,
        max_total: buy
            .max_total
            .ok_or_else(|| Failure::usage("--max-total is missing: see --help".to_owned()))?,
        question: match buy.purchase.auto_renewal {
            true => "Buy it, with auto-renewal?".to_owned(),
            false => "Buy it?".to_owned(),
        },
        renews: buy.purchase.auto_renewal,
    };
    let output = buy.at.form.output;
    let Some(bought) = purchase(&session, globals, &buy.spend, &capped, output).await? else {
        return Ok(());
    };
    let Purchased { receipt, hints } = &bought;
    bought::show(&session, hints, receipt, "was made", buy.wait, output).await
}

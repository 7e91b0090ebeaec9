//! `quote`.

use clap::Args;

use crate::columns::QUOTE;
use crate::failure::Failure;
use crate::flags::{GlobalArguments, PurchaseArguments, VendorArguments};
use crate::output;
use crate::session::Session;

/// The arguments of `quote`.
#[derive(Debug, Args)]
#[command(mut_arg("product", |it| it.required(true)))]
pub struct QuoteArguments {
    #[command(flatten)]
    pub at: VendorArguments,
    #[command(flatten)]
    pub purchase: PurchaseArguments,
}

/// Shows what a purchase would cost now.
pub async fn run(globals: &GlobalArguments, quote: &QuoteArguments) -> Result<(), Failure> {
    let session = Session::open(quote.at.vendor, globals, None).await?;
    let found = session.account.quote(&quote.purchase.purchase()).await?;
    output::print_one(&found, QUOTE, quote.at.form.output)
}

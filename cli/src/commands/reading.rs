//! `products`, `quote`, `balance`: they only look.

use crate::arguments::{At, Common, QuoteArguments};
use crate::columns::{BALANCE, Balance, OFFER, QUOTE};
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

/// Lists everything that can be bought.
pub async fn products(common: &Common, at: &At) -> Result<(), Failure> {
    let session = Session::open(at.vendor, common, None).await?;
    let offers = session.account.catalogue().await?;
    output::print_list(&offers, OFFER, at.output)
}

/// Says what a purchase would cost now.
pub async fn quote(common: &Common, quote: &QuoteArguments) -> Result<(), Failure> {
    let session = Session::open(quote.at.vendor, common, None).await?;
    let found = session.account.quote(&quote.purchase.purchase()).await?;
    output::print_one(&found, QUOTE, quote.at.output)
}

/// Says what is left to spend.
pub async fn balance(common: &Common, at: &At) -> Result<(), Failure> {
    let session = Session::open(at.vendor, common, None).await?;
    let balance = Balance {
        vendor: at.vendor,
        balance: session.account.balance().await?,
    };
    output::print_one(&balance, BALANCE, at.output)
}

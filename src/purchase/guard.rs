//! What must hold before anything is sent.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::journal::{self, Connection};
use super::{Funds, JournalEntry, SpendRequest};
use crate::account::Quote;
use crate::error::{Error, Kind, Outcome};
use crate::support::within_cap;
use crate::vocabulary::Vendor;

/// The most that may be spent on an account in a while.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caps {
    pub per_day: Option<Decimal>,
    pub per_month: Option<Decimal>,
}

/// What the spend counts for under the caps: its price, or what it may cost at most where the vendor has no price preview.
pub(crate) fn price(
    vendor: Vendor,
    quote: Option<&Quote>,
    max_total: Decimal,
) -> Result<Decimal, Error> {
    let Some(quote) = quote else {
        return Ok(max_total);
    };
    within_cap(vendor, Some(&quote.total), max_total)?;
    // `within_cap` has read it.
    Ok(quote.total.amount().unwrap_or(max_total))
}

/// Counts what was spent today and this month, by UTC, and what may have been.
pub(crate) async fn within_caps(
    connection: &mut Connection,
    caps: &Caps,
    entry: &JournalEntry,
    amount: Decimal,
) -> Result<(), Error> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let checks = [
        ("day", caps.per_day, today),
        ("month", caps.per_month, today.first_of_month()),
    ];
    for (period, cap, since) in checks {
        let Some(cap) = cap else { continue };
        let spent =
            journal::spent_since(connection, entry.vendor, &entry.account, start(since)?).await?;
        if spent.saturating_add(amount) > cap {
            let what = format!(
                "it would cost {amount}, and {spent} were spent or may have been this {period} (UTC): that is above the cap of {cap} a {period}; nothing was bought"
            );
            return Err(Error::new(Kind::OverCap, Outcome::NotSent, what).at(entry.vendor, None));
        }
    }
    Ok(())
}

fn start(date: Date) -> Result<Timestamp, Error> {
    date.to_zoned(TimeZone::UTC)
        .map(|zoned| zoned.timestamp())
        .map_err(|_| Error::configuration("this machine's clock can't be right"))
}

/// Refuses what the balance would not pay for, where it is known and is what pays.
pub(crate) fn enough_funds(
    spend: &SpendRequest,
    funds: Funds,
    balance: Option<Decimal>,
    amount: Decimal,
) -> Result<(), Error> {
    match balance {
        Some(balance) if funds == Funds::Balance && balance < amount => {
            let what =
                format!("it would cost {amount}, and the balance is {balance}; nothing was bought");
            Err(Error::new(Kind::Funds, Outcome::NotSent, what)
                .at(spend.vendor(), Some(spend.operation().id)))
        }
        _ => Ok(()),
    }
}

//! The conditions that must hold before anything is sent.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::journal::{self, Connection};
use super::{Funds, IdempotencyKey, JournalEntry, SpendOptions};
use crate::account::Quote;
use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::{Money, Vendor};

/// The most that may be spent on an account in a period.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caps {
    pub per_day: Option<Decimal>,
    pub per_month: Option<Decimal>,
}

/// Refuses to spend while the outcome of another purchase on the account is not known, unless the
/// options allow it. Returns the note for the journal if they do.
pub(crate) fn nothing_unsettled(
    open: &[JournalEntry],
    key: Option<&IdempotencyKey>,
    options: &SpendOptions,
) -> Result<Option<String>, Error> {
    let Some(other) = open.iter().find(|entry| Some(&entry.key) != key) else {
        return Ok(None);
    };
    if let Some(reason) = &options.despite_unknown {
        return Ok(Some(format!(
            "spent although the outcome of `{}` is not known: {reason}",
            other.key
        )));
    }
    let what = format!(
        "the outcome of the purchase `{}` ({} of {}) is not known, and until then nothing else is \
         spent on this account: reconcile the account first",
        other.key,
        other.operation,
        journal::written(other.sent_at.unwrap_or(other.changed_at))
    );
    Err(Error::new(Kind::Unsettled, Outcome::NotSent, what)
        .at(other.vendor, None)
        .for_key(other.key.as_str()))
}

/// Returns the amount that the spend counts for under the caps: its price, or the most that it may
/// cost where the vendor has no price preview.
pub(crate) fn price(
    vendor: Vendor,
    quote: Option<&Quote>,
    max_total: Decimal,
) -> Result<Decimal, Error> {
    match quote {
        None => Ok(max_total),
        Some(quote) => within_cap(vendor, Some(&quote.total), max_total),
    }
}

/// Returns the price, unless it is above the cap or cannot be compared with it.
pub(crate) fn within_cap(
    vendor: Vendor,
    total: Option<&Money>,
    cap: Decimal,
) -> Result<Decimal, Error> {
    let what = match total.map(|total| (total, total.amount())) {
        Some((_, Some(amount))) if amount <= cap => return Ok(amount),
        Some((_, Some(amount))) => {
            format!("it would cost {amount}, which is above the cap of {cap}; nothing was bought")
        }
        Some((odd, None)) => format!(
            "the vendor's price `{odd}` is not a number, so the cap of {cap} cannot be kept; \
             nothing was bought"
        ),
        None => format!(
            "the vendor gives no price, so the cap of {cap} cannot be kept; nothing was bought"
        ),
    };
    Err(Error::new(Kind::OverCap, Outcome::NotSent, what).at(vendor, None))
}

/// Refuses what would exceed the caps of the current day or month (UTC). Amounts whose outcome is
/// not known count as spent.
pub(crate) async fn within_caps(
    connection: &mut Connection,
    caps: &Caps,
    vendor: Vendor,
    account: &str,
    amount: Decimal,
) -> Result<(), Error> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let checks = [
        ("day", caps.per_day, today),
        ("month", caps.per_month, today.first_of_month()),
    ];
    for (period, cap, since) in checks {
        let Some(cap) = cap else { continue };
        let spent = journal::spent_since(connection, vendor, account, start(since)?).await?;
        if spent.saturating_add(amount) > cap {
            let what = format!(
                "it would cost {amount}, and {spent} were or may have been spent this {period} \
                 (UTC), which together is above the cap of {cap} a {period}; nothing was bought"
            );
            return Err(Error::new(Kind::OverCap, Outcome::NotSent, what).at(vendor, None));
        }
    }
    Ok(())
}

fn start(date: Date) -> Result<Timestamp, Error> {
    date.to_zoned(TimeZone::UTC)
        .map(|zoned| zoned.timestamp())
        .map_err(|_| Error::configuration("the clock of this machine is out of range: set it"))
}

/// Refuses what a known balance cannot pay for.
pub(crate) fn enough_funds(
    vendor: Vendor,
    funds: Funds,
    balance: Option<Decimal>,
    amount: Decimal,
) -> Result<(), Error> {
    match balance {
        Some(balance) if funds == Funds::Balance && balance < amount => {
            let what =
                format!("it would cost {amount}, and the balance is {balance}; nothing was bought");
            Err(Error::new(Kind::Funds, Outcome::NotSent, what).at(vendor, None))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cap_refuses_what_cannot_be_compared() {
        let vendor = Vendor::all()[0];
        let check = |total: Option<&Money>| within_cap(vendor, total, Decimal::TEN);
        assert_eq!(
            check(Some(&Money::from_cents(1000))).unwrap(),
            Decimal::new(1000, 2)
        );
        let odd: Money = serde_json::from_str("\"free?\"").unwrap();
        for total in [Some(&Money::from_cents(1001)), Some(&odd), None] {
            assert_eq!(check(total).unwrap_err().kind(), Kind::OverCap);
        }
    }
}

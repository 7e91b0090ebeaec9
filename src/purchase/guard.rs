//! The conditions that must hold before anything is sent.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::journal::{self, Connection};
use super::{Funds, IdempotencyKey, JournalEntry, SpendOptions};
use crate::account::Quote;
use crate::cleaning::Cleaned;
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
    if max_total < Decimal::ZERO {
        let what = format!("the cap {max_total} is below zero; nothing was bought");
        return Err(Error::new(Kind::OverCap, Outcome::NotSent, what).at(vendor, None));
    }
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
        Some((_, Some(amount))) if amount < Decimal::ZERO => {
            format!("the vendor's price {amount} is below zero, so the cap of {cap} cannot be kept")
        }
        Some((_, Some(amount))) if amount <= cap => return Ok(amount),
        Some((_, Some(amount))) => {
            format!("it would cost {amount}, which is above the cap of {cap}")
        }
        Some((odd, None)) => {
            let odd = Cleaned::quoted(&odd.as_text());
            format!(
                "the vendor's price `{odd}` is not a number, so the cap of {cap} cannot be kept"
            )
        }
        None => format!("the vendor gives no price, so the cap of {cap} cannot be kept"),
    };
    let what = format!("{what}; nothing was bought");
    Err(Error::new(Kind::OverCap, Outcome::NotSent, what).at(vendor, None))
}

/// Returns the amount to book for a price that the vendor shows after the purchase, or the reason
/// for which the amount of the entry stays. A price below zero, and one of 0 where another was
/// quoted or nothing was, never make room for more.
pub(crate) fn charge(
    shown: Option<&Money>,
    quote: Option<Decimal>,
) -> (Option<Decimal>, Option<String>) {
    let counts = match quote {
        Some(_) => "the quote counts under the caps",
        None => "the cap of the purchase counts under the others",
    };
    match (shown, shown.and_then(Money::amount)) {
        (_, Some(amount)) if amount > Decimal::ZERO => (Some(amount), None),
        (_, Some(amount)) if amount.is_zero() && quote.is_some_and(|it| it.is_zero()) => (
            Some(amount),
            Some("the vendor shows a price of 0".to_owned()),
        ),
        (_, Some(amount)) if amount.is_zero() => (
            None,
            Some(format!("the vendor shows a price of 0, so {counts}")),
        ),
        (_, Some(amount)) => {
            let what = format!("the vendor shows a price below zero ({amount}), so {counts}");
            (None, Some(what))
        }
        (Some(odd), None) => {
            let odd = Cleaned::quoted(&odd.as_text());
            let what =
                format!("the vendor shows the price `{odd}`, which is no amount, so {counts}");
            (None, Some(what))
        }
        (None, None) => (None, None),
    }
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
    for period in caps.periods(Timestamp::now())? {
        let spent = journal::spent_since(connection, vendor, account, period.start).await?;
        if let Some(what) = period.refusal(spent, amount) {
            return Err(Error::new(Kind::OverCap, Outcome::NotSent, what).at(vendor, None));
        }
    }
    Ok(())
}

/// A period with a cap.
#[derive(Debug)]
struct Period {
    name: &'static str,
    start: Timestamp,
    cap: Decimal,
}

impl Caps {
    /// Returns the periods with a cap that a time belongs to.
    fn periods(&self, now: Timestamp) -> Result<Vec<Period>, Error> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let all = [
            ("day", self.per_day, today),
            ("month", self.per_month, today.first_of_month()),
        ];
        let periods = all.into_iter().filter_map(|(name, cap, since)| {
            let cap = cap?;
            Some(start(since).map(|start| Period { name, start, cap }))
        });
        periods.collect()
    }
}

impl Period {
    /// Returns the reason to refuse an amount, if it exceeds the cap together with the amounts that
    /// were spent. Amounts below zero leave the cap as it is.
    fn refusal(&self, spent: Decimal, amount: Decimal) -> Option<String> {
        let Period { name, cap, .. } = self;
        let (spent, amount) = (spent.max(Decimal::ZERO), amount.max(Decimal::ZERO));
        (spent.saturating_add(amount) > *cap).then(|| {
            format!(
                "it would cost {amount}, and {spent} were or may have been spent this {name} \
                 (UTC), which together is above the cap of {cap} a {name}; nothing was bought"
            )
        })
    }
}

fn start(date: Date) -> Result<Timestamp, Error> {
    date.to_zoned(TimeZone::UTC)
        .map(|zoned| zoned.timestamp())
        .map_err(|_| Error::configuration("the clock of this machine is out of range: set it"))
}

/// Refuses what the balance cannot pay for, and what nobody can tell whether it can.
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
        None if funds == Funds::Balance => {
            let what = "the vendor does not tell the balance, so nobody can tell whether it is \
                        enough; nothing was bought";
            Err(Error::new(Kind::Funds, Outcome::NotSent, what).at(vendor, None))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;

//! What the three wrappers share: paging, waiting, caps and reading a caller's words.

use std::future::Future;
use std::str::FromStr;

use futures_core::Stream;
use futures_util::{StreamExt, TryStreamExt, stream};
use rust_decimal::Decimal;
use tokio::time::Instant;

use crate::account::PollOptions;
use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::{Money, Vendor};

/// One page of a list.
pub(crate) struct Page<T> {
    pub items: Vec<T>,
    /// How many items the whole list has, if the vendor says so.
    pub total: Option<i64>,
}

/// All items of a list. `fetch` gets the number of the page, from 0, and `size` is how many items one holds.
pub(crate) fn pages<T, F, A>(size: usize, fetch: F) -> impl Stream<Item = Result<T, Error>> + Send
where
    T: Send,
    F: Fn(i64) -> A + Send,
    A: Future<Output = Result<Page<T>, Error>> + Send,
{
    let first = (0_i64, 0_usize, false, fetch);
    stream::try_unfold(first, move |(number, seen, is_over, fetch)| async move {
        if is_over {
            return Ok::<_, Error>(None);
        }
        let page = fetch(number).await?;
        let seen = seen + page.items.len();
        // A vendor that caps its page size below ours sends short pages that are not the last, so its total counts if it says one.
        let is_over = page.items.is_empty()
            || match page.total {
                Some(total) => usize::try_from(total).is_ok_and(|total| seen >= total),
                None => page.items.len() < size,
            };
        let items = stream::iter(page.items.into_iter().map(Ok));
        Ok(Some((items, (number + 1, seen, is_over, fetch))))
    })
    .try_flatten()
    .fuse()
}

/// Asks again and again until there is an answer, or the time is up.
pub(crate) async fn wait<T, A>(
    vendor: Vendor,
    what: &str,
    poll: PollOptions,
    ask: impl Fn() -> A,
) -> Result<T, Error>
where
    A: Future<Output = Result<Option<T>, Error>>,
{
    let end = Instant::now() + poll.timeout;
    loop {
        if let Some(found) = ask().await? {
            return Ok(found);
        }
        let next = Instant::now() + poll.interval;
        if next > end {
            let what = format!(
                "{what} within {:?}; the order stays as it is, ask again later",
                poll.timeout
            );
            return Err(Error::new(Kind::Deadline, Outcome::Rejected, what).at(vendor, None));
        }
        tokio::time::sleep_until(next).await;
    }
}

/// A list or record that an answer must have to mean anything. Its absence must not be taken for an empty one.
pub(crate) fn present<T>(
    found: Option<T>,
    vendor: Vendor,
    operation: &'static str,
    what: &str,
) -> Result<T, Error> {
    found.ok_or_else(|| {
        let what = format!("the answer has no `{what}`");
        Error::new(Kind::Answer, Outcome::Unknown, what)
            .with_effect(crate::Effect::Read)
            .at(vendor, Some(operation))
    })
}

/// The items of a list. One that is missing must not be taken for an empty one, unless the vendor says beside it that there are none:
/// some servers write an empty list as `null`.
pub(crate) fn listed<T>(
    items: Option<Vec<T>>,
    count: Option<i64>,
    vendor: Vendor,
    operation: &'static str,
    what: &str,
) -> Result<Vec<T>, Error> {
    match (items, count) {
        (None, Some(0)) => Ok(Vec::new()),
        (items, _) => present(items, vendor, operation, what),
    }
}

/// Refuses what costs more than the cap, and what has no price that can be compared.
pub(crate) fn within_cap(vendor: Vendor, total: Option<&Money>, cap: Decimal) -> Result<(), Error> {
    let over =
        |what: String| Err(Error::new(Kind::OverCap, Outcome::NotSent, what).at(vendor, None));
    match total.map(|total| (total, total.amount())) {
        Some((_, Some(amount))) if amount <= cap => Ok(()),
        Some((_, Some(amount))) => over(format!(
            "it would cost {amount}, which is above the cap of {cap}; nothing was bought"
        )),
        Some((odd, None)) => over(format!(
            "the vendor gives `{odd}` as the price, which can't be compared with the cap of {cap}; nothing was bought"
        )),
        None => over(format!(
            "the vendor gives no price, so that the cap of {cap} can't be kept; nothing was bought"
        )),
    }
}

/// What a vendor says, by name; what it does not say is left out.
#[cfg(feature = "purchase")]
pub(crate) fn facts<const N: usize>(
    facts: [(&str, Option<String>); N],
) -> std::collections::BTreeMap<String, String> {
    facts
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// The JSON of an answer.
#[cfg(feature = "purchase")]
pub(crate) fn answer_json(answer: &[u8]) -> Option<serde_json::Value> {
    serde_json::from_slice(answer).ok()
}

/// The order that the answer to a spend names, at a place in its JSON.
#[cfg(feature = "purchase")]
pub(crate) fn answered_id(
    spend: &crate::purchase::SpendRequest,
    answer: &[u8],
    place: &[&str],
) -> Result<String, Error> {
    let whole = answer_json(answer).unwrap_or_default();
    let found = place.iter().try_fold(&whole, |value, name| value.get(name));
    let name = found
        .filter(|it| !it.is_null())
        .map(crate::vocabulary::lenient::text_of);
    name.filter(|name| !name.is_empty()).ok_or_else(|| {
        let what = format!("the answer has no `{}`", place.join("."));
        Error::new(Kind::Answer, Outcome::Unknown, what)
            .with_effect(crate::Effect::Spend)
            .at(spend.vendor(), Some(spend.operation().id))
    })
}

/// An operation that spends and whose price this crate does not know how to ask for.
#[cfg(feature = "purchase")]
pub(crate) fn unpriced(spend: &crate::purchase::SpendRequest) -> Error {
    let what = "its price can't be asked for, so that no cap could be kept";
    Error::new(Kind::Unsupported, Outcome::NotSent, what)
        .at(spend.vendor(), Some(spend.operation().id))
}

/// Reads a number that a caller gave as text.
pub(crate) fn number<T: FromStr>(vendor: Vendor, name: &str, text: &str) -> Result<T, Error> {
    text.trim().parse().map_err(|_| {
        Error::input(format!("`{text}` is no {name}: it must be a whole number")).at(vendor, None)
    })
}

/// Something that this vendor needs and the caller left out.
pub(crate) fn needed<'a>(
    vendor: Vendor,
    name: &str,
    meaning: &str,
    given: Option<&'a String>,
) -> Result<&'a str, Error> {
    given
        .map(String::as_str)
        .ok_or_else(|| Error::input(format!("{name} is needed: {meaning}")).at(vendor, None))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn listed(pages_of: Vec<Vec<u32>>, total: Option<i64>, size: usize) -> (Vec<u32>, usize) {
        let calls = std::sync::atomic::AtomicUsize::new(0);
        let all = pages(size, |number| {
            calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let items = usize::try_from(number)
                .ok()
                .and_then(|it| pages_of.get(it))
                .cloned()
                .unwrap_or_default();
            async move { Ok(Page { items, total }) }
        });
        let all: Vec<u32> = all.try_collect().await.unwrap();
        (all, calls.into_inner())
    }

    #[tokio::test]
    async fn a_list_ends_at_its_total_or_at_a_short_page() {
        assert_eq!(
            listed(vec![vec![1, 2], vec![3]], Some(3), 2).await,
            (vec![1, 2, 3], 2)
        );
        assert_eq!(
            listed(vec![vec![1, 2], vec![3]], None, 2).await,
            (vec![1, 2, 3], 2)
        );
        assert_eq!(
            listed(vec![vec![1], vec![2]], Some(2), 2).await,
            (vec![1, 2], 2)
        );
        assert_eq!(listed(vec![vec![1, 2]], Some(9), 2).await, (vec![1, 2], 2));
        assert_eq!(listed(vec![], Some(0), 2).await, (vec![], 1));
    }

    #[test]
    fn a_cap_refuses_what_can_not_be_compared() {
        let check = |total: Option<&Money>| within_cap(Vendor::IpRoyal, total, Decimal::new(10, 0));
        assert!(check(Some(&Money::from_cents(1000))).is_ok());
        assert_eq!(
            check(Some(&Money::from_cents(1001))).unwrap_err().kind(),
            Kind::OverCap
        );
        assert_eq!(check(None).unwrap_err().kind(), Kind::OverCap);
        let odd: Money = serde_json::from_str("\"free?\"").unwrap();
        assert_eq!(check(Some(&odd)).unwrap_err().kind(), Kind::OverCap);
    }
}

//! Functions that the vendors' clients share: paging, and reading answers and a caller's input.

use std::future::Future;
use std::str::FromStr;

use futures_core::Stream;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::Vendor;

/// One page of a list.
pub(crate) struct Page<T> {
    pub items: Vec<T>,
    /// The length of the whole list, if the vendor gives it.
    pub total: Option<i64>,
}

/// Returns all items of a list. `fetch` gets the number of a page, from 0; `size` is the length of
/// a full page.
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
        // A vendor with a smaller page size sends short pages that are not the last, so its total
        // decides if it gives one.
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

/// Returns a list or record that an answer must have. A missing one must not be taken for empty.
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

/// Returns the items of a list. A missing list must not be taken for an empty one, unless the
/// vendor's count beside it is 0: some servers write an empty list as `null`.
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

/// Parses a number that the caller gave as text.
pub(crate) fn number<T: FromStr>(vendor: Vendor, name: &str, text: &str) -> Result<T, Error> {
    text.trim().parse().map_err(|_| {
        Error::input(format!("`{text}` cannot be the {name}: use a whole number")).at(vendor, None)
    })
}

/// Calls a setter of a generated builder with every value that is there.
macro_rules! given {
    ($request:expr; $($setter:ident: $value:expr,)+) => {{
        let mut request = $request;
        $(if let Some(value) = $value {
            request = request.$setter(value);
        })+
        request
    }};
}

pub(crate) use given;

/// Returns a value that this vendor requires.
pub(crate) fn needed<'a>(
    vendor: Vendor,
    name: &str,
    meaning: &str,
    given: Option<&'a String>,
) -> Result<&'a str, Error> {
    given.map(String::as_str).ok_or_else(|| {
        Error::input(format!("the {name} is missing: give {meaning}")).at(vendor, None)
    })
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
}

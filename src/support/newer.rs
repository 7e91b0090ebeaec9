//! The newest part of a list of orders, found without reading the whole list.

use std::collections::HashSet;

use super::pages::{List, Listed, MOST_UNDER_LOCK, Page, Paging, signed};
use crate::error::Error;

/// An order of a list, with the number by which the vendor counts it.
pub(crate) trait Numbered: Listed {
    /// Returns the number. `None` if the vendor left it out.
    fn number(&self) -> Option<i64>;
}

/// The orders above a number.
pub(crate) struct Newer<T> {
    /// The greatest number in the list.
    pub newest: Option<i64>,
    /// The number of orders in the list, if it is known.
    pub total: Option<i64>,
    /// The orders above the number.
    pub orders: Vec<T>,
    /// The orders without a number.
    pub unplaced: Vec<T>,
}

/// The number of times that a list may move before it is read whole.
const ATTEMPTS: usize = 3;

impl<'a, T: Numbered + Send + 'a> List<'a, T> {
    /// Returns the orders above a number, and the greatest number.
    ///
    /// The vendors do not document in which direction their lists run. The first and the last page
    /// show it, and the list is read from the end at which its newest orders are, up to a page that
    /// has only older ones. A list whose pages are not in the order of the numbers is read whole.
    ///
    /// # Errors
    /// When a list that is read whole has another length than the vendor gives.
    pub async fn newer_than(&self, bound: i64) -> Result<Newer<T>, Error> {
        for _ in 0..ATTEMPTS {
            match self.read_newest(bound).await? {
                Reading::Done(newer) => return Ok(newer),
                Reading::Moved => (),
                Reading::OutOfOrder => break,
            }
        }
        Ok(Newer::of(self.whole().await?, bound))
    }

    async fn read_newest(&self, bound: i64) -> Result<Reading<T>, Error> {
        let first = (self.fetch)(0).await?;
        let length = first.items.len();
        if first.is_last(length, length, self.size) {
            return Ok(Reading::Done(Newer::of(first.items, bound)));
        }
        let (length, size) = (signed(length), signed(self.size));
        let Some(total) = first.total.filter(|total| *total > length && length > 0) else {
            return Ok(Reading::OutOfOrder);
        };
        let (unit, last_position) = match self.paging {
            Paging::Numbers => (length, (total - 1) / length),
            Paging::Offsets => (1, (total - size).max(length)),
        };
        let last = (self.fetch)(last_position).await?;
        if last.total.is_some_and(|now| now != total) {
            return Ok(Reading::Moved);
        }
        let is_whole = signed(last.items.len()) == total - last_position.saturating_mul(unit);
        let direction = Direction::of(&first.items, &last.items);
        let Some(direction) = direction.filter(|_| is_whole && last.has_next != Some(true)) else {
            return Ok(Reading::OutOfOrder);
        };
        let (mut page, mut position) = match direction {
            Direction::Falling => (first, 0),
            Direction::Rising => (last, last_position),
        };
        let mut walk = Walk::new(direction, total);
        for _ in 0..MOST_UNDER_LOCK {
            let (begin, length) = (position.saturating_mul(unit), signed(page.items.len()));
            let has_newer = match walk.take(page, bound) {
                Ok(has_newer) => has_newer,
                Err(reading) => return Ok(reading),
            };
            let end = match direction {
                Direction::Falling => begin.saturating_add(length) >= total,
                Direction::Rising => begin == 0,
            };
            if end || !has_newer {
                return Ok(Reading::Done(walk.newer));
            }
            position = match (direction, self.paging) {
                (Direction::Falling, Paging::Numbers) => position.saturating_add(1),
                (Direction::Falling, Paging::Offsets) => begin.saturating_add(length),
                (Direction::Rising, Paging::Numbers) => position.saturating_sub(1),
                (Direction::Rising, Paging::Offsets) => position.saturating_sub(size).max(0),
            };
            page = (self.fetch)(position).await?;
        }
        Err(self.endless(MOST_UNDER_LOCK))
    }
}

/// The reading of a list from the end at which its newest orders are.
struct Walk<T> {
    direction: Direction,
    total: i64,
    newer: Newer<T>,
    seen: HashSet<i64>,
    /// The lowest number so far.
    lowest: i64,
}

impl<T: Numbered> Walk<T> {
    fn new(direction: Direction, total: i64) -> Self {
        Walk {
            direction,
            total,
            newer: Newer {
                newest: None,
                total: Some(total),
                orders: Vec::new(),
                unplaced: Vec::new(),
            },
            seen: HashSet::new(),
            lowest: i64::MAX,
        }
    }

    /// Takes a page, and returns true if some of its orders are above the bound. Fails if the page
    /// does not continue the pages before it.
    fn take(&mut self, page: Page<T>, bound: i64) -> Result<bool, Reading<T>> {
        if page.total.is_some_and(|now| now != self.total) {
            return Err(Reading::Moved);
        }
        let mut items = page.items;
        items.retain(|it| it.number().is_none_or(|number| self.seen.insert(number)));
        let numbers: Option<Vec<_>> = items.iter().map(T::number).collect();
        let (Some(numbers), Some(newest)) = (numbers, items.iter().filter_map(T::number).max())
        else {
            return Err(Reading::OutOfOrder);
        };
        if newest > self.lowest || !self.direction.has(&numbers) {
            return Err(Reading::OutOfOrder);
        }
        self.lowest = numbers.into_iter().min().unwrap_or(self.lowest);
        self.newer.newest = self.newer.newest.max(Some(newest));
        items.retain(|it| it.number() > Some(bound));
        self.newer.orders.append(&mut items);
        Ok(newest > bound)
    }
}

/// The result of reading a list from the end at which its newest orders are.
enum Reading<T> {
    Done(Newer<T>),
    /// The length of the list changed meanwhile.
    Moved,
    /// The pages are not in the order of the numbers, or do not show in which order they are.
    OutOfOrder,
}

/// The direction in which the numbers of a list run.
#[derive(Clone, Copy)]
enum Direction {
    /// The newest order comes first.
    Falling,
    /// The newest order comes last.
    Rising,
}

impl Direction {
    /// Returns the direction of a list with these items on its first and last page.
    fn of<T: Numbered>(first: &[T], last: &[T]) -> Option<Self> {
        let numbers: Option<Vec<_>> = first.iter().chain(last).map(T::number).collect();
        let numbers = numbers?;
        let found = [Direction::Falling, Direction::Rising];
        found.into_iter().find(|it| it.has(&numbers))
    }

    /// Returns true if the numbers run in this direction.
    fn has(self, numbers: &[i64]) -> bool {
        numbers.is_sorted_by(|one, next| match self {
            Direction::Falling => one > next,
            Direction::Rising => one < next,
        })
    }
}

impl<T: Numbered> Newer<T> {
    /// Returns what is newer in a whole list.
    fn of(all: Vec<T>, bound: i64) -> Self {
        let total = Some(signed(all.len()));
        let newest = all.iter().filter_map(T::number).max();
        let (placed, unplaced): (Vec<_>, _) = all.into_iter().partition(|it| it.number().is_some());
        let newer = placed.into_iter();
        Newer {
            newest,
            total,
            orders: newer.filter(|it| it.number() > Some(bound)).collect(),
            unplaced,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::FutureExt;

    use super::*;
    use crate::vocabulary::Vendor;

    /// An order with a number, or with a name alone.
    #[derive(Clone, Debug, PartialEq)]
    struct Order(Option<i64>, String);

    impl Listed for Order {
        fn id(&self) -> Option<String> {
            Some(self.1.clone())
        }
    }

    impl Numbered for Order {
        fn number(&self) -> Option<i64> {
            self.0
        }
    }

    fn numbered(numbers: impl IntoIterator<Item = i64>) -> Vec<Order> {
        let order = |number: i64| Order(Some(number), number.to_string());
        numbers.into_iter().map(order).collect()
    }

    const PAGINGS: [Paging; 2] = [Paging::Numbers, Paging::Offsets];

    /// Reads a list in pages of 10, and returns the number of requests as well.
    async fn read(list: &[Order], paging: Paging, bound: i64) -> (Newer<Order>, usize) {
        let calls = AtomicUsize::new(0);
        let fetch = |position: i64| {
            calls.fetch_add(1, Ordering::Relaxed);
            let unit = if paging == Paging::Numbers { 10 } else { 1 };
            let rest = list.iter().skip(usize::try_from(position * unit).unwrap());
            let page = Page {
                items: rest.take(10).cloned().collect(),
                total: Some(signed(list.len())),
                has_next: None,
            };
            async move { Ok(page) }.boxed()
        };
        let newer = List::new(Vendor::all()[0], "list_orders", 10, paging, fetch);
        let newer = newer.newer_than(bound).await.unwrap();
        (newer, calls.load(Ordering::Relaxed))
    }

    fn numbers(newer: &Newer<Order>) -> Vec<i64> {
        let mut numbers: Vec<_> = newer.orders.iter().filter_map(|it| it.0).collect();
        numbers.sort_unstable();
        numbers
    }

    #[tokio::test]
    async fn a_list_in_order_is_read_from_its_newest_end() {
        let rising = numbered(1..=1_005);
        let falling = numbered((1..=1_005).rev());
        for paging in PAGINGS {
            for list in [&rising, &falling] {
                for (above, most) in [(0, 3), (1, 3), (25, 6), (1_005, 150)] {
                    let bound = 1_005 - above;
                    let (newer, calls) = read(list, paging, bound).await;
                    let wanted: Vec<_> = (bound + 1..=1_005).collect();
                    assert_eq!(numbers(&newer), wanted, "{paging:?}");
                    assert_eq!((newer.newest, newer.total), (Some(1_005), Some(1_005)));
                    assert!(calls <= most, "{paging:?}, {above} above: {calls}");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_list_out_of_order_is_read_whole() {
        let swapped = |one: usize, other: usize| {
            let mut list = numbered((1..=95).rev());
            list.swap(one, other);
            list
        };
        let mut unplaced = numbered((1..=95).rev());
        unplaced[3] = Order(None, "nameless".to_owned());
        for paging in PAGINGS {
            for list in [
                swapped(0, 20),
                swapped(3, 40),
                swapped(93, 94),
                unplaced.clone(),
            ] {
                let (newer, calls) = read(&list, paging, 90).await;
                let above = list.iter().filter_map(|it| it.0.filter(|it| *it > 90));
                let mut above: Vec<_> = above.collect();
                above.sort_unstable();
                assert_eq!(numbers(&newer), above);
                assert_eq!((newer.newest, newer.total), (Some(95), Some(95)));
                let nameless = list.iter().filter(|it| it.0.is_none()).count();
                assert_eq!(newer.unplaced.len(), nameless);
                assert!(calls >= 10, "{calls}");
            }
        }
    }

    /// An order that comes in between the pages is found, once.
    #[tokio::test]
    async fn a_list_that_moves_is_read_again() {
        for paging in PAGINGS {
            for moment in 0..6 {
                let list = std::sync::Mutex::new((numbered((1..=95).rev()), 0));
                let fetch = |position: i64| {
                    let mut state = list.lock().unwrap();
                    if state.1 == moment {
                        state.0.insert(0, Order(Some(96), "96".to_owned()));
                    }
                    state.1 += 1;
                    let unit = if paging == Paging::Numbers { 10 } else { 1 };
                    let rest = state
                        .0
                        .iter()
                        .skip(usize::try_from(position * unit).unwrap());
                    let page = Page {
                        items: rest.take(10).cloned().collect(),
                        total: Some(signed(state.0.len())),
                        has_next: None,
                    };
                    async move { Ok(page) }.boxed()
                };
                let newer = List::new(Vendor::all()[0], "list_orders", 10, paging, fetch);
                let newer = newer.newer_than(70).await.unwrap();
                let highest = newer.newest.unwrap();
                assert!([95, 96].contains(&highest));
                assert_eq!(numbers(&newer), (71..=highest).collect::<Vec<_>>());
                assert_eq!(newer.total, Some(highest));
            }
        }
    }

    #[tokio::test]
    async fn a_short_list_is_one_page() {
        for paging in PAGINGS {
            let (none, calls) = read(&[], paging, 0).await;
            assert_eq!((none.newest, none.total, calls), (None, Some(0), 1));
            let (few, calls) = read(&numbered([3, 1, 2]), paging, 1).await;
            assert_eq!((numbers(&few), few.newest, calls), (vec![2, 3], Some(3), 1));
        }
    }
}

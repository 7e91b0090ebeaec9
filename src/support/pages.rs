//! Lists of many pages, which may move while they are read.

use std::collections::HashSet;
use std::sync::Arc;

use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_util::{TryStreamExt, stream};

use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::{Effect, Vendor};

/// One page of a list.
pub(crate) struct Page<T> {
    pub items: Vec<T>,
    /// The length of the whole list, if the vendor gives it.
    pub total: Option<i64>,
    /// Tells whether another page follows, where the vendor says so apart from the length.
    pub has_next: Option<bool>,
}

impl<T> Page<T> {
    /// Returns true if no page follows, after so many items of the list up to its end. `size` is
    /// the length of a full page, and `length` that of this one.
    pub fn is_last(&self, read: usize, length: usize, size: usize) -> bool {
        match (self.has_next, self.total) {
            (Some(true), _) => false,
            (_, Some(total)) => usize::try_from(total).is_ok_and(|total| read >= total),
            (Some(false), None) => length < size,
            // A vendor with a smaller page size sends short pages that are not the last.
            (None, None) => false,
        }
    }
}

/// An item of a list.
pub(crate) trait Listed {
    /// Returns the name that no other item of the list has.
    fn id(&self) -> Option<String>;
}

/// The way in which a vendor counts the positions of pages, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// The position of a page is its number.
    Numbers,
    /// The position of a page is the number of items before it.
    Offsets,
}

/// Requests the page at a position.
type Fetch<'a, T> = Arc<dyn Fn(i64) -> BoxFuture<'a, Result<Page<T>, Error>> + Send + Sync + 'a>;

/// A list of a vendor.
pub(crate) struct List<'a, T> {
    pub vendor: Vendor,
    pub operation: &'static str,
    /// The length of a full page.
    pub size: usize,
    pub paging: Paging,
    pub fetch: Fetch<'a, T>,
}

impl<T> Clone for List<'_, T> {
    fn clone(&self) -> Self {
        List {
            fetch: Arc::clone(&self.fetch),
            ..*self
        }
    }
}

/// The number of pages in a row that may bring nothing new.
const FRUITLESS: u32 = 20;

/// The most pages of a list whose length is not given.
const MOST_PAGES: usize = 2_000;

/// The most pages of any list.
const MOST_BY_LENGTH: usize = 5_000;

/// The most pages that are requested while an account is locked.
#[cfg(feature = "purchase")]
pub(super) const MOST_UNDER_LOCK: usize = 1_000;

/// The number of items by which a list may exceed twice its length: it may grow while it is read.
const GROWTH: usize = 1_000;

impl<'a, T: Listed + Send + 'a> List<'a, T> {
    pub fn new(
        vendor: Vendor,
        operation: &'static str,
        size: usize,
        paging: Paging,
        fetch: impl Fn(i64) -> BoxFuture<'a, Result<Page<T>, Error>> + Send + Sync + 'a,
    ) -> Self {
        List {
            vendor,
            operation,
            size,
            paging,
            fetch: Arc::new(fetch),
        }
    }

    /// Returns all items, each of them once. Each page is requested when the stream gets there.
    ///
    /// Items that are added or removed in front of a page move it. Every page therefore has to join
    /// the pages before it: it begins with an item that has been seen, or it has a number and the
    /// length of the list is still the same. Otherwise the page before is read again.
    ///
    /// A move shows in neither way if pages have numbers and the vendor gives no length, or if as
    /// many items are removed in front of the page as are added behind it.
    pub fn stream(self) -> impl Stream<Item = Result<T, Error>> + Send + 'a {
        let pages =
            stream::try_unfold(Reader::new(self, MOST_BY_LENGTH), |mut reader| async move {
                let items = reader.next().await?;
                Ok::<_, Error>(items.map(|items| (stream::iter(items.into_iter().map(Ok)), reader)))
            });
        pages.try_flatten()
    }

    /// Returns all items, each of them once.
    ///
    /// # Errors
    /// When the vendor gives the length of the list, and there are not as many items.
    #[cfg(feature = "purchase")]
    pub async fn whole(&self) -> Result<Vec<T>, Error> {
        let mut reader = Reader::new(self.clone(), MOST_UNDER_LOCK);
        let mut all = Vec::new();
        while let Some(items) = reader.next().await? {
            all.extend(items);
        }
        match reader.total.filter(|total| *total != signed(all.len())) {
            None => Ok(all),
            Some(total) => {
                let what = format!(
                    "the list has {} items, and its length is given as {total}: try again later",
                    all.len()
                );
                Err(self.error(&what))
            }
        }
    }

    /// Returns the error for a list that is followed no further.
    pub(super) fn endless(&self, pages: usize) -> Error {
        let what = format!("the list has no end after {pages} pages, so it cannot be read");
        self.error(&what)
    }

    fn error(&self, what: &str) -> Error {
        Error::new(Kind::Answer, Outcome::Rejected, what)
            .with_effect(Effect::Read)
            .at(self.vendor, Some(self.operation))
    }
}

/// The reading of a list from its first page on.
struct Reader<'a, T> {
    list: List<'a, T>,
    position: i64,
    /// The most pages that may be requested, and the number of those that were.
    most: usize,
    pages: usize,
    /// The length of the first page.
    first: usize,
    seen: HashSet<String>,
    /// The number of items that were returned.
    returned: usize,
    total: Option<i64>,
    /// The greatest length that was given.
    longest: Option<i64>,
    has_moved: bool,
    fruitless: u32,
    is_over: bool,
}

impl<'a, T: Listed + Send + 'a> Reader<'a, T> {
    fn new(list: List<'a, T>, most: usize) -> Self {
        Reader {
            list,
            position: 0,
            most,
            pages: 0,
            first: 0,
            seen: HashSet::new(),
            returned: 0,
            total: None,
            longest: None,
            has_moved: false,
            fruitless: 0,
            is_over: false,
        }
    }

    /// Returns the new items of the next page; `None` after the last.
    async fn next(&mut self) -> Result<Option<Vec<T>>, Error> {
        while !self.is_over {
            if self.pages >= self.most_pages() {
                return Err(self.list.endless(self.pages));
            }
            let page = (self.list.fetch)(self.position).await?;
            if self.pages == 0 {
                self.first = page.items.len();
            }
            self.pages += 1;
            let new = match self.joins(&page) {
                true => self.take(page),
                false => {
                    self.step_back();
                    Vec::new()
                }
            };
            if !new.is_empty() {
                self.fruitless = 0;
                return Ok(Some(new));
            }
            self.fruitless += 1;
            if self.fruitless > FRUITLESS {
                return Err(self.list.error(
                    "the list keeps changing while it is read, so that something may be missing: \
                     try again",
                ));
            }
        }
        Ok(None)
    }

    /// Returns the most pages that the list can have: by its length where that is given, and never
    /// more than the cap.
    fn most_pages(&self) -> usize {
        let length = self
            .longest
            .map(|it| usize::try_from(it).unwrap_or(usize::MAX));
        let Some(length) = length else {
            return MOST_PAGES.min(self.most);
        };
        let most = length.saturating_mul(2).saturating_add(GROWTH);
        if self.returned > most {
            return 0;
        }
        // A vendor may send shorter pages than its first one.
        most.div_ceil(self.first.max(1))
            .max(MOST_PAGES)
            .min(self.most)
    }

    /// Returns true if nothing can be missing between a page and the pages before it.
    fn joins(&mut self, page: &Page<T>) -> bool {
        let is_same_length = match (self.total, page.total) {
            (Some(before), Some(now)) => before == now,
            _ => true,
        };
        self.has_moved |= !is_same_length;
        self.total = page.total.or(self.total);
        self.longest = self.longest.max(page.total);
        let is_joined = page.items.first().is_some_and(|first| match first.id() {
            Some(id) => self.seen.contains(&id),
            // An item without a name cannot be recognized.
            None => true,
        });
        let is_next = is_same_length && self.list.paging == Paging::Numbers;
        self.position == 0 || is_joined || is_next
    }

    /// Takes the new items of a page, and moves on to the next page.
    fn take(&mut self, mut page: Page<T>) -> Vec<T> {
        let length = page.items.len();
        // Where pages begin at any item, the next page begins with the last item of this one.
        let (overlap, step) = match self.list.paging {
            Paging::Numbers => (0, 1),
            Paging::Offsets if self.position == 0 => (0, length.saturating_sub(1)),
            Paging::Offsets => (1, length.saturating_sub(1)),
        };
        self.position = self.position.saturating_add(signed(step));
        page.items
            .retain(|item| item.id().is_none_or(|id| self.seen.insert(id)));
        self.returned = self.returned.saturating_add(page.items.len());
        // After a move, the length of the list does not tell how many items there were to see.
        let is_last = !self.has_moved && page.is_last(self.returned, length, self.list.size);
        self.is_over = length <= overlap || is_last;
        page.items
    }

    fn step_back(&mut self) {
        let step = match self.list.paging {
            Paging::Numbers => 1,
            Paging::Offsets => self.list.size,
        };
        self.position = self.position.saturating_sub(signed(step)).max(0);
    }
}

pub(super) fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    use futures_util::FutureExt;

    use super::*;

    impl Listed for u32 {
        fn id(&self) -> Option<String> {
            Some(self.to_string())
        }
    }

    /// A server with a list, and the number of requests so far.
    #[derive(Clone)]
    struct Server {
        list: Arc<Mutex<(Vec<u32>, usize)>>,
        paging: Paging,
        /// The length of a page that the server sends, whatever it is asked for.
        size: usize,
        gives_total: bool,
    }

    impl Server {
        fn new(list: impl IntoIterator<Item = u32>, paging: Paging, size: usize) -> Self {
            Server {
                list: Arc::new(Mutex::new((list.into_iter().collect(), 0))),
                paging,
                size,
                gives_total: paging == Paging::Numbers,
            }
        }

        fn page(&self, position: i64) -> Page<u32> {
            let mut state = self.list.lock().unwrap();
            state.1 += 1;
            let at = usize::try_from(position).unwrap();
            let before = match self.paging {
                Paging::Numbers => at * self.size,
                Paging::Offsets => at,
            };
            let rest = state.0.iter().skip(before);
            Page {
                items: rest.take(self.size).copied().collect(),
                total: self.gives_total.then_some(signed(state.0.len())),
                has_next: match self.paging {
                    Paging::Numbers => None,
                    Paging::Offsets => Some(before + self.size < state.0.len()),
                },
            }
        }

        /// Reads the list in pages of `asked`. `moving` changes it before each request.
        async fn read(
            &self,
            asked: usize,
            moving: impl Fn(&mut Vec<u32>) + Send + Sync,
        ) -> Result<Vec<u32>, Error> {
            let fetch = |position| {
                moving(&mut self.list.lock().unwrap().0);
                let page = self.page(position);
                async move { Ok(page) }.boxed()
            };
            let vendor = Vendor::all()[0];
            let list = List::new(vendor, "list_orders", asked, self.paging, fetch);
            list.stream().try_collect().await
        }

        fn requests(&self) -> usize {
            self.list.lock().unwrap().1
        }
    }

    #[tokio::test]
    async fn a_list_is_read_to_its_end() {
        use Paging::{Numbers, Offsets};
        // The length of the list, of a page, and of a page as it is asked for; the requests.
        for (paging, length, size, asked, requests) in [
            (Numbers, 0, 2, 2, 1),
            (Numbers, 3, 2, 2, 2),
            (Numbers, 4, 2, 2, 2),
            (Numbers, 5, 2, 100, 3),
            (Offsets, 0, 3, 3, 1),
            (Offsets, 2, 3, 3, 1),
            // Without a length, a full page may not be the last.
            (Offsets, 3, 3, 3, 2),
            (Offsets, 7, 3, 3, 4),
            (Offsets, 7, 3, 100, 3),
        ] {
            let server = Server::new(0..length, paging, size);
            let read = server.read(asked, |_| ()).await.unwrap();
            let all: Vec<_> = (0..length).collect();
            assert_eq!(read, all, "{paging:?} {length} {size} {asked}");
            assert_eq!(server.requests(), requests, "{paging:?} {length} {size}");
        }
    }

    /// Without a length, only an empty page is the end.
    #[tokio::test]
    async fn a_short_page_is_not_the_end() {
        let mut server = Server::new(0..5, Paging::Numbers, 2);
        server.gives_total = false;
        assert_eq!(server.read(100, |_| ()).await.unwrap(), [0, 1, 2, 3, 4]);
        assert_eq!(server.requests(), 4);
    }

    #[tokio::test]
    async fn a_length_that_is_not_reached_ends_with_an_empty_page() {
        let calls = Mutex::new(0);
        let fetch = |number: i64| {
            *calls.lock().unwrap() += 1;
            let items = [vec![1_u32, 2], vec![]];
            let items = items.into_iter().nth(usize::try_from(number).unwrap());
            let page = Page {
                items: items.unwrap(),
                total: Some(9),
                has_next: None,
            };
            async move { Ok(page) }.boxed()
        };
        let list = List::new(Vendor::all()[0], "list", 2, Paging::Numbers, fetch);
        let read: Vec<_> = list.stream().try_collect().await.unwrap();
        assert_eq!((read, calls.into_inner().unwrap()), (vec![1, 2], 2));
    }

    /// Whatever is added at the front and removed anywhere between two requests: what was there all
    /// the time comes once.
    #[tokio::test]
    async fn a_list_that_moves_loses_and_doubles_nothing() {
        for seed in 0..2_000 {
            let random = Mutex::new(fastrand::Rng::with_seed(seed));
            let below = |end: usize| random.lock().unwrap().usize(..end);
            let paging = [Paging::Numbers, Paging::Offsets][below(2)];
            let size = below(6) + 3;
            let all: Vec<u32> = (0..60).rev().collect();
            let server = Server::new(all.clone(), paging, size);
            let removed = Mutex::new(BTreeSet::new());
            let read = server.read(size, |list| match below(8) {
                0 => {
                    let next = u32::try_from(1_000 + below(1_000_000)).unwrap();
                    list.insert(0, next);
                }
                1 if !list.is_empty() => {
                    let gone = list.remove(below(list.len()));
                    removed.lock().unwrap().insert(gone);
                }
                _ => (),
            });
            let read = read.await.unwrap();
            let unique: BTreeSet<_> = read.iter().copied().collect();
            assert_eq!(unique.len(), read.len(), "seed {seed}: {read:?}");
            let removed = removed.into_inner().unwrap();
            let stayed = all.iter().filter(|it| !removed.contains(it));
            let lost: Vec<_> = stayed.filter(|it| !unique.contains(it)).collect();
            assert!(lost.is_empty(), "seed {seed}: lost {lost:?}");
        }
    }

    /// A server that takes no notice of the position, and one that moves with every request.
    #[tokio::test]
    async fn a_list_without_an_end_is_an_error() {
        for has_next in [true, false] {
            for paging in [Paging::Numbers, Paging::Offsets] {
                let fetch = |_| {
                    let page = Page {
                        items: vec![1_u32, 2],
                        total: (!has_next).then_some(9),
                        has_next: Some(has_next),
                    };
                    async move { Ok(page) }.boxed()
                };
                let list = List::new(Vendor::all()[0], "list", 2, paging, fetch);
                let read: Result<Vec<_>, _> = list.stream().try_collect().await;
                assert_eq!(read.unwrap_err().kind(), Kind::Answer);
            }
        }
    }
}

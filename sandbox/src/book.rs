//! Orders, kept so that neither a page of them nor what is due next has to be looked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::ops::{Deref, DerefMut};

use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a [`Book`] keeps.
pub trait Entry {
    /// What lists are filtered by. Entries of one shelf are counted without being looked at.
    type Shelf: Ord + Clone + Debug;

    /// Its number, which no other entry has and which never changes.
    fn id(&self) -> i64;

    /// The shelf that it stands on now.
    fn shelf(&self) -> Self::Shelf;

    /// When time changes it next.
    fn due(&self) -> Option<Timestamp>;

    /// What lists are sorted by, column by column. Every entry has as many.
    fn ranks(&self) -> Vec<Rank> {
        Vec::new()
    }
}

/// Where in a sorted list something belongs. What is not there comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    Number(i64),
    Time(Option<Timestamp>),
    Text(Option<String>),
}

/// Entries by rising id. An order is never removed, as the vendors never forget one.
#[derive(Debug)]
pub struct Book<E: Entry> {
    entries: Vec<E>,
    /// Indexes into `entries`.
    shelves: BTreeMap<E::Shelf, BTreeSet<usize>>,
    due: BTreeSet<(Timestamp, usize)>,
    /// By column.
    sorted: Vec<BTreeSet<(Rank, usize)>>,
}

impl<E: Entry> Default for Book<E> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            shelves: BTreeMap::new(),
            due: BTreeSet::new(),
            sorted: Vec::new(),
        }
    }
}

impl<E: Entry> Book<E> {
    /// Adds an entry, whose id must be above all others. One that is not is left out.
    pub fn push(&mut self, entry: E) -> Option<&E> {
        if self
            .newest()
            .is_some_and(|newest| newest.id() >= entry.id())
        {
            return None;
        }
        let index = self.entries.len();
        self.file(index, Filed::of(&entry));
        self.entries.push(entry);
        self.entries.last()
    }

    /// The entry of that id.
    pub fn get(&self, id: i64) -> Option<&E> {
        self.entries.get(self.position(id)?)
    }

    /// The entry of that id, to be changed.
    pub fn get_mut(&mut self, id: i64) -> Option<EntryMut<'_, E>> {
        let index = self.position(id)?;
        let before = Filed::of(self.entries.get(index)?);
        Some(EntryMut {
            book: self,
            index,
            before: Some(before),
        })
    }

    /// The entry with the highest id.
    pub fn newest(&self) -> Option<&E> {
        self.entries.last()
    }

    /// Which entry time changes first, and when, if that is by `now`.
    pub fn next_due(&self, now: Timestamp) -> Option<(Timestamp, i64)> {
        let &(at, index) = self.due.first()?;
        let entry = self.entries.get(index)?;
        (at <= now).then(|| (at, entry.id()))
    }

    /// Those that time changes by an instant.
    pub fn due_by(&self, at: Timestamp) -> impl Iterator<Item = &E> {
        self.due
            .range(..=(at, usize::MAX))
            .filter_map(|&(_, index)| self.entries.get(index))
    }

    /// The shelves with how many stand on each; none is empty.
    pub fn shelves(&self) -> impl Iterator<Item = (&E::Shelf, usize)> {
        self.shelves.iter().map(|(shelf, set)| (shelf, set.len()))
    }

    /// How many stand on the shelves that are wanted.
    pub fn count(&self, wanted: impl Fn(&E::Shelf) -> bool) -> usize {
        self.shelves()
            .filter(|(shelf, _)| wanted(shelf))
            .map(|(_, count)| count)
            .sum()
    }

    /// Those on the shelves that are wanted, the highest id first, without the first `skip`.
    pub fn newest_first(
        &self,
        wanted: impl Fn(&E::Shelf) -> bool,
        skip: usize,
    ) -> impl Iterator<Item = &E> {
        let sets = self.on(wanted);
        let indexes: Box<dyn Iterator<Item = usize>> = if sets.len() == self.shelves.len() {
            let until = self.entries.len().saturating_sub(skip);
            Box::new((0..until).rev())
        } else {
            let each = sets.into_iter().map(|set| set.iter().rev().copied());
            Box::new(merged(each, |a, b| a > b).skip(skip))
        };
        indexes.filter_map(|index| self.entries.get(index))
    }

    /// The same, the lowest id first.
    pub fn oldest_first(
        &self,
        wanted: impl Fn(&E::Shelf) -> bool,
        skip: usize,
    ) -> impl Iterator<Item = &E> {
        let sets = self.on(wanted);
        let indexes: Box<dyn Iterator<Item = usize>> = if sets.len() == self.shelves.len() {
            Box::new(skip..self.entries.len())
        } else {
            let each = sets.into_iter().map(|set| set.iter().copied());
            Box::new(merged(each, |a, b| a < b).skip(skip))
        };
        indexes.filter_map(|index| self.entries.get(index))
    }

    /// All, sorted by a column and then by id.
    pub fn sorted(&self, column: usize) -> impl DoubleEndedIterator<Item = &E> {
        let sorted = self.sorted.get(column).into_iter().flatten();
        sorted.filter_map(|(_, index)| self.entries.get(*index))
    }

    fn on(&self, wanted: impl Fn(&E::Shelf) -> bool) -> Vec<&BTreeSet<usize>> {
        let on = self.shelves.iter().filter(|(shelf, _)| wanted(shelf));
        on.map(|(_, set)| set).collect()
    }

    fn position(&self, id: i64) -> Option<usize> {
        self.entries.binary_search_by_key(&id, E::id).ok()
    }

    fn file(&mut self, index: usize, filed: Filed<E>) {
        self.shelves.entry(filed.shelf).or_default().insert(index);
        self.due.extend(filed.due.map(|at| (at, index)));
        if self.sorted.len() < filed.ranks.len() {
            self.sorted.resize_with(filed.ranks.len(), BTreeSet::new);
        }
        for (sorted, rank) in self.sorted.iter_mut().zip(filed.ranks) {
            sorted.insert((rank, index));
        }
    }

    fn unfile(&mut self, index: usize, filed: Filed<E>) {
        if let Some(set) = self.shelves.get_mut(&filed.shelf) {
            set.remove(&index);
            if set.is_empty() {
                self.shelves.remove(&filed.shelf);
            }
        }
        if let Some(at) = filed.due {
            self.due.remove(&(at, index));
        }
        for (sorted, rank) in self.sorted.iter_mut().zip(filed.ranks) {
            sorted.remove(&(rank, index));
        }
    }
}

/// Under what an entry is found.
#[derive(Debug)]
struct Filed<E: Entry> {
    shelf: E::Shelf,
    due: Option<Timestamp>,
    ranks: Vec<Rank>,
}

impl<E: Entry> Filed<E> {
    fn of(entry: &E) -> Self {
        Self {
            shelf: entry.shelf(),
            due: entry.due(),
            ranks: entry.ranks(),
        }
    }

    fn is(&self, other: &Self) -> bool {
        self.shelf == other.shelf && self.due == other.due && self.ranks == other.ranks
    }
}

/// One sequence of several that are each in order.
fn merged(
    each: impl Iterator<Item: Iterator<Item = usize>>,
    is_first: fn(usize, usize) -> bool,
) -> impl Iterator<Item = usize> {
    let mut heads: Vec<_> = each.map(Iterator::peekable).collect();
    std::iter::from_fn(move || {
        let mut first: Option<(usize, usize)> = None;
        for (at, head) in heads.iter_mut().enumerate() {
            if let Some(&index) = head.peek()
                && first.is_none_or(|(_, other)| is_first(index, other))
            {
                first = Some((at, index));
            }
        }
        heads.get_mut(first?.0)?.next()
    })
}

/// An entry that is being changed. When it goes, the book knows where the entry stands now.
#[derive(Debug)]
pub struct EntryMut<'a, E: Entry> {
    book: &'a mut Book<E>,
    index: usize,
    /// Taken when it goes.
    before: Option<Filed<E>>,
}

impl<E: Entry> Deref for EntryMut<'_, E> {
    type Target = E;

    fn deref(&self) -> &E {
        // It was found at this index, and nothing is ever removed.
        &self.book.entries[self.index]
    }
}

impl<E: Entry> DerefMut for EntryMut<'_, E> {
    fn deref_mut(&mut self) -> &mut E {
        &mut self.book.entries[self.index]
    }
}

impl<E: Entry> Drop for EntryMut<'_, E> {
    fn drop(&mut self) {
        let now = Filed::of(&**self);
        if let Some(before) = self.before.take()
            && !before.is(&now)
        {
            self.book.unfile(self.index, before);
            self.book.file(self.index, now);
        }
    }
}

impl<E: Entry + Serialize> Serialize for Book<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entries.serialize(serializer)
    }
}

impl<'de, E: Entry + Deserialize<'de>> Deserialize<'de> for Book<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut book = Self::default();
        for entry in Vec::<E>::deserialize(deserializer)? {
            let id = entry.id();
            if book.push(entry).is_none() {
                return Err(D::Error::custom(format!(
                    "order {id} does not come after the one before it"
                )));
            }
        }
        Ok(book)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Serialize, Deserialize)]
    struct Thing {
        id: i64,
        color: u8,
        due: Option<Timestamp>,
    }

    impl Entry for Thing {
        type Shelf = u8;

        fn id(&self) -> i64 {
            self.id
        }

        fn shelf(&self) -> u8 {
            self.color
        }

        fn due(&self) -> Option<Timestamp> {
            self.due
        }

        fn ranks(&self) -> Vec<Rank> {
            vec![Rank::Number(-self.id), Rank::Time(self.due)]
        }
    }

    fn book() -> Book<Thing> {
        let mut book = Book::default();
        for id in 0..12_u8 {
            let due = (id % 2 == 0).then_some(Timestamp::UNIX_EPOCH);
            let thing = Thing {
                id: i64::from(id) * 10,
                color: id % 4,
                due,
            };
            assert!(book.push(thing).is_some());
        }
        book
    }

    fn ids(book: &Book<Thing>, wanted: impl Fn(u8) -> bool, skip: usize) -> Vec<i64> {
        let page = book.newest_first(|color| wanted(*color), skip);
        page.map(Entry::id).collect()
    }

    #[test]
    fn shelves_are_walked_from_the_newest() {
        let book = book();
        assert_eq!(ids(&book, |_| true, 9), [20, 10, 0]);
        assert_eq!(ids(&book, |color| color == 3, 1), [70, 30]);
        assert_eq!(ids(&book, |color| color < 2, 2), [50, 40, 10, 0]);
        assert!(ids(&book, |_| false, 0).is_empty());
        assert!(ids(&book, |_| true, 99).is_empty());
        assert_eq!(book.count(|color| *color < 2), 6);
        let oldest = |wanted: fn(&u8) -> bool, skip| -> Vec<i64> {
            book.oldest_first(wanted, skip).map(Entry::id).collect()
        };
        assert_eq!(oldest(|_| true, 9), [90, 100, 110]);
        assert_eq!(oldest(|color| *color < 2, 4), [80, 90]);
        let by_number: Vec<_> = book.sorted(0).take(2).map(Entry::id).collect();
        assert_eq!(by_number, [110, 100]);
        assert_eq!(book.sorted(2).count(), 0);
    }

    #[test]
    fn a_change_moves_an_entry() {
        let mut book = book();
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(book.next_due(now), Some((now, 0)));
        if let Some(mut thing) = book.get_mut(0) {
            thing.color = 9;
            thing.due = None;
        }
        assert_eq!(book.next_due(now), Some((now, 20)));
        assert_eq!(ids(&book, |color| color == 9, 0), [0]);
        assert_eq!(ids(&book, |color| color == 0, 0), [80, 40]);
        assert_eq!(book.due_by(now).count(), 5);
        let by_time: Vec<_> = book.sorted(1).map(Entry::id).collect();
        assert_eq!(by_time, [0, 10, 30, 50, 70, 90, 110, 20, 40, 60, 80, 100]);
        assert!(book.get(5).is_none());
        assert!(book.get_mut(-1).is_none());
    }

    #[test]
    fn what_is_saved_comes_back_and_disorder_does_not() {
        let text = serde_json::to_string(&book()).unwrap_or_default();
        let back: Option<Book<Thing>> = serde_json::from_str(&text).ok();
        assert_eq!(back.map(|book| book.count(|color| *color == 1)), Some(3));
        let twice = r#"[{"id":1,"color":0,"due":null},{"id":1,"color":0,"due":null}]"#;
        assert!(serde_json::from_str::<Book<Thing>>(twice).is_err());
    }
}

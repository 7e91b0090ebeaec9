//! Points in time.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::lenient::any_text;

/// A point in time as a vendor writes it.
///
/// Some vendors write ISO 8601, others `2024-04-20 10:25:12`, of which no page says the time zone.
/// The text is always kept. [`Moment::timestamp`] is there only if the text itself has an offset;
/// [`Moment::timestamp_assuming_utc`] takes a text without one for UTC.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Moment {
    text: String,
}

impl Moment {
    /// Returns the moment that a vendor wrote as this text.
    pub fn new(text: impl Into<String>) -> Self {
        Moment { text: text.into() }
    }

    /// Returns the vendor's text.
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// Returns the instant if the text has an offset (`Z`, `+02:00`), else `None`.
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.text.trim().parse().ok()
    }

    /// Returns the date and time on a clock whose zone the text does not name.
    pub fn civil(&self) -> Option<DateTime> {
        self.text.trim().parse().ok()
    }

    /// Returns the instant, and takes a text without an offset for UTC. No page of a vendor
    /// promises that.
    pub fn timestamp_assuming_utc(&self) -> Option<Timestamp> {
        self.timestamp().or_else(|| {
            let zoned = self.civil()?.to_zoned(TimeZone::UTC).ok()?;
            Some(zoned.timestamp())
        })
    }
}

impl From<Timestamp> for Moment {
    fn from(timestamp: Timestamp) -> Self {
        Moment::new(timestamp.to_string())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Moment({:?})", self.text)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        any_text(deserializer).map(Moment::new)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_text_without_offset_is_no_timestamp_until_utc_is_assumed() {
        let moment = Moment::new("2024-04-20 10:25:12");
        assert_eq!(moment.timestamp(), None);
        let assumed = moment.timestamp_assuming_utc().unwrap();
        assert_eq!(assumed.to_string(), "2024-04-20T10:25:12Z");
    }

    #[test]
    fn an_offset_is_honoured_and_an_odd_text_is_kept() {
        let moment = Moment::new("2019-08-24T14:15:22Z");
        assert_eq!(moment.timestamp(), moment.timestamp_assuming_utc());
        assert!(moment.timestamp().is_some());
        let odd: Moment = serde_json::from_str("\"in three days\"").unwrap();
        assert_eq!(odd.as_text(), "in three days");
        assert_eq!(odd.timestamp_assuming_utc(), None);
        let number: Moment = serde_json::from_str("1713608712").unwrap();
        assert_eq!(number.as_text(), "1713608712");
    }
}

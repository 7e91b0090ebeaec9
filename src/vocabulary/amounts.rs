//! Money, as a decimal amount or a whole number of cents. It is never a float.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::lenient::any_text;

/// A decimal amount of money, which a vendor writes as a JSON number or as text.
///
/// No vendor here sends a currency with an amount; their dashboards show US dollars. An amount that
/// is not a decimal is kept as its text: [`Money::amount`] is then `None`, and [`Money::as_text`]
/// returns what the vendor sent.
///
/// Decimals of up to fifteen significant digits are exact.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Money(Reading<Decimal>);

/// An amount of money as a whole number of cents.
///
/// An amount that is not a whole number is kept as its text: [`Cents::cents`] is then `None`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Cents(Reading<i64>);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Reading<T> {
    Read(T),
    Odd(String),
}

impl<T: Copy + fmt::Display> Reading<T> {
    fn of(text: String, read: impl Fn(&str) -> Option<T>) -> Self {
        read(text.trim()).map_or_else(|| Reading::Odd(text), Reading::Read)
    }

    fn value(&self) -> Option<T> {
        match self {
            Reading::Read(value) => Some(*value),
            Reading::Odd(_) => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Reading::Read(value) => value.to_string(),
            Reading::Odd(text) => text.clone(),
        }
    }
}

impl Money {
    /// Returns the amount, or `None` if the vendor did not send a decimal number.
    pub fn amount(&self) -> Option<Decimal> {
        self.0.value()
    }

    /// Returns the amount as text: the decimal, or what the vendor sent instead.
    pub fn as_text(&self) -> String {
        self.0.text()
    }

    /// Returns the amount of this many cents: 1050 is 10.50.
    pub fn from_cents(cents: i64) -> Self {
        Money(Reading::Read(Decimal::new(cents, 2)))
    }
}

impl Cents {
    /// Returns the number of cents, or `None` if the vendor did not send a whole number.
    pub fn cents(&self) -> Option<i64> {
        self.0.value()
    }

    /// Returns the same amount as [`Money`]: 1050 cents are 10.50.
    pub fn to_money(&self) -> Money {
        match &self.0 {
            Reading::Read(cents) => Money::from_cents(*cents),
            Reading::Odd(text) => Money(Reading::Odd(text.clone())),
        }
    }
}

impl From<Decimal> for Money {
    fn from(amount: Decimal) -> Self {
        Money(Reading::Read(amount))
    }
}

impl From<i64> for Cents {
    fn from(cents: i64) -> Self {
        Cents(Reading::Read(cents))
    }
}

/// Reads an amount: digits, with at most one point between them. Notations that a person can take
/// for another number, such as `1e3` or `1_000`, are none.
fn digits_and_point(text: &str) -> Option<Decimal> {
    let (whole, cents) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    // An amount with more digits than fit would be rounded.
    (is_digits(whole) && is_digits(cents))
        .then(|| Decimal::from_str_exact(text).ok())
        .flatten()
}

/// Reads an amount of a vendor, which may be below zero.
fn decimal(text: &str) -> Option<Decimal> {
    match text.strip_prefix('-') {
        Some(amount) => digits_and_point(amount).map(|amount| -amount),
        None => digits_and_point(text),
    }
}

/// The error for a text that is no amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidAmount;

impl fmt::Display for InvalidAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount has digits and at most one point, such as 12 or 12.50")
    }
}

impl std::error::Error for InvalidAmount {}

impl FromStr for Money {
    type Err = InvalidAmount;

    /// Reads a decimal such as `12`, `12.5` or `12.50`. Unlike an answer, a caller's input must be
    /// a number, and not below zero.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let amount = digits_and_point(text.trim()).ok_or(InvalidAmount)?;
        Ok(Money::from(amount))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.as_text())
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Money({:?})", self.as_text())
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.text())
    }
}

impl fmt::Debug for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cents({:?})", self.0.text())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        any_text(deserializer).map(|text| Money(Reading::of(text, decimal)))
    }
}

impl<'de> Deserialize<'de> for Cents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = |text: &str| decimal(text).and_then(|_| text.parse().ok());
        any_text(deserializer).map(|text| Cents(Reading::of(text, whole)))
    }
}

impl Serialize for Money {
    /// Writes the amount as text, so that no reader turns it into a float.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.as_text())
    }
}

impl Serialize for Cents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Reading::Read(cents) => serializer.serialize_i64(*cents),
            Reading::Odd(text) => serializer.serialize_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_numbers_text_and_odd_values() {
        let read = |json: &str| serde_json::from_str::<Money>(json).unwrap();
        for (json, text) in [
            ("8.01", "8.01"),
            ("\"18.20\"", "18.20"),
            ("30", "30"),
            ("884.05", "884.05"),
            ("0.1", "0.1"),
            ("1e3", "1000"),
            ("\"12,50 EUR\"", "12,50 EUR"),
            ("\"1e3\"", "1e3"),
            ("\"1__5\"", "1__5"),
            ("\"-3.50\"", "-3.50"),
            ("true", "true"),
        ] {
            assert_eq!(read(json).as_text().trim_end_matches(".0"), text, "{json}");
        }
        assert_eq!(read("8.01").amount().unwrap(), Decimal::new(801, 2));
        for odd in [
            "n/a", "1e3", "1_000", "+5", ".5", "5.", "1.2.3", "--1", "", "٣",
        ] {
            assert_eq!(read(&format!("\"{odd}\"")).amount(), None, "{odd}");
            assert_eq!(odd.parse::<Money>(), Err(InvalidAmount), "{odd}");
        }
        // More digits than fit would be rounded, even to nothing.
        let tiny = format!("\"0.{}1\"", "0".repeat(40));
        assert_eq!(read(&tiny).amount(), None);
        assert_eq!("-1".parse::<Money>(), Err(InvalidAmount));
    }

    #[test]
    fn cents_become_money() {
        let cents: Cents = serde_json::from_str("1050").unwrap();
        assert_eq!(cents.cents(), Some(1050));
        assert_eq!(cents.to_money().as_text(), "10.50");
        let odd: Cents = serde_json::from_str("\"soon\"").unwrap();
        assert_eq!(
            (odd.cents(), odd.to_money().as_text()),
            (None, "soon".into())
        );
    }
}

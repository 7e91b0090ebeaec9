//! The bounds of an answer. Together they bound the memory that any answer takes: the body is at
//! most as long as [`Bounds::bytes`], and the tree that is made of it, and the generated type made
//! of the tree, grow with the number of values. That number and the depth are counted in the body
//! before a tree is made of it.

use serde_json::Value;

use crate::operation::Effect;

/// The greatest depth. No documented answer is deeper than a dozen levels.
const DEPTH: usize = 64;

/// The bounds of one kind of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The most bytes that are read.
    pub bytes: usize,
    /// The most values, counted with all values within them.
    values: usize,
}

/// The reason for which no tree was made of a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unparsed {
    NotJson,
    /// The end of a sentence about the answer.
    TooMuch(String),
}

impl Bounds {
    /// The bounds of a refusal or failure. Only its words are read.
    pub const REFUSAL: Self = Bounds {
        bytes: 256 << 10,
        values: 10_000,
    };

    /// Returns the bounds of a success. The answer to a write is one record; a list may be long.
    pub fn of(effect: Effect, size_cap: usize) -> Self {
        match effect {
            Effect::Read => Bounds {
                bytes: size_cap,
                values: 250_000,
            },
            Effect::Set | Effect::Change | Effect::Spend => Bounds {
                bytes: size_cap.min(4 << 20),
                values: 50_000,
            },
        }
    }

    /// Parses a body, unless it is beyond the bounds.
    pub fn parse(self, body: &[u8]) -> Result<Value, Unparsed> {
        self.check(body)?;
        serde_json::from_slice(body).map_err(|_| Unparsed::NotJson)
    }

    /// Counts depth and values by the brackets and commas outside of texts. What is no JSON may be
    /// counted wrongly, and is refused afterwards.
    fn check(self, body: &[u8]) -> Result<(), Unparsed> {
        let (mut depth, mut values) = (0_usize, 1_usize);
        let mut bytes = body.iter();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' => skip_text(&mut bytes),
                b'[' | b'{' => {
                    depth += 1;
                    values += 1;
                }
                b']' | b'}' => depth = depth.saturating_sub(1),
                b',' => values += 1,
                _ => continue,
            }
            if depth > DEPTH {
                let what = format!("is nested deeper than {DEPTH} levels");
                return Err(Unparsed::TooMuch(what));
            }
            if values > self.values {
                let what = format!("has more than {} values", self.values);
                return Err(Unparsed::TooMuch(what));
            }
        }
        Ok(())
    }
}

/// Moves on to the end of a JSON string.
fn skip_text(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            // The next byte is escaped.
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn depth_and_values_are_counted_outside_of_texts() {
        let few = Bounds {
            bytes: 0,
            values: 4,
        };
        for good in [
            "[1, 2, 3]",
            r#"{"a": "[[{{,,,\"[", "b": 2}"#,
            "[[[]]]",
            "7",
            "[[1],2]",
        ] {
            assert!(few.parse(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in ["[1,2,3,4]", "[[[[]]]]", r#"{"a":1,"b":[2,3]}"#, "[{},{}]"] {
            let found = few.parse(bad.as_bytes());
            assert!(
                matches!(found, Err(Unparsed::TooMuch(_))),
                "{bad}: {found:?}"
            );
        }
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let all = Bounds::of(Effect::Read, 0);
        assert!(all.parse(nested(DEPTH).as_bytes()).is_ok());
        let deeper = all.parse(nested(DEPTH + 1).as_bytes());
        assert!(matches!(deeper, Err(Unparsed::TooMuch(_))));
        assert_eq!(all.parse(b"\"\\\""), Err(Unparsed::NotJson));
        assert_eq!(all.parse(b" {} "), Ok(json!({})));
    }
}

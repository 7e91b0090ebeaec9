//! Words out of a list.

use std::fmt;

/// The error of reading a word that is not in a list of words.
///
/// ```
/// let error = "ftp".parse::<proxy_orders::Protocol>().unwrap_err();
/// assert_eq!(error.to_string(), "`ftp` is not a protocol: use http or socks5");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    word: String,
    kind: &'static str,
    known: Vec<&'static str>,
}

impl UnknownWord {
    /// `kind` is what the words are, with its article: `a vendor`.
    pub(crate) fn new(
        word: &str,
        kind: &'static str,
        known: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        UnknownWord {
            word: word.to_owned(),
            kind,
            known: known.into_iter().collect(),
        }
    }

    /// Returns the word.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// Returns the words that are in the list.
    pub fn known(&self) -> &[&'static str] {
        &self.known
    }
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not {}: use ",
            self.word.escape_debug(),
            self.kind
        )?;
        match self.known.as_slice() {
            [] => f.write_str("nothing"),
            [only] => f.write_str(only),
            [others @ .., last] => write!(f, "{} or {last}", others.join(", ")),
        }
    }
}

impl std::error::Error for UnknownWord {}

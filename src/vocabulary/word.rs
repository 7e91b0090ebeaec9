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

/// Defines an enum whose variants are words, with `as_str` and `Display`. If `read` names what the
/// words are, it can be read as well and has the list `ALL`.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal,)+ }
        $(#[$as_str:meta])*
        as_str
        $($(#[$all:meta])* read $kind:literal)?
    ) => {
        $(#[$meta])*
        pub enum $name {
            $($(#[$about])* $variant,)+
        }

        impl $name {
            $(#[$as_str])*
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        $crate::vocabulary::word::words! { @read $name { $($variant)+ } $($(#[$all])* $kind)? }
    };
    (@read $name:ident { $($variant:ident)+ }) => {};
    (@read $name:ident { $($variant:ident)+ } $(#[$all:meta])* $kind:literal) => {
        impl $name {
            $(#[$all])*
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
        }

        impl std::str::FromStr for $name {
            type Err = $crate::vocabulary::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                let mut all = $name::ALL.iter().copied();
                all.find(|it| it.as_str() == word).ok_or_else(|| {
                    let known = $name::ALL.iter().map(|it| it.as_str());
                    $crate::vocabulary::UnknownWord::new(word, $kind, known)
                })
            }
        }
    };
}

pub(crate) use words;

//! The vendors by name.

use std::fmt;
use std::str::FromStr;

use super::word::UnknownWord;

macro_rules! define {
    ($($variant:ident $module:ident $word:literal $name:literal $title:literal;)+) => {
        /// A vendor whose orders this crate can buy and run.
        ///
        /// There is one variant for each spec in `openapi/` whose feature is on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Vendor {
            $(#[doc = concat!($title, ": [`crate::", stringify!($module), "`].")] $variant,)+
        }

        impl Vendor {
            /// Returns all vendors that are compiled in, sorted by word.
            pub const fn all() -> &'static [Vendor] {
                &[$(Vendor::$variant),+]
            }

            /// Returns the word for the vendor on command lines, in files and in logs. It is the
            /// name of its feature and of its module.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Vendor::$variant => $word,)+
                }
            }

            /// Returns the vendor's name in its own spelling.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Vendor::$variant => $name,)+
                }
            }
        }
    };
}

vendors!(define);

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Vendor {
    type Err = UnknownWord;

    /// Reads the vendor's word in any case.
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let mut all = Vendor::all().iter().copied();
        all.find(|vendor| vendor.as_str().eq_ignore_ascii_case(word))
            .ok_or_else(|| {
                let known = Vendor::all().iter().map(|it| it.as_str());
                UnknownWord::new(word, "a vendor", known)
            })
    }
}

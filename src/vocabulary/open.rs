//! Enums that accept every value: one that the vendor's pages do not list is kept, and written as
//! it was read.

/// Defines how an open enum is read, and its schema. `read` makes a value of a text.
macro_rules! open_enum {
    ($name:ident, $schema:ident) => {
        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok($name::read(text.to_owned()))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::vocabulary::lenient::any_text(deserializer).map($name::read)
            }
        }

        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::vocabulary::schema::$schema(Self::KNOWN)
            }
        }
    };
}

/// Defines an open enum of texts: `Name { Variant = "on the wire" }`, with the variant `Unknown`
/// for every other text.
macro_rules! open_text_enum {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $wire:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", $wire, "`")] $variant,)*
            /// A value that the vendor's pages do not list.
            Unknown(String),
        }

        impl $name {
            /// All values that the vendor's pages list.
            pub const KNOWN: &'static [&'static str] = &[$($wire),*];

            fn read(text: String) -> Self {
                $name::from(text)
            }

            /// Returns the value as the vendor writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$variant => $wire,)*
                    $name::Unknown(text) => text,
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($wire => $name::$variant,)*
                    _ => $name::Unknown(text),
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $name::from(text.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        $crate::vocabulary::open::open_enum! { $name, open_text }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

/// Defines an open enum of whole numbers: `Name { Variant = 1 }`, with `Other` for every other
/// number and `Unknown` for the rest.
macro_rules! open_integer_enum {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $wire:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", $wire, "`")] $variant,)*
            /// A number that the vendor's pages do not list.
            Other(i64),
            /// The text of a value that is not a whole number.
            Unknown(String),
        }

        impl $name {
            /// All values that the vendor's pages list.
            pub const KNOWN: &'static [i64] = &[$($wire),*];

            fn read(text: String) -> Self {
                text.trim().parse::<i64>().map_or_else(|_| $name::Unknown(text), $name::from)
            }

            /// Returns the number on the wire, or `None` if the vendor did not send a whole number.
            pub fn as_integer(&self) -> Option<i64> {
                match self {
                    $($name::$variant => Some($wire),)*
                    $name::Other(number) => Some(*number),
                    $name::Unknown(_) => None,
                }
            }

            /// Returns the name of the value, or the value itself if it has none.
            pub fn as_text(&self) -> std::borrow::Cow<'static, str> {
                match self {
                    $($name::$variant => stringify!($variant).into(),)*
                    $name::Other(number) => number.to_string().into(),
                    $name::Unknown(text) => text.clone().into(),
                }
            }
        }

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                match number {
                    $($wire => $name::$variant,)*
                    other => $name::Other(other),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.as_text())
            }
        }

        $crate::vocabulary::open::open_enum! { $name, open_integer }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $name::Unknown(text) => serializer.serialize_str(text),
                    known => serializer.serialize_i64(known.as_integer().unwrap_or_default()),
                }
            }
        }
    };
}

pub(crate) use {open_enum, open_integer_enum, open_text_enum};

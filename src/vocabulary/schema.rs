//! JSON Schemas of the vocabulary's types, as the specs describe them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{Cents, Moment, Money, ProxyEntry, Secret};

macro_rules! schema {
    ($type:ty, $name:literal, $($schema:tt)*) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($($schema)*)
            }
        }
    };
}

schema!(Money, "Money", { "type": ["number", "string"] });
schema!(Cents, "Cents", { "type": "integer" });
schema!(Moment, "Moment", { "type": "string" });
schema!(Secret, "Secret", { "type": "string" });
schema!(ProxyEntry, "ProxyEntry", {
    "oneOf": [
        {
            "type": "object",
            "properties": {
                "ip": { "type": "string" },
                "username": { "type": ["string", "null"] },
                "password": { "type": ["string", "null"] }
            }
        },
        { "type": "string" }
    ]
});

/// Returns the schema of an open enum of texts: text, with the known values.
pub(crate) fn open_text(known: &[&str]) -> Schema {
    json_schema!({ "type": "string", "x-extensible-enum": known })
}

/// Returns the schema of an open enum of whole numbers.
pub(crate) fn open_integer(known: &[i64]) -> Schema {
    json_schema!({ "type": "integer", "x-extensible-enum": known })
}

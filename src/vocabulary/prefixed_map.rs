//! Maps that a query carries as one pair for each key.

/// Defines a map that a query carries as `prefix[key]=value`.
macro_rules! prefixed_map {
    ($name:ident, $prefix:literal) => {
        #[doc = concat!("Keys and values that the query carries as `", $prefix, "[key]=value`.")]
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        pub struct $name(pub std::collections::BTreeMap<String, serde_json::Value>);

        impl FromIterator<(String, serde_json::Value)> for $name {
            fn from_iter<I: IntoIterator<Item = (String, serde_json::Value)>>(pairs: I) -> Self {
                $name(pairs.into_iter().collect())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(key, value)| {
                    let name = format!(concat!($prefix, "[{}]"), key);
                    (name, $crate::vocabulary::lenient::text_of(value))
                }))
            }
        }
    };
}

pub(crate) use prefixed_map;

//! The generated clients, and the few lines that tie them to the transport.
//!
//! Nothing generated is checked in: `build.rs` writes it into `OUT_DIR` from `openapi/*.yaml`. Each vendor's room re-exports its
//! part as `api` and `types`.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

macro_rules! clients {
    ($($variant:ident $module:ident $word:literal $name:literal $title:literal;)+) => {
        $(pub mod $module {
            /// The generated client: one method for each operation, which returns a builder.
            #[allow(
                missing_docs,
                unused_qualifications,
                clippy::all,
                clippy::unwrap_used,
                clippy::expect_used,
                rustdoc::all,
                reason = "the generator decides how generated code looks"
            )]
            pub mod api {
                include!(concat!(env!("OUT_DIR"), "/", $word, ".rs"));

                /// Enums that stay open to values which the vendor adds.
                pub mod enums {
                    include!(concat!(env!("OUT_DIR"), "/", $word, "_enums.rs"));
                }

                impl ClientHooks<crate::transport::Transport> for Client {
                    /// Hands the request to the transport, through which all requests go out.
                    async fn exec(
                        &self,
                        request: reqwest::Request,
                        info: &OperationInfo,
                    ) -> reqwest::Result<reqwest::Response> {
                        let operation = crate::Vendor::$variant.operation(info.operation_id);
                        Ok(self.inner.carry(request, operation).await)
                    }
                }

                impl Client {
                    pub(crate) fn over(transport: crate::transport::Transport) -> Self {
                        let base_url = transport.base_url().to_owned();
                        let client = transport.builder_client().clone();
                        Self::new_with_client(&base_url, client, transport)
                    }
                }
            }

            #[cfg(feature = "schemars")]
            pub(super) fn schemas() -> Vec<(&'static str, schemars::Schema)> {
                include!(concat!(env!("OUT_DIR"), "/", $word, "_schemas.rs"))
            }
        })+

        #[cfg(feature = "schemars")]
        impl crate::Vendor {
            /// Returns the JSON Schemas of the vendor's generated types, by the names that they have in its spec.
            pub fn schemas(self) -> Vec<(&'static str, schemars::Schema)> {
                match self {
                    $(crate::Vendor::$variant => $module::schemas(),)+
                }
            }
        }
    };
}

vendors!(clients);

/// IPRoyal's answers to product questions, as its pricing query carries them: `product_question_answers[12]=yes`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct ProductQuestionAnswersQuery(pub BTreeMap<String, serde_json::Value>);

impl FromIterator<(String, serde_json::Value)> for ProductQuestionAnswersQuery {
    fn from_iter<I: IntoIterator<Item = (String, serde_json::Value)>>(answers: I) -> Self {
        ProductQuestionAnswersQuery(answers.into_iter().collect())
    }
}

impl Serialize for ProductQuestionAnswersQuery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (question, answer) in &self.0 {
            let name = format!("product_question_answers[{question}]");
            map.serialize_entry(&name, &crate::vocabulary::lenient::text_of(answer))?;
        }
        map.end()
    }
}

//! The generated clients, and the few lines that tie them to the transport.
//!
//! Nothing generated is checked in: `build.rs` writes it into `OUT_DIR` from `openapi/*.yaml`. Each vendor's room re-exports its
//! part as `api` and `types`.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

macro_rules! vendor {
    ($name:ident, $feature:literal) => {
        #[cfg(feature = $feature)]
        pub mod $name {
            /// The generated client: one method an operation, each a builder.
            #[allow(
                missing_docs,
                unused_qualifications,
                clippy::all,
                clippy::unwrap_used,
                clippy::expect_used,
                rustdoc::all,
                reason = "generated code is the generator's matter"
            )]
            pub mod api {
                include!(concat!(env!("OUT_DIR"), "/", $feature, ".rs"));

                /// Enums that stay open to values which the vendor adds.
                pub mod enums {
                    include!(concat!(env!("OUT_DIR"), "/", $feature, "_enums.rs"));
                }

                impl ClientHooks<crate::transport::Transport> for Client {
                    /// Hands the request to the transport, which alone decides what leaves.
                    async fn exec(
                        &self,
                        request: reqwest::Request,
                        info: &OperationInfo,
                    ) -> reqwest::Result<reqwest::Response> {
                        Ok(self.inner.carry(request, info.operation_id).await)
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

            /// The JSON Schemas of the generated types, by name.
            #[cfg(feature = "schemars")]
            pub fn schemas() -> Vec<(&'static str, schemars::Schema)> {
                include!(concat!(env!("OUT_DIR"), "/", $feature, "_schemas.rs"))
            }

            /// What the spec says of each operation.
            pub(crate) mod table {
                use crate::operation::{
                    Confidence, CredentialPlace, Effect, Field, Kind, Operation, Parameter, Place,
                    Record, Shape,
                };
                use crate::vocabulary::Vendor;
                include!(concat!(env!("OUT_DIR"), "/", $feature, "_operations.rs"));
            }
        }
    };
}

vendor!(iproyal, "iproyal");
vendor!(proxyshard, "proxyshard");
vendor!(smartproxy, "smartproxy");

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

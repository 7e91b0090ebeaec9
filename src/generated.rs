//! The generated clients, and the hook that hands their requests to the transport.
//!
//! No generated code is checked in: `build.rs` writes it into `OUT_DIR` from `openapi/*.yaml`. Each
//! vendor's module re-exports its part as `api` and `types`.

macro_rules! clients {
    ($($variant:ident $module:ident $word:literal $name:literal $title:literal;)+) => {
        $(pub mod $module {
            /// The generated client, with a method for each operation that returns a builder.
            ///
            /// It contains every operation with every parameter, those that spend included: those
            /// are sent at once, without a cap on the price and without a journal. Errors turn into
            /// [`crate::Error`] with `?`.
            ///
            /// The generator (progenitor) decides on the form of this code and of its errors, so
            /// they are not covered by semantic versioning. The rest of the crate is.
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

            #[doc = concat!("The types of ", $name, "'s requests and answers.")]
            pub mod types {
                pub use super::api::enums::*;
                pub use super::api::types::*;
            }

            #[cfg(feature = "schemars")]
            pub(super) fn schemas() -> Vec<(&'static str, schemars::Schema)> {
                include!(concat!(env!("OUT_DIR"), "/", $word, "_schemas.rs"))
            }
        })+

        #[cfg(feature = "schemars")]
        impl crate::Vendor {
            /// Returns the JSON Schemas of the vendor's generated types, by the names that they
            /// have in its spec.
            pub fn schemas(self) -> Vec<(&'static str, schemars::Schema)> {
                match self {
                    $(crate::Vendor::$variant => $module::schemas(),)+
                }
            }
        }
    };
}

vendors!(clients);

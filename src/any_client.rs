//! Clients of vendors that the program chooses while it runs.

use std::sync::Arc;

use crate::client::ClientBuilder;
use crate::vocabulary::Vendor;

/// A client of any vendor.
#[cfg(feature = "purchase")]
pub type AnyClient = Arc<dyn crate::purchase::SpendAdapter>;

/// A client of any vendor.
#[cfg(not(feature = "purchase"))]
pub type AnyClient = Arc<dyn crate::account::Account>;

macro_rules! constructors {
    ($($variant:ident $module:ident $word:literal $name:literal $title:literal;)+) => {
        impl Vendor {
            /// Returns a builder for a client of this vendor, for programs that choose the vendor
            /// while they run.
            ///
            /// ```
            /// use proxy_orders::{Account, Vendor};
            ///
            /// # fn example(word: &str) -> Result<(), Box<dyn std::error::Error>> {
            /// let vendor: Vendor = word.parse()?;
            /// let builder = vendor.client_builder().credential("token-from-the-dashboard");
            /// let client = builder.build()?;
            /// assert_eq!(client.vendor(), vendor);
            /// # Ok(())
            /// # }
            /// ```
            pub fn client_builder(self) -> ClientBuilder<AnyClient> {
                match self {
                    $(Vendor::$variant => ClientBuilder::new(self, |parts| {
                        Arc::new(crate::$module::Client::from_parts(parts))
                    }),)+
                }
            }
        }
    };
}

vendors!(constructors);

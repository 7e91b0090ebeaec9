//! How a client comes about: the same way at every vendor.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::Error;
use crate::operation;
use crate::transport::{
    Attempted, Limits, Outgoing, RetryRule, Settings, Timeouts, Transport, access, base_url,
};
use crate::vocabulary::{Secret, Vendor};

/// A vendor's client, as the builder sees it. Implemented by the three `Client`s and by nothing else.
pub trait FromTransport: sealed::Sealed + Sized {
    /// At which vendor.
    const VENDOR: Vendor;

    #[doc(hidden)]
    fn from_transport(transport: Transport) -> Self;
}

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// Builds a vendor's client.
///
/// ```
/// use std::time::Duration;
/// use proxy_orders::{Timeouts, iproyal};
///
/// # fn main() -> Result<(), proxy_orders::Error> {
/// let client = iproyal::Client::builder()
///     .credential("token-from-the-dashboard")
///     .timeouts(Timeouts { attempt: Duration::from_secs(10), ..Timeouts::default() })
///     .user_agent("my-shop/1.0")
///     .build()?;
/// # Ok(())
/// # }
/// ```
pub struct ClientBuilder<C> {
    credential: Option<Secret>,
    base_url: Option<String>,
    settings: Settings,
    client: PhantomData<fn() -> C>,
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("has_credential", &self.credential.is_some())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl<C: FromTransport> ClientBuilder<C> {
    pub(crate) fn new() -> Self {
        ClientBuilder {
            credential: None,
            base_url: None,
            settings: Settings::default(),
            client: PhantomData,
        }
    }

    /// The key or token, as it stands in the vendor's dashboard.
    pub fn credential(mut self, credential: impl Into<Secret>) -> Self {
        self.credential = Some(credential.into());
        self
    }

    /// Another base URL than the documented one. Must be https, or on loopback.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// How long is waited for what.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.settings.timeouts = timeouts;
        self
    }

    /// What is sent again. Whatever the rule says, a `change` or a `spend` is not once it may have arrived.
    pub fn retry(mut self, rule: impl RetryRule + 'static) -> Self {
        self.settings.retry = Arc::new(rule);
        self
    }

    /// How much is asked of the vendor at a time.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Called before a request is signed and sent: to add headers, or to count.
    pub fn on_request(mut self, hook: impl Fn(&mut Outgoing<'_>) + Send + Sync + 'static) -> Self {
        self.settings.hooks.on_request = Some(Arc::new(hook));
        self
    }

    /// Called after each attempt, whether it failed or not.
    pub fn on_attempt(mut self, hook: impl Fn(&Attempted<'_>) + Send + Sync + 'static) -> Self {
        self.settings.hooks.on_attempt = Some(Arc::new(hook));
        self
    }

    /// The `User-Agent` header.
    pub fn user_agent(mut self, text: impl Into<String>) -> Self {
        self.settings.user_agent = text.into();
        self
    }

    /// Answers larger than this many bytes are not read.
    pub fn answer_size_cap(mut self, bytes: usize) -> Self {
        self.settings.answer_size_cap = bytes;
        self
    }

    /// An HTTP client of your own: proxies, certificates, DNS.
    ///
    /// It is given as a recipe, not as a finished `reqwest::Client`, because a finished one can't be kept from following redirects
    /// and from sending a purchase on a pooled connection. The recipe is used twice, once for each way of connecting, and those
    /// settings are put on top.
    pub fn http_client(
        mut self,
        recipe: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.settings.http_client = Some(Arc::new(recipe));
        self
    }

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Configuration`] when there is no credential, or no base URL (SmartProxy's pages print none), or when one
    /// of them can't be used. The message says what to set.
    pub fn build(self) -> Result<C, Error> {
        let vendor = C::VENDOR;
        let access = access(vendor);
        let credential = self.credential.ok_or_else(|| {
            let what = format!(
                "there is no credential: set {} to the one from {}",
                access.credential_variable, access.found_at
            );
            Error::configuration(what).at(vendor, None)
        })?;
        let url = match &self.base_url {
            Some(url) => url.as_str(),
            None => operation::documented_server(vendor).ok_or_else(|| {
                let what = format!(
                    "there is no base URL, and the vendor's order pages print none: ask its support and set {}",
                    access.base_url_variable
                );
                Error::configuration(what).at(vendor, None)
            })?,
        };
        let url = base_url(url).map_err(|error| error.at(vendor, None))?;
        Transport::new(vendor, credential, url, self.settings).map(C::from_transport)
    }

    /// Takes the credential and the base URL from the environment: `IPROYAL_TOKEN`, `PROXYSHARD_API_KEY`, `SMARTPROXY_APP_KEY`, each
    /// with a `*_BASE_URL` beside it. What was set before stays.
    ///
    /// # Errors
    /// When a variable holds something that is no text.
    pub fn environment(mut self) -> Result<Self, Error> {
        let access = access(C::VENDOR);
        let read = |name: &str| match std::env::var(name) {
            // An empty variable is how scripts unset one.
            Ok(value) if value.trim().is_empty() => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(Error::configuration(format!(
                "{name} holds something that is no text"
            ))
            .at(C::VENDOR, None)),
        };
        if self.credential.is_none() {
            self.credential = read(access.credential_variable)?.map(Secret::new);
        }
        if self.base_url.is_none() {
            self.base_url = read(access.base_url_variable)?;
        }
        Ok(self)
    }
}

/// Defines a vendor's `Client`: the same construction everywhere.
macro_rules! vendor_client {
    ($(#[$meta:meta])* $vendor:ident $({ $($field:ident: $type:ty),* })?) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct Client {
            api: api::Client,
            transport: $crate::transport::Transport,
            $($($field: $type,)*)?
        }

        impl $crate::client::sealed::Sealed for Client {}

        impl $crate::client::FromTransport for Client {
            const VENDOR: $crate::Vendor = $crate::Vendor::$vendor;

            fn from_transport(transport: $crate::transport::Transport) -> Self {
                Client { api: api::Client::over(transport.clone()), transport, $($($field: Default::default(),)*)? }
            }
        }

        impl Client {
            /// A client for this credential, at the documented base URL or the one in the environment.
            ///
            /// # Errors
            /// When the credential can't be one, or there is no base URL.
            pub fn new(credential: impl Into<$crate::Secret>) -> Result<Self, $crate::Error> {
                Self::builder().credential(credential).environment()?.build()
            }

            /// A client for the credential in the environment.
            ///
            /// # Errors
            /// When it is not there; the message says which variable to set and where the credential is found.
            pub fn from_env() -> Result<Self, $crate::Error> {
                Self::builder().environment()?.build()
            }

            /// Everything that can be set.
            pub fn builder() -> $crate::ClientBuilder<Self> {
                $crate::ClientBuilder::new()
            }

            /// The generated client: every operation with every parameter.
            ///
            /// Operations that spend are sent once, without a price check or a cap, and no journal
            /// has them: [`crate::purchase::Buyer`] buys safely. Errors become [`crate::Error`]
            /// with `?`.
            pub fn api(&self) -> &api::Client {
                &self.api
            }

            /// The same client with another rule on what is sent again: for one call, or a few. Limits stay shared.
            pub fn with_retry(&self, rule: impl $crate::transport::RetryRule + 'static) -> Self {
                let transport = self.transport.with_retry(std::sync::Arc::new(rule));
                Client { api: api::Client::over(transport.clone()), transport, $($($field: self.$field.clone(),)*)? }
            }

            /// The transport, for requests that the spec does not know.
            pub fn transport(&self) -> &$crate::transport::Transport {
                &self.transport
            }
        }
    };
}

pub(crate) use vendor_client;

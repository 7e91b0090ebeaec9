//! Construction of clients, the same for every vendor.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::transport::{
    Attempted, Limits, Outgoing, RetryRule, Settings, Timeouts, Transport, base_url,
};
use crate::vocabulary::{Gateway, Secret, Vendor};

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// The parts that a client is made of.
pub(crate) struct Parts {
    pub transport: Transport,
    pub gateway: Option<Gateway>,
}

/// A builder of a vendor's client.
///
/// It comes from `builder()` of that client, or from [`Vendor::client_builder`] where the vendor is
/// chosen at run time.
///
/// ```
/// use std::time::Duration;
/// use proxy_orders::{Timeouts, Vendor};
///
/// # fn example(vendor: Vendor) -> Result<(), proxy_orders::Error> {
/// let client = vendor
///     .client_builder()
///     .credential("token-from-the-dashboard")
///     .timeouts(Timeouts { attempt: Duration::from_secs(10), ..Timeouts::default() })
///     .user_agent("my-shop/1.0")
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is built before `build` is called"]
pub struct ClientBuilder<C> {
    vendor: Vendor,
    credential: Option<Secret>,
    base_url: Option<String>,
    gateway: Option<Gateway>,
    settings: Settings,
    client: fn(Parts) -> C,
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("vendor", &self.vendor)
            .field("has_credential", &self.credential.is_some())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl<C> ClientBuilder<C> {
    pub(crate) fn new(vendor: Vendor, client: fn(Parts) -> C) -> Self {
        ClientBuilder {
            vendor,
            credential: None,
            base_url: None,
            gateway: None,
            settings: Settings::default(),
            client,
        }
    }

    /// Sets the key or token, as shown in the vendor's dashboard.
    pub fn credential(mut self, credential: impl Into<Secret>) -> Self {
        self.credential = Some(credential.into());
        self
    }

    /// Sets a base URL to use in place of the documented one. It must be https, or on loopback.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the host and port of the account's proxies, for a vendor whose answers do not contain
    /// them.
    pub fn gateway(mut self, gateway: Gateway) -> Self {
        self.gateway = Some(gateway);
        self
    }

    /// Sets the timeouts.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.settings.timeouts = timeouts;
        self
    }

    /// Sets the rule on retries. Whatever the rule says, a `change` or a `spend` is not sent again
    /// once it may have arrived.
    pub fn retry(mut self, rule: impl RetryRule + 'static) -> Self {
        self.settings.retry = Arc::new(rule);
        self
    }

    /// Sets the limits on requests.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Sets a function that is called before a request is signed and sent, to add headers or to
    /// count.
    pub fn on_request(mut self, hook: impl Fn(&mut Outgoing<'_>) + Send + Sync + 'static) -> Self {
        self.settings.hooks.on_request = Some(Arc::new(hook));
        self
    }

    /// Sets a function that is called after each attempt, whether it failed or not.
    pub fn on_attempt(mut self, hook: impl Fn(&Attempted<'_>) + Send + Sync + 'static) -> Self {
        self.settings.hooks.on_attempt = Some(Arc::new(hook));
        self
    }

    /// Sets the `User-Agent` header.
    pub fn user_agent(mut self, text: impl Into<String>) -> Self {
        self.settings.user_agent = text.into();
        self
    }

    /// Sets the greatest size of an answer in bytes. A larger answer is an error; it is not read to
    /// its end. The default is 16 MiB. It does not raise the bounds on answers to writes and on the
    /// number of values: see [`transport`](crate::transport).
    pub fn answer_size_cap(mut self, bytes: usize) -> Self {
        self.settings.answer_size_cap = bytes;
        self
    }

    /// Sets a function that makes the HTTP client, for proxies, certificates or DNS of your own.
    ///
    /// The builder takes a function and not a finished `reqwest::Client`, because a finished client
    /// cannot be kept from following redirects and from sending a purchase on a pooled connection.
    /// The function is called twice, once for each way of connecting, and these settings are
    /// applied to what it returns.
    pub fn http_client(
        mut self,
        recipe: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.settings.http_client = Some(Arc::new(recipe));
        self
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Configuration`] if there is no credential or no base URL (not every
    /// vendor documents one), if one of them cannot be used, or if a gateway is set for a vendor
    /// that has none. The message says what to set.
    pub fn build(self) -> Result<C, Error> {
        let vendor = self.vendor;
        let profile = vendor.profile();
        let wrong = |what: String| Error::configuration(what).at(vendor, None);
        let credential = self.credential.ok_or_else(|| {
            wrong(format!(
                "there is no credential: set {} to the one from {}",
                profile.credential_variable, profile.found_at
            ))
        })?;
        let url = self.base_url.as_deref().or(profile.server);
        let url = url.ok_or_else(|| {
            wrong(format!(
                "there is no base URL, and the vendor's order pages print none: ask its support and set {}",
                profile.base_url_variable
            ))
        })?;
        if self.gateway.is_some() && profile.gateway_variable.is_none() {
            let what = "a gateway is set, but the vendor's answers say where its proxies are: leave it out";
            return Err(wrong(what.to_owned()));
        }
        let url = base_url(url).map_err(|error| error.at(vendor, None))?;
        Ok((self.client)(Parts {
            transport: Transport::new(profile, credential, url, self.settings)?,
            gateway: self.gateway,
        }))
    }

    /// Takes the credential, the base URL and the gateway from the environment, from the variables
    /// that [`Profile`](crate::vendor::Profile) names. A value that was set before stays.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Configuration`] if a variable is not valid Unicode, or not a gateway.
    pub fn environment(mut self) -> Result<Self, Error> {
        let vendor = self.vendor;
        let profile = vendor.profile();
        let wrong = |what: String| Error::configuration(what).at(vendor, None);
        let read = |name: &str| match std::env::var(name) {
            // An empty variable is how scripts unset one.
            Ok(value) if value.trim().is_empty() => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(wrong(format!("{name} is not valid Unicode: set it anew")))
            }
        };
        if self.credential.is_none() {
            self.credential = read(profile.credential_variable)?.map(Secret::new);
        }
        if self.base_url.is_none() {
            self.base_url = read(profile.base_url_variable)?;
        }
        if let Some(name) = profile.gateway_variable
            && self.gateway.is_none()
            && let Some(text) = read(name)?
        {
            let gateway = text.parse();
            self.gateway = Some(gateway.map_err(|error| wrong(format!("{name}: {error}")))?);
        }
        Ok(self)
    }
}

/// Defines a vendor's `Client`, with the construction that all clients share. The field in braces
/// takes the gateway.
macro_rules! vendor_client {
    ($(#[$meta:meta])* $vendor:ident $({ $field:ident: $type:ty })?) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct Client {
            api: api::Client,
            transport: $crate::transport::Transport,
            $($field: $type,)?
        }

        impl $crate::client::sealed::Sealed for Client {}

        const _: () = {
            const fn assert_send_sync<T: Send + Sync>() {}
            assert_send_sync::<Client>();
        };

        impl Client {
            pub(crate) fn from_parts(parts: $crate::client::Parts) -> Self {
                let $crate::client::Parts { transport, .. } = parts;
                let api = api::Client::over(transport.clone());
                Client { api, transport, $($field: parts.gateway,)? }
            }

            /// Returns a client for this credential, at the documented base URL or the one in the
            /// environment.
            ///
            /// # Errors
            /// [`crate::ErrorKind::Configuration`] if the credential or the base URL cannot be
            /// used, or if there is no base URL.
            pub fn new(credential: impl Into<$crate::Secret>) -> Result<Self, $crate::Error> {
                Self::builder().credential(credential).environment()?.build()
            }

            /// Returns a client for the credential in the environment.
            ///
            /// # Errors
            /// [`crate::ErrorKind::Configuration`] if there is none. The message says which
            /// variable to set and where the vendor shows the credential.
            pub fn from_env() -> Result<Self, $crate::Error> {
                Self::builder().environment()?.build()
            }

            /// Returns a builder, with which everything can be set.
            pub fn builder() -> $crate::ClientBuilder<Self> {
                $crate::ClientBuilder::new($crate::Vendor::$vendor, Self::from_parts)
            }

            /// Returns the generated client: every operation with every parameter. Its errors become
            /// [`crate::Error`] with `?`.
            ///
            /// An operation that spends is sent once, without a price check and without a cap, and
            /// no journal has it: [`crate::purchase::Buyer`] buys safely.
            pub fn api(&self) -> &api::Client {
                &self.api
            }

            /// Returns the same client with another rule on retries, for one call or a few. The
            /// limits stay shared.
            #[must_use]
            pub fn with_retry(&self, rule: impl $crate::transport::RetryRule + 'static) -> Self {
                let transport = self.transport.with_retry(std::sync::Arc::new(rule));
                let api = api::Client::over(transport.clone());
                Client { api, transport, $($field: self.$field.clone(),)? }
            }

            /// Returns the transport, for requests that the spec does not contain.
            pub fn transport(&self) -> &$crate::transport::Transport {
                &self.transport
            }
        }
    };
}

pub(crate) use vendor_client;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_vendor_that_needs_a_gateway_accepts_one() {
        for &vendor in Vendor::all() {
            let builder = vendor.client_builder().credential("canary-key");
            let builder = builder.base_url("https://api.example.com");
            let built = builder
                .gateway(Gateway::new("gateway.example.com", 7000))
                .build();
            let needs_one = vendor.profile().gateway_variable.is_some();
            assert_eq!(built.is_ok(), needs_one, "{vendor}");
            assert!(built.is_ok_and(|it| it.vendor() == vendor) || !needs_one);
        }
    }
}

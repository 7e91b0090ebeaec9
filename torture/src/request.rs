//! The requests that spend: the samples that the sandbox has for each vendor.

use std::error::Error;

use fastrand::Rng;
use proxy_orders::Vendor;
use proxy_orders::purchase::SpendRequest;
use proxy_orders_sandbox::SampleSpend;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A result with any error.
pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Returns the samples of a vendor, and none of a vendor that the sandbox does not simulate.
pub fn samples(vendor: Vendor) -> &'static [SampleSpend] {
    let simulated = vendor.as_str().parse::<proxy_orders_sandbox::Vendor>();
    simulated.map_or(&[], |it| it.sample_spends())
}

/// One request, as a worker is told of it. Many are alike on purpose: it is harder to find out
/// which of two like orders is whose.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Request {
    /// The index of its sample.
    sample: usize,
}

impl Request {
    /// Draws a request that the vendor may fulfil.
    pub fn random(vendor: Vendor, random: &mut Rng) -> Self {
        let weights = samples(vendor).iter().enumerate();
        let tickets: Vec<usize> = weights
            .flat_map(|(index, sample)| std::iter::repeat_n(index, sample.weight))
            .collect();
        Request {
            sample: random.choice(tickets).unwrap_or_default(),
        }
    }

    fn sample(self, vendor: Vendor) -> Result<&'static SampleSpend> {
        let found = samples(vendor).get(self.sample);
        found.ok_or_else(|| format!("{vendor} has no sample {}", self.sample).into())
    }

    /// Returns a cap that a price which has moved is above, if the vendor keeps an order unpaid.
    pub fn tight_cap(self, vendor: Vendor) -> Option<Decimal> {
        let cents = self.sample(vendor).ok()?.tight_cap?;
        Some(Decimal::new(cents, 2))
    }

    /// Makes the request.
    pub fn spend(self, vendor: Vendor) -> Result<SpendRequest> {
        let sample = self.sample(vendor)?;
        let unknown = || -> Box<dyn Error + Send + Sync> {
            format!("{vendor} has no operation {}", sample.operation).into()
        };
        let operation = vendor.operation(sample.operation).ok_or_else(unknown)?;
        let order = sample.order.map(|(name, id)| (name.into(), id.into()));
        let body = serde_json::from_str(sample.body)?;
        let request = SpendRequest::new(operation, order, Vec::new(), Some(body))?;
        Ok(match sample.context {
            None => request,
            Some((name, value)) => request.with_context(name, value),
        })
    }
}

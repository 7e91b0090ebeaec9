//! One call to one operation, from when it has arrived to when it is answered.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};

use crate::answer::Answer;
use crate::faults::{Conditions, deliver, instead, is_struck};
use crate::input::{Arrived, Call};
use crate::vendor::Vendor;
use crate::world::Shared;

/// An operation of a vendor.
#[derive(Debug, Clone, Copy)]
pub struct Operation<A> {
    /// The id that the OpenAPI file gives it.
    pub id: &'static str,
    pub method: MethodFilter,
    /// Without the prefix that the vendor is nested under.
    pub path: &'static str,
    /// What it does, in the form that suits the vendor.
    pub act: A,
}

impl<A> Operation<A> {
    /// One that is called with GET.
    pub const fn get(id: &'static str, path: &'static str, act: A) -> Self {
        Self::new(id, MethodFilter::GET, path, act)
    }

    /// One that is called with POST.
    pub const fn post(id: &'static str, path: &'static str, act: A) -> Self {
        Self::new(id, MethodFilter::POST, path, act)
    }

    /// One that is called with another method.
    pub const fn new(id: &'static str, method: MethodFilter, path: &'static str, act: A) -> Self {
        Self {
            id,
            method,
            path,
            act,
        }
    }

    /// Whether it may change anything.
    pub fn is_change(&self) -> bool {
        self.method != MethodFilter::GET
    }
}

/// A router for operations, each of which `perform` answers.
pub fn router<A: Copy + Send + Sync + 'static>(
    vendor: Vendor,
    operations: &[Operation<A>],
    perform: fn(&Shared, &Operation<A>, Call) -> Answer,
) -> Router<Arc<Shared>> {
    let mut router = Router::new();
    for operation in operations {
        let operation = *operation;
        let handler = move |State(shared): State<Arc<Shared>>, arrived: Arrived| async move {
            answer(&shared, vendor, operation.id, arrived, |call| {
                perform(&shared, &operation, call)
            })
            .await
        };
        router = router.route(operation.path, on(operation.method, handler));
    }
    router
}

async fn answer(
    shared: &Arc<Shared>,
    vendor: Vendor,
    operation: &'static str,
    arrived: Arrived,
    act: impl FnOnce(Call) -> Answer,
) -> Response {
    let faults = &shared.faults;
    if let Some(mode) = faults.strike(vendor, operation, |mode| mode.is_before()) {
        return instead(mode, &arrived.target);
    }
    let conditions = Conditions::new(
        Arc::clone(faults),
        vendor,
        operation,
        shared.provisioning_delay,
    );
    let answer = act(Call::new(arrived, conditions));
    let struck = faults.strike(vendor, operation, |mode| is_struck(mode, vendor, &answer));
    match struck {
        Some(mode) => deliver(mode, vendor, answer, shared).await,
        None => answer.into_response(),
    }
}

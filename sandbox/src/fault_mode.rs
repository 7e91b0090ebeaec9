//! The ways in which a call can go wrong.

use crate::words::words;

words! {
    /// The way in which a call goes wrong. "Acted upon" means that what the call asks for has
    /// happened: its price was charged and stands in the ledger.
    #[non_exhaustive]
    pub enum FaultMode {
        /// The connection is reset; the call is not acted upon.
        DropBefore = "drop-before",
        /// The call is acted upon, then the connection is reset.
        DropAfter = "drop-after",
        /// The call is acted upon and never answered. The connection is reset when the sandbox
        /// stops.
        HangAfter = "hang-after",
        /// The call is acted upon and answered with 500.
        Status500After = "status-500-after",
        /// The call is acted upon and answered with 200 and the code 500. Only where the answers
        /// have a code.
        Code500After = "code-500-after",
        /// The call is acted upon and answered with 200 and a code that no page lists. Only where
        /// the answers have a code.
        UnknownCodeAfter = "unknown-code-after",
        /// 502 with a page of HTML, as a proxy in front of the vendor answers; not acted upon.
        Html502 = "html-502",
        /// 429 with `Retry-After: 1`; not acted upon.
        Status429 = "status-429",
        /// 307 to the same address; not acted upon. A call that follows is acted upon, unless the
        /// fault strikes again.
        Redirect307 = "redirect-307",
        /// The call is acted upon, then half of the answer is sent and the connection closed.
        TruncatedJson = "truncated-json",
        /// The call is acted upon; the answer lacks the fields that identify its subject.
        MissingId = "missing-id",
        /// The call is acted upon; every `status` in the answer is an undocumented one.
        UnknownStatus = "unknown-status",
        /// The call is acted upon; all fields of the answer but the identifying ones are null.
        NullFields = "null-fields",
        /// The answer arrives in a hundred pieces with pauses, for five seconds in all.
        SlowBody = "slow-body",
        /// A purchase costs 20 per cent more than any quote said.
        PriceMove = "price-move",
        /// A purchase takes 20 times as long to be provisioned.
        SlowProvisioning = "slow-provisioning",
        /// The filter `status_is_expiring_soon` of a list finds other orders as well.
        LyingExpiryFilter = "lying-expiry-filter",
        /// A list has moved by one place since its page before: on every second page, from the
        /// second on, as if something had been added at its front, and on the others as if its
        /// first item had been removed. Only pages after the first are struck.
        ShiftedPages = "shifted-pages",
        /// A list of orders lacks their ids and its length. Not at every vendor.
        BareLists = "bare-lists",
        /// A new order is paid at once, and answered as paid. Not at every vendor.
        PaidAtOnce = "paid-at-once",
        /// The amount to pay of a new order is answered as 0, whatever its price. Not at every vendor.
        ZeroPayFee = "zero-pay-fee",
    }
}

impl FaultMode {
    /// Tells whether the mode strikes in place of acting upon the call.
    pub(crate) fn is_before(self) -> bool {
        matches!(
            self,
            Self::DropBefore | Self::Html502 | Self::Status429 | Self::Redirect307
        )
    }
}

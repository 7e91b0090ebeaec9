//! Making a request fit to be sent.

use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Request, Url};

use super::hooks::Outgoing;
use super::raw::RawRequest;
use super::redact::Redactor;
use super::{Call, Transport, auth};
use crate::error::Error;
use crate::operation::{Operation, Place};
use crate::vocabulary::Secret;

impl Transport {
    /// Checks the path, settles the headers and signs. Says what must not be shown of this request.
    pub(super) fn prepare(&self, request: &mut Request, call: &Call) -> Result<Redactor, Error> {
        let inner = &*self.0;
        let redactor = self.redactor_of(request, call.operation);
        let mut place = call.profile.credential_place(request.method());
        if let Some(operation) = call.operation {
            place = operation.credential;
            check_path(&inner.base_url, request.url(), operation)?;
        }
        let has_body = request
            .body()
            .and_then(|body| body.as_bytes())
            .is_some_and(|bytes| !bytes.is_empty());
        let is_post = ["POST", "PUT", "PATCH"].contains(&request.method().as_str());
        if is_post && !has_body {
            // Without one there is no Content-Length, and ProxyShard's server is known to reject that.
            *request.body_mut() = Some("{}".into());
        }
        if let Some(hook) = &inner.settings.hooks.on_request {
            hook(&mut Outgoing {
                vendor: call.vendor(),
                operation: call.name(),
                effect: call.effect,
                headers: request.headers_mut(),
            });
        }
        auth::sign(request, place, &inner.credential)?;
        let headers = request.headers_mut();
        // The generator's own; no vendor knows it.
        headers.remove("api-version");
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if is_post {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(redactor)
    }

    /// Returns a redactor with the secrets of a request: the credential, and the passwords and keys among its parameters.
    ///
    /// An [`Error`] is redacted already, except for the answer in [`Error::raw`]: use this before you show that.
    pub fn redactor(&self, request: &RawRequest) -> Redactor {
        match self.raw_request(request) {
            Ok(sent) => self.redactor_of(&sent, request.operation),
            // It cannot be sent, so that no answer can quote it.
            Err(_) => Redactor::default(),
        }
    }

    fn redactor_of(&self, request: &Request, operation: Option<&Operation>) -> Redactor {
        let mut redactor = Redactor::default();
        redactor.add(self.0.credential.clone());
        for secret in operation.into_iter().flat_map(|it| secrets(request, it)) {
            redactor.add(secret);
        }
        redactor
    }

    pub(super) fn raw_request(&self, raw: &RawRequest) -> Result<Request, Error> {
        if !raw.path.starts_with('/') || raw.path.contains(['?', '#']) {
            let what = format!(
                "the path `{}` must begin with a slash and hold neither `?` nor `#`: pass query pairs apart",
                raw.path
            );
            return Err(Error::input(what));
        }
        let url = format!("{}{}", self.base_url(), raw.path);
        let mut url = Url::parse(&url)
            .map_err(|error| Error::input(format!("the path can't be used: {error}")))?;
        let base = self.0.base_url.path().trim_end_matches('/');
        if url.path() != format!("{base}{}", raw.path) {
            let what = format!(
                "the path `{}` is not the one that would be sent: percent-encode it",
                raw.path
            );
            return Err(Error::input(what));
        }
        if !raw.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&raw.query);
        }
        let mut request = Request::new(raw.parsed_method()?, url);
        if let Some(body) = &raw.body {
            *request.body_mut() = Some(body.to_string().into());
        }
        Ok(request)
    }
}

/// A path parameter such as `..` would silently turn one operation into another.
fn check_path(base_url: &Url, url: &Url, operation: &Operation) -> Result<(), Error> {
    let base = base_url.path().trim_end_matches('/');
    let below = url.path().strip_prefix(base).unwrap_or_default();
    let pieces: Vec<_> = below.split('/').collect();
    let due: Vec<_> = operation.path.split('/').collect();
    let fits = |(piece, due): (&&str, &&str)| {
        if due.starts_with('{') {
            !piece.is_empty()
        } else {
            piece == due
        }
    };
    if pieces.len() == due.len() && pieces.iter().zip(&due).all(fits) {
        return Ok(());
    }
    let what = format!(
        "a path parameter would change the path `{}`: it must be neither empty nor `.` nor `..`",
        operation.path
    );
    Err(Error::input(what))
}

/// The secrets that a caller passes beside the credential: a password to be set, a key in the path.
fn secrets(request: &Request, operation: &Operation) -> Vec<Secret> {
    let mut found = Vec::new();
    let body = request.body().and_then(|body| body.as_bytes());
    let body: Option<serde_json::Value> = body.and_then(|bytes| serde_json::from_slice(bytes).ok());
    for parameter in operation.parameters.iter().filter(|it| it.secret) {
        match parameter.place {
            Place::Body => {
                let value = body
                    .as_ref()
                    .and_then(|body| body.get(parameter.name)?.as_str());
                // A list of accounts, `user:pass,user:pass`, holds several.
                found.extend(value.map(Secret::from));
                found.extend(
                    value
                        .into_iter()
                        .flat_map(|text| text.split([',', ':']))
                        .map(Secret::from),
                );
            }
            Place::Query => {
                let pairs = request.url().query_pairs();
                found.extend(
                    pairs
                        .filter(|(key, _)| key == parameter.name)
                        .map(|(_, value)| Secret::new(value)),
                );
            }
            Place::Path => {
                let due = operation.path.split('/').rev();
                let pieces = request.url().path().split('/').rev();
                let name = format!("{{{}}}", parameter.name);
                found.extend(
                    due.zip(pieces)
                        .filter(|(due, _)| *due == name)
                        .map(|(_, piece)| Secret::from(piece)),
                );
            }
        }
    }
    found
}

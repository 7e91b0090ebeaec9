//! The last steps before a request is sent: checks, headers and the credential.

use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use percent_encoding::percent_decode_str;
use reqwest::{Request, Url};
use serde_json::Value;

use super::hooks::Outgoing;
use super::raw::RawRequest;
use super::{Call, Redactor, Transport, auth, conditions};
use crate::error::Error;
use crate::operation::{Operation, Place};
use crate::vocabulary::Secret;

impl Transport {
    /// Checks the path and the operation's conditions, sets the headers and adds the credential.
    /// Returns a redactor for the request's secrets: no message shows them as long as it exists.
    pub(super) fn prepare(&self, request: &mut Request, call: &Call) -> Result<Redactor, Error> {
        let inner = &*self.0;
        let redactor = self.redactor_of(request, call.operation);
        let mut place = call.profile.credential_place(request.method());
        if let Some(operation) = call.operation {
            place = operation.credential;
            check_path(&inner.base_url, request.url(), operation)?;
            check_conditions(request, operation)?;
        }
        let has_body = request
            .body()
            .and_then(|body| body.as_bytes())
            .is_some_and(|bytes| !bytes.is_empty());
        let is_post = ["POST", "PUT", "PATCH"].contains(&request.method().as_str());
        if is_post && !has_body {
            // Without a body there is no Content-Length, and at least one vendor's server rejects
            // that.
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
        // The generated code adds this header, which no vendor knows.
        headers.remove("api-version");
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if is_post {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(redactor)
    }

    /// Returns a redactor with the secrets of a request: the credential, and the passwords and keys
    /// among its parameters.
    ///
    /// An [`Error`] is redacted already, except for the answer in [`Error::raw`]: use this before
    /// you show that.
    pub fn redactor(&self, request: &RawRequest) -> Redactor {
        match self.raw_request(request) {
            Ok(sent) => self.redactor_of(&sent, request.operation),
            // It cannot be sent, so that no answer can quote more of it.
            Err(_) => self.0.redactor.clone(),
        }
    }

    fn redactor_of(&self, request: &Request, operation: Option<&Operation>) -> Redactor {
        let mut redactor = self.0.redactor.clone();
        for secret in operation.into_iter().flat_map(|it| secrets(request, it)) {
            redactor.add(secret);
        }
        redactor
    }

    pub(super) fn raw_request(&self, raw: &RawRequest) -> Result<Request, Error> {
        if !raw.path.starts_with('/') || raw.path.contains(['?', '#']) {
            let what = format!(
                "the path `{}` must begin with a slash and contain neither `?` nor `#`: pass query pairs with `query`",
                raw.path
            );
            return Err(Error::input(what));
        }
        let url = format!("{}{}", self.base_url(), raw.path);
        let mut url = Url::parse(&url).map_err(|error| {
            Error::input(format!("the path `{}` cannot be used: {error}", raw.path))
        })?;
        let base = self.0.base_url.path().trim_end_matches('/');
        if url.path() != format!("{base}{}", raw.path) {
            let what = format!(
                "the path `{}` would be sent as another one: percent-encode it",
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

/// Checks that the path is the one of the operation: a path parameter such as `..` would turn one
/// operation into another.
fn check_path(base_url: &Url, url: &Url, operation: &Operation) -> Result<(), Error> {
    let base = base_url.path().trim_end_matches('/');
    let below = url.path().strip_prefix(base).unwrap_or_default();
    let pieces: Vec<_> = below.split('/').collect();
    let expected: Vec<_> = operation.path.split('/').collect();
    let fits = |(piece, expected): (&&str, &&str)| match expected.starts_with('{') {
        true => !piece.is_empty(),
        false => piece == expected,
    };
    if pieces.len() == expected.len() && pieces.iter().zip(&expected).all(fits) {
        return Ok(());
    }
    let what = format!(
        "a path parameter would change the path `{}`: it must be neither empty nor `.` nor `..`",
        operation.path
    );
    Err(Error::input(what))
}

fn check_conditions(request: &Request, operation: &Operation) -> Result<(), Error> {
    let query = |name: &str| {
        let mut pairs = request.url().query_pairs();
        let found = pairs.find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    };
    conditions::check(operation, query, json_body(request).as_ref())
}

fn json_body(request: &Request) -> Option<Value> {
    let body = request.body().and_then(|body| body.as_bytes())?;
    serde_json::from_slice(body).ok()
}

/// Returns the secrets among the request's parameters, such as a password to set or a key in the
/// path.
fn secrets(request: &Request, operation: &Operation) -> Vec<Secret> {
    let mut found = Vec::new();
    let body = json_body(request);
    for parameter in operation.parameters.iter().filter(|it| it.secret) {
        match parameter.place {
            Place::Body => {
                let field = body.as_ref().and_then(|body| body.get(parameter.name));
                if let Some(value) = field.and_then(|it| it.as_str()) {
                    // A list of accounts, `user:pass,user:pass`, contains several.
                    let pieces = value.split([',', ':']);
                    found.extend(pieces.chain([value]).map(Secret::from));
                }
            }
            Place::Query => {
                let pairs = request.url().query_pairs();
                let pairs = pairs.filter(|(key, _)| key == parameter.name);
                found.extend(pairs.map(|(_, value)| Secret::new(value)));
            }
            Place::Path => {
                let template = operation.path.split('/').rev();
                let pieces = request.url().path().split('/').rev();
                let name = format!("{{{}}}", parameter.name);
                let pieces = template
                    .zip(pieces)
                    .filter(|(expected, _)| *expected == name);
                let decoded = |piece| percent_decode_str(piece).decode_utf8_lossy().into_owned();
                found.extend(pieces.map(|(_, piece)| Secret::new(decoded(piece))));
            }
        }
    }
    found
}

//! The credential: checked when the client is built, and put onto each request.

use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Request, Url};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::operation::CredentialPlace;
use crate::vendor::Profile;
use crate::vocabulary::Secret;

/// Checks a credential before anything is sent with it.
pub(crate) fn check(profile: &Profile, credential: &Secret) -> Result<(), Error> {
    let text = credential.expose();
    let begins_with = |prefix: &str| {
        let start = text.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let wrong = if text.is_empty() {
        "is empty".to_owned()
    } else if let Some(prefix) = profile.not_prefix.filter(|prefix| begins_with(prefix)) {
        let name = profile.vendor.name();
        format!("begins with `{prefix}`, which {name} does not accept")
    } else if text.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
        "contains a space or a line break".to_owned()
    } else if !text.is_ascii() {
        "contains a letter outside ASCII".to_owned()
    } else {
        return Ok(());
    };
    let (place, variable) = (profile.found_at, profile.credential_variable);
    let what = format!(
        "the credential {wrong}: copy it as shown at {place} (environment variable {variable})"
    );
    Err(Error::configuration(what).at(profile.vendor, None))
}

/// Adds the credential to the request.
pub(crate) fn sign(
    request: &mut Request,
    place: CredentialPlace,
    credential: &Secret,
) -> Result<(), Error> {
    let sensitive = |text: &str| {
        let mut value = HeaderValue::from_str(text).map_err(|_| {
            Error::configuration("the credential cannot be sent in a header: copy it anew")
        })?;
        value.set_sensitive(true);
        Ok::<_, Error>(value)
    };
    match place {
        CredentialPlace::Nowhere => {}
        CredentialPlace::Header(name) => {
            let name: HeaderName = name.parse().map_err(|_| {
                Error::configuration(format!("`{name}` cannot be the name of a header"))
            })?;
            let value = sensitive(credential.expose())?;
            request.headers_mut().insert(name, value);
        }
        CredentialPlace::Bearer => {
            let value = sensitive(&format!("Bearer {}", credential.expose()))?;
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        CredentialPlace::Query(name) => {
            // Beside a value of the caller's, no page says which one the vendor would take.
            let url = request.url_mut();
            let kept: Vec<(String, String)> = pairs(url).filter(|(key, _)| key != name).collect();
            url.query_pairs_mut()
                .clear()
                .extend_pairs(kept)
                .append_pair(name, credential.expose());
        }
        CredentialPlace::Body(name) => {
            let mut body = body_object(request)?;
            body.insert(name.to_owned(), credential.expose().into());
            *request.body_mut() = Some(Value::Object(body).to_string().into());
        }
    }
    Ok(())
}

fn pairs(url: &Url) -> impl Iterator<Item = (String, String)> + '_ {
    url.query_pairs()
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
}

/// Returns the request's body as a JSON object, which is empty if there is no body.
fn body_object(request: &Request) -> Result<Map<String, Value>, Error> {
    let bytes = request
        .body()
        .map(|body| body.as_bytes().unwrap_or_default());
    match bytes.filter(|bytes| !bytes.is_empty()) {
        None => Ok(Map::new()),
        Some(bytes) => serde_json::from_slice(bytes).map_err(|_| {
            Error::input(
                "the body is not a JSON object, and the credential is sent in it: pass an object",
            )
        }),
    }
}

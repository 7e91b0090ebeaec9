//! Which credential each vendor asks for, where it is found, and how it goes onto a request.

use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Method, Request, Url};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::operation::CredentialPlace;
use crate::vocabulary::{Secret, Vendor};

/// What a vendor's users need to set before anything works.
#[derive(Debug)]
#[non_exhaustive]
pub struct Access {
    /// Environment variable that holds the credential.
    pub credential_variable: &'static str,
    /// Environment variable that holds another base URL.
    pub base_url_variable: &'static str,
    /// Where the vendor shows the credential.
    pub found_at: &'static str,
}

/// What the users of a vendor need to set.
pub const fn access(vendor: Vendor) -> &'static Access {
    match vendor {
        Vendor::IpRoyal => &Access {
            credential_variable: "IPROYAL_TOKEN",
            base_url_variable: "IPROYAL_BASE_URL",
            found_at: "the IPRoyal dashboard under Settings, in the section \"API\"",
        },
        Vendor::ProxyShard => &Access {
            credential_variable: "PROXYSHARD_API_KEY",
            base_url_variable: "PROXYSHARD_BASE_URL",
            found_at: "dashboard.proxyshard.com",
        },
        Vendor::SmartProxy => &Access {
            credential_variable: "SMARTPROXY_APP_KEY",
            base_url_variable: "SMARTPROXY_BASE_URL",
            found_at: "the home page of the personal centre at smartproxy.org (32 characters)",
        },
    }
}

/// Checks a credential before anything is sent with it.
pub(crate) fn check(vendor: Vendor, credential: &Secret) -> Result<(), Error> {
    let variable = access(vendor).credential_variable;
    let found_at = access(vendor).found_at;
    let text = credential.expose();
    let is_bearer = text
        .get(..6)
        .is_some_and(|start| start.eq_ignore_ascii_case("bearer"));
    let wrong = if text.is_empty() {
        "is empty"
    } else if vendor == Vendor::IpRoyal && is_bearer {
        "begins with `Bearer`, which IPRoyal's reseller API does not take"
    } else if text
        .chars()
        .any(|letter| letter.is_whitespace() || letter.is_control())
    {
        "holds a space or a line break"
    } else if !text.is_ascii() {
        "holds a letter outside ASCII"
    } else {
        return Ok(());
    };
    let what = format!(
        "the credential {wrong}: copy it as it stands at {found_at} (environment variable {variable})"
    );
    Err(Error::configuration(what).at(vendor, None))
}

/// Where a request that is in no table carries the credential.
pub(crate) fn usual_place(vendor: Vendor, method: &Method) -> CredentialPlace {
    match vendor {
        Vendor::IpRoyal => CredentialPlace::Header("X-Access-Token"),
        Vendor::ProxyShard => CredentialPlace::Bearer,
        Vendor::SmartProxy if *method == Method::GET => CredentialPlace::Query("app_key"),
        Vendor::SmartProxy => CredentialPlace::Body("app_key"),
    }
}

/// Puts the credential onto the request.
pub(crate) fn sign(
    request: &mut Request,
    place: CredentialPlace,
    credential: &Secret,
) -> Result<(), Error> {
    let sensitive = |text: &str| {
        let mut value = HeaderValue::from_str(text).map_err(|_| {
            Error::configuration("the credential can't stand in a header: copy it anew")
        })?;
        value.set_sensitive(true);
        Ok::<_, Error>(value)
    };
    match place {
        CredentialPlace::Nowhere => {}
        CredentialPlace::Header(name) => {
            let name: HeaderName = name
                .parse()
                .map_err(|_| Error::configuration(format!("`{name}` can't be a header's name")))?;
            request
                .headers_mut()
                .insert(name, sensitive(credential.expose())?);
        }
        CredentialPlace::Bearer => {
            let value = sensitive(&format!("Bearer {}", credential.expose()))?;
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        CredentialPlace::Query(name) => {
            // A caller's own value would stand beside ours, and which one counts is not documented.
            let url = request.url_mut();
            let kept: Vec<(String, String)> = pairs(url).filter(|(key, _)| key != name).collect();
            url.query_pairs_mut()
                .clear()
                .extend_pairs(kept)
                .append_pair(name, credential.expose());
        }
        CredentialPlace::Body(name) => {
            let mut body = body_object(request)?;
            body.insert(
                name.to_owned(),
                Value::String(credential.expose().to_owned()),
            );
            *request.body_mut() = Some(Value::Object(body).to_string().into());
        }
    }
    Ok(())
}

fn pairs(url: &Url) -> impl Iterator<Item = (String, String)> + '_ {
    url.query_pairs()
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
}

/// The request's body as a JSON object; an absent one is empty.
fn body_object(request: &Request) -> Result<Map<String, Value>, Error> {
    let bytes = request
        .body()
        .map(|body| body.as_bytes().unwrap_or_default());
    match bytes.filter(|bytes| !bytes.is_empty()) {
        None => Ok(Map::new()),
        Some(bytes) => serde_json::from_slice(bytes).map_err(|_| {
            Error::input(
                "the body is no JSON object, and the credential travels in it: pass an object",
            )
        }),
    }
}

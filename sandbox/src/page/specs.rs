//! The three specs as the sandbox serves them: pointing at itself, with keys that it takes.

/// What stands in the specs' examples where a key belongs.
const PLACEHOLDERS: [&str; 2] = [
    "app_key: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "app_key: \"sandbox-0123456789abcdef01234567\"",
];

/// What is filled in where a spec leaves a required input without an example, so that each call
/// can be tried at once: the operation, the line behind which the example goes, the example. They
/// name what the sandbox's world holds.
type Fill = (&'static str, &'static str, &'static str);

const IPROYAL_FILLS: [Fill; 2] = [
    (
        "change_proxy_credentials",
        BODY,
        "{order_id: 12345, username: user, password: secret}",
    ),
    ("rotate_mobile_ip", "- name: key", "sandbox-key"),
];

const PROXYSHARD_FILLS: [Fill; 23] = [
    ("change_billing_cycle", ORDER_ID, "1001"),
    ("set_auto_renewal", ORDER_ID, "1001"),
    ("get_order", "- name: id", "1001"),
    ("renew_order", "- name: id", "1002"),
    ("tag_order", "- name: id", "1001"),
    ("list_active_proxies", ORDER_ID, "1001"),
    ("set_proxy_removal", ORDER_ID, "1001"),
    ("set_proxy_signatures", ORDER_ID, "1007"),
    ("calculate_addon_price", ORDER_ID, "1007"),
    ("purchase_addon", ORDER_ID, "1007"),
    ("schedule_addon_downgrade", ORDER_ID, "1007"),
    ("cancel_addon_schedule", ORDER_ID, "1007"),
    ("add_bandwidth", "- name: id", "1004"),
    ("add_bandwidth", BODY, "{amount: 5}"),
    ("get_sub_user", USER_ID, "\"70001\""),
    ("update_sub_user", USER_ID, "\"70001\""),
    ("delete_sub_user", USER_ID, "\"70003\""),
    ("add_sub_user_data", USER_ID, "\"70001\""),
    ("subtract_sub_user_data", USER_ID, "\"70001\""),
    ("reset_sub_user_password", USER_ID, "\"70001\""),
    ("list_isps", "- name: country_code", "DE"),
    ("list_isps", "- name: region_code", "BE"),
    ("list_isps", "- name: city_code", "berlin"),
];

const BODY: &str = "application/json:";
const ORDER_ID: &str = "- name: order_id";
const USER_ID: &str = "- name: user_id";

/// A vendor's spec, and what a caller needs beside it.
#[derive(Debug)]
pub struct Spec {
    /// The vendor, as files and commands name it.
    pub vendor: &'static str,
    /// The vendor, as people name it.
    pub title: &'static str,
    /// Where the sandbox answers as this vendor.
    pub base_path: &'static str,
    /// The name of the security scheme in the spec.
    pub scheme: &'static str,
    /// A credential that the sandbox takes.
    pub key: &'static str,
    /// How the credential gets there, for people.
    pub key_travels: &'static str,
    /// The examples that it lacks.
    fills: &'static [Fill],
    /// The spec as it is kept, true of the vendor.
    text: &'static str,
}

/// All three.
pub const SPECS: [Spec; 3] = [
    Spec {
        vendor: "iproyal",
        title: "IPRoyal",
        base_path: "/iproyal/v1/reseller",
        scheme: "accessToken",
        key: "sandbox-iproyal",
        key_travels: "in the header X-Access-Token",
        fills: &IPROYAL_FILLS,
        text: include_str!("../../openapi/iproyal.yaml"),
    },
    Spec {
        vendor: "proxyshard",
        title: "ProxyShard",
        base_path: "/proxyshard",
        scheme: "bearerAuth",
        key: "sandbox-proxyshard",
        key_travels: "as a bearer token",
        fills: &PROXYSHARD_FILLS,
        text: include_str!("../../openapi/proxyshard.yaml"),
    },
    Spec {
        vendor: "smartproxy",
        title: "SmartProxy",
        base_path: "/smartproxy",
        scheme: "appKey",
        key: "sandbox-smartproxy-0123456789abc",
        key_travels: "as app_key: in the query of a GET, in the body of a POST",
        fills: &[],
        text: include_str!("../../openapi/smartproxy.yaml"),
    },
];

impl Spec {
    /// Where the sandbox serves it.
    pub fn path(&self) -> String {
        format!("/_sandbox/specs/{}.yaml", self.vendor)
    }

    /// The spec with the sandbox for its server, wherever that listens, and with the examples
    /// completed. The text is edited instead of being parsed and written anew, so that it keeps
    /// its order and its comments.
    pub fn served(&self) -> String {
        let mut served = String::with_capacity(self.text.len());
        let mut in_servers = false;
        let mut fills = Vec::new();
        for line in self.text.lines() {
            let trimmed = line.trim_start();
            if line == "servers:" {
                in_servers = true;
                served.push_str(&format!("servers:\n  - url: {}\n\n", self.base_path));
            } else if in_servers {
                // The block ends at what is not indented; the blank line before that is written.
                in_servers = line.is_empty() || line.starts_with(' ');
            }
            if in_servers {
                continue;
            }
            served.push_str(line);
            served.push('\n');
            if let Some(operation) = trimmed.strip_prefix("operationId: ") {
                fills = self
                    .fills
                    .iter()
                    .filter(|fill| fill.0 == operation)
                    .collect();
            }
            // Each is filled in once: the first such line of an operation is that of its request.
            if let Some(at) = fills.iter().position(|fill| fill.1 == trimmed) {
                let indent = line.len() - trimmed.len() + 2;
                let example = fills.remove(at).2;
                served.push_str(&format!("{:indent$}example: {example}\n", ""));
            }
        }
        let key = format!("app_key: {}", self.key);
        for placeholder in PLACEHOLDERS {
            served = served.replace(placeholder, &key);
        }
        // The explorer calls an answer undocumented whose status only a range covers. The sandbox
        // answers 200.
        served
            .replace("\"2XX\":", "\"200\":")
            .replace("'2XX':", "'200':")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_filled_in() {
        for spec in &SPECS {
            let served = spec.served();
            let examples = |text: &str| text.matches(" example: ").count();
            assert_eq!(
                examples(&served),
                examples(spec.text) + spec.fills.len(),
                "{}",
                spec.vendor
            );
            assert!(PLACEHOLDERS.iter().all(|one| !served.contains(one)));
            assert!(spec.text.contains("2XX") && !served.contains("2XX"));
        }
        let smartproxy = SPECS[2].text;
        assert!(PLACEHOLDERS.iter().all(|one| smartproxy.contains(one)));
    }
}

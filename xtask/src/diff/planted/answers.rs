//! Further changes of what is answered.

use super::*;

#[test]
fn further_changes_are_called_what_they_are() {
    check(&[
        Planted {
            name: "field added",
            vendor: "iproyal",
            plant: |root| schema(root, "Card")["properties"]["color"] = json!({"type": "string"}),
            rust: Compatible,
            wire: Compatible,
            words: "Card.color: added (answer of list_cards)",
        },
        Planted {
            name: "field removed",
            vendor: "iproyal",
            plant: |root| {
                drop(
                    schema(root, "Card")["properties"]
                        .as_object_mut()
                        .unwrap()
                        .remove("currency"),
                )
            },
            rust: Breaking,
            wire: Breaking,
            words: "Card.currency: removed",
        },
        // Open lists never were complete: only the constant goes.
        Planted {
            name: "known value lost",
            vendor: "proxyshard",
            plant: |root| {
                schema(root, "OrderStatus")["x-extensible-enum"] = json!(["active", "cancelled"])
            },
            rust: Breaking,
            wire: Compatible,
            words: "OrderStatus: value `on-hold` lost",
        },
        Planted {
            name: "known value gained",
            vendor: "iproyal",
            plant: |root| {
                schema(root, "OrderStatus")["x-extensible-enum"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!("paused"))
            },
            rust: Compatible,
            wire: Compatible,
            words: "value `paused` gained",
        },
        // It is an `Option` already; a strict reader elsewhere stumbles over the null.
        Planted {
            name: "may be null",
            vendor: "iproyal",
            plant: |root| schema(root, "Card")["properties"]["currency"]["nullable"] = json!(true),
            rust: Compatible,
            wire: Breaking,
            words: "Card.currency: may be null now",
        },
        // Both are the library's own `Moment`.
        Planted {
            name: "timestamp that may be null",
            vendor: "iproyal",
            plant: |root| {
                let nullable = json!([{"$ref": "#/components/schemas/NullableTimestamp"}]);
                schema(root, "Card")["properties"]["updated_at"]["allOf"] = nullable;
            },
            rust: Compatible,
            wire: Breaking,
            words: "Card.updated_at: ",
        },
        // `String` becomes `Secret`; the bytes are the same.
        Planted {
            name: "marked as a secret",
            vendor: "iproyal",
            plant: |root| {
                schema(root, "Card")["properties"]["last_four_digits"]["x-secret"] = json!(true)
            },
            rust: Breaking,
            wire: None,
            words: "Card.last_four_digits: marked as a secret",
        },
        // A type of another name, everywhere.
        Planted {
            name: "component renamed",
            vendor: "iproyal",
            plant: |root| {
                rename(&mut root["components"]["schemas"], "PageMeta", "Paging");
                schema(root, "OrderList")["properties"]["meta"] =
                    json!({"$ref": "#/components/schemas/Paging"});
            },
            rust: Breaking,
            wire: Breaking,
            words: "OrderList.meta: schema `PageMeta` -> `Paging`",
        },
        // No call answers it, but the type is there, for who reads a failure's raw body into it.
        Planted {
            name: "field of a failure removed",
            vendor: "iproyal",
            plant: |root| {
                drop(
                    schema(root, "Failure")["properties"]
                        .as_object_mut()
                        .unwrap()
                        .remove("error"),
                )
            },
            rust: Breaking,
            wire: Breaking,
            words: "Failure.error: removed",
        },
        // `200` had no content: the generated call answers something else than `()` now.
        Planted {
            name: "body where there was none",
            vendor: "iproyal",
            plant: |root| {
                let schema = json!({"$ref": "#/components/schemas/Order"});
                operation(root, "change_proxy_credentials")["responses"]["200"]["content"] =
                    json!({"application/json": {"schema": schema}});
            },
            rust: Breaking,
            wire: Compatible,
            words: "change_proxy_credentials 200: has a body now",
        },
    ]);
}

//! Further changes of what is sent.

use super::*;

#[test]
fn further_changes_are_called_what_they_are() {
    check(&[
        Planted {
            name: "optional parameter added",
            vendor: "iproyal",
            plant: |root| {
                parameters(root, "list_orders")
                    .push(json!({"name": "tag", "in": "query", "schema": {"type": "string"}}))
            },
            rust: Compatible,
            wire: Compatible,
            words: "list_orders `tag` (query): added",
        },
        Planted {
            name: "required parameter added",
            vendor: "iproyal",
            plant: |root| {
                let tag = json!({"name": "tag", "in": "query", "required": true, "schema": {"type": "string"}});
                parameters(root, "list_orders").push(tag);
            },
            rust: Breaking,
            wire: Breaking,
            words: "added, and required",
        },
        Planted {
            name: "parameter renamed",
            vendor: "iproyal",
            plant: |root| parameter(root, "list_orders", "note_search")["name"] = json!("note"),
            rust: Breaking,
            wire: Breaking,
            words: "list_orders `note_search` (query): renamed to `note`",
        },
        // The struct of the body is written out field by field; JSON may leave it out.
        Planted {
            name: "optional body field added",
            vendor: "iproyal",
            plant: |root| {
                schema(root, "CreateOrderRequest")["properties"]["tag"] = json!({"type": "string"})
            },
            rust: Breaking,
            wire: Compatible,
            words: "CreateOrderRequest.tag: added (request of create_order)",
        },
        // `Option<i64>` instead of `i64`.
        Planted {
            name: "body field no longer required",
            vendor: "iproyal",
            plant: |root| schema(root, "CreateOrderRequest")["required"] = json!(["product_id"]),
            rust: Breaking,
            wire: Compatible,
            words: "CreateOrderRequest.product_plan_id: no longer required",
        },
        // A `match` to the end on a closed enum lacks an arm.
        Planted {
            name: "value gained",
            vendor: "proxyshard",
            plant: |root| {
                schema(root, "OrderStatusFilter")["enum"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!("paused"))
            },
            rust: Breaking,
            wire: Compatible,
            words: "value `paused` gained",
        },
        // The library's enum of whole numbers is open, whatever the spec says.
        Planted {
            name: "integer value gained",
            vendor: "smartproxy",
            plant: |root| {
                let filter = schema(root, "OrderStatusFilter");
                filter["enum"].as_array_mut().unwrap().push(json!(4));
                filter["x-enum-varnames"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!("Lost"));
            },
            rust: Compatible,
            wire: Compatible,
            words: "value `4` gained",
        },
        // The library writes the query.
        Planted {
            name: "encoding changed",
            vendor: "iproyal",
            plant: |root| parameter(root, "list_orders", "statuses[]")["explode"] = json!(false),
            rust: Compatible,
            wire: Breaking,
            words: "encoding form, explode: true -> form, explode: false",
        },
        // `u64` becomes `NonZeroU64`, and 0 is refused.
        Planted {
            name: "bound tightened",
            vendor: "proxyshard",
            plant: |root| parameter(root, "list_orders", "offset")["schema"]["minimum"] = json!(1),
            rust: Breaking,
            wire: Breaking,
            words: "minimum `0` -> `1`",
        },
        Planted {
            name: "bound loosened",
            vendor: "proxyshard",
            plant: |root| parameter(root, "list_orders", "limit")["schema"]["maximum"] = json!(200),
            rust: Compatible,
            wire: Compatible,
            words: "maximum `100` -> `200`",
        },
        // A builder takes what turns into a String, null or not.
        Planted {
            name: "nullable dropped",
            vendor: "proxyshard",
            plant: |root| {
                let location = &mut parameter(root, "calculate_order_price", "location")["schema"];
                location.as_object_mut().unwrap().remove("nullable");
            },
            rust: Compatible,
            wire: Breaking,
            words: "may not be null any more",
        },
        Planted {
            name: "operationId renamed",
            vendor: "iproyal",
            plant: |root| operation(root, "get_balance")["operationId"] = json!("read_balance"),
            rust: Breaking,
            wire: Breaking,
            words: "get_balance: operation renamed to `read_balance`",
        },
        Planted {
            name: "operation removed",
            vendor: "iproyal",
            plant: |root| drop(root["paths"].as_object_mut().unwrap().remove("/balance")),
            rust: Breaking,
            wire: Breaking,
            words: "get_balance: operation removed",
        },
        // The name of a path parameter is not on the wire, but in every signature.
        Planted {
            name: "path parameter renamed",
            vendor: "proxyshard",
            plant: |root| {
                rename(
                    &mut root["paths"],
                    "/user/api/orders/{id}",
                    "/user/api/orders/{order_id}",
                );
                parameter(root, "get_order", "id")["name"] = json!("order_id");
            },
            rust: Breaking,
            wire: Breaking,
            words: "get_order `id` (path): renamed to `order_id`",
        },
        // Both ends of the renaming are found on the wire, and are one change.
        Planted {
            name: "body field renamed, and required",
            vendor: "iproyal",
            plant: |root| {
                let body = schema(root, "CreateOrderRequest");
                rename(&mut body["properties"], "quantity", "count");
                body["required"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!("count"));
            },
            rust: Breaking,
            wire: Breaking,
            words: "CreateOrderRequest.quantity: ",
        },
        // Of a list's items, some way down in a body.
        Planted {
            name: "body enum value lost",
            vendor: "proxyshard",
            plant: |root| {
                let values = schema(root, "ProxySignatureChoice")["enum"].as_array_mut();
                values.unwrap().retain(|it| it != "win11");
            },
            rust: Breaking,
            wire: Breaking,
            words: "ProxySignatureChoice: value `win11` lost (request of set_proxy_signatures)",
        },
        Planted {
            name: "items of a list changed",
            vendor: "iproyal",
            plant: |root| schema(root, "OrderIds")["items"] = json!({"type": "string"}),
            rust: Breaking,
            wire: Breaking,
            words: "OrderIds[]: type integer -> text (request of list_orders)",
        },
        // What is documented is taken as before, but not what was passed on beside it. In Rust nothing can be, and the type is another.
        Planted {
            name: "takes no other properties",
            vendor: "smartproxy",
            plant: |root| schema(root, "CloseOrderRequest")["additionalProperties"] = json!(false),
            rust: Breaking,
            wire: Breaking,
            words: "CloseOrderRequest: takes no other properties any more",
        },
        // The library has the address; others have generated it.
        Planted {
            name: "base URL changed",
            vendor: "iproyal",
            plant: |root| root["servers"][0]["url"] = json!("https://elsewhere.example"),
            rust: Compatible,
            wire: Breaking,
            words: "servers: base URL",
        },
    ]);
}

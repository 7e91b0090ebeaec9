"""ProxyShard: a bearer key. Money is an integer number of cents."""

import os

from clients.proxyshard import AuthenticatedClient
from clients.proxyshard.api.orders import calculate_order_price, get_order, list_orders, purchase_order, renew_order
from clients.proxyshard.models import (
    ActionResponse,
    ApiError,
    CalculateOrderPriceResponse,
    GetOrderResponse,
    ListOrdersResponse,
    OrderStatusFilter,
    PurchaseOrderRequest,
    PurchaseOrderResponse,
)
from shared import TIMEOUT, Refused, expect, expect_unknown, failure, spending


def connect(base_url: str, key: str) -> AuthenticatedClient:
    return AuthenticatedClient(base_url=base_url, token=key, timeout=TIMEOUT)


def buy(client: AuthenticatedClient) -> int:
    """Buys, once, and answers the order's number. After `Unknown` it may have been bought."""
    wanted = PurchaseOrderRequest(product="Datacenter Proxy", location="DE", cycle="monthly", quantity=2)
    with spending():
        answer = purchase_order.sync_detailed(client=client, body=wanted)
        if not isinstance(answer.parsed, PurchaseOrderResponse):
            raise failure(answer)
        if not answer.parsed.success:
            raise Refused(answer.parsed.message)
        return answer.parsed.order_id


def run(scenario) -> None:
    base_url, key = os.environ["PROXYSHARD_BASE_URL"], os.environ["PROXYSHARD_API_KEY"]
    client = connect(base_url, key)

    with scenario.step("list"):
        page = list_orders.sync(client=client, status=OrderStatusFilter.ALL, limit=3)
        expect(isinstance(page, ListOrdersResponse) and len(page.orders) == 3, f"not three orders: {page}")

    with scenario.step("price"):
        quote = calculate_order_price.sync(
            client=client, product="Datacenter Proxy", location="DE", cycle="monthly", quantity=2
        )
        expect(isinstance(quote, CalculateOrderPriceResponse), f"no price but {quote}")
        expect(0 < quote.final_price < 5000, f"{quote.final_price} cents")

    with scenario.step("buy"):
        number = buy(client)
        found = get_order.sync(number, client=client)
        expect(isinstance(found, GetOrderResponse) and found.order.quantity == 2, f"order {number} is not there")

    with scenario.step("extend"):
        renewed = renew_order.sync(1002, client=client)
        expect(isinstance(renewed, ActionResponse) and renewed.success, f"not renewed: {renewed}")

    with scenario.step("refusal"):
        answer = list_orders.sync_detailed(client=connect(base_url, "wrong"), status=OrderStatusFilter.ALL)
        expect(answer.status_code == 401 and isinstance(answer.parsed, ApiError), f"HTTP {answer.status_code}")

    if scenario.odd_answers_url:
        odd_answers(scenario)


def odd_answers(scenario) -> None:
    with scenario.step("unknown"):
        client = connect(f"{scenario.odd_answers_url}/answers/proxyshard", "any")
        page = list_orders.sync(client=client, status=OrderStatusFilter.ALL)
        expect([order.order_id for order in page.orders] == [48213, 48190], "two orders")
        # The list is not documented to have a status: it is a property like any other that the spec
        # does not know.
        expect(page.orders[0]["status"] == "paused-by-moon", "what is not in the spec is kept")
        found = get_order.sync(48213, client=client)
        expect(found.order.status == "paused-by-moon", f"status {found.order.status}")

    with scenario.step("once"):
        expect_unknown(lambda: buy(connect(f"{scenario.odd_answers_url}/moved/proxyshard", "any")))
        expect_unknown(lambda: buy(connect(f"{scenario.odd_answers_url}/lost/proxyshard", "any")))

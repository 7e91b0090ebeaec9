"""IPRoyal: the token travels in a header of its own."""

import os

from clients.iproyal import AuthenticatedClient
from clients.iproyal.api.orders import calculate_pricing, create_order, extend_order, list_orders
from clients.iproyal.models import (
    CreateOrderRequest,
    ExtendOrderRequest,
    Failure,
    Order,
    OrderList,
    OrderStatusFilter,
    Pricing,
    ProductQuestionAnswers,
)
from shared import TIMEOUT, expect, expect_unknown, failure, spending


def connect(base_url: str, token: str) -> AuthenticatedClient:
    # The generated client waits for ever unless told otherwise. It follows no redirects: leave that
    # so, a redirected purchase is a second purchase.
    return AuthenticatedClient(
        base_url=base_url, token=token, prefix="", auth_header_name="X-Access-Token", timeout=TIMEOUT
    )


def price(client: AuthenticatedClient) -> Pricing:
    # This generator does not know `deepObject`: it writes the keys as they are. So the keys carry
    # the brackets.
    questions = ProductQuestionAnswers.from_dict({"product_question_answers[12]": "I need 128.158.97"})
    answer = calculate_pricing.sync_detailed(
        client=client,
        product_id=123,
        product_plan_id=456,
        product_location_id=789,
        quantity=10,
        coupon_code="SAVE10",
        product_question_answers=questions,
    )
    if not isinstance(answer.parsed, Pricing):
        raise failure(answer)
    return answer.parsed


def buy(client: AuthenticatedClient) -> Order:
    """Buys, once. After `Unknown` it may have been bought: list the orders, don't call this again."""
    wanted = CreateOrderRequest(
        product_id=123,
        product_plan_id=456,
        product_location_id=789,
        quantity=10,
        coupon_code="SAVE10",
        # In a body it is a plain object.
        product_question_answers=ProductQuestionAnswers.from_dict({"12": "I need 128.158.97"}),
    )
    with spending():
        answer = create_order.sync_detailed(client=client, body=wanted)
        # No page says whether the order comes with 200 or 201: the spec has 2XX for what spends.
        if not isinstance(answer.parsed, Order):
            raise failure(answer)
        return answer.parsed


def run(scenario) -> None:
    base_url, token = os.environ["IPROYAL_BASE_URL"], os.environ["IPROYAL_TOKEN"]
    client = connect(base_url, token)

    with scenario.step("list"):
        page = list_orders.sync(
            client=client,
            order_ids=[789, 1011],
            statuses=[OrderStatusFilter.IN_PROGRESS, OrderStatusFilter.CONFIRMED],
        )
        expect(isinstance(page, OrderList), f"no list but {page}")
        expect({order.id for order in page.data} == {789, 1011}, f"other orders: {page.data}")

    with scenario.step("price"):
        quote = price(client)
        expect(quote.price_with_vat == 27, f"{quote.price_with_vat}, not 27")
        expect(quote.coupon_discount_percent == 10, "the coupon was not counted")

    with scenario.step("buy"):
        # Never pay more than was meant: ask first.
        expect(price(client).price_with_vat <= 30, "too expensive")
        order = buy(client)
        expect(order.quantity == 10, f"{order.quantity} proxies, not 10")

    with scenario.step("extend"):
        extended = extend_order.sync(12345, client=client, body=ExtendOrderRequest(product_plan_id=678))
        expect(isinstance(extended, Order) and extended.id == 12345, f"not extended: {extended}")
        expect(extended.proxy_data.ports.httphttps == 12323, "the port under `http|https` is not there")

    with scenario.step("refusal"):
        answer = list_orders.sync_detailed(client=connect(base_url, "wrong"))
        expect(answer.status_code == 401 and isinstance(answer.parsed, Failure), f"HTTP {answer.status_code}")

    if scenario.odd_answers_url:
        odd_answers(scenario)


def odd_answers(scenario) -> None:
    with scenario.step("unknown"):
        page = list_orders.sync(client=connect(f"{scenario.odd_answers_url}/answers/iproyal", "any"))
        expect(page.data[0].status == "paused-by-moon", f"status {page.data[0].status}")
        expect(page.data[0].proxy_data.proxies[0].ip == "203.0.113.7", "the proxy that is an object")
        expect(page.data[0].proxy_data.proxies[1] == "203.0.113.8:12323:user:pass", "the proxy that is a line")
        # Its id needs more than 32 bits.
        expect(page.data[1].id == 5_000_000_421 and page.data[1].status == "confirmed", "the order after it")

    with scenario.step("once"):
        expect(buy(connect(f"{scenario.odd_answers_url}/created/iproyal", "any")).id == 420, "an order under HTTP 201")
        expect_unknown(lambda: buy(connect(f"{scenario.odd_answers_url}/moved/iproyal", "any")))
        expect_unknown(lambda: buy(connect(f"{scenario.odd_answers_url}/lost/iproyal", "any")))

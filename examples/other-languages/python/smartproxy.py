"""SmartProxy: the key is in the query of a GET and in the body of a POST. Look at `code`, not at the HTTP status."""

import os

from clients.smartproxy import Client
from clients.smartproxy.api.orders import close_order, create_order, list_orders
from clients.smartproxy.models import CloseOrderRequest, CreateOrderRequest, Order, OrderCreated, OrderStatusFilter
from shared import TIMEOUT, Refused, expect, expect_unknown, failure, spending


def reader(base_url: str, app_key: str) -> Client:
    """For GET: every call carries the key in its query."""
    return Client(base_url=base_url, timeout=TIMEOUT, httpx_args={"params": {"app_key": app_key}})


def writer(base_url: str) -> Client:
    """For POST: the bodies carry the key, so it must not be in the query, which servers write to their logs."""
    return Client(base_url=base_url, timeout=TIMEOUT)


def succeeded(envelope) -> bool:
    """A failure comes under HTTP 200 too."""
    return getattr(envelope, "code", None) in (0, 200)


def buy(client: Client, app_key: str) -> Order:
    """Orders, once. After `Unknown` it may have been ordered."""
    wanted = CreateOrderRequest(app_key=app_key, pid=1001, pm_id=1, amount=1)
    with spending():
        answer = create_order.sync_detailed(client=client, body=wanted)
        if not isinstance(answer.parsed, OrderCreated):
            raise failure(answer)
        # Without a code it is no refusal, and without its number an order is worthless: what fails
        # here is `Unknown`.
        expect(isinstance(answer.parsed.code, int), "an answer without a code")
        if not succeeded(answer.parsed):
            raise Refused(f"code {answer.parsed.code}: {answer.parsed.message}")
        expect(answer.parsed.data.trade_no, "an answer without an order")
        return answer.parsed.data


def run(scenario) -> None:
    base_url, app_key = os.environ["SMARTPROXY_BASE_URL"], os.environ["SMARTPROXY_APP_KEY"]
    bought = None

    with scenario.step("list"):
        page = list_orders.sync(client=reader(base_url, app_key), page_no=1, page_size=2, status=OrderStatusFilter.PAID)
        expect(succeeded(page), f"refused: {page}")
        expect([order.status for order in page.data.list_] == [1, 1], "two paid orders")

    scenario.none("price", "SmartProxy has no operation that prices an order")

    with scenario.step("buy"):
        bought = buy(writer(base_url), app_key)
        # A fee is a number or text.
        expect(float(bought.total_fee) == 5, f"fee {bought.total_fee}")

    with scenario.step("extend"):
        # An order is renewed by ordering again, with `upids`. This one is not paid for, so it is
        # cancelled instead.
        body = CloseOrderRequest(app_key=app_key, trade_no=bought.trade_no)
        closed = close_order.sync(client=writer(base_url), body=body)
        expect(succeeded(closed), f"not cancelled: {closed}")

    with scenario.step("refusal"):
        answer = list_orders.sync_detailed(client=reader(base_url, "wrong"))
        expect(answer.status_code == 200 and answer.parsed.code == 3, f"HTTP {answer.status_code}, {answer.parsed}")
        expect(not succeeded(answer.parsed), "a refusal was taken for a success")

    if scenario.odd_answers_url:
        odd_answers(scenario)


def odd_answers(scenario) -> None:
    with scenario.step("unknown"):
        page = list_orders.sync(client=reader(f"{scenario.odd_answers_url}/answers/smartproxy", "any"))
        # This vendor's statuses are numbers.
        expect([order.status for order in page.data.list_] == [99, 1], "an unknown status and a known one")
        expect(
            [order.total_fee for order in page.data.list_] == [18.2, "16.00"],
            "a fee that is a number, one that is text",
        )

    with scenario.step("once"):
        expect_unknown(lambda: buy(writer(f"{scenario.odd_answers_url}/moved/smartproxy"), "any"))
        expect_unknown(lambda: buy(writer(f"{scenario.odd_answers_url}/lost/smartproxy"), "any"))

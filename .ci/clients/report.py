"""The results of the scenario.

    report.py wire <language> <requests> <specs>      checks the requests of one language, as the recorder wrote them down
    report.py table <folder> <language>=<seconds>...  the table of all of them
"""

import json
import pathlib
import re
import sys
from collections import Counter

BASES = {"iproyal": "/iproyal/v1/reseller", "proxyshard": "/proxyshard", "smartproxy": "/smartproxy"}
STEPS = ("list", "price", "buy", "extend", "refusal", "unknown", "once", "wire")
# No operation of SmartProxy prices an order.
NONE = {("smartproxy", "price")}
# What the scenario does that may move money, or change something: each of it exactly once.
ONCE = {
    "iproyal": {"create_order", "extend_order"},
    "proxyshard": {"purchase_order", "renew_order"},
    "smartproxy": {"create_order", "close_order"},
}


def operations(spec: dict) -> list:
    """Method, pattern, id and effect of every operation, the paths without parameters first."""
    found = []
    for path, item in spec["paths"].items():
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
        for method, operation in item.items():
            if "operationId" in operation:
                found.append((method.upper(), pattern, operation["operationId"], operation["x-effect"], path.count("{")))
    return sorted(found, key=lambda operation: operation[4])


def nulls(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(nulls, value.values()))
    if isinstance(value, list):
        return any(map(nulls, value))
    return value is None


def wire(vendor: str, requests: list, spec: dict) -> list:
    """What is wrong with the requests that reached a vendor."""
    wrong = []

    def demand(condition: object, what: str) -> None:
        if not condition:
            wrong.append(what)

    known = operations(spec)
    sent: dict = {}
    counts: Counter = Counter()
    for request in requests:
        where = request["path"].split("/")[1]
        if where in ("moved", "lost") and request["path"].split("/")[2] == vendor:
            counts[where] += 1
        if not request["path"].startswith(BASES[vendor] + "/"):
            continue
        path = request["path"].removeprefix(BASES[vendor])
        for method, pattern, name, effect, _ in known:
            if method == request["method"] and pattern.fullmatch(path):
                sent.setdefault(name, []).append(request)
                if effect in ("spend", "change"):
                    counts[name] += 1
                break
        else:
            demand(False, f"{request['method']} {path} is no operation of the spec")
        if request["method"] == "POST":
            demand("content-length" in request["headers"], f"{path}: no Content-Length")
            demand(not request["query"], f"{path}: a query beside a body")
            demand(not (request["body"] and nulls(json.loads(request["body"]))), f"{path}: null for what was not set")

    for name in sorted(ONCE[vendor] | {"moved", "lost"}):
        demand(counts[name] == 1, f"{name} was sent {counts[name]} times, not once")

    def query(name: str) -> list:
        return [tuple(pair) for pair in sent[name][0]["query"]] if name in sent else []

    def body(name: str) -> dict:
        return json.loads(sent[name][0]["body"]) if name in sent else {}

    every = [request for calls in sent.values() for request in calls]
    if vendor == "iproyal":
        demand(all("x-access-token" in request["headers"] for request in every), "a call without X-Access-Token")
        arrays = [("order_ids[]", "789"), ("order_ids[]", "1011"), ("statuses[]", "in-progress"), ("statuses[]", "confirmed")]
        demand(query("list_orders") == arrays, f"array parameters: {query('list_orders')}")
        answer = "I need 128.158.97"
        priced = query("calculate_pricing")
        demand(("coupon_code", "SAVE10") in priced, f"no coupon: {priced}")
        demand(("product_question_answers[12]", answer) in priced, f"deepObject: {priced}")
        demand(body("create_order").get("product_question_answers") == {"12": answer}, f"{body('create_order')}")
    elif vendor == "proxyshard":
        bearers = all(request["headers"].get("authorization", "").startswith("Bearer ") for request in every)
        demand(bearers, "a call without a bearer key")
        demand({("status", "all"), ("limit", "3")} <= set(query("list_orders")), f"{query('list_orders')}")
    else:
        for request in every:
            keyed = request["query"] if request["method"] == "GET" else json.loads(request["body"])
            demand("app_key" in dict(keyed), f"{request['method']} {request['path']} without app_key")
        demand({("page_no", "1"), ("status", "1")} <= set(query("list_orders")), f"{query('list_orders')}")
    return wrong


def check_wire(language: str, log: pathlib.Path, specs: pathlib.Path) -> None:
    requests = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    for vendor in BASES:
        spec = json.loads((specs / f"{vendor}.json").read_text(encoding="utf-8"))
        wrong = wire(vendor, requests, spec)
        print(f"{language} {vendor} wire " + (f"FAILED: {'; '.join(wrong)}" if wrong else "ok"))


def cell(lines: list, language: str, vendor: str) -> str:
    """`ok`, or the steps that did not come out well; without a scenario there are none to name."""
    if not lines:
        return "FAILED"
    outcomes = {}
    for line in lines:
        found = re.fullmatch(rf"{language} {vendor} (\w+) (ok|none: .*|FAILED.*)", line)
        if found:
            outcomes[found[1]] = found[2].split(":")[0]
    bad = [step for step in STEPS if outcomes.get(step) != ("none" if (vendor, step) in NONE else "ok")]
    return f"FAILED ({', '.join(bad)})" if bad else "ok"


def table(folder: pathlib.Path, languages: list) -> int:
    rows = [("", *BASES, "seconds")]
    passed = 0
    for language, seconds in (argument.split("=") for argument in languages):
        scenario = folder / f"{language}.scenario"
        if seconds == "skipped":
            cells = ["skipped"] * len(BASES)
        else:
            lines = scenario.read_text(encoding="utf-8").splitlines() if scenario.exists() else []
            cells = [cell(lines, language, vendor) for vendor in BASES]
        passed += cells.count("ok")
        rows.append((language, *cells, seconds))
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
    all_of_them = len(languages) * len(BASES)
    if passed == all_of_them:
        print(f"clients: {len(languages)} languages x {len(BASES)} vendors passed")
        return 0
    print(f"clients: {passed} of {all_of_them} passed (languages x vendors)")
    return 1


def main() -> int:
    if sys.argv[1] == "wire":
        check_wire(sys.argv[2], pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4]))
        return 0
    return table(pathlib.Path(sys.argv[2]), sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())

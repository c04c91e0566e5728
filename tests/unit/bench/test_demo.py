import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from standardwebhooks import Webhook

from bench import demo, groceries, load_shop, replay
from bench.api import Answer, Api, ApiError, Json, NoStack
from bench.books import Books, Day, format_table, itemize, summarize
from bench.groceries import Selection
from bench.replay import Course, Shop, WrongAnswer

SECRET = "whsec_c2VjcmV0IG9mIGEgdGhpcmQgcGFydHk="
DAY = date(2026, 11, 24)


class FakeShop(Api):
    """The part of the API that the demo uses, in memory; `lose`, `twice` and `skew` make it break its promises."""

    def __init__(self) -> None:
        super().__init__("http://shop.localhost:1", "key")
        self.categories: dict[str, Json] = {}
        self.products: dict[str, Json] = {}
        self.levels: dict[str, Json] = {}
        self.orders: dict[str, Json] = {}
        self.endpoints: dict[str, Json] = {}
        self.answers: dict[str, Json] = {}
        self.most_lines = 1000
        self.lose = self.twice = ""
        self.skew = 0
        self.receipts = 0
        self.sender = urllib3.PoolManager()

    def _request(self, method: str, path: str, body: Json | None = None, headers: Mapping[str, str] = {}) -> Answer:
        url = urlsplit(path)
        parts = url.path.strip("/").split("/")[1:]
        key = headers.get("idempotency-key")
        for known in (key, (body or {}).get("id")):
            if known in self.answers:
                return Answer(self.answers[known], True)
        answer = self._route(
            method, parts, body or {}, {name: values[0] for name, values in parse_qs(url.query).items()}
        )
        answer = json.loads(json.dumps(answer))
        if key is not None:
            self.answers[key] = answer
        return Answer(answer, False)

    def _route(self, method: str, parts: list[str], body: Json, query: dict[str, str]) -> Json:
        match method, *parts:
            case "GET", "merchant":
                return {"currency": "USD"}
            case "GET", "locations":
                return {"items": [{"id": "loc_1", "time_zone": "America/New_York"}], "next_cursor": None}
            case "GET", "categories":
                return self._page(self.categories, query)
            case "POST", "categories":
                return self.categories.setdefault(body["name"], {**body, "id": f"cat_{len(self.categories)}"})
            case "GET", "products":
                return self._page(self.products, query)
            case "POST", "products":
                id = f"var_{body['variants'][0]['sku']}"
                return self.products.setdefault(id, {**body, "variants": [{**body["variants"][0], "id": id}]})
            case ("GET", "inventory", "levels") | ("GET", "reports", "stock"):
                return self._page(self.levels, query)
            case "POST", "inventory", "adjustments":
                self.receipts += 1
                for line in body["lines"]:
                    self._move(line["variant_id"], Decimal(line["quantity"]))
                return {}
            case "GET", "webhooks", "endpoints":
                return {"items": list(self.endpoints.values()), "next_cursor": None}
            case "POST", "webhooks", "endpoints":
                self.endpoints["whe_1"] = {**body, "id": "whe_1", "secret": SECRET}
                return self.endpoints["whe_1"]
            case "DELETE", "webhooks", "endpoints", id:
                return self.endpoints.pop(id)
            case "GET", "reports", "sales":
                return self._report(query["group_by"])
            case "POST", "orders":
                return self._create(body)
            case "POST", "orders", id, "status":
                return self._advance(id, body["status"])
            case "POST", "orders", id, "cancel":
                return self._advance(id, "cancelled")
            case "POST", "orders", id, "payments":
                return self._pay(id, body)
            case "POST", "orders", id, "refunds":
                return self._refund(id, body)
        raise AssertionError((method, parts))

    def _page(self, items: Mapping[str, Json], query: dict[str, str]) -> Json:
        start, size = int(query.get("cursor", 0)), int(query.get("limit", 1000))
        page = list(items.values())[start : start + size]
        return {"items": page, "next_cursor": str(start + size) if len(items) > start + size else None}

    def _create(self, body: Json) -> Json:
        if len(body["lines"]) > self.most_lines:
            raise ApiError("POST /v1/orders", 422, {"code": "order.too_many_lines"})
        total, lines = 0, []
        for number, line in enumerate(body["lines"]):
            gross = int((line["price"] * Decimal(line["quantity"])).quantize(Decimal(1), "ROUND_HALF_UP"))
            lines.append(
                {**line, "id": f"lin_{number}", "total": gross - sum(one["amount"] for one in line["discounts"])}
            )
            total += lines[-1]["total"]
            self._move(line["variant_id"], -Decimal(line["quantity"]))
        order = {"id": body["id"], "version": 0, "lines": lines, "total": total, "business_date": None}
        self.orders[body["id"]] = {**order, "payments": [], "refunds": []}
        for payment in body["payments"]:
            self._pay(body["id"], payment)
        assert not body["payments"] or self._paid(body["id"]) == total
        return self._advance(body["id"], "completed" if body["complete"] else "open")

    def _paid(self, id: str) -> int:
        return sum(payment["amount"] for payment in self.orders[id]["payments"])

    def _pay(self, id: str, body: Json) -> Json:
        order = self.orders[id]
        payment = {**body, "id": f"pay_{id}", "version": 1, "status": "captured", "captured_at": f"{DAY}T15:00:00.000Z"}
        order["payments"].append(payment)
        self._send("payment.created", {"type": "payment", "id": payment["id"], "version": 1}, payment)
        return self._changed(order) if order["version"] else order

    def _refund(self, id: str, body: Json) -> Json:
        order = self.orders[id]
        lines = {line["id"]: line for line in order["lines"]}
        amount = body.get("amount") or sum(lines[line["line_id"]]["total"] for line in body["lines"])
        for line in body.get("lines", []):
            self._move(lines[line["line_id"]]["variant_id"], Decimal(line["quantity"]))
        tenders = [{"method": "card", "amount": amount, "status": "completed"}]
        refund = {"business_date": str(DAY), "lines": body.get("lines", []), "tenders": tenders, "due_again": False}
        order["refunds"].append(refund)
        return self._changed(order)

    def _changed(self, order: Json) -> Json:
        order["version"] += 1
        self._send("order.updated", {"type": "order", "id": order["id"], "version": order["version"]}, order)
        return order

    def _advance(self, id: str, status: str) -> Json:
        order = self.orders[id]
        order["status"] = status
        if status == "completed":
            order["business_date"] = str(DAY)
        if status == "cancelled":
            for line in order["lines"]:
                self._move(line["variant_id"], Decimal(line["quantity"]))
            for payment in order["payments"]:
                payment |= {"status": "voided", "version": 2}
                self._send("payment.voided", {"type": "payment", "id": payment["id"], "version": 2}, payment)
        return self._changed(order)

    def _move(self, variant_id: str, change: Decimal) -> None:
        level = self.levels.setdefault(
            variant_id, {"variant_id": variant_id, "location_id": "loc_1", "on_hand": "0", "version": 0}
        )
        level |= {"on_hand": str(Decimal(level["on_hand"]) + change), "version": level["version"] + 1}
        self._send("inventory.updated", {"type": "level", "id": variant_id, "version": level["version"]}, level)

    def _report(self, group_by: str) -> Json:
        sold = [order for order in self.orders.values() if order["status"] == "completed"]
        if group_by == "day":
            paid = sum(self._paid(order["id"]) for order in sold)
            refunds = [refund for order in sold for refund in order["refunds"]]
            day = {
                "day": str(DAY),
                "orders": len(sold),
                "total": sum(order["total"] for order in sold) + self.skew,
                "paid": paid,
                "refunds": len(refunds),
                "refunded": sum(tender["amount"] for refund in refunds for tender in refund["tenders"]),
            }
            return self._page({"": day} if sold else {}, {})
        units: defaultdict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
        for order in sold:
            variants = {line["id"]: line["variant_id"] for line in order["lines"]}
            for line in order["lines"]:
                units[line["variant_id"]][0] += Decimal(line["quantity"])
            for line in (line for refund in order["refunds"] for line in refund["lines"]):
                units[variants[line["line_id"]]][1] += Decimal(line["quantity"])
        rows = {
            id: {"product": id, "quantity": str(out), "refunded_quantity": str(back)}
            for id, (out, back) in units.items()
        }
        return self._page(rows, {})

    def _send(self, type: str, entity: Json, data: Json) -> None:
        event_id = f"evt_{entity['id']}_{entity['version']}"
        if self.lose and event_id.startswith(self.lose):
            self.lose = ""
            return
        for endpoint in self.endpoints.values():
            body = json.dumps({"id": event_id, "type": type, "entity": entity, "data": data})
            for _ in range(2 if self.twice and self.twice in event_id else 1):
                while self._deliver(endpoint["url"], event_id, body) >= 300:
                    pass

    def _deliver(self, url: str, event_id: str, body: str) -> int:
        now = datetime.now(UTC)
        headers = {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(SECRET).sign(event_id, now, body),
        }
        return self.sender.request("POST", url, body=body, headers=headers).status


@pytest.fixture(scope="module")
def selection() -> Selection:
    return groceries.select(store=groceries.DEFAULT_STORE, baskets=60)


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(demo, "_today", lambda _: DAY)


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    shop = FakeShop()
    yield shop
    shop.sender.clear()
    assert shop.endpoints == {}, "the demo's endpoint is removed at its end"


def run(shop: FakeShop, selection: Selection, *options: str) -> bool:
    return demo.run(shop, selection, demo.parse_args(["--clients", "1", "--patience", "0.3", *options]))


def test_three_equal_columns_are_reported_as_equal(
    shop: FakeShop, selection: Selection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(shop, selection)
    printed = capsys.readouterr().out
    assert "EQUAL" in printed and "<- differs" not in printed
    for course in Course:
        assert course.value in printed


def test_a_demo_may_be_repeated_in_the_same_shop(shop: FakeShop, selection: Selection) -> None:
    assert run(shop, selection)
    assert run(shop, selection, "--seed", "2")


def test_an_endpoint_of_a_demo_that_was_killed_is_removed(shop: FakeShop, selection: Selection) -> None:
    shop.endpoints["whe_0"] = {"id": "whe_0", "url": "http://127.0.0.1:1/", "description": "make demo", "secret": ""}
    assert run(shop, selection)


def test_repeated_and_failing_deliveries_make_no_difference(shop: FakeShop, selection: Selection) -> None:
    shop.twice = "ord_"
    assert run(shop, selection, "--fail-first", "0.5")


def test_one_lost_webhook_of_a_sale_is_a_difference(shop: FakeShop, selection: Selection) -> None:
    assert replay.plan_courses(60, 1)[0] is Course.SOLD
    shop.lose = "evt_ord_"
    assert not run(shop, selection)


def test_one_lost_webhook_of_a_level_is_a_difference(shop: FakeShop, selection: Selection) -> None:
    first, *others = groceries.iterate_baskets(selection)
    bought_later = {line.product_id for basket in others for line in basket.lines}
    bought_once = next(line.product_id for line in first.lines if line.product_id not in bought_later)
    shop.lose = f"evt_var_{bought_once}_2"  # version 1 is the delivery to the shop
    assert not run(shop, selection)


def test_one_lost_webhook_of_a_payment_is_a_difference(shop: FakeShop, selection: Selection) -> None:
    shop.lose = "evt_pay_"
    assert not run(shop, selection)


def test_one_cent_is_a_difference(
    shop: FakeShop, selection: Selection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_books = demo._open_books

    def skew_afterwards(*args: Any) -> demo.Opening:
        opening = open_books(*args)
        shop.skew = 1
        return opening

    monkeypatch.setattr(demo, "_open_books", skew_afterwards)
    assert not run(shop, selection)
    assert "<- differs" in capsys.readouterr().out


def test_baskets_that_are_refused_for_their_size_are_in_no_column(
    shop: FakeShop, selection: Selection, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.most_lines = 12
    assert run(shop, selection)
    assert "refused: 0" not in capsys.readouterr().out


def test_any_other_refusal_ends_the_demo(shop: FakeShop, selection: Selection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "_TOO_LARGE", "order.something_else")
    shop.most_lines = 12
    with pytest.raises(ApiError, match="422"):
        run(shop, selection)


def test_a_shop_with_another_currency_is_refused(
    shop: FakeShop, selection: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "_CURRENCY", "IDR")
    with pytest.raises(WrongAnswer, match="IDR"):
        run(shop, selection)


def test_a_repeat_that_sells_again_is_found(shop: FakeShop, selection: Selection) -> None:
    basket = next(groceries.iterate_baskets(selection))
    where = Shop("loc_1", UTC, {line.product_id: f"var_{line.product_id}" for line in basket.lines})
    shop.answers = _Forgetful()
    with pytest.raises(WrongAnswer, match="repeated"):
        replay.ring_up(shop, where, basket, Course.REPEATED, "ord_1")


class _Forgetful(dict[str, Json]):
    def __setitem__(self, key: str, value: Json) -> None:
        """Remember nothing."""


def test_a_total_other_than_the_baskets_is_found(shop: FakeShop, selection: Selection) -> None:
    basket = next(groceries.iterate_baskets(selection))
    where = Shop("loc_1", UTC, {line.product_id: f"var_{line.product_id}" for line in basket.lines})
    shop.answers["ord_1"] = {"id": "ord_1", "total": basket.paid + 1}
    with pytest.raises(WrongAnswer, match="total"):
        replay.ring_up(shop, where, basket, Course.SOLD, "ord_1")


def test_a_seed_decides_what_becomes_of_the_baskets() -> None:
    assert replay.plan_courses(500, 1) == replay.plan_courses(500, 1) != replay.plan_courses(500, 2)
    assert set(replay.plan_courses(500, 1)) == set(Course)


def test_loading_a_shop_twice_leaves_it_as_it_was(shop: FakeShop) -> None:
    products = groceries.list_best_sellers(120)
    load_shop.load_shop(shop, products)
    first, receipts = dict(shop.levels), shop.receipts
    load_shop.load_shop(shop, products)
    assert shop.levels == first and len(shop.products) == 120
    departments = {product.department.capitalize() for product in products}
    assert set(shop.categories) == departments
    assert receipts == shop.receipts == 3


def test_without_a_stack_file_the_demo_says_what_makes_it(tmp_path: Any) -> None:
    with pytest.raises(NoStack, match="make up"):
        Api.from_stack(tmp_path / "stack.json")


def books(**changes: Any) -> Books:
    same = Books({DAY: Day(2, 500)}, {"var_1": Decimal("1.500")}, {"var_1": Decimal(0)}, {"var_1": Decimal(8)})
    return replace(same, **changes)


@pytest.mark.parametrize(
    ("other", "rows"),
    [
        (books(), set()),
        (books(sold={"var_1": Decimal("1.5")}), set()),
        (books(days={DAY: Day(2, 501)}), {f"total on {DAY}", "total"}),
        (books(days={DAY: Day(2, 500, refunded=1)}), {f"refunded on {DAY}", "refunded"}),
        (books(days={}), {f"sales on {DAY}", f"total on {DAY}", "sales", "total"}),
        (books(sold={"var_1": Decimal("1.501")}), {"units sold", "sold: Milk"}),
        (books(returned={"var_1": Decimal(1)}), {"units returned", "returned: Milk"}),
        (books(on_hand={}), {"units on hand", "on hand: Milk"}),
        (
            books(on_hand={"var_1": Decimal(8), "var_2": Decimal(0)}),
            {"sold: var_2", "returned: var_2", "on hand: var_2"},
        ),
    ],
)
def test_the_rows_that_differ_are_named(other: Books, rows: set[str]) -> None:
    columns = [books(), books(), other]
    compared = summarize(columns) + itemize(columns, {"var_1": "Milk"})
    assert {row.name for row in compared if not row.equal} == rows
    table = format_table(["a", "b", "c"], compared)
    assert table.count("<- differs") == len(rows)
    assert ("5.00" in table) and "1.500" in table

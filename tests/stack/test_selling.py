"""Selling as a register does it: over HTTP, against the deployed stack, each test with a merchant of its own."""

import contextlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import urllib3

from tests.stack.support import Answer, Api, Json, Shop, eventually

pytestmark = pytest.mark.stack

BARCODE = "8991234567890"


@pytest.fixture(scope="module")
def orders_of_one_shop(open_shop: Callable[..., Shop]) -> Shop:
    """A merchant for tests that look at nothing but orders which they made."""
    return open_shop()


@pytest.fixture(scope="module")
def other(open_shop: Callable[..., Shop]) -> Shop:
    """A merchant that has nothing to do with the first one, and nothing but a location."""
    return open_shop(name="Toko Sebelah")


def at_once(count: int, attempt: Callable[[int], Answer]) -> list[Answer]:
    """The answers to that many requests that go out together."""
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(attempt, range(count)))


def until_answered(api: Api, body: Json, key: str) -> Answer:
    """The answer to a sale, which is sent again as a register does it: an emulator that starts 64 workers at once may
    leave requests unanswered.
    """
    for _ in range(5):
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            answer = api.post("/v1/orders", body, idempotency_key=key)
            if answer.status not in (502, 504):  # of the gateway: nobody answered
                return answer
    raise TimeoutError(f"{key} got no answer")


def level(shop: Shop, variant_id: str) -> Json:
    """The stock of a variant that has moved."""
    answer = shop.api.get("/v1/inventory/levels", location_id=shop.location_id, variant_id=variant_id)
    [found] = answer.json["items"]
    return dict(found)


def totals_once(shop: Shop, day: str, **figures: int) -> Json:
    """The report's totals of a day, once these are among them."""

    def read() -> Json | None:
        totals: Json = shop.api.get("/v1/reports/sales", **{"from": day, "to": day}).json["totals"]
        return totals if figures.items() <= totals.items() else None

    totals = eventually(read)
    assert totals is not None
    return totals


def order_events(shop: Shop, *, until: str) -> list[Json]:
    """The feed's events of orders, once the order `until` is among them."""
    eventually(lambda: until in [event["entity"]["id"] for event in shop.events(types="order.*")])
    return shop.events(types="order.*")


class TestAFirstSale:
    def test_what_is_sold_by_barcode_for_cash_shows_everywhere(self, shop: Shop) -> None:
        tax = shop.api.post("/v1/taxes", {"name": "PPN", "rate": "11"}).json
        body = {
            "name": "Kopi bubuk",
            "tax_ids": [tax["id"]],
            "variants": [{"barcode": BARCODE, "sku": "KOPI-250", "price": 10000}],
        }
        product = shop.api.post("/v1/products", body).json
        variant_id = product["variants"][0]["id"]
        shop.receive(variant_id, "12")

        order = shop.sell(
            {"barcode": BARCODE, "quantity": "2"},
            payments=[{"method": "cash", "amount": 22200, "tendered": 25000}],
            complete=True,
        )

        assert (order["status"], order["payment_status"]) == ("completed", "paid")
        figures = ("subtotal", "tax_total", "total", "paid", "change", "amount_due")
        assert [order[name] for name in figures] == [20000, 2200, 22200, 22200, 2800, 0]
        assert shop.api.get(f"/v1/orders/{order['id']}").json == order
        assert [listed["id"] for listed in shop.api.get("/v1/orders").json["items"]] == [order["id"]]
        assert shop.on_hand(variant_id) == "10"
        stock = shop.api.get("/v1/reports/stock", location_id=shop.location_id).json["items"]
        assert [(row["variant_id"], row["on_hand"]) for row in stock] == [(variant_id, "10")]

        told = order_events(shop, until=order["id"])
        assert [(event["type"], event["data"]) for event in told] == [
            ("order.created", order),
            ("order.completed", order),
        ]
        totals = totals_once(shop, order["business_date"], orders=1)
        assert {name: totals[name] for name in ("orders", "gross", "tax", "total", "paid")} == {
            "orders": 1,
            "gross": 20000,
            "tax": 2200,
            "total": 22200,
            "paid": 22200,
        }
        moved = eventually(lambda: (found := shop.events(types="inventory.updated"))[1:] and found)
        assert [(event["data"]["change"], event["data"]["on_hand"]) for event in moved] == [("12", "12"), ("-2", "10")]
        cause = moved[1]["data"]["cause"]
        assert (cause["type"], cause["id"], cause["business_date"]) == ("sale", order["id"], order["business_date"])
        assert [(one["variant_id"], one["quantity"]) for one in cause["sold"]] == [(variant_id, "-2")]

    def test_an_order_goes_from_open_to_completed_step_by_step(self, shop: Shop) -> None:
        order = shop.sell({"custom": {"name": "Nasi goreng", "price": 25000}})
        path = f"/v1/orders/{order['id']}"
        for status in ("preparing", "ready", "completed"):
            moved = shop.api.post(f"{path}/status", {"status": status})
            assert (moved.status, moved.json["status"]) == (200, status)

        assert shop.api.get(path).json["version"] == 4
        eventually(lambda: "order.completed" in [event["type"] for event in shop.events(types="order.*")])
        told = [(event["type"], event["entity"]["version"]) for event in shop.events(types="order.*")]
        assert told == [
            ("order.created", 1),
            ("order.status_updated", 2),
            ("order.status_updated", 3),
            ("order.status_updated", 4),
            ("order.completed", 4),
        ]

    def test_cancelling_returns_the_stock_and_the_takings(self, shop: Shop) -> None:
        variant = shop.make_product(price=5000, stock="3")["variants"][0]
        payments = [{"method": "qris", "amount": 10000}]
        order = shop.sell({"variant_id": variant["id"], "quantity": "2"}, payments=payments, complete=True)
        assert shop.on_hand(variant["id"]) == "1"

        cancelled = shop.api.post(f"/v1/orders/{order['id']}/cancel", {"reason": "Wrong table"})

        assert (cancelled.status, cancelled.json["status"]) == (200, "cancelled")
        assert shop.on_hand(variant["id"]) == "3"
        totals = totals_once(shop, order["business_date"], cancelled=1)
        assert (totals["orders"], totals["total"], totals["paid"]) == (0, 0, 0)
        again = shop.api.post(f"/v1/orders/{order['id']}/cancel", {"reason": "Wrong table"})
        assert (again.status, again.code) == (409, "order.illegal_transition")
        assert shop.on_hand(variant["id"]) == "3"


class TestARepeatedRequest:
    def test_is_answered_as_the_first_time_and_sells_nothing(self, shop: Shop) -> None:
        variant = shop.make_product(stock="5")["variants"][0]
        body = shop.order({"variant_id": variant["id"]}, complete=True)

        first = shop.api.post("/v1/orders", body, idempotency_key="sale-1")
        again = shop.api.post("/v1/orders", body, idempotency_key="sale-1")

        assert (first.status, again.status) == (201, 201)
        assert again.body == first.body
        assert "idempotent-replayed" not in first.headers
        assert again.headers["idempotent-replayed"] == "true"
        assert shop.on_hand(variant["id"]) == "4"

    def test_sells_once_also_when_all_come_at_the_same_time(self, shop: Shop) -> None:
        variant = shop.make_product(stock="5")["variants"][0]
        body = shop.order({"variant_id": variant["id"]}, complete=True)

        answers = at_once(6, lambda _: shop.api.post("/v1/orders", body, idempotency_key="sale-1"))

        assert {answer.status for answer in answers} == {201}
        assert len({answer.body for answer in answers}) == 1
        assert [answer.headers.get("idempotent-replayed") for answer in answers].count(None) == 1
        assert shop.on_hand(variant["id"]) == "4"
        assert len(shop.api.get("/v1/orders").json["items"]) == 1

    def test_sells_once_under_an_id_of_the_registers_own(self, shop: Shop) -> None:
        variant = shop.make_product(stock="5")["variants"][0]
        body = shop.order({"variant_id": variant["id"]}, id="ord_register1-0001", complete=True)

        answers = at_once(6, lambda _: shop.api.post("/v1/orders", body))

        assert {answer.status for answer in answers} == {201}
        assert len({answer.body for answer in answers}) == 1
        assert shop.on_hand(variant["id"]) == "4"

    def test_with_another_body_is_refused(self, shop: Shop) -> None:
        item = {"custom": {"name": "Teh", "price": 3000}}
        assert shop.api.post("/v1/orders", shop.order(item), idempotency_key="sale-1").status == 201

        other = shop.api.post("/v1/orders", shop.order(item, item), idempotency_key="sale-1")

        assert (other.status, other.code) == (422, "idempotency.mismatch")
        assert len(shop.api.get("/v1/orders").json["items"]) == 1


class TestARegisterThatWasOffline:
    def test_its_sales_come_up_in_any_order_with_the_numbers_on_their_receipts(self, shop: Shop) -> None:
        [register] = shop.api.get("/v1/registers").json["items"]
        tea: Json = {"custom": {"name": "Teh", "price": 3000}}
        day, last = shop.sell(tea, register_id=register["id"])["number"].rsplit("-", 1)
        sold = [
            shop.order(tea, id=f"ord_offline-000{n}", register_id=register["id"], number=f"{day}-{int(last) + n:04d}")
            for n in (1, 2, 3)
        ]

        answers = at_once(6, lambda n: shop.api.post("/v1/orders", sold[n % 3]))

        assert {answer.status for answer in answers} == {201}
        assert [answer.json["number"] for answer in answers[:3]] == [one["number"] for one in sold]
        assert shop.sell(tea, register_id=register["id"])["number"] == f"{day}-{int(last) + 4:04d}"
        again = shop.api.post("/v1/orders", sold[0] | {"id": "ord_offline-0004"})
        assert (again.status, again.code, again.pointers) == (409, "order.number_taken", ["/number"])
        assert len(shop.api.get("/v1/orders").json["items"]) == 5


class TestConcurrentSales:
    @pytest.mark.parametrize("registers", [16, pytest.param(64, marks=pytest.mark.slow)])
    def test_registers_that_sell_the_last_ten_pieces_at_once_sell_exactly_ten(self, shop: Shop, registers: int) -> None:
        variant_id = shop.make_product(stock="10", stock_policy="block")["variants"][0]["id"]
        body = shop.order({"variant_id": variant_id}, complete=True)

        answers = at_once(registers, lambda n: until_answered(shop.api, body, f"register-{n}"))

        outcomes = Counter((answer.status, answer.code) for answer in answers)
        assert outcomes == {(201, None): 10, (409, "stock.insufficient"): registers - 10}
        sold = {answer.json["id"] for answer in answers if answer.status == 201}
        assert {order["id"] for order in shop.api.get("/v1/orders").json["items"]} == sold
        assert (level(shop, variant_id)["on_hand"], level(shop, variant_id)["version"]) == ("0", 11)
        moved = eventually(lambda: (found := shop.events(types="inventory.updated"))[10:] and found)
        assert [event["data"]["on_hand"] for event in moved] == [str(left) for left in range(10, -1, -1)]
        assert {event["data"]["cause"]["id"] for event in moved[1:]} == sold


class TestWhatIsRefused:
    def test_a_malformed_order_is_refused_by_field_and_writes_nothing(self, shop: Shop) -> None:
        variant_id = shop.make_product(stock="5", barcode=BARCODE)["variants"][0]["id"]
        before = level(shop, variant_id)
        line: Json = {"barcode": BARCODE, "quantity": "1"}
        custom: Json = {"name": "Teh", "price": 3000}
        order = shop.order(line)
        wrong: dict[str, Any] = {
            "no lines": order | {"lines": []},
            "lines left out": {"location_id": shop.location_id},
            "an unknown field": order | {"tabel": 4},
            "an unknown field of a line": shop.order(line | {"price_override": 1}),
            "a quantity that is a number": shop.order(line | {"quantity": 2}),
            "a quantity of four places": shop.order(line | {"quantity": "0.1234"}),
            "a quantity below 0": shop.order(line | {"quantity": "-1"}),
            "a quantity in words": shop.order(line | {"quantity": "1e3"}),
            "a price with a fraction": shop.order({"custom": custom | {"price": 3000.5}}),
            "a price that is text": shop.order({"custom": custom | {"price": "3000"}}),
            "an amount beyond what JSON can carry": shop.order({"custom": custom | {"price": 2**53}}),
            "two things on a line": shop.order(line | {"sku": "KOPI"}),
            "an unknown barcode": shop.order(line | {"barcode": "0000"}),
            "an unknown tax": shop.order({"custom": custom | {"tax_ids": ["tax_unknown"]}}),
            "a discount above the price": shop.order(line | {"discounts": [{"amount": 5001}]}),
            "a discount of both kinds": order | {"discounts": [{"amount": 1, "percent": "1"}]},
            "a payment of nothing": order | {"payments": [{"method": "cash", "amount": 0}]},
            "a payment in shells": order | {"payments": [{"method": "shells", "amount": 1}]},
            "a card paying too much": order | {"payments": [{"method": "card", "amount": 5001}]},
            "an unknown location": order | {"location_id": "loc_unknown"},
            "an id of another form": order | {"id": "4711"},
            "a list": [order],
        }

        answers = {name: shop.api.post("/v1/orders", body) for name, body in wrong.items()}

        assert {name: (answer.status, answer.pointers) for name, answer in answers.items()} == {
            "no lines": (422, ["/lines"]),
            "lines left out": (422, ["/lines"]),
            "an unknown field": (422, ["/tabel"]),
            "an unknown field of a line": (422, ["/lines/0/price_override"]),
            "a quantity that is a number": (422, ["/lines/0/quantity"]),
            "a quantity of four places": (422, ["/lines/0/quantity"]),
            "a quantity below 0": (422, ["/lines/0/quantity"]),
            "a quantity in words": (422, ["/lines/0/quantity"]),
            "a price with a fraction": (422, ["/lines/0/custom/price"]),
            "a price that is text": (422, ["/lines/0/custom/price"]),
            "an amount beyond what JSON can carry": (422, ["/lines/0/custom/price"]),
            "two things on a line": (422, ["/lines/0"]),
            "an unknown barcode": (422, ["/lines/0/barcode"]),
            "an unknown tax": (422, ["/lines/0/custom/tax_ids/0"]),
            "a discount above the price": (422, ["/lines/0/discounts/0"]),
            "a discount of both kinds": (422, ["/discounts/0"]),
            "a payment of nothing": (422, ["/payments/0/amount"]),
            "a payment in shells": (422, ["/payments/0/method"]),
            "a card paying too much": (422, ["/payments/0/amount"]),
            "an unknown location": (422, ["/location_id"]),
            "an id of another form": (422, ["/id"]),
            "a list": (422, [""]),
        }
        assert all(answer.headers["content-type"] == "application/problem+json" for answer in answers.values())
        assert shop.api.get("/v1/orders").json["items"] == []
        assert level(shop, variant_id) == before
        # What comes later is behind them in the feed: once it is there, they would be, too.
        good = shop.sell(line)
        assert {event["entity"]["id"] for event in order_events(shop, until=good["id"])} == {good["id"]}

    @pytest.mark.parametrize("body", [b"", b"{", b"kopi", b"\xff\xfe"])
    def test_a_body_that_is_not_json_is_refused(self, api: Api, body: bytes) -> None:
        answer = api.send("POST", "/v1/orders", body)

        assert (answer.status, answer.code) == (400, "request.malformed_json")

    def test_a_huge_body_is_refused(self, api: Api, stack: Json) -> None:
        answer = api.post("/v1/orders", {"location_id": stack["location_id"], "note": "n" * 1_000_000})

        assert (answer.status, answer.code) == (413, "request.too_large")

    @pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "many"}, {"limit": "201"}, {"colour": "red"}])
    def test_a_query_that_is_wrong_is_refused_by_name(self, api: Api, query: dict[str, str]) -> None:
        answer = api.get("/v1/orders", **query)

        assert (answer.status, answer.pointers) == (422, [f"?{name}" for name in query])

    def test_a_cursor_that_was_made_up_is_refused(self, api: Api) -> None:
        answer = api.get("/v1/orders", cursor="bm90IG91cnM")

        assert (answer.status, answer.code) == (400, "request.invalid_cursor")

    def test_a_stale_version_is_refused(self, shop: Shop) -> None:
        order = shop.sell({"custom": {"name": "Teh", "price": 3000}})
        product = shop.make_product()

        for path, change, method in (
            (f"/v1/orders/{order['id']}/status", {"status": "preparing"}, "POST"),
            (f"/v1/products/{product['id']}", {"name": "Kopi tubruk"}, "PATCH"),
        ):
            first = shop.api.send(method, path, change, if_match='"1"')
            assert (first.status, first.headers["etag"]) == (200, '"2"')
            stale = shop.api.send(method, path, change, if_match='"1"')
            assert (stale.status, stale.code) == (412, "request.stale_version")

        assert shop.api.get(f"/v1/orders/{order['id']}").json["version"] == 2
        assert shop.api.get(f"/v1/products/{product['id']}").json["version"] == 2

    @pytest.mark.parametrize(
        ("steps", "then"),
        [
            ([], "ready"),
            ([], "open"),
            (["preparing"], "completed"),
            (["completed"], "open"),
            (["completed"], "preparing"),
            ([], "cancelled"),
        ],
    )
    def test_a_step_that_an_order_cannot_take_is_refused(
        self, orders_of_one_shop: Shop, steps: list[str], then: str
    ) -> None:
        shop = orders_of_one_shop
        order = shop.sell({"custom": {"name": "Teh", "price": 3000}})
        path = f"/v1/orders/{order['id']}"
        for status in steps:
            assert shop.api.post(f"{path}/status", {"status": status}).status == 200
        before = shop.api.get(path).json

        answer = shop.api.post(f"{path}/status", {"status": then})

        assert (answer.status, answer.code) == (409, "order.illegal_transition")
        assert shop.api.get(path).json == before


class TestWhoIsLetIn:
    @pytest.mark.parametrize("path", ["/v1/orders", "/v1/merchant", "/v1/events"])
    def test_nobody_without_a_key(self, api: Api, path: str) -> None:
        assert api.with_key(None).get(path).status == 401

    @pytest.mark.parametrize("key", ["garbage", "kasir_" + "0" * 60, "ключ".encode().decode("latin-1"), "a b"])
    def test_nobody_with_a_key_that_is_none(self, api: Api, key: str) -> None:
        answer = api.with_key(key).get("/v1/merchant")
        assert (answer.status, answer.code) == (401, "auth.invalid_key")

    def test_nobody_with_a_key_that_is_one_letter_off(self, api: Api, stack: Json) -> None:
        key = stack["api_key"]
        other = key[:-1] + ("0" if key[-1] != "0" else "1")
        assert api.with_key(other).get("/v1/merchant").status == 401

    @pytest.mark.parametrize(
        ("method", "path"), [("GET", "/v1/nothing"), ("GET", "/"), ("DELETE", "/v1/orders"), ("PUT", "/v1/merchant")]
    )
    def test_there_is_nothing_where_there_is_no_route(self, api: Api, method: str, path: str) -> None:
        answer = api.send(method, path)
        assert (answer.status, answer.code) == (404, "request.unknown_route")


class TestAnotherMerchant:
    def test_finds_nothing_of_the_first_ones(self, shop: Shop, other: Shop) -> None:
        ids = _a_days_work(shop)
        place = {"location_id": shop.location_id}
        level = place | {"variant_id": ids["variant"]}
        day = {"from": ids["day"], "to": ids["day"]}
        feed = eventually(lambda: shop.events(types="order.completed"))

        def found(path: str, **query: str) -> Any:
            answer = other.api.get(path, **query)
            return answer.json["items"] if answer.status == 200 and "items" in answer.json else answer.status

        assert found(f"/v1/products/{ids['product']}") == 404
        assert found(f"/v1/orders/{ids['order']}") == 404
        assert found(f"/v1/webhooks/endpoints/{ids['endpoint']}") == 404
        assert found(f"/v1/webhooks/endpoints/{ids['endpoint']}/deliveries") == 404
        assert found(f"/v1/locations/{shop.location_id}") == 404
        assert found("/v1/products") == found("/v1/products", barcode=BARCODE) == []
        assert found("/v1/orders") == []
        assert found("/v1/webhooks/endpoints") == []
        assert found("/v1/taxes") == []
        assert found("/v1/inventory/levels", **level) == found("/v1/inventory/levels", **place) == []
        assert found("/v1/inventory/movements", **level) == []
        assert found("/v1/reports/stock", **place) == []
        assert found("/v1/reports/sales", **day) == found("/v1/reports/sales", **day, **place) == []
        assert found("/v1/events", after=feed[0]["id"]) == 422
        assert {event["merchant_id"] for event in other.events()} <= {other.merchant_id}
        assert [one["id"] for one in other.api.get("/v1/locations").json["items"]] == [other.location_id]

    def test_changes_nothing_of_the_first_ones(self, shop: Shop, other: Shop) -> None:
        ids = _a_days_work(shop)
        paths = [f"/v1/orders/{ids['open']}", f"/v1/products/{ids['product']}"]
        paths.append(f"/v1/webhooks/endpoints/{ids['endpoint']}")
        before = [shop.api.get(path).body for path in paths]
        adjustment = {"reason": "loss", "lines": [{"variant_id": ids["variant"], "quantity": "-1"}]}
        sale = {"barcode": BARCODE}

        tried = [
            other.api.post(f"/v1/orders/{ids['open']}/status", {"status": "preparing"}),
            other.api.post(f"/v1/orders/{ids['open']}/cancel", {"reason": "Not mine"}),
            other.api.patch(f"/v1/products/{ids['product']}", {"name": "Mine"}),
            other.api.delete(f"/v1/products/{ids['product']}"),
            other.api.delete(f"/v1/webhooks/endpoints/{ids['endpoint']}"),
            other.api.post("/v1/inventory/adjustments", adjustment | {"location_id": shop.location_id}),
            other.api.post("/v1/inventory/adjustments", adjustment | {"location_id": other.location_id}),
            other.api.post("/v1/orders", shop.order({"custom": {"name": "Teh", "price": 1}})),
            other.api.post("/v1/orders", other.order(sale)),
            other.api.post("/v1/orders", other.order({"variant_id": ids["variant"]})),
            other.api.post("/v1/orders", other.order({"custom": {"name": "Teh", "price": 1, "tax_ids": [ids["tax"]]}})),
        ]

        assert [answer.status for answer in tried] == [404] * 5 + [422] * 6
        assert [shop.api.get(path).body for path in paths] == before
        assert shop.on_hand(ids["variant"]) == "4"
        assert other.api.get("/v1/orders").json["items"] == []

    def test_has_keys_and_ids_of_its_own(self, shop: Shop, other: Shop) -> None:
        line = {"custom": {"name": "Teh", "price": 3000}}
        mine = shop.api.post("/v1/orders", shop.order(line, id="ord_register1-0001"), idempotency_key="sale-1")
        theirs = other.api.post("/v1/orders", other.order(line, id="ord_register1-0001"), idempotency_key="sale-1")

        assert (mine.status, theirs.status) == (201, 201)
        assert "idempotent-replayed" not in theirs.headers
        assert theirs.json["location_id"] == other.location_id
        assert shop.api.get("/v1/orders/ord_register1-0001").json["location_id"] == shop.location_id

    def test_gets_nowhere_with_a_cursor_of_the_first_ones(self, shop: Shop, other: Shop) -> None:
        item = {"custom": {"name": "Teh", "price": 3000}}
        shop.sell(item)
        shop.sell(item)
        cursor = shop.api.get("/v1/orders", limit="1").json["next_cursor"]

        answer = other.api.get("/v1/orders", cursor=cursor)

        assert answer.status == 400 or answer.json["items"] == []


def _a_days_work(shop: Shop) -> dict[str, str]:
    """Something of everything, by its id, and the day that it was on."""
    tax = shop.api.post("/v1/taxes", {"name": "PPN", "rate": "11"}).json
    product = shop.make_product(stock="6", barcode=BARCODE)
    endpoint = shop.api.post("/v1/webhooks/endpoints", {"url": "http://127.0.0.1:9/", "event_types": ["category.*"]})
    assert endpoint.status == 201, endpoint
    order = shop.sell({"barcode": BARCODE}, complete=True)
    return {
        "tax": tax["id"],
        "product": product["id"],
        "variant": product["variants"][0]["id"],
        "endpoint": endpoint.json["id"],
        "order": order["id"],
        "open": shop.sell({"barcode": BARCODE})["id"],
        "day": order["business_date"],
    }

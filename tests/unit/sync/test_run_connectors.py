"""run_connectors"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog import create_product, delete_product, list_products
from inventory import create_adjustment, list_levels
from orders import create_order, list_orders
from pos import clock
from pos.clock import timestamp
from sync import resolve_conflict, run_connectors, update_source
from sync.connectors import running
from sync.connectors.interface import Origin, Refused, RemoteLine, Unauthorized, Unreachable
from tests.support.samples import sample
from tests.support.shop import Shop
from tests.unit.sync.records import conflicts, price_here
from tests.unit.sync.shops import CONNECTOR, Connection, connection, later

type Json = dict[str, Any]


@pytest.fixture
def web(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A merchant that is connected to a shop with a product in stock, which came over."""
    with connection(shop, monkeypatch) as web:
        web.there.make()
        assert web.connect().status == 201
        assert web.run()["status"] == "ok"
        yield web


def products(web: Connection) -> list[Json]:
    items: list[Json] = web.shop.call(list_products.handler).json["items"]
    return items


def orders(web: Connection) -> list[Json]:
    items: list[Json] = web.shop.call(list_orders.handler).json["items"]
    return items


def on_hand(web: Connection) -> str:
    [level] = web.shop.call(list_levels.handler, query={"location_id": web.shop.location_id}).json["items"]
    quantity: str = level["on_hand"]
    return quantity


def left(web: Connection) -> str:
    return str(web.there.stock["P1-V"])


def sell(web: Connection, quantity: str) -> None:
    body = {"location_id": web.shop.location_id, "lines": [{"sku": "SKU-P1", "quantity": quantity}]}
    assert web.shop.call(create_order.handler, body).status == 201


class TestProducts:
    def test_a_product_there_sells_here_and_its_stock_is_the_same(self, web: Connection) -> None:
        [product] = products(web)
        assert product["external_ids"] == {"web": "P1"}

        sell(web, "3")
        web.run()

        assert (on_hand(web), web.there.stock) == ("7", {"P1-V": Decimal(7)})

    def test_a_price_changed_here_is_told_there_once(self, web: Connection) -> None:
        price_here(web.shop, products(web)[0]["id"], 21000)

        web.run()
        web.run()

        assert [dict(one.fields) for one in web.there.pushed] == [{"variants/P1-V/price": 21000}]
        assert products(web)[0]["version"] == 2

    def test_what_was_changed_there_is_changed_here_and_not_told_back(self, web: Connection) -> None:
        web.there.change("P1", name="Kopi Susu", price=17000)

        web.run()
        web.run()

        [product] = products(web)
        assert (product["name"], product["variants"][0]["price"], product["version"]) == ("Kopi Susu", 17000, 2)
        assert web.there.pushed == []

    def test_what_both_changed_waits_for_a_decision_which_is_then_told(self, web: Connection) -> None:
        price_here(web.shop, products(web)[0]["id"], 20000)
        web.there.change("P1", price=19000)

        status = web.run()

        assert (status["open_conflicts"], web.there.pushed) == (1, [])
        assert "1 conflict waits for a decision." in status["summary"]
        web.shop.call(resolve_conflict.handler, {"resolution": "ours"}, id=conflicts(web.shop)[0]["id"])
        web.run()
        assert web.there.products_there["P1"]["variants"][0]["price"] == 20000

    def test_a_change_there_between_pulling_and_telling_is_not_written_over(
        self, web: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        price_here(web.shop, products(web)[0]["id"], 20000)
        web.there.products_there["P1"]["variants"][0]["price"] = 19000  # too late for the list of changes

        web.run()

        assert (web.there.pushed, len(conflicts(web.shop))) == ([], 1)

    def test_what_the_source_owns_is_not_told(self, web: Connection) -> None:
        owned = {"ownership": {"product": {"variants.price": "source"}}}
        web.shop.call(update_source.handler, owned, id="src_web")
        price_here(web.shop, products(web)[0]["id"], 20000)

        web.run()

        assert web.there.pushed == []

    def test_a_product_retired_here_is_retired_there(self, web: Connection) -> None:
        web.shop.call(delete_product.handler, id=products(web)[0]["id"])

        web.run()
        web.run()

        assert [(one.external_id, one.retired) for one in web.there.pushed] == [("P1", True)]

    def test_a_product_deleted_there_is_retired_here_within_the_hour(
        self, web: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        del web.there.products_there["P1"], web.there.changed["P1"], web.there.stock["P1-V"]
        web.run()
        assert len(products(web)) == 1

        later(monkeypatch, minutes=61)
        web.run()

        assert products(web) == []

    def test_one_that_cannot_be_taken_is_stuck_with_its_reason_and_comes_when_it_can(self, web: Connection) -> None:
        web.there.make("P2", price="free")
        web.there.make("P3")

        status = web.run()

        assert status["status"] == "ok" and len(products(web)) == 2
        [stuck] = status["stuck"]
        assert (stuck["kind"], stuck["direction"], stuck["id"], stuck["name"]) == ("product", "in", "P2", "Kopi P2")
        assert "1 thing is stuck" in status["summary"]
        web.there.products_there["P2"]["variants"][0]["price"] = 5000
        assert web.run()["stuck"] == []
        assert len(products(web)) == 3

    def test_what_the_shop_refuses_is_stuck_and_told_again(self, web: Connection) -> None:
        web.there.raises["push"] = Refused("shop.refused", "The shop refused it (400). Too dear.")
        price_here(web.shop, products(web)[0]["id"], 21000)

        [stuck] = web.run()["stuck"]
        assert (stuck["direction"], stuck["detail"]) == ("out", "The shop refused it (400). Too dear.")

        web.there.raises.clear()
        assert web.run()["stuck"] == []
        assert len(web.there.pushed) == 1


class TestCreatingProducts:
    """What is made here is made there, if that is asked for"""

    @pytest.fixture
    def web(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
        with connection(shop, monkeypatch) as web:
            made = web.shop.call(create_product.handler, {"name": "Teh Lama", "variants": [{"price": 7000}]})
            self.receive(web, made.json, "4")
            assert web.connect(create_products=True).status == 201
            yield web

    def receive(self, web: Connection, product: Json, quantity: str) -> None:
        lines = [{"variant_id": product["variants"][0]["id"], "quantity": quantity}]
        body = {"location_id": web.shop.location_id, "reason": "receipt", "lines": lines}
        assert web.shop.call(create_adjustment.handler, body).status == 201

    def there(self, web: Connection) -> dict[str, tuple[str, int, Decimal]]:
        return {
            id: (one["name"], one["variants"][0]["price"], web.there.stock[f"{id}-V"])
            for id, one in web.there.products_there.items()
        }

    def test_what_was_here_before_and_what_is_made_later_is_there_with_its_stock(self, web: Connection) -> None:
        web.run()
        assert len(web.queued) == 1  # its stock is for a run that follows at once
        web.run()
        assert self.there(web) == {"C1": ("Teh Lama", 7000, Decimal(4))}

        made = web.shop.call(create_product.handler, {"name": "Teh Baru", "variants": [{"price": 8000}]})
        self.receive(web, made.json, "2")
        web.run()
        web.run()

        assert self.there(web)["C2"] == ("Teh Baru", 8000, Decimal(2))
        assert sorted(one["external_ids"]["web"] for one in products(web)) == ["C1", "C2"]
        assert (web.there.pushed, conflicts(web.shop)) == ([], [])
        assert web.run()["counts"]["products.created_there"] == 2

    def test_from_then_on_changes_go_both_ways(self, web: Connection) -> None:
        web.run()
        web.there.change("C1", name="Teh Tubruk")
        price_here(web.shop, products(web)[0]["id"], 7500)

        web.run()

        assert [(one["name"], one["variants"][0]["price"]) for one in products(web)] == [("Teh Tubruk", 7500)]
        assert self.there(web)["C1"][:2] == ("Teh Tubruk", 7500)

    @pytest.mark.parametrize("changed", ["here", "there", "both"])
    def test_whatever_breaks_off_it_is_there_once_and_no_change_meanwhile_is_lost(
        self, web: Connection, changed: str
    ) -> None:
        web.there.raises["after create"] = Unreachable("shop.timeout", "The shop did not answer in time.")
        assert web.run()["status"] == "retrying"
        web.there.raises.clear()

        if changed != "there":
            price_here(web.shop, products(web)[0]["id"], 7500)
        if changed != "here":
            web.there.change("C1", name="Teh Tubruk")
        web.run()
        web.run()

        name = "Teh Lama" if changed == "here" else "Teh Tubruk"
        price = 7000 if changed == "there" else 7500
        assert [(one["name"], one["variants"][0]["price"]) for one in products(web)] == [(name, price)]
        assert self.there(web) == {"C1": (name, price, Decimal(4))}

    def test_a_copy_that_somebody_makes_there_is_a_product_of_its_own(self, web: Connection) -> None:
        web.run()
        web.there.make("P9", 9000)
        web.there.created["P9"] = web.there.created["C1"]

        web.run()

        assert sorted(one["external_ids"]["web"] for one in products(web)) == ["C1", "P9"]

    def test_one_that_was_made_invalid_before_it_was_known_is_stuck_until_it_is_mended(self, web: Connection) -> None:
        web.there.raises["after create"] = Unreachable("shop.timeout", "The shop did not answer in time.")
        web.run()
        web.there.raises.clear()
        web.there.change("C1", name="")

        assert {one["id"] for one in web.run()["stuck"] if one["direction"] == "in"} == {"C1"}

        web.there.change("C1", name="Teh Lama")
        assert web.run()["stuck"] == []
        assert [one["external_ids"] for one in products(web)] == [{"web": "C1"}]

    @pytest.mark.parametrize("version", [0, -1, 99])
    def test_what_somebody_else_writes_there_about_its_origin_breaks_nothing(
        self, web: Connection, version: int
    ) -> None:
        web.there.make("P9", 9000)
        web.there.created["P9"] = Origin(products(web)[0]["id"], version, {"P9-V": "var_none"})

        assert web.run()["trouble"] is None

        assert "P9" in {one["external_ids"].get("web") for one in products(web)}

    def test_what_no_shop_has_a_stock_of_is_left_out_and_what_it_refuses_is_stuck(self, web: Connection) -> None:
        weighed = {"name": "Gula", "variants": [{"price": 16000, "unit": "kg", "weighed": True, "plu": "00042"}]}
        assert web.shop.call(create_product.handler, weighed).status == 201
        web.there.raises["create"] = Refused("shop.refused", "The shop refused it (400). The handle is taken.")

        status = web.run()

        assert [(one["name"], one["direction"]) for one in status["stuck"]] == [("Teh Lama", "out")]
        web.there.raises.clear()
        assert web.run()["stuck"] == []
        assert list(web.there.products_there) == ["C1"]

    def test_nothing_is_made_there_unless_it_is_asked_for(self, web: Connection) -> None:
        settings = {**CONNECTOR, "location_id": web.shop.location_id}
        assert web.shop.call(update_source.handler, {"connector": settings}, id="src_web").status == 200
        web.run()
        assert web.there.products_there == {}

        asked = {"connector": {**settings, "create_products": True}}
        assert web.shop.call(update_source.handler, asked, id="src_web").status == 200
        web.run()
        assert list(web.there.products_there) == ["C1"]


class TestStock:
    def test_changes_on_both_sides_add_up(self, web: Connection) -> None:
        sell(web, "2")
        web.there.stock["P1-V"] += 5

        web.run()
        web.run()

        assert (on_hand(web), left(web)) == ("13", "13")

    def test_what_was_counted_here_first_holds_there(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        with connection(shop, monkeypatch) as web:
            web.there.make()
            web.connect(share_stock=False)
            web.run()
            variant = products(web)[0]["variants"][0]["id"]
            lines = [{"variant_id": variant, "quantity": "4"}]
            body = {"location_id": shop.location_id, "reason": "count", "lines": lines}
            assert shop.call(create_adjustment.handler, body).status == 201
            shop.call(
                update_source.handler, {"connector": {**CONNECTOR, "location_id": shop.location_id}}, id="src_web"
            )

            web.run()

            assert (on_hand(web), left(web)) == ("4", "4")

    @pytest.mark.parametrize("taken", [True, False])
    def test_a_run_that_breaks_off_while_telling_a_number_tells_it_once(self, web: Connection, taken: bool) -> None:
        sell(web, "3")
        broken = Unreachable("shop.timeout", "The shop did not answer in time.")
        web.there.raises["after set_level" if taken else "set_level"] = broken
        assert web.run()["status"] == "retrying"
        web.there.raises.clear()

        web.run()
        web.run()

        assert (on_hand(web), left(web)) == ("7", "7")

    def test_less_than_nothing_is_nothing_there_and_what_is_owed_is_not_forgotten(self, web: Connection) -> None:
        sell(web, "12")
        web.run()
        assert (on_hand(web), left(web)) == ("-2", "0")

        variant = products(web)[0]["variants"][0]["id"]
        lines = [{"variant_id": variant, "quantity": "5"}]
        web.shop.call(
            create_adjustment.handler, {"location_id": web.shop.location_id, "reason": "receipt", "lines": lines}
        )
        web.run()

        assert (on_hand(web), left(web)) == ("3", "3")


class TestOrders:
    def test_an_order_there_arrives_once_and_both_sides_took_its_stock(self, web: Connection) -> None:
        web.there.order()

        web.run()
        web.run()

        [order] = orders(web)
        assert (order["external_ids"], order["name"]) == ({"web": "O1"}, "Web shop #O1")
        assert (order["total"], order["status"], order["payment_status"]) == (36000, "completed", "paid")
        assert (on_hand(web), left(web)) == ("8", "8")
        assert web.status["counts"]["orders.created"] == 1

    def test_what_the_customer_pays_there_is_paid_here_whatever_is_on_top(self, web: Connection) -> None:
        web.there.order("O1", total=38500)
        web.there.order("O2", total=35000)

        web.run()

        assert sorted(order["total"] for order in orders(web)) == [35000, 38500]
        assert {order["amount_due"] for order in orders(web)} == {0}

    def test_what_was_sold_there_is_sold_though_it_is_not_on_hand(self, web: Connection) -> None:
        web.there.order(quantity=15)

        web.run()
        web.run()

        assert len(orders(web)) == 1
        assert (on_hand(web), left(web)) == ("-5", "-5")

    def test_what_we_do_not_know_is_sold_as_it_is_called_there(self, web: Connection) -> None:
        web.there.order(product="P9")

        web.run()

        [line] = orders(web)[0]["lines"]
        assert (line["variant_id"], line["name"], line["total"]) == (None, "Kopi", 36000)

    def test_an_unpaid_one_is_open_until_it_is_paid_there(self, web: Connection) -> None:
        web.there.order(paid=False)
        web.run()
        assert [order["status"] for order in orders(web)] == ["open"]

        web.there.orders_there["O1"] = replace(web.there.orders_there["O1"], paid=True)
        web.run()

        assert [(order["status"], order["payment_status"]) for order in orders(web)] == [("completed", "paid")]

    def test_one_that_is_cancelled_there_is_cancelled_here_and_both_have_its_stock_again(self, web: Connection) -> None:
        web.there.order()
        web.run()

        web.there.orders_there["O1"] = replace(web.there.orders_there["O1"], cancelled=True)
        web.there.stock["P1-V"] += 2
        web.run()
        web.run()

        assert [order["status"] for order in orders(web)] == ["cancelled"]
        assert (on_hand(web), left(web)) == ("10", "10")

    def test_one_that_was_cancelled_before_it_came_does_not_come(self, web: Connection) -> None:
        web.there.order(cancelled=True)

        web.run()

        assert orders(web) == []

    def test_one_in_another_currency_is_stuck(self, web: Connection) -> None:
        web.there.order(currency="EUR")

        [stuck] = web.run()["stuck"]

        assert (stuck["kind"], stuck["code"], orders(web)) == ("order", "order.other_currency", [])

    def test_money_that_went_back_there_is_said_until_it_went_back_here(self, web: Connection) -> None:
        web.there.order()
        web.run()

        web.there.orders_there["O1"] = replace(web.there.orders_there["O1"], refunded=True)

        assert [stuck["code"] for stuck in web.run()["stuck"]] == ["order.refunded_there"]

    def test_a_discount_there_is_one_here(self, web: Connection) -> None:
        line = RemoteLine("Kopi", Decimal(2), 18000, 6000, "P1", "P1-V")
        web.there.order(lines=(line,), total=30000)

        web.run()

        [order] = orders(web)
        assert (order["total"], order["discount_total"]) == (30000, 6000)


class TestRuns:
    def test_two_rounds_without_a_change_change_nothing(self, web: Connection) -> None:
        sell(web, "1")
        web.there.order()
        web.run()
        web.run()
        before = products(web), orders(web), on_hand(web), dict(web.there.stock), web.status["counts"]
        told = len(web.there.pushed), len(web.there.set_levels)

        web.run()
        web.run()

        assert (products(web), orders(web), on_hand(web), dict(web.there.stock), web.status["counts"]) == before
        assert (len(web.there.pushed), len(web.there.set_levels)) == told

    def test_one_that_does_not_get_through_is_tried_again_later_and_later(
        self, web: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        web.there.raises["products"] = Unreachable("shop.timeout", "The shop did not answer in time.")

        status = web.run()

        assert (status["status"], status["failures"], status["trouble"]["code"]) == ("retrying", 1, "shop.timeout")
        assert "The shop did not answer in time." in status["summary"]
        assert status["next_run_at"] <= timestamp(clock.now() + timedelta(minutes=5))
        for _ in range(16):
            later(monkeypatch, hours=2)
            status = web.run(again=False)
        assert status["failures"] == 17
        assert status["next_run_at"] > timestamp(clock.now() + timedelta(minutes=58))

        web.there.raises.clear()
        later(monkeypatch, hours=2)
        status = web.run(again=False)
        assert (status["status"], status["failures"], status["trouble"]) == ("ok", 0, None)

    def test_one_that_is_not_let_in_stops_until_somebody_sees_to_it(self, web: Connection) -> None:
        web.there.raises["orders"] = Unauthorized("The shop does not let Kasir in (401).")

        status = web.run()

        assert (status["status"], status["next_run_at"]) == ("needs_attention", None)
        assert web.run()["failures"] == 1  # a message that is left over does not run it
        web.there.raises.clear()
        assert web.run_now().status == 202
        assert web.run()["status"] == "ok"

    def test_our_own_fault_is_said_without_its_inside_and_tried_again(self, web: Connection) -> None:
        web.there.raises["levels"] = KeyError("secret thing")

        status = web.run()

        assert (status["status"], status["trouble"]["code"]) == ("retrying", "internal")
        assert "secret thing" not in str(status)

    def test_a_run_that_is_at_work_is_left_alone_and_who_asks_comes_after_it(self, web: Connection) -> None:
        seen: list[str] = []
        web.there.meanwhile = lambda: seen.append(web.run()["status"])

        status = web.run()

        assert (seen, status["status"]) == (["running"], "ok")
        [asked] = web.queued
        assert asked["again"] and asked["after"] > 0

    def test_one_that_is_set_up_anew_meanwhile_leaves_off(self, web: Connection) -> None:
        anew = {"connector": {**CONNECTOR, "location_id": web.shop.location_id, "enabled": False}}

        def set_up_anew() -> None:
            web.shop.call(update_source.handler, anew, id="src_web")

        web.there.meanwhile = set_up_anew
        web.run()

        assert (web.status["status"], web.status["next_run_at"]) == ("off", None)

    def test_what_does_not_fit_into_the_time_goes_on_at_once(
        self, web: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        web.there.make("P2")
        monkeypatch.setattr(running, "SECONDS", 0)
        assert (web.run()["status"], len(products(web))) == ("waiting", 1)
        assert len(web.queued) == 1

        monkeypatch.setattr(running, "SECONDS", 60)
        web.work(web.queued.pop())

        assert len(products(web)) == 2

    def test_one_that_is_not_due_or_not_there_any_more_is_passed_over(self, web: Connection) -> None:
        calls = len(web.there.set_levels)
        web.run(again=False)
        web.shop.call(update_source.handler, {"connector": None}, id="src_web")
        web.work({"merchant_id": web.shop.merchant_id, "source_id": "src_web", "again": True})

        assert len(web.there.set_levels) == calls

    def test_the_sample_names_no_connector(self, shop: Shop) -> None:
        run_connectors.handler(sample("sync", "run_connectors", shop), None)

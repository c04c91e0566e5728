"""The connector against a real Medusa (make test-medusa)"""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.medusa import server
from tests.medusa.conftest import Pair, eventually
from tests.medusa.shopkeeper import Json
from tests.stack.support import LocalRun

pytestmark = [pytest.mark.stack, pytest.mark.slow]


@dataclass(frozen=True, slots=True)
class Exchange:
    """All that may happen on both sides between two runs: there a product is made and an old one ordered, here that old
    one is sold and its price changed.
    """

    pair: Pair
    old: Json
    old_sku: str
    new_sku: str

    @classmethod
    def prepared(cls, pair: Pair, sku: str) -> "Exchange":
        """With ten of the old product on both sides."""
        exchange = cls(pair, pair.there.make_product("Kopi Lama", sku, 18000, stock=10), sku, f"{sku}-NEW")
        pair.run()
        assert pair.on_hand(exchange.old) == "10"
        return exchange

    def happens_there(self) -> tuple[Json, Json]:
        """The product that is made, and the order that is placed."""
        made = self.pair.there.make_product("Kopi Baru", self.new_sku, 25000, stock=4)
        return made, self.pair.there.order(self.old, 2)

    def happens_here(self) -> None:
        """Three are sold, for the old price."""
        order = self.pair.here.sell({"sku": self.old_sku, "quantity": "3"})
        assert order["total"] == 54000
        self.pair.set_price_here(self.old, 21000)

    def has_arrived(self, made: Json, placed: Json) -> None:
        """Everything is on both sides, and nothing twice."""
        new = self.pair.here_of(made)
        assert [(one["sku"], one["price"]) for one in new["variants"]] == [(self.new_sku, 25000)]
        assert (self.pair.on_hand(made), self.pair.there.available(self.new_sku)) == ("4", 4)
        assert self.pair.there.prices(self.old["id"]) == {"idr": 21000, "eur": 1.5}
        assert [(one["total"], one["payment_status"]) for one in self.pair.orders(placed)] == [(45000, "paid")]
        assert (self.pair.on_hand(self.old), self.pair.there.available(self.old_sku)) == ("5", 5)


def snapshot(pair: Pair, product: Json, sku: str) -> list[Any]:
    """All that a run could change of a product on either side, and all that was ever told here."""
    told = [one["id"] for one in pair.feed()]
    return [pair.there.product(product["id"]), pair.there.level(sku), pair.here_of(product), pair.level(product), told]


def test_by_the_schedule_alone_everything_arrives_within_one_tick(pair: Pair, sku: str) -> None:
    exchange = Exchange.prepared(pair, sku)

    made, placed = exchange.happens_there()
    exchange.happens_here()
    pair.tick()

    exchange.has_arrived(made, placed)


def test_a_product_made_there_sells_here_and_its_stock_there_falls_by_the_schedule_alone(pair: Pair, sku: str) -> None:
    product = pair.there.make_product("Kopi Gayo", sku, 18000, stock=10)
    pair.tick()

    order = pair.here.sell({"sku": sku, "quantity": "3"})
    assert (order["total"], pair.on_hand(product)) == (54000, "7")
    pair.tick()

    assert pair.there.available(sku) == 7


def test_a_price_changed_here_appears_there_and_no_other_price_is_lost(pair: Pair, sku: str) -> None:
    product = pair.there.make_product("Kopi Toraja", sku, 18000, stock=5)
    pair.run()

    pair.set_price_here(product, 21000)
    pair.run()

    assert pair.there.prices(product["id"]) == {"idr": 21000, "eur": 1.5}


def test_what_was_changed_there_appears_here(pair: Pair, sku: str) -> None:
    product = pair.there.make_product("Kopi Bali", sku, 18000, stock=5)
    pair.run()

    pair.there.set_price(product, 17000)
    pair.there.rename(product, "Kopi Kintamani")
    pair.run()

    ours = pair.here_of(product)
    assert (ours["name"], ours["variants"][0]["price"]) == ("Kopi Kintamani", 17000)


def test_what_both_changed_waits_for_a_person_and_is_written_over_nowhere(pair: Pair, sku: str) -> None:
    product = pair.there.make_product("Kopi Flores", sku, 18000, stock=5)
    pair.run()

    pair.set_price_here(product, 20000)
    pair.there.set_price(product, 19000)
    status = pair.run()

    assert pair.here_of(product)["variants"][0]["price"] == 20000
    assert pair.there.prices(product["id"])["idr"] == 19000
    assert status["open_conflicts"] == 1
    [conflict] = pair.here.api.get("/v1/sync/conflicts").json["items"]
    decided = pair.here.api.post(f"/v1/sync/conflicts/{conflict['id']}/resolve", {"resolution": "ours"})
    assert decided.status == 200
    pair.run()
    assert pair.there.prices(product["id"])["idr"] == 20000


def test_an_order_placed_there_arrives_here_once_and_both_have_the_same_stock(pair: Pair, sku: str) -> None:
    product = pair.there.make_product("Kopi Jawa", sku, 18000, stock=10)
    pair.run()

    placed = pair.there.order(product, 2)
    pair.run()
    pair.run()

    [order] = pair.orders(placed)
    assert (order["total"], order["status"], order["payment_status"]) == (45000, "completed", "paid")
    assert [(line["quantity"], line["total"]) for line in order["lines"]] == [("2", 36000), ("1", 9000)]
    assert (pair.on_hand(product), pair.there.available(sku)) == ("8", 8)
    assert pair.there.level(sku) == (10, 2)  # Medusa has promised them, and takes them when they are sent


def test_an_order_cancelled_there_is_cancelled_here_and_its_stock_is_back_on_both_sides(pair: Pair, sku: str) -> None:
    product = pair.there.make_product("Kopi Papua", sku, 18000, stock=10)
    pair.run()
    placed = pair.there.order(product, 4)
    pair.run()

    pair.there.cancel(placed)
    pair.run()
    pair.run()

    assert [one["status"] for one in pair.orders(placed)] == ["cancelled"]
    assert (pair.on_hand(product), pair.there.available(sku)) == ("10", 10)


def test_a_product_deleted_there_is_not_sold_here_any_more(pair: Pair, sku: str) -> None:
    product = pair.there.make_product("Kopi Lama", sku, 18000, stock=5)
    pair.run()

    pair.there.delete(product)
    pair.here.api.post(f"/v1/sync/sources/src_{pair.source}/run", {"from_the_start": True})

    eventually(lambda: pair.here.api.get("/v1/products", sku=sku).json["items"] == [])


def test_two_rounds_without_a_change_change_nothing(pair: Pair, sku: str) -> None:
    product = pair.there.make_product("Kopi Diam", sku, 18000, stock=10)
    pair.run()
    pair.set_price_here(product, 19000)
    sold = pair.here.sell({"sku": sku, "quantity": "1"})
    pair.run()
    assert (pair.there.available(sku), pair.there.prices(product["id"])["idr"]) == (9, 19000)
    level = pair.level(product)
    eventually(lambda: pair.is_in_feed("order.*", sold["id"], sold["version"]))
    eventually(lambda: pair.tells_of(level))
    before = snapshot(pair, product, sku)

    pair.run()
    pair.run()

    assert snapshot(pair, product, sku) == before


def test_after_medusa_was_down_everything_arrives_within_one_tick(pair: Pair, sku: str) -> None:
    exchange = Exchange.prepared(pair, sku)
    made, placed = exchange.happens_there()

    server.stop()
    exchange.happens_here()
    status = pair.attempt()
    assert (status["status"], status["trouble"]["code"]) == ("retrying", "shop.connection_refused")
    assert "The shop takes no connection." in status["summary"]
    server.start()
    pair.tick()

    exchange.has_arrived(made, placed)


def test_after_kasir_was_down_everything_arrives_within_one_tick(pair: Pair, sku: str, local_run: LocalRun) -> None:
    exchange = Exchange.prepared(pair, sku)
    exchange.happens_here()

    local_run("down")
    made, placed = exchange.happens_there()
    local_run("up", "--no-shop")
    pair.tick()

    exchange.has_arrived(made, placed)


def test_a_product_made_here_is_a_draft_there_and_sells_once_it_is_published(pair: Pair, sku: str) -> None:
    made = pair.here.make_product(price=15000, stock="6", sku=sku)
    eventually(lambda: pair.is_in_feed("product.*", made["id"], made["version"]))

    pair.change(create_products=True)
    pair.run()

    external_id = pair.here.api.get(f"/v1/products/{made['id']}").json["external_ids"][pair.source]
    product = pair.there.product(external_id)
    assert (product["title"], product["status"]) == (made["name"], "draft")
    assert (pair.there.prices(external_id), pair.there.available(sku)) == ({"idr": 15000}, 6)

    pair.there.publish(product)
    placed = pair.there.order(product, 2)
    pair.run()
    assert [one["total"] for one in pair.orders(placed)] == [39000]
    assert (pair.on_hand(product), pair.there.available(sku)) == ("4", 4)
    assert pair.here_of(product)["variants"][0]["name"] is None
    pair.change(create_products=False)


def test_a_key_that_does_not_hold_stops_the_connector_until_it_is_changed(pair: Pair) -> None:
    pair.change(api_key="sk_does_not_hold")
    eventually(lambda: pair.status["status"] == "needs_attention")
    assert pair.status["next_run_at"] is None

    pair.change(api_key=pair.there.server.api_key)
    eventually(lambda: pair.status["status"] == "ok")

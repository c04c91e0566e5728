"""The ledger under everything that moves stock, in any order: levels are the sums of their movements."""

import random
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory import (
    cancel_count,
    cancel_transfer,
    create_adjustment,
    list_levels,
    list_movements,
    receive_transfer,
    record_movements,
    update_level,
)
from inventory.store import level_id
from tests.support.contract import all_pages, events_of
from tests.unit.inventory.stockroom import another_location, at_cost, begin_count, complete, found, receive, transfer
from tests.unit.inventory.stream import Record, follow
from tests.unit.orders.till import Json, Till, piece

VARIANTS = 2

grams = st.integers(1, 9_999).map(lambda mass: str(Decimal(mass).scaleb(-3)))
variants = st.integers(0, VARIANTS - 1)
places = st.integers(0, 1)
older = st.integers(0, 9)  # which of those that there are

steps = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), places, variants, grams),
        st.tuples(st.just("cancel"), older),
        st.tuples(st.just("adjust"), places, variants, grams, st.booleans()),
        st.tuples(st.just("receive"), places, variants, grams, st.integers(0, 99_999).map(str)),
        st.tuples(st.just("send"), places, variants, grams),
        st.tuples(st.just("arrive"), older, grams | st.none()),
        st.tuples(st.just("call_off"), older),
        st.tuples(st.just("count"), places),
        st.tuples(st.just("find"), older, variants, grams),
        st.tuples(st.just("complete"), older),
        st.tuples(st.just("give_up"), older),
        st.tuples(st.just("threshold"), places, variants, grams | st.none()),
    ),
    min_size=1,
    max_size=25,
)


@dataclass
class Shopkeeper:
    """Does one step after the other, and remembers what is open and what ought to be on hand."""

    till: Till
    places: tuple[str, str]
    variants: list[str]
    on_hand: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    orders: list[tuple[str, str, str, Decimal]] = field(default_factory=list)
    transfers: list[Json] = field(default_factory=list)
    counts: list[tuple[str, str]] = field(default_factory=list)
    found: dict[tuple[str, str], tuple[Decimal, Decimal]] = field(default_factory=dict)

    def move(self, place: str, variant: str, change: Decimal) -> None:
        self.on_hand[place, variant] = self.on_hand.get((place, variant), Decimal(0)) + change

    def sell(self, place: int, variant: int, quantity: str) -> None:
        at, what = self.places[place], self.variants[variant]
        order = self.till.sell(piece(what, quantity), location_id=at)
        self.move(at, what, -Decimal(quantity))
        self.orders.append((order.json["id"], at, what, Decimal(quantity)))

    def cancel(self, which: int) -> None:
        if self.orders:
            order, at, what, quantity = self.orders.pop(which % len(self.orders))
            assert self.till.cancel(order).status == 200
            self.move(at, what, quantity)

    def adjust(self, place: int, variant: int, quantity: str, less: bool) -> None:
        at, what = self.places[place], self.variants[variant]
        change = -Decimal(quantity) if less else Decimal(quantity)
        body = {"location_id": at, "reason": "other", "lines": [piece(what, str(change))]}
        assert self.till.shop.call(create_adjustment.handler, body).status == 201
        self.move(at, what, change)

    def receive(self, place: int, variant: int, quantity: str, cost: str) -> None:
        at, what = self.places[place], self.variants[variant]
        assert receive(self.till, at_cost(what, quantity, cost), location_id=at).status == 201
        self.move(at, what, Decimal(quantity))

    def send(self, place: int, variant: int, quantity: str) -> None:
        at, what = self.places[place], self.variants[variant]
        sent = transfer(self.till, self.places[1 - place], piece(what, quantity), from_location_id=at)
        self.move(at, what, -Decimal(quantity))
        self.transfers.append(sent.json)

    def arrive(self, which: int, counted: str | None) -> None:
        if self.transfers:
            sent = self.transfers.pop(which % len(self.transfers))
            [line] = sent["lines"]
            lines = [] if counted is None else [piece(line["variant_id"], counted)]
            assert self.till.shop.call(receive_transfer.handler, {"lines": lines}, id=sent["id"]).status == 200
            self.move(sent["to_location_id"], line["variant_id"], Decimal(counted or line["quantity"]))

    def call_off(self, which: int) -> None:
        if self.transfers:
            sent = self.transfers.pop(which % len(self.transfers))
            [line] = sent["lines"]
            assert self.till.shop.call(cancel_transfer.handler, {}, id=sent["id"]).status == 200
            self.move(sent["from_location_id"], line["variant_id"], Decimal(line["quantity"]))

    def count(self, place: int) -> None:
        at = self.places[place]
        begun = begin_count(self.till, *self.variants, location_id=at)
        self.counts.append((begun.json["id"], at))

    def find(self, which: int, variant: int, quantity: str) -> None:
        if self.counts:
            count, at = self.counts[which % len(self.counts)]
            what = self.variants[variant]
            assert found(self.till, count, piece(what, quantity)).status == 200
            self.found[count, what] = Decimal(quantity), self.on_hand.get((at, what), Decimal(0))

    def complete(self, which: int) -> None:
        if self.counts:
            count, at = self.counts.pop(which % len(self.counts))
            assert complete(self.till, count).status == 200
            for (other, what), (counted, then) in self.found.items():
                if other == count:
                    self.move(at, what, counted - then)

    def give_up(self, which: int) -> None:
        if self.counts:
            count, _ = self.counts.pop(which % len(self.counts))
            assert self.till.shop.call(cancel_count.handler, {}, id=count).status == 200

    def threshold(self, place: int, variant: int, quantity: str | None) -> None:
        path = {"location_id": self.places[place], "variant_id": self.variants[variant]}
        assert self.till.shop.call(update_level.handler, {"threshold": quantity}, path=path).status == 200


@pytest.fixture
def stream(till: Till, monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    return follow(monkeypatch)


@pytest.fixture
def elsewhere(till: Till) -> str:
    return another_location(till)


# The fixtures are one shop for all examples, each of which has its own variants.
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, seed=st.integers(0, 999))
def test_levels_are_the_sums_of_their_movements_whatever_moved_them(
    till: Till, stream: list[Record], elsewhere: str, steps: list[tuple[str, ...]], seed: int
) -> None:
    stream.clear()
    products = [till.product(cost=700 if number else None) for number in range(VARIANTS)]
    shopkeeper = Shopkeeper(till, (till.shop.location_id, elsewhere), products)
    for name, *arguments in steps:
        getattr(shopkeeper, name)(*arguments)
    shuffled = stream * 2
    random.Random(seed).shuffle(shuffled)
    record_movements.handler({"Records": shuffled}, None)

    for place in shopkeeper.places:
        levels = {one["variant_id"]: one for one in _levels(till, place)}
        for variant in products:
            ledger = _ledger(till, place, variant)
            expected = shopkeeper.on_hand.get((place, variant), Decimal(0))
            assert sum((Decimal(one["change"]) for one in ledger), Decimal(0)) == expected
            assert [one["version"] for one in ledger] == list(range(1, len(ledger) + 1))
            if not ledger:
                assert variant not in levels
                continue
            last, level = ledger[-1], levels[variant]
            for name in ("on_hand", "average_cost", "threshold", "version"):
                assert last[name] == level[name]
            assert Decimal(level["on_hand"]) == expected
            _check_costs(ledger)
            _check_low(till, place, variant, ledger)


def _levels(till: Till, place: str) -> list[Json]:
    return all_pages(till.shop, list_levels.handler, limit=200, location_id=place)


def _ledger(till: Till, place: str, variant: str) -> list[Json]:
    query = {"location_id": place, "variant_id": variant}
    return list(reversed(all_pages(till.shop, list_movements.handler, limit=200, **query)))


def _check_costs(ledger: list[Json]) -> None:
    """Only what comes at a cost of its own moves the average, and that keeps the value to half of its last place."""
    on_hand, average = Fraction(0), None
    for one in ledger:
        after = None if one["average_cost"] is None else Fraction(one["average_cost"])
        comes_at_cost = one["cause"]["type"] in ("receipt", "transfer_in") and one["unit_cost"] is not None
        if comes_at_cost and on_hand > 0 and average is not None:
            value = on_hand * average + Fraction(one["change"]) * Fraction(one["unit_cost"])
            assert after is not None
            assert abs(value - Fraction(one["on_hand"]) * after) <= Fraction(one["on_hand"]) / 2_000_000
        elif comes_at_cost:
            assert one["average_cost"] == one["unit_cost"]
        else:
            assert after == average or (average is None and one["cause"]["type"] == "adjustment")
            assert one["unit_cost"] == one["average_cost"]
        on_hand, average = Fraction(one["on_hand"]), after


def _check_low(till: Till, place: str, variant: str, ledger: list[Json]) -> None:
    """Stock became low exactly where a movement crossed the threshold that held then."""
    crossings = [
        one["version"]
        for one in ledger
        if one["threshold"] is not None
        and Decimal(one["on_hand"]) <= Decimal(one["threshold"]) < Decimal(one["on_hand"]) - Decimal(one["change"])
    ]
    events = events_of(till.shop, level_id(till.shop.merchant_id, place, variant))
    told = [event["entity"]["version"] for event in events if event["type"] == "inventory.low_stock"]
    assert told == crossings

"""record_movements"""

import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory import list_levels, list_movements, record_movements
from inventory.store import level_id
from pos import aws
from tests.support.contract import events_of
from tests.support.samples import sample
from tests.unit.inventory.stream import Record, follow
from tests.unit.orders.till import Json, Till, custom, piece, stored


def record(records: list[Record]) -> None:
    record_movements.handler({"Records": records}, None)


def movements(till: Till, variant_id: str) -> list[Json]:
    query = {"location_id": till.shop.location_id, "variant_id": variant_id, "limit": "200"}
    items: list[Json] = till.shop.call(list_movements.handler, query=query).json["items"]
    return items


@pytest.fixture
def stream(till: Till, monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    return follow(monkeypatch)


def test_the_sample_event_is_recorded(till: Till) -> None:
    event = sample("inventory", "record_movements", till.shop)

    record_movements.handler(event, None)

    [movement] = movements(till, "var_sample")
    assert (movement["change"], movement["on_hand"], movement["version"]) == ("-2", "22", 2)
    assert movement["cause"] == {"type": "sale", "id": "ord_sample0001", "reason": None}


def test_each_change_of_a_level_becomes_an_event_that_says_what_did_it(till: Till, stream: list[Record]) -> None:
    variant = till.product(stock="10")
    order_id = till.sell(piece(variant, "2.5")).json["id"]
    till.cancel(order_id)

    record(stream)

    level = level_id(till.shop.merchant_id, till.shop.location_id, variant)
    events = events_of(till.shop, level)
    assert [event["type"] for event in events] == ["inventory.updated"] * 3
    assert [event["entity"] for event in events] == [{"type": "level", "id": level, "version": n} for n in (1, 2, 3)]
    assert [
        (event["data"]["cause"]["type"], event["data"]["change"], event["data"]["on_hand"]) for event in events
    ] == [
        ("adjustment", "10", "10"),
        ("sale", "-2.5", "7.5"),
        ("cancel", "2.5", "10"),
    ]
    assert events[0]["data"]["cause"]["reason"] == "receipt"
    assert {event["data"]["cause"]["id"] for event in events[1:]} == {order_id}
    assert {event["data"]["actor"] for event in events} == {"key_test"}


def test_what_is_not_a_level_is_left_out(till: Till, stream: list[Record]) -> None:
    till.product(stock="1")
    removed = {"eventName": "REMOVE", "dynamodb": {"Keys": stream[0]["dynamodb"]["Keys"]}}
    before = stored()

    record([removed, *(one for one in stream if one["dynamodb"]["NewImage"]["kind"] == {"S": "adjustment"})])

    assert len(stream) == 2
    assert stored() == before


def test_repeated_and_reordered_records_change_nothing(till: Till, stream: list[Record]) -> None:
    variant = till.product(stock="10")
    for _ in range(3):
        till.cancel(till.sell(piece(variant)).json["id"])
    record(stream)
    once = stored()

    shuffled = stream * 2
    random.Random(7).shuffle(shuffled)
    record(shuffled)
    record(stream[2:4])
    record(stream[::-1])

    assert stored() == once


@pytest.mark.parametrize(
    "spoiled",
    [
        {"delta": {"S": "two"}},
        {"delta": {"N": "two"}},
        {"version": {"NULL": True}},
        {"on_hand": {"X": "1"}},
        {"cause": {"S": "sale"}},
        {"cause": {"M": {"type": {"S": "miracle"}, "id": {"S": "ord_1"}}}},
        {"updated_at": {"S": "yesterday"}},
        {"merchant_id": None},
    ],
)
def test_a_record_that_cannot_be_read_is_left_out_and_logged_with_its_key(
    till: Till, stream: list[Record], spoiled: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    first, second = till.product(stock="1"), till.product(stock="1")
    levels = [one for one in stream if one["dynamodb"]["NewImage"]["kind"] == {"S": "level"}]
    image = {**levels[0]["dynamodb"]["NewImage"], **spoiled}
    levels[0]["dynamodb"]["NewImage"] = {name: value for name, value in image.items() if value is not None}

    record(levels)

    assert (movements(till, first), len(movements(till, second))) == ([], 1)
    [error] = [one for one in caplog.records if one.levelname == "ERROR"]
    assert (error.message, error.__dict__["key"]) == ("unreadable level", levels[0]["dynamodb"]["Keys"])


def test_what_a_retry_can_cure_is_raised_so_that_the_batch_comes_again(
    till: Till, stream: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    variant = till.product(stock="1")

    def refuse(**_: Any) -> Any:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(aws.dynamodb(), "batch_write_item", refuse)
        with pytest.raises(ConnectionError):
            record(stream)
    record(stream)

    assert len(movements(till, variant)) == 1


def test_more_records_than_one_write_takes_are_all_recorded(till: Till, stream: list[Record]) -> None:
    variant = till.product(stock="1")
    for _ in range(30):
        till.adjust(variant, "1")

    record(stream)

    assert [movement["version"] for movement in movements(till, variant)] == list(range(31, 0, -1))


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("sell"), st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5_000)), min_size=1, max_size=4)
        ),
        st.tuples(st.just("adjust"), st.tuples(st.integers(0, 2), st.integers(-9_999, 9_999).filter(bool))),
        st.tuples(st.just("cancel"), st.integers(0, 9)),
        st.tuples(st.just("record"), st.integers(0, 99)),
    ),
    min_size=1,
    max_size=12,
)


# The fixtures are one shop for all examples, each of which has its own variants.
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, seed=st.integers(0, 999))
def test_the_ledger_sums_to_what_is_on_hand(
    till: Till, stream: list[Record], steps: list[tuple[str, Any]], seed: int
) -> None:
    stream.clear()
    variants = [till.product() for _ in range(3)]
    orders: list[str] = []
    for step, what in steps:
        if step == "sell":
            sold = till.sell(custom(), *(piece(variants[n], str(Decimal(mass).scaleb(-3))) for n, mass in what))
            orders.append(sold.json["id"])
        elif step == "adjust":
            till.adjust(variants[what[0]], str(Decimal(what[1]).scaleb(-3)))
        elif step == "cancel" and orders:
            till.cancel(orders.pop(what % len(orders)))
        elif step == "record":
            record(stream[what % (len(stream) + 1) :])  # some records come early, and so again
    shuffled = list(stream)
    random.Random(seed).shuffle(shuffled)
    record(shuffled)

    for variant in variants:
        ledger = movements(till, variant)
        query = {"location_id": till.shop.location_id, "variant_id": variant}
        levels = till.shop.call(list_levels.handler, query=query).json["items"]
        assert sum(Decimal(movement["change"]) for movement in ledger) == Decimal(till.on_hand(variant) or 0)
        assert [movement["version"] for movement in ledger] == list(range(len(ledger), 0, -1))
        assert [(one["on_hand"], one["version"]) for one in ledger[:1]] == [
            (one["on_hand"], one["version"]) for one in levels
        ]

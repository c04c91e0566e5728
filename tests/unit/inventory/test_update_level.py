"""update_level"""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory import list_movements, record_movements, update_level
from inventory.store import level_id
from pos import outbox
from tests.support.contract import assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.inventory.stockroom import at_cost, level, receive
from tests.unit.inventory.stream import Record, follow
from tests.unit.orders.till import Till, at_each_transaction, piece, stored


def set_threshold(till: Till, variant_id: str, threshold: str | None, **request: Any) -> Reply:
    path = {"location_id": till.shop.location_id, "variant_id": variant_id}
    return till.shop.call(update_level.handler, {"threshold": threshold}, path=path, **request)


def events(till: Till, variant_id: str) -> list[tuple[str, str]]:
    found = events_of(till.shop, level_id(till.shop.merchant_id, till.shop.location_id, variant_id))
    return [(event["type"].removeprefix("inventory."), event["data"]["on_hand"]) for event in found]


def record(records: list[Record]) -> None:
    record_movements.handler({"Records": records}, None)


@pytest.fixture
def stream(till: Till, monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    return follow(monkeypatch)


def test_the_sample_event_sets_a_threshold(till: Till) -> None:
    variant = till.product(stock="5.5")
    event = json.loads(json.dumps(sample("inventory", "update_level", till.shop)).replace("var_sample", variant))

    reply = send(update_level.handler, event)

    assert (reply.status, reply.json["threshold"], reply.json["low_stock"]) == (200, "5", False)
    assert reply.json == level(till, variant)
    assert reply.headers["etag"] == '"2"'


def test_what_is_there_already_is_low_at_once_without_an_event(till: Till, stream: list[Record]) -> None:
    variant = till.product(stock="5")

    reply = set_threshold(till, variant, "5")

    record(stream)
    assert reply.json["low_stock"] is True
    assert events(till, variant) == [("updated", "5"), ("updated", "5")]


def test_a_level_that_never_moved_can_have_a_threshold(till: Till, stream: list[Record]) -> None:
    variant = till.product()

    made = set_threshold(till, variant, "0").json
    receive(till, at_cost(variant, "1", "10"))
    till.sell(piece(variant))

    record(stream)
    assert (made["on_hand"], made["version"], made["low_stock"]) == ("0", 1, True)
    assert events(till, variant) == [("updated", "0"), ("updated", "1"), ("updated", "0"), ("low_stock", "0")]


def test_stock_becomes_low_once_each_time_that_it_comes_down_to_the_threshold(till: Till, stream: list[Record]) -> None:
    variant = till.product(stock="10")
    set_threshold(till, variant, "4")
    till.sell(piece(variant, "5"))  # 5
    till.sell(piece(variant, "1"))  # 4: low
    till.sell(piece(variant, "3"))  # 1
    till.adjust(variant, "3")  # 4: still low
    till.adjust(variant, "2")  # 6
    till.sell(piece(variant, "6"))  # 0: low again

    record(stream)

    assert [on_hand for type, on_hand in events(till, variant) if type == "low_stock"] == ["4", "0"]


def test_repeated_records_make_the_same_events_after_the_threshold_changed(till: Till, stream: list[Record]) -> None:
    variant = till.product(stock="10")
    set_threshold(till, variant, "9")
    till.sell(piece(variant))
    set_threshold(till, variant, "1")
    record(stream)
    before = stored()

    record(stream)

    assert stored() == before
    low = [
        event
        for event in events_of(till.shop, level_id(till.shop.merchant_id, till.shop.location_id, variant))
        if event["type"] == "inventory.low_stock"
    ]
    assert [(event["entity"]["version"], event["data"]["threshold"]) for event in low] == [(3, "9")]


def test_null_takes_the_threshold_away(till: Till, stream: list[Record]) -> None:
    variant = till.product(stock="10")
    set_threshold(till, variant, "9")

    reply = set_threshold(till, variant, None)
    till.sell(piece(variant, "5"))

    record(stream)
    assert (reply.json["threshold"], level(till, variant)["low_stock"]) == (None, False)
    assert "low_stock" not in [type for type, _ in events(till, variant)]


def test_it_is_a_movement_of_nothing_and_keeps_the_cost(till: Till, stream: list[Record]) -> None:
    variant = till.product()
    receive(till, at_cost(variant, "3", "100"))

    reply = set_threshold(till, variant, "1").json

    record(stream)
    query = {"location_id": till.shop.location_id, "variant_id": variant}
    last = till.shop.call(list_movements.handler, query=query).json["items"][0]
    assert (reply["average_cost"], reply["value"]) == ("100", 300)
    assert (last["change"], last["on_hand"], last["cause"]["type"], last["version"]) == ("0", "3", "threshold", 2)


def test_a_sale_meanwhile_is_not_lost(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = till.product(stock="10")
    sales = iter([piece(variant, "4")])

    def sell_meanwhile() -> None:
        for line in sales:
            till.sell(line)

    with monkeypatch.context() as racing:
        at_each_transaction(racing, before=sell_meanwhile)
        reply = set_threshold(till, variant, "7")

    assert (reply.json["on_hand"], reply.json["low_stock"], reply.json["version"]) == ("6", True, 3)
    assert reply.json == level(till, variant)


def test_with_if_match_a_sale_meanwhile_is_told(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = till.product(stock="10")
    sales = iter([piece(variant, "4")])

    def sell_meanwhile() -> None:
        for line in sales:
            till.sell(line)

    with monkeypatch.context() as racing:
        at_each_transaction(racing, before=sell_meanwhile)
        reply = set_threshold(till, variant, "7", headers={"If-Match": "1"})

    assert (reply.status, reply.code) == (412, "request.stale_version")
    assert level(till, variant)["threshold"] is None


def test_the_same_key_sets_it_once(till: Till) -> None:
    variant = till.product(stock="10")
    headers = {"Idempotency-Key": "k-1", "If-Match": "1"}
    first = set_threshold(till, variant, "7", headers=headers)

    again = set_threshold(till, variant, "7", headers=headers)
    other = set_threshold(till, variant, "8", headers=headers)

    assert (again.text, again.headers["idempotent-replayed"]) == (first.text, "true")
    assert (other.status, other.code) == (422, "idempotency.mismatch")
    assert level(till, variant)["version"] == 2


@pytest.mark.parametrize("threshold", ["-1", "0.0001", 5, "many"])
def test_a_threshold_is_a_decimal_not_below_zero(till: Till, threshold: Any) -> None:
    reply = set_threshold(till, till.product(), threshold)

    assert (reply.status, reply.pointers) == (422, ["/threshold"])


def test_what_has_no_level_there_is_not_found(till: Till) -> None:
    variant, other = till.product(), Till(Shop.open())
    theirs = other.product()
    here = till.shop.location_id
    bundle, untracked = till.product(components=[piece(variant)]), till.product(track_stock=False)
    before = stored()

    for location_id, variant_id in (
        (here, "var_unknown"),
        ("loc_unknown", variant),
        (here, theirs),
        (other.shop.location_id, variant),
        (here, bundle),
        (here, untracked),
    ):
        path = {"location_id": location_id, "variant_id": variant_id}
        reply = till.shop.call(update_level.handler, {"threshold": "1"}, path=path)
        assert (reply.status, reply.code) == (404, "level.not_found")
    assert stored() == before


def test_it_keeps_the_contract_of_writes(till: Till) -> None:
    path = {"location_id": till.shop.location_id, "variant_id": till.product()}

    assert_needs("inventory:write", till.shop, update_level.handler, {"threshold": "1"}, path=path)
    assert_refuses_what_is_no_body(till.shop, update_level.handler, path=path)


# The fixtures are one shop for all examples, each of which has its own variant.
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.one_of(st.integers(-6, 6).filter(bool), st.integers(0, 6).map(lambda low: f"threshold {low}")), max_size=15
    )
)
def test_low_stock_is_told_at_each_crossing_and_at_no_other_time(
    till: Till, stream: list[Record], steps: list[int | str]
) -> None:
    stream.clear()
    variant = till.product()
    on_hand, threshold, crossings = 0, None, []
    for step in steps:
        if isinstance(step, str):
            threshold = int(step.split()[1])
            set_threshold(till, variant, str(threshold))
            continue
        till.adjust(variant, str(step))
        if threshold is not None and on_hand > threshold >= on_hand + step:
            crossings.append(str(on_hand + step))
        on_hand += step

    record(stream)

    assert [at for type, at in events(till, variant) if type == "low_stock"] == crossings
    page = outbox.history(
        till.shop.merchant_id, level_id(till.shop.merchant_id, till.shop.location_id, variant), 100, None
    )
    assert [int(item["version"]) for item in page.items] == list(range(len(steps), 0, -1))

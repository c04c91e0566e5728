"""create_stock_receipt"""

import json

import pytest

from inventory import create_stock_receipt, list_movements, record_movements
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import at_cost, level, receive
from tests.unit.inventory.stream import follow
from tests.unit.orders.till import Json, Till, at_each_transaction, many_variants, piece, stored


def test_the_sample_event_takes_stock_in_at_its_cost(till: Till) -> None:
    variant = till.product()
    event = json.loads(
        json.dumps(sample("inventory", "create_stock_receipt", till.shop)).replace("var_sample", variant)
    )

    made = send(create_stock_receipt.handler, event)

    assert (made.status, made.json["supplier"], made.json["total"]) == (201, "CV Sumber Kopi", 200_000)
    assert made.json["lines"] == [
        {"variant_id": variant, "quantity": "24", "unit_cost": "8333.3333", "amount": 200_000}
    ]
    found = level(till, variant)
    assert (found["on_hand"], found["average_cost"], found["value"]) == ("24", "8333.3333", 200_000)


def test_its_event_carries_the_whole_receipt(till: Till) -> None:
    made = receive(till, at_cost(till.product(), "2", "100"), reference="INV-1", note="Boxes are wet").json

    [event] = events_of(till.shop, made["id"])

    assert (event["type"], event["data"]) == ("stock_receipt.created", made)
    assert event["entity"] == {"type": "stock_receipt", "id": made["id"], "version": 1}


def test_the_average_moves_with_each_delivery_and_with_no_sale(till: Till) -> None:
    variant = till.product()
    receive(till, at_cost(variant, "10", "100"))
    receive(till, at_cost(variant, "30", "200"))
    assert (level(till, variant)["average_cost"], level(till, variant)["value"]) == ("175", 7000)

    till.sell(piece(variant, "37"))
    receive(till, at_cost(variant, "4", "100"))

    found = level(till, variant)
    assert (found["on_hand"], found["average_cost"], found["value"]) == ("7", "132.142857", 925)


def test_what_was_sold_before_it_came_does_not_count_in_the_average(till: Till) -> None:
    variant = till.product()
    receive(till, at_cost(variant, "1", "100"))
    till.sell(piece(variant, "3"))
    assert level(till, variant)["value"] == -200

    receive(till, at_cost(variant, "5", "160"))

    found = level(till, variant)
    assert (found["on_hand"], found["average_cost"], found["value"]) == ("3", "160", 480)


def test_a_delivery_to_an_empty_shelf_sets_the_average(till: Till) -> None:
    variant = till.product()
    receive(till, at_cost(variant, "2", "100"))
    till.sell(piece(variant, "2"))

    receive(till, at_cost(variant, "1", "0"))

    assert (level(till, variant)["average_cost"], level(till, variant)["value"]) == ("0", 0)


def test_stock_that_was_counted_in_costs_what_the_catalog_says_until_some_is_received(till: Till) -> None:
    known, unknown = till.product(cost=80, stock="10"), till.product(stock="10")
    assert (level(till, known)["average_cost"], level(till, known)["value"]) == ("80", 800)
    assert (level(till, unknown)["average_cost"], level(till, unknown)["value"]) == (None, None)

    receive(till, at_cost(known, "10", "100"), at_cost(unknown, "10", "100"))
    till.adjust(known, "1")

    assert (level(till, known)["average_cost"], level(till, unknown)["average_cost"]) == ("90", "100")


def test_movements_say_what_each_went_at(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = follow(monkeypatch)
    variant = till.product()
    till.sell(piece(variant))
    receive(till, at_cost(variant, "3", "100"))
    receive(till, at_cost(variant, "2", "150.5"))
    till.sell(piece(variant, "2"))
    record_movements.handler({"Records": stream}, None)

    query = {"location_id": till.shop.location_id, "variant_id": variant}
    movements = till.shop.call(list_movements.handler, query=query).json["items"]

    assert [
        (one["cause"]["type"], one["change"], one["unit_cost"], one["average_cost"]) for one in reversed(movements)
    ] == [
        ("sale", "-1", None, None),
        ("receipt", "3", "100", "100"),
        ("receipt", "2", "150.5", "125.25"),
        ("sale", "-2", "125.25", "125.25"),
    ]


def test_a_sale_between_reading_and_writing_makes_the_average_anew(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = till.product()
    receive(till, at_cost(variant, "10", "100"))
    sales = iter([piece(variant, "4"), piece(variant, "4")])

    def sell_meanwhile() -> None:
        for line in sales:
            till.sell(line)
            return

    with monkeypatch.context() as racing:
        at_each_transaction(racing, before=sell_meanwhile)
        made = receive(till, at_cost(variant, "2", "400"))

    found = level(till, variant)
    assert (made.status, found["on_hand"], found["average_cost"], found["value"]) == (201, "4", "250", 1000)


def test_a_level_that_never_rests_is_given_up_politely(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.store._ATTEMPTS", 2)
    monkeypatch.setattr("pos.dynamo.time.sleep", lambda _: None)
    variant = till.product(stock="10")
    busy = True

    def adjust_meanwhile() -> None:
        nonlocal busy
        if busy:
            busy = False
            till.adjust(variant, "1")
            busy = True

    with monkeypatch.context() as racing:
        at_each_transaction(racing, before=adjust_meanwhile)
        reply = receive(till, at_cost(variant, "2", "400"))

    assert (reply.status, reply.code) == (503, "request.busy")
    assert level(till, variant)["on_hand"] == "12"


@pytest.mark.slow
def test_it_takes_as_many_lines_as_it_says(till: Till) -> None:
    variants = many_variants(till, 90)

    made = receive(till, *(at_cost(one, "1", "10") for one in variants), headers={"Idempotency-Key": "k-1"})

    assert (made.status, made.json["total"]) == (201, 900)


@pytest.mark.parametrize(
    ("wrong", "code", "pointer"),
    [
        ({"variant_id": "var_unknown"}, "variant.unknown", "/lines/1/variant_id"),
        ({"variant_id": "untracked"}, "variant.not_tracked", "/lines/1/variant_id"),
        ({"variant_id": "bundle"}, "variant.not_tracked", "/lines/1/variant_id"),
        ({"variant_id": "first"}, "variant.repeated", "/lines/1/variant_id"),
        ({"variant_id": "theirs"}, "variant.unknown", "/lines/1/variant_id"),
        ({"quantity": "0"}, "request.invalid", "/lines/1/quantity"),
        ({"quantity": "-1"}, "request.invalid", "/lines/1/quantity"),
        ({"quantity": "0.0001"}, "request.invalid", "/lines/1/quantity"),
        ({"unit_cost": "-1"}, "request.invalid", "/lines/1/unit_cost"),
        ({"unit_cost": "0.00001"}, "request.invalid", "/lines/1/unit_cost"),
        ({"unit_cost": 100}, "request.invalid", "/lines/1/unit_cost"),
        ({"unit_cost": None}, "request.invalid", "/lines/1/unit_cost"),
        ({"quantity": "1000000000", "unit_cost": "999999999999"}, "receipt.amount_too_large", "/lines/1/unit_cost"),
    ],
)
def test_one_line_that_is_wrong_is_named_and_none_comes_in(till: Till, wrong: Json, code: str, pointer: str) -> None:
    first = till.product(stock="5")
    ids = {
        "first": first,
        "second": till.product(stock="5"),
        "untracked": till.product(track_stock=False),
        "bundle": till.product(components=[piece(first)]),
        "theirs": Till(Shop.open()).product(),
    }
    line = {**at_cost("second", "1", "100"), **wrong}
    line["variant_id"] = ids.get(line["variant_id"], line["variant_id"])
    before = stored()

    reply = receive(till, at_cost(first, "1", "100"), line, headers={"Idempotency-Key": "k-1"})

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
    assert stored() == before


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"location_id": "loc_unknown"}, "/location_id"),
        ({"supplier": ""}, "/supplier"),
        ({"reference": "x" * 101}, "/reference"),
        ({"lines": []}, "/lines"),
        ({"lines": [at_cost("var_sample", "1", "1")] * 91}, "/lines"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(till: Till, fields: Json, pointer: str) -> None:
    reply = receive(till, at_cost(till.product(), "1", "1"), **fields)

    assert (reply.status, reply.pointers) == (422, [pointer])


def test_another_merchants_location_does_not_exist(till: Till) -> None:
    reply = receive(till, at_cost(till.product(), "1", "1"), location_id=Shop.open().location_id)

    assert (reply.status, reply.code, reply.pointers) == (422, "location.unknown", ["/location_id"])


def test_it_keeps_the_contract_of_writes(till: Till) -> None:
    variant = till.product()
    body = {"location_id": till.shop.location_id, "lines": [at_cost(variant, "2", "100")]}

    assert_needs("inventory:write", till.shop, create_stock_receipt.handler, body)
    assert_happens_once(till.shop, create_stock_receipt.handler, body, {**body, "note": "Another"})
    assert_refuses_what_is_no_body(till.shop, create_stock_receipt.handler)
    assert level(till, variant)["on_hand"] == "4"

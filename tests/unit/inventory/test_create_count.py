"""create_count"""

import pytest

from catalog import create_category, create_product
from inventory import create_count
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.inventory.stockroom import another_location, at_cost, begin_count, receive
from tests.unit.orders.till import Json, Till, many_variants, piece, stored


def expected(count: Json) -> dict[str, str]:
    return {line["variant_id"]: line["expected"] for line in count["lines"]}


def test_the_sample_event_begins_a_count_of_all_that_is_there(till: Till) -> None:
    first, second = till.product(stock="5"), till.product(stock="-1.5")
    till.product()
    receive(till, at_cost(till.product(), "1", "1"), location_id=another_location(till))

    made = send(create_count.handler, sample("inventory", "create_count", till.shop))

    assert (made.status, made.json["status"], made.json["actor"]) == (201, "counting", "key_sample")
    assert expected(made.json) == {first: "5", second: "-1.5"}
    [event] = events_of(till.shop, made.json["id"])
    assert (event["type"], event["data"]) == ("count.created", made.json)


def test_some_variants_are_counted_in_the_order_that_they_are_named(till: Till) -> None:
    first, second, third = till.product(stock="5"), till.product(), till.product(stock="7")

    made = begin_count(till, third, second).json

    assert [(line["variant_id"], line["expected"]) for line in made["lines"]] == [(third, "7"), (second, "0")]
    assert first not in expected(made)


def test_a_category_is_counted_as_far_as_it_ever_was_there(till: Till) -> None:
    category = till.shop.call(create_category.handler, {"name": "Kopi"}).json["id"]
    body = {"name": "Arabica", "category_id": category, "variants": [{"price": 1}, {"price": 2}]}
    first, _ = (one["id"] for one in till.shop.call(create_product.handler, body).json["variants"])
    till.adjust(first, "3")
    till.product(stock="5")

    made = begin_count(till, category_id=category).json

    assert expected(made) == {first: "3"}


def test_a_blind_count_does_not_say_what_to_find(till: Till) -> None:
    made = begin_count(till, till.product(stock="5"), blind=True).json

    assert (made["blind"], [line["expected"] for line in made["lines"]]) == (True, [None])
    [event] = events_of(till.shop, made["id"])
    assert event["data"] == made


def test_what_is_more_than_a_count_takes_is_counted_in_parts(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("rules", "reading"):
        monkeypatch.setattr(f"inventory.{module}.MAX_COUNTED", 3)
    many_variants(till, 3, stock="1")
    assert begin_count(till, all=True).status == 201
    many_variants(till, 1, stock="1")
    before = stored()

    reply = begin_count(till, all=True)

    assert (reply.status, reply.code, reply.pointers) == (422, "count.too_many", ["/all"])
    assert stored() == before


def test_a_category_is_not_looked_for_among_too_many(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.reading._MOST_SEARCHED", 2)
    many_variants(till, 3, stock="1")

    reply = begin_count(till, category_id="cat_main")

    assert (reply.status, reply.code, reply.pointers) == (422, "count.too_many", ["/category_id"])


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({}, "request.invalid", ""),
        ({"variant_ids": []}, "request.invalid", ""),
        ({"variant_ids": ["tracked"], "all": True}, "request.invalid", ""),
        ({"category_id": "cat_main", "all": True}, "request.invalid", ""),
        ({"variant_ids": ["var_sample"] * 501}, "request.invalid", "/variant_ids"),
        ({"variant_ids": ["tracked", "var_unknown"]}, "variant.unknown", "/variant_ids/1"),
        ({"variant_ids": ["tracked", "tracked"]}, "variant.repeated", "/variant_ids/1"),
        ({"variant_ids": ["bundle"]}, "variant.not_tracked", "/variant_ids/0"),
        ({"variant_ids": ["theirs"]}, "variant.unknown", "/variant_ids/0"),
        ({"category_id": "cat_unknown"}, "count.empty", "/category_id"),
        ({"all": True, "location_id": "empty"}, "count.empty", "/all"),
        ({"all": True, "location_id": "loc_unknown"}, "location.unknown", "/location_id"),
        ({"all": True, "location_id": "their_location"}, "location.unknown", "/location_id"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(till: Till, fields: Json, code: str, pointer: str) -> None:
    tracked, other = till.product(stock="1"), Till(Shop.open())
    ids = {
        "tracked": tracked,
        "bundle": till.product(components=[piece(tracked)]),
        "theirs": other.product(stock="1"),
        "their_location": other.shop.location_id,
        "empty": another_location(till),
    }
    named: Json = {
        name: [ids.get(one, one) for one in value] if isinstance(value, list) else ids.get(str(value), value)
        for name, value in fields.items()
    }
    before = stored()

    reply = begin_count(till, **named)

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
    assert stored() == before


def test_it_keeps_the_contract_of_writes(till: Till) -> None:
    body = {"location_id": till.shop.location_id, "variant_ids": [till.product()]}

    assert_needs("inventory:write", till.shop, create_count.handler, body)
    assert_happens_once(till.shop, create_count.handler, body, {**body, "blind": True})
    assert_refuses_what_is_no_body(till.shop, create_count.handler)

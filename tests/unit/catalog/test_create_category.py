"""create_category"""

from typing import Any

import pytest

from catalog import create_category, delete_category, get_category, list_categories, store
from pos import dynamo
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.catalog.categories import add_category, add_chain


def test_a_category_is_added_with_its_event(shop: Shop) -> None:
    drinks = add_category(shop)

    reply = shop.call(create_category.handler, {"name": "Kopi", "parent_id": drinks["id"]})

    coffee = reply.json
    assert (reply.status, reply.headers["etag"], coffee["parent_id"]) == (201, '"1"', drinks["id"])
    [event] = events_of(shop, coffee["id"])
    assert (event["type"], event["data"]) == ("category.created", coffee)
    assert event["entity"] == {"type": "category", "id": coffee["id"], "version": 1}
    assert shop.call(get_category.handler, id=coffee["id"]).json == coffee


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("name", None), ("parent_id", "drinks"), ("parent_id", 1), ("color", "red")]
)
def test_a_bad_field_is_refused_by_name(shop: Shop, field: str, value: Any) -> None:
    reply = shop.call(create_category.handler, {"name": "Kopi", field: value})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"/{field}"])


def test_a_parent_is_a_category_of_the_merchant(shop: Shop) -> None:
    deleted, foreign = add_category(shop), add_category(Shop.open())
    shop.call(delete_category.handler, id=deleted["id"])

    for parent in (deleted["id"], foreign["id"], "cat_none"):
        reply = shop.call(create_category.handler, {"name": "Kopi", "parent_id": parent})
        assert (reply.status, reply.code, reply.pointers) == (422, "category.unknown", ["/parent_id"])


def test_categories_are_at_most_eight_deep(shop: Shop) -> None:
    deepest = add_chain(shop, 8)[-1]

    reply = shop.call(create_category.handler, {"name": "Nine", "parent_id": deepest["id"]})

    assert (reply.status, reply.code, reply.pointers) == (422, "category.too_deep", ["/parent_id"])


def test_a_merchant_has_a_limited_number_of_categories(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_MAX_CATEGORIES", 1)
    add_category(shop)

    reply = shop.call(create_category.handler, {"name": "Kopi"})

    assert (reply.status, reply.code) == (409, "category.too_many")


def test_of_two_categories_added_at_one_moment_none_is_lost(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = dynamo.get(store.tree_ref(shop.merchant_id))
    first = add_category(shop)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(dynamo, "get", lambda _ref: stale)
        late = shop.call(create_category.handler, {"name": "Kopi"})

    assert (late.status, late.code) == (409, "request.conflict")
    assert shop.call(list_categories.handler).json["items"] == [first]
    assert list(dynamo.get(store.tree_ref(shop.merchant_id)).parents) == [first["id"]]


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, create_category.handler)


def test_a_repeat_adds_no_second_category(shop: Shop) -> None:
    assert_happens_once(shop, create_category.handler, {"name": "Kopi"}, {"name": "Teh"})
    assert len(shop.call(list_categories.handler).json["items"]) == 1


def test_it_needs_catalog_write(shop: Shop) -> None:
    assert_needs("catalog:write", shop, create_category.handler, {"name": "Kopi"})


def test_the_sample_adds_a_category(shop: Shop) -> None:
    reply = send(create_category.handler, sample("catalog", "create_category", shop))

    assert (reply.status, reply.json["name"], reply.json["parent_id"]) == (201, "Minuman", None)

"""update_category"""

from typing import Any

import pytest

from catalog import create_category, delete_category, get_category, store, update_category
from pos import dynamo
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.catalog.categories import add_category, add_chain


def update(shop: Shop, category: Any, change: Any, **request: Any) -> Reply:
    return shop.call(update_category.handler, change, id=category["id"], **request)


def test_what_is_left_out_stays(shop: Shop) -> None:
    _, coffee = add_chain(shop, 2)

    reply = update(shop, coffee, {"name": "Kopi"})

    changed = {"name": "Kopi", "version": 2, "updated_at": reply.json["updated_at"]}
    assert (reply.status, reply.json) == (200, coffee | changed)
    assert shop.call(get_category.handler, id=coffee["id"]).json == reply.json
    assert events_of(shop, coffee["id"])[-1]["type"] == "category.updated"


def test_a_category_moves_with_what_is_inside(shop: Shop) -> None:
    top, middle, bottom = add_chain(shop, 3)
    other = add_category(shop)

    assert update(shop, middle, {"parent_id": other["id"]}).json["parent_id"] == other["id"]

    assert shop.call(delete_category.handler, id=top["id"]).status == 200
    assert shop.call(delete_category.handler, id=other["id"]).code == "category.not_empty"
    assert shop.call(get_category.handler, id=bottom["id"]).json["parent_id"] == middle["id"]


def test_a_category_moves_to_the_top(shop: Shop) -> None:
    top, bottom = add_chain(shop, 2)

    assert update(shop, bottom, {"parent_id": None}).json["parent_id"] is None

    assert shop.call(delete_category.handler, id=top["id"]).status == 200


@pytest.mark.parametrize("to", [0, 1, 2])
def test_a_category_never_gets_inside_of_itself(shop: Shop, to: int) -> None:
    chain = add_chain(shop, 3)

    reply = update(shop, chain[0], {"parent_id": chain[to]["id"]})

    assert (reply.status, reply.code, reply.pointers) == (422, "category.cycle", ["/parent_id"])
    assert shop.call(get_category.handler, id=chain[0]["id"]).json == chain[0]


def test_what_moves_counts_with_all_that_is_inside(shop: Shop) -> None:
    seven, two = add_chain(shop, 7), add_chain(shop, 2)

    reply = update(shop, two[0], {"parent_id": seven[-1]["id"]})

    assert (reply.status, reply.code) == (422, "category.too_deep")
    assert update(shop, two[0], {"parent_id": seven[-2]["id"]}).status == 200


def test_two_moves_at_one_moment_make_no_cycle(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = add_category(shop), add_category(shop)
    stale = dynamo.get(store.tree_ref(shop.merchant_id))
    assert update(shop, one, {"parent_id": two["id"]}).status == 200
    real, tree_key = dynamo.get, store.tree_ref(shop.merchant_id).key

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(dynamo, "get", lambda ref: stale if ref.key == tree_key else real(ref))
        late = update(shop, two, {"parent_id": one["id"]})

    assert (late.status, late.code) == (409, "request.conflict")
    assert update(shop, two, {"parent_id": one["id"]}).code == "category.cycle"


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"name": ""}, "request.invalid", "/name"),
        ({"name": None}, "request.invalid", "/name"),
        ({"parent_id": "cat_none"}, "category.unknown", "/parent_id"),
        ({"deleted_at": None}, "request.invalid", "/deleted_at"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, change: Any, code: str, pointer: str) -> None:
    reply = update(shop, add_category(shop), change)

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])


def test_a_stale_version_is_refused(shop: Shop) -> None:
    category = add_category(shop)
    update(shop, category, {"name": "A"})

    reply = update(shop, category, {"name": "B"}, headers={"If-Match": "1"})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_what_is_deleted_or_anothers_is_not_found(shop: Shop) -> None:
    deleted, foreign = add_category(shop), add_category(Shop.open())
    shop.call(delete_category.handler, id=deleted["id"])

    for category in (deleted, foreign):
        assert update(shop, category, {"name": "A"}).code == "category.not_found"


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, update_category.handler, id=add_category(shop)["id"])


def test_a_repeat_moves_once(shop: Shop) -> None:
    to, id = add_category(shop)["id"], add_category(shop)["id"]

    assert_happens_once(shop, update_category.handler, {"parent_id": to}, {"parent_id": None}, id=id)

    shop.call(delete_category.handler, id=id)
    assert shop.call(delete_category.handler, id=to).status == 200
    assert shop.call(create_category.handler, {"name": "A", "parent_id": to}).code == "category.unknown"


def test_it_needs_catalog_write(shop: Shop) -> None:
    assert_needs("catalog:write", shop, update_category.handler, {"name": "A"}, id=add_category(shop)["id"])


def test_the_sample_renames_a_category(shop: Shop) -> None:
    reply = send(update_category.handler, sample("catalog", "update_category", shop, id=add_category(shop)["id"]))

    assert (reply.status, reply.json["name"]) == (200, "Minuman dingin")

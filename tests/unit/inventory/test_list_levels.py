"""list_levels"""

import pytest

from inventory import create_adjustment, list_levels, update_level
from staff import create_location
from tests.support.contract import all_pages
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.orders.till import Till, piece


def listed(till: Till, **query: str) -> Reply:
    return till.shop.call(list_levels.handler, query=query)


def levels(reply: Reply) -> dict[tuple[str, str], str]:
    return {(level["location_id"], level["variant_id"]): level["on_hand"] for level in reply.json["items"]}


@pytest.fixture
def other_location(till: Till) -> str:
    return str(till.shop.call(create_location.handler, {"name": "Other"}).json["id"])


def put(till: Till, location_id: str, variant_id: str, quantity: str) -> Reply:
    body = {"location_id": location_id, "reason": "opening", "lines": [piece(variant_id, quantity)]}
    return till.shop.call(create_adjustment.handler, body)


def test_the_sample_event_lists(till: Till) -> None:
    variant = till.product(stock="5")

    reply = send(list_levels.handler, sample("inventory", "list_levels", till.shop))

    assert levels(reply) == {(till.shop.location_id, variant): "5"}


def test_levels_are_found_by_location_by_variant_and_by_both(till: Till, other_location: str) -> None:
    here = till.shop.location_id
    first, second = till.product(stock="1.250"), till.product(stock="2")
    put(till, other_location, first, "-3")

    assert levels(listed(till, location_id=here)) == {(here, first): "1.25", (here, second): "2"}
    assert levels(listed(till, variant_id=first)) == {(here, first): "1.25", (other_location, first): "-3"}
    assert levels(listed(till, variant_id=first, location_id=other_location)) == {(other_location, first): "-3"}
    assert levels(listed(till, variant_id=second, location_id=other_location)) == {}


def test_a_level_has_a_version_for_each_of_its_changes(till: Till) -> None:
    variant = till.product(stock="5")
    till.cancel(till.sell(piece(variant)).json["id"])

    [level] = listed(till, variant_id=variant).json["items"]

    assert (level["on_hand"], level["version"]) == ("5", 3)


@pytest.mark.parametrize("by", ["location_id", "variant_id"])
def test_the_pages_hold_each_level_once(till: Till, by: str) -> None:
    variants = [till.product(stock="1") for _ in range(5)]
    locations = [till.shop.call(create_location.handler, {"name": "Other"}).json["id"] for _ in range(4)]
    for location in locations:
        put(till, location, variants[0], "1")
    query = {by: {"location_id": till.shop.location_id, "variant_id": variants[0]}[by], "limit": "2"}

    pages = [listed(till, **query)]
    while cursor := pages[-1].json["next_cursor"]:
        pages.append(listed(till, **query, cursor=cursor))

    found = [key for page in pages for key in levels(page)]
    assert len(found) == len(set(found)) == 5
    assert all(len(page.json["items"]) <= 2 for page in pages)


def test_only_levels_are_listed_whatever_id_is_asked_for_as_a_location(till: Till) -> None:
    adjustment = till.adjust(till.product(), "1").json["id"]

    assert listed(till, location_id=adjustment).json == {"items": [], "next_cursor": None}


def test_what_is_low_at_a_location_is_found_among_what_has_a_threshold(till: Till, other_location: str) -> None:
    here = till.shop.location_id
    at, above, below, without, taken_away = (till.product(stock="5") for _ in range(5))
    put(till, other_location, at, "1")
    for variant, threshold in ((at, "5"), (above, "4.999"), (below, "9"), (taken_away, "9"), (taken_away, None)):
        path = {"location_id": here, "variant_id": variant}
        assert till.shop.call(update_level.handler, {"threshold": threshold}, path=path).status == 200

    low = all_pages(till.shop, list_levels.handler, limit=2, location_id=here, low_stock="true")

    assert sorted(level["variant_id"] for level in low) == sorted([at, below])
    assert all(level["low_stock"] for level in low)
    assert without not in [level["variant_id"] for level in low]
    assert levels(listed(till, location_id=other_location, low_stock="true")) == {}
    assert levels(listed(Till(Shop.open()), location_id=here, low_stock="true")) == {}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({}, "?"),
        ({"variant_id": "var_abcd", "low_stock": "true"}, "?"),
        ({"variant_id": "var_abcd", "location_id": "loc_abcd", "low_stock": "true"}, "?"),
        ({"location_id": "here"}, "?location_id"),
        ({"variant_id": ""}, "?variant_id"),
        ({"location_id": "loc_abcd", "limit": "0"}, "?limit"),
        ({"location_id": "loc_abcd", "sku": "K"}, "?sku"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_its_parameter(
    till: Till, query: dict[str, str], pointer: str
) -> None:
    reply = listed(till, **query)

    assert (reply.status, reply.pointers) == (422, [pointer])


def test_another_merchant_sees_nothing_whatever_the_ids_and_the_cursor(till: Till) -> None:
    variant = till.product(stock="1")
    till.product(stock="1")
    other = Till(Shop.open())

    assert levels(listed(other, location_id=till.shop.location_id)) == {}
    assert levels(listed(other, variant_id=variant)) == {}
    first = listed(till, location_id=till.shop.location_id, limit="1")
    cursor = first.json["next_cursor"]
    assert levels(listed(other, location_id=till.shop.location_id, cursor=cursor)) == {}


def test_a_caller_without_the_permission_is_refused(till: Till) -> None:
    query = {"location_id": till.shop.location_id}

    assert till.shop.call(list_levels.handler, query=query, permissions="orders:*").status == 403

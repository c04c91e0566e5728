"""list_movements"""

import json

import pytest

from inventory import list_movements, record_movements
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.inventory.stream import follow
from tests.unit.orders.till import Till, piece


@pytest.fixture
def moved(till: Till, monkeypatch: pytest.MonkeyPatch) -> str:
    """A variant that came in, was sold and was counted: three movements."""
    stream = follow(monkeypatch)
    variant = till.product(stock="10")
    till.sell(piece(variant, "2"))
    till.adjust(variant, "-0.5")
    record_movements.handler({"Records": stream}, None)
    return variant


def listed(till: Till, variant_id: str, **query: str) -> Reply:
    query = {"location_id": till.shop.location_id, "variant_id": variant_id, **query}
    return till.shop.call(list_movements.handler, query=query)


def changes(reply: Reply) -> list[str]:
    return [movement["change"] for movement in reply.json["items"]]


def test_the_sample_event_lists(till: Till, moved: str) -> None:
    event = json.loads(json.dumps(sample("inventory", "list_movements", till.shop)).replace("var_sample", moved))

    assert changes(send(list_movements.handler, event)) == ["-0.5", "-2", "10"]


def test_movements_come_newest_first_each_with_what_it_led_to(till: Till, moved: str) -> None:
    reply = listed(till, moved)

    assert [(one["change"], one["on_hand"], one["version"]) for one in reply.json["items"]] == [
        ("-0.5", "7.5", 3),
        ("-2", "8", 2),
        ("10", "10", 1),
    ]


def test_the_pages_hold_each_movement_once(till: Till, moved: str) -> None:
    pages = [listed(till, moved, limit="2")]
    while cursor := pages[-1].json["next_cursor"]:
        pages.append(listed(till, moved, limit="2", cursor=cursor))

    assert [change for page in pages for change in changes(page)] == ["-0.5", "-2", "10"]


def test_what_never_moved_has_no_movements(till: Till) -> None:
    assert listed(till, till.product()).json == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("missing", ["location_id", "variant_id"])
def test_both_the_variant_and_the_location_are_needed(till: Till, moved: str, missing: str) -> None:
    query = {"location_id": till.shop.location_id, "variant_id": moved}
    del query[missing]

    reply = till.shop.call(list_movements.handler, query=query)

    assert (reply.status, reply.pointers) == (422, [f"?{missing}"])


def test_another_merchant_sees_nothing(till: Till, moved: str) -> None:
    query = {"location_id": till.shop.location_id, "variant_id": moved}

    assert Shop.open().call(list_movements.handler, query=query).json["items"] == []


def test_a_caller_without_the_permission_is_refused(till: Till, moved: str) -> None:
    query = {"location_id": till.shop.location_id, "variant_id": moved}

    assert till.shop.call(list_movements.handler, query=query, permissions="orders:*").status == 403

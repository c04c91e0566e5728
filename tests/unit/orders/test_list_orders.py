"""list_orders"""

import pytest

from orders import list_orders
from pos.http import MAX_LISTING
from tests.support.contract import all_pages
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.orders.till import Till, custom, set_clock


@pytest.fixture
def sold(till: Till, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Seven orders, one a minute, oldest first."""
    orders = []
    for minute in range(7):
        set_clock(monkeypatch, f"2026-11-24T09:0{minute}:00.000Z")
        orders.append(till.sell(custom(minute + 1)).json["id"])
    return orders


def listed(till: Till, **query: str) -> Reply:
    return till.shop.call(list_orders.handler, query=query)


def ids(reply: Reply) -> list[str]:
    return [order["id"] for order in reply.json["items"]]


def paged(till: Till, limit: int, **query: str) -> list[str]:
    return [order["id"] for order in all_pages(till.shop, list_orders.handler, limit, **query)]


def test_the_sample_event_lists(till: Till, sold: list[str]) -> None:
    reply = send(list_orders.handler, sample("orders", "list_orders", till.shop))

    assert ids(reply) == sold[::-1]


def test_orders_come_newest_first_as_they_stand(till: Till, sold: list[str]) -> None:
    moved = till.move(sold[3], "preparing").json

    reply = listed(till)

    assert ids(reply) == sold[::-1]
    assert reply.json["items"][3] == moved
    assert reply.json["next_cursor"] is None


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 50])
def test_the_pages_hold_each_order_once(till: Till, sold: list[str], limit: int) -> None:
    assert paged(till, limit) == sold[::-1]


@pytest.mark.parametrize("query", [{}, {"active": "true"}])
def test_a_page_of_very_long_orders_ends_where_an_answer_does(till: Till, query: dict[str, str]) -> None:
    lines = [custom(1, note="n" * 1_900)] * 450
    long = [till.sell(*lines).json["id"] for _ in range(5)]

    first = listed(till, **query)
    second = listed(till, cursor=first.json["next_cursor"], **query)

    assert 2_500_000 < len(first.text) <= MAX_LISTING + 200
    assert ids(first) + ids(second) == long[::-1]
    assert second.json["next_cursor"] is None


def test_a_sale_between_two_pages_moves_nothing(till: Till, sold: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    first = listed(till, limit="3")
    set_clock(monkeypatch, "2026-11-24T09:30:00Z")
    till.sell(custom())

    assert ids(listed(till, limit="50", cursor=first.json["next_cursor"])) == sold[3::-1]


def test_from_and_to_hold_the_bounds_themselves(till: Till, sold: list[str]) -> None:
    assert ids(listed(till, **{"from": "2026-11-24T09:05:00Z"})) == [sold[6], sold[5]]
    assert ids(listed(till, to="2026-11-24T09:01:00Z")) == [sold[1], sold[0]]
    assert ids(listed(till, **{"from": "2026-11-24T16:02:00+07:00", "to": "2026-11-24T09:02:00.000Z"})) == [sold[2]]
    assert ids(listed(till, **{"from": "2026-11-24T09:02:00.001Z", "to": "2026-11-24T09:02:59.999Z"})) == []


def test_a_time_is_paged_through_whole(till: Till, sold: list[str]) -> None:
    assert paged(till, 2, **{"from": "2026-11-24T09:01:00Z", "to": "2026-11-24T09:05:00Z"}) == sold[5:0:-1]


def test_active_are_those_neither_completed_nor_cancelled(till: Till, sold: list[str]) -> None:
    till.move(sold[1], "completed")
    till.cancel(sold[2])
    till.move(sold[3], "preparing")
    till.move(sold[4], "preparing")
    till.move(sold[4], "ready")

    active = [sold[n] for n in (6, 5, 4, 3, 0)]
    assert ids(listed(till, active="true")) == active
    assert paged(till, 2, active="true") == active
    assert ids(listed(till, active="true", to="2026-11-24T09:03:00Z")) == [sold[3], sold[0]]
    assert ids(listed(till, active="false")) == sold[::-1]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": "0"}, "?limit"),
        ({"limit": "201"}, "?limit"),
        ({"limit": "many"}, "?limit"),
        ({"active": "perhaps"}, "?active"),
        ({"from": "yesterday"}, "?from"),
        ({"from": "2026-11-24T09:00:00"}, "?from"),
        ({"to": "0001-01-01T00:00:00+14:00"}, "?to"),
        ({"from": "2026-11-24T10:00:00Z", "to": "2026-11-24T09:00:00Z"}, "?from"),
        ({"status": "open"}, "?status"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_its_parameter(
    till: Till, query: dict[str, str], pointer: str
) -> None:
    reply = listed(till, **query)

    assert (reply.status, reply.pointers) == (422, [pointer])


@pytest.mark.parametrize("cursor", ["nonsense", "e30", "☕"])
def test_a_cursor_of_ones_own_making_is_refused(till: Till, cursor: str) -> None:
    reply = listed(till, cursor=cursor)

    assert (reply.status, reply.code) == (400, "request.invalid_cursor")


def test_another_merchant_sees_its_own_orders_only_whatever_the_cursor(till: Till, sold: list[str]) -> None:
    other = Till(Shop.open())
    theirs = other.sell(custom()).json["id"]

    assert ids(listed(other)) == [theirs]
    reply = listed(other, cursor=listed(till, limit="1").json["next_cursor"])
    assert (reply.status, reply.code) == (400, "request.invalid_cursor")

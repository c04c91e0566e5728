"""cancel_order"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from catalog import create_product, delete_product, update_product
from orders import cancel_order
from staff import create_location
from tests.support.contract import events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import Till, at_each_transaction, calls_one_at_a_time, custom, piece, set_clock, stored


def test_the_sample_event_cancels(till: Till) -> None:
    order_id = till.sell(custom()).json["id"]

    reply = send(cancel_order.handler, sample("orders", "cancel_order", till.shop, id=order_id))

    assert (reply.status, reply.json["status"]) == (200, "cancelled")
    assert reply.json["history"][-1] == {
        "at": reply.json["cancelled_at"],
        "actor": "key_sample",
        "action": "cancelled",
        "reason": "Customer left",
        "order_id": None,
    }


@pytest.mark.parametrize("steps", [(), ("preparing",), ("preparing", "ready"), ("completed",)])
def test_stock_returns_from_any_status(till: Till, steps: tuple[str, ...]) -> None:
    variant, other = till.product(stock="10", unit="kg"), till.product(stock="1")
    order_id = till.sell(piece(variant, "2.5"), piece(other), piece(variant, "0.125")).json["id"]
    for status in steps:
        till.move(order_id, status)

    assert till.cancel(order_id).status == 200
    assert (till.on_hand(variant), till.on_hand(other)) == ("10", "1")


def test_what_was_sold_returns_whatever_became_of_the_catalog(till: Till) -> None:
    body = {"name": "Kopi", "variants": [{"price": 1}, {"price": 1, "track_stock": False}]}
    made = till.shop.call(create_product.handler, body).json
    tracked, untracked = (variant["id"] for variant in made["variants"])
    first, second = (till.sell(piece(tracked, "2"), piece(untracked, "2")).json["id"] for _ in range(2))

    swapped = [{"id": tracked, "price": 1, "track_stock": False}, {"id": untracked, "price": 1, "track_stock": True}]
    assert till.shop.call(update_product.handler, {"variants": swapped}, id=made["id"]).status == 200
    till.cancel(first)
    till.shop.call(delete_product.handler, id=made["id"])
    till.cancel(second)

    assert till.on_hand(tracked) == "0"
    assert till.on_hand(untracked) is None


def test_payments_are_voided(till: Till) -> None:
    payments = [{"method": "card", "amount": 4_000}, {"method": "cash", "amount": 6_000}]
    order_id = till.sell(custom(10_000), payments=payments, complete=True).json["id"]

    cancelled = till.cancel(order_id).json

    assert [payment["voided_at"] for payment in cancelled["payments"]] == [cancelled["cancelled_at"]] * 2
    assert cancelled["payment_status"] == "refunded"
    assert [cancelled[name] for name in ("paid", "reserved", "amount_due", "cash_due", "change")] == [0] * 5
    assert {payment["status"] for payment in cancelled["payments"]} == {"voided"}
    told = [event for event in events_of(till.shop, order_id) if event["type"] == "payment.voided"]
    assert [event["entity"]["version"] for event in told] == [2, 2]
    assert [event["data"]["id"] for event in told] == [payment["id"] for payment in cancelled["payments"]]


def test_what_was_not_paid_is_not_refunded(till: Till) -> None:
    assert till.cancel(till.sell(custom()).json["id"]).json["payment_status"] == "unpaid"


def test_cancelling_is_one_event_with_the_order_as_it_is_now(till: Till) -> None:
    order_id = till.sell(custom()).json["id"]
    cancelled = till.cancel(order_id)

    event = events_of(till.shop, order_id)[-1]
    assert (event["type"], event["entity"]["version"]) == ("order.cancelled", 2)
    assert event["data"] == cancelled.json == till.get(order_id).json


def test_an_order_is_never_cancelled_twice(till: Till) -> None:
    variant = till.product(stock="10")
    order_id = till.sell(piece(variant)).json["id"]
    till.cancel(order_id)
    before = stored()

    reply = till.cancel(order_id)

    assert (reply.status, reply.code) == (409, "order.illegal_transition")
    assert stored() == before


def test_also_not_by_many_at_the_same_moment(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = till.product(stock="10")
    order_id = till.sell(piece(variant, "3")).json["id"]
    calls_one_at_a_time(monkeypatch)

    with ThreadPoolExecutor(8) as callers:
        replies = list(callers.map(lambda _: till.cancel(order_id), range(8)))

    assert sorted(reply.status for reply in replies) == [200] + [409] * 7
    assert till.on_hand(variant) == "10"


def test_a_cancellation_that_is_overtaken_by_a_move_changes_nothing(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    variant = till.product(stock="10")
    order_id = till.sell(piece(variant)).json["id"]
    moves = ["preparing"]

    def overtake() -> None:
        if moves:
            till.move(order_id, moves.pop())

    at_each_transaction(monkeypatch, before=overtake)

    reply = till.cancel(order_id)

    assert (reply.status, reply.code) == (409, "request.conflict")
    assert till.on_hand(variant) == "9"
    assert till.cancel(order_id).status == 200


@pytest.mark.parametrize(
    ("zone", "completed", "last", "next_day"),
    [
        ("Asia/Jakarta", "2026-11-23T17:00:00Z", "2026-11-24T16:59:59.999Z", "2026-11-24T17:00:00Z"),
        ("America/New_York", "2026-11-24T05:00:00Z", "2026-11-25T04:59:59.999Z", "2026-11-25T05:00:00Z"),
        # the day on which New York's clocks go back has 25 hours
        ("America/New_York", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59.999Z", "2026-11-02T05:00:00Z"),
    ],
)
def test_a_completed_order_is_cancelled_on_the_shops_same_day_only(
    till: Till, monkeypatch: pytest.MonkeyPatch, zone: str, completed: str, last: str, next_day: str
) -> None:
    place = till.shop.call(create_location.handler, {"name": "Here", "time_zone": zone}).json["id"]
    set_clock(monkeypatch, completed)
    first, second = (till.sell(custom(), complete=True, location_id=place).json["id"] for _ in range(2))

    set_clock(monkeypatch, last)
    assert till.cancel(first).status == 200

    set_clock(monkeypatch, next_day)
    before = stored()
    reply = till.cancel(second)
    assert (reply.status, reply.code) == (409, "order.illegal_transition")
    assert "only a sale of the current day" in reply.json["detail"]
    assert stored() == before


def test_an_order_that_was_left_open_is_cancelled_on_any_day(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2026-11-24T09:30:00Z")
    order_id = till.sell(custom()).json["id"]
    set_clock(monkeypatch, "2026-12-24T09:30:00Z")

    assert till.cancel(order_id).status == 200


def test_a_replay_gets_the_first_answer_and_returns_nothing_more(till: Till) -> None:
    variant = till.product(stock="10")
    order_id = till.sell(piece(variant)).json["id"]
    first = till.cancel(order_id, headers={"Idempotency-Key": "k-1"})
    before = stored()

    replay = till.cancel(order_id, headers={"Idempotency-Key": "k-1"})

    assert (replay.status, replay.text) == (200, first.text)
    assert replay.headers["idempotent-replayed"] == "true"
    assert stored() == before


def test_a_key_of_another_cancellation_is_refused(till: Till) -> None:
    first, second = (till.sell(custom()).json["id"] for _ in range(2))
    till.cancel(first, headers={"Idempotency-Key": "k-1"})

    reply = till.cancel(second, headers={"Idempotency-Key": "k-1"})

    assert (reply.status, reply.code) == (422, "idempotency.mismatch")
    assert till.get(second).json["status"] == "open"


def test_a_stale_version_is_refused(till: Till) -> None:
    order_id = till.sell(custom()).json["id"]
    till.move(order_id, "preparing")

    assert till.cancel(order_id, headers={"If-Match": '"1"'}).status == 412
    assert till.cancel(order_id, headers={"If-Match": '"2"'}).status == 200


def test_a_reason_is_needed(till: Till) -> None:
    order_id = till.sell(custom()).json["id"]

    for body in ({}, {"reason": ""}, {"reason": "  "}):
        reply = till.shop.call(cancel_order.handler, body, id=order_id)
        assert (reply.status, reply.pointers) == (422, ["/reason"])


def test_another_merchants_order_does_not_exist(till: Till) -> None:
    variant = till.product(stock="10")
    order_id = till.sell(piece(variant)).json["id"]

    reply = Till(Shop.open()).cancel(order_id)

    assert (reply.status, reply.code) == (404, "order.not_found")
    assert till.on_hand(variant) == "9"


def test_a_caller_who_may_only_read_is_refused(till: Till) -> None:
    assert till.cancel(till.sell(custom()).json["id"], permissions="orders:read").status == 403

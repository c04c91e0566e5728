"""void_payment"""

from typing import Any

import pytest

from payments import void_payment
from tests.support.contract import assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import at_each_transaction, set_clock
from tests.unit.payments.desk import Desk, figures, ledger, settle, states


def paid(desk: Desk, order_id: str, **request: Any) -> str:
    """A payment of the order; its id."""
    return str(desk.pay(order_id, **request).json["payments"][-1]["id"])


def test_the_sample_event_voids(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = paid(desk, order_id)

    event = sample("payments", "void_payment", desk.shop, id=order_id, payment_id=payment_id)
    reply = send(void_payment.handler, event)

    assert reply.status == 200
    assert (*figures(reply.json), states(reply.json)) == ("unpaid", 0, 0, 10_000, ["voided"])
    entry = reply.json["history"][-1]
    assert (entry["action"], entry["reason"], entry["at"]) == (
        "payment_voided",
        "Another card",
        reply.json["payments"][0]["voided_at"],
    )


def test_it_is_told_of(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = paid(desk, order_id)
    desk.void(order_id, payment_id)

    told = events_of(desk.shop, order_id)[-2:]

    assert [event["type"] for event in told] == ["order.updated", "payment.voided"]
    assert told[1]["entity"] == {"type": "payment", "id": payment_id, "version": 2}


def test_what_was_paid_beside_it_stays(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = paid(desk, order_id, amount=4_000)
    paid(desk, order_id, method="cash", amount=6_000)

    assert figures(desk.void(order_id, payment_id).json) == ("partly_paid", 6_000, 0, 4_000)


@pytest.mark.parametrize(("capture", "says"), [(True, None), (False, None), (True, "timeout"), (True, "late")])
def test_a_provider_gives_back_what_it_took_or_holds(desk: Desk, capture: bool, says: str | None) -> None:
    order_id = desk.order()
    payment_id = desk.ask(order_id, says=says, capture=capture).json["payments"][0]["id"]

    voided = desk.void(order_id, payment_id).json

    assert (*figures(voided), states(voided)) == ("unpaid", 0, 0, 10_000, ["voided"])
    assert "asked" not in voided["payments"][0]
    assert ledger() == {payment_id: "voided"}


def test_what_never_reached_the_provider_never_happens(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = desk.ask(order_id, says="lost").json["payments"][0]["id"]

    desk.void(order_id, payment_id)

    assert ledger() == {payment_id: "voided"}


def test_a_void_that_the_provider_does_not_answer_is_asked_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = desk.order()
    payment_id = desk.ask(order_id, says="void_timeout").json["payments"][0]["id"]

    voided = desk.void(order_id, payment_id).json
    assert (states(voided), voided["payments"][0]["asked"]) == (["voided"], "void")

    monkeypatch.setattr("payments.providers._told", lambda *_: False)
    assert "asked" not in desk.check(order_id, payment_id).json["payments"][0]


@pytest.mark.parametrize(
    ("voided_at", "status"),
    [("2026-11-24T16:59:59Z", 200), ("2026-11-24T17:00:00Z", 409), ("2026-11-26T02:00:00Z", 409)],
)
def test_what_was_taken_is_voided_on_the_shops_same_day_only(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, voided_at: str, status: int
) -> None:
    order_id = desk.order()
    payment_id = paid(desk, order_id)
    set_clock(monkeypatch, voided_at)

    reply = desk.void(order_id, payment_id)

    assert reply.status == status
    if status == 409:
        assert reply.code == "payment.not_voidable"
        assert "refund it" in reply.json["detail"]


def test_what_is_only_held_is_voided_on_any_day(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = desk.order()
    payment_id = desk.ask(order_id, capture=False).json["payments"][0]["id"]
    set_clock(monkeypatch, "2026-12-24T02:00:00Z")

    assert desk.void(order_id, payment_id).status == 200
    assert ledger() == {payment_id: "voided"}


def test_a_completed_order_may_lose_its_payment_and_take_another(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = paid(desk, order_id, complete=True)

    voided = desk.void(order_id, payment_id).json

    assert (voided["status"], voided["payment_status"]) == ("completed", "unpaid")
    assert desk.pay(order_id, "cash").json["payment_status"] == "paid"


def test_nothing_is_voided_twice(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = paid(desk, order_id)
    desk.void(order_id, payment_id)
    declined = desk.ask(order_id, says="decline").json["payments"][-1]["id"]

    for one in (payment_id, declined):
        reply = desk.void(order_id, one)
        assert (reply.status, reply.code) == (409, "payment.not_voidable")


def test_a_cancelled_order_has_nothing_to_void_but_its_provider_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = desk.order()
    payment_id = desk.ask(order_id).json["payments"][0]["id"]
    cancelled = desk.cancel(order_id).json
    assert (states(cancelled), cancelled["payments"][0]["asked"]) == (["voided"], "void")

    assert desk.void(order_id, payment_id).code == "payment.not_voidable"

    set_clock(monkeypatch, "2026-11-24T02:05:00Z")
    settle()
    assert ledger() == {payment_id: "voided"}
    after = desk.get(order_id)
    assert "asked" not in after["payments"][0]
    assert (after["status"], after["payment_status"]) == ("cancelled", "refunded")


def test_the_repeat_of_a_request_voids_nothing_more(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = paid(desk, order_id)
    first = desk.void(order_id, payment_id, headers={"Idempotency-Key": "k"})

    again = desk.void(order_id, payment_id, headers={"Idempotency-Key": "k"})

    assert (again.status, again.text, again.headers["idempotent-replayed"]) == (200, first.text, "true")


def test_a_stale_version_is_refused_and_who_is_overtaken_tries_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = desk.order()
    payment_id, others = paid(desk, order_id, amount=1_000), [500]
    assert desk.void(order_id, payment_id, headers={"If-Match": '"1"'}).status == 412

    def overtake() -> None:
        if others:
            desk.pay(order_id, "card", others.pop())

    at_each_transaction(monkeypatch, before=overtake)

    assert figures(desk.void(order_id, payment_id).json) == ("partly_paid", 500, 0, 9_500)


def test_it_needs_its_permission_and_a_reason(desk: Desk) -> None:
    order_id = desk.order()
    path = {"id": order_id, "payment_id": paid(desk, order_id)}

    assert_refuses_what_is_no_body(desk.shop, void_payment.handler, path=path)
    for body in ({}, {"reason": " "}):
        assert desk.shop.call(void_payment.handler, body, path=path).pointers == ["/reason"]
    assert_needs("payments:void", desk.shop, void_payment.handler, {"reason": "Typo"}, path=path)


def test_a_payment_of_another_order_or_merchant_does_not_exist(desk: Desk) -> None:
    order_id, other_id = desk.order(), desk.order()
    payment_id = paid(desk, order_id)

    assert desk.void(other_id, payment_id).code == "payment.not_found"
    assert Desk(Shop.open()).void(order_id, payment_id).code == "order.not_found"

"""capture_payment"""

from typing import Any

import pytest

from payments import capture_payment
from tests.support.contract import assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import at_each_transaction, set_clock
from tests.unit.payments.desk import A_MINUTE_LATER, Desk, figures, ledger, states


def held(desk: Desk, order_id: str, **request: Any) -> str:
    """A payment that the provider holds; its id."""
    reply = desk.ask(order_id, capture=False, **request).json
    assert states(reply)[-1] == "authorized"
    return str(reply["payments"][-1]["id"])


def awaited(desk: Desk, order_id: str, **request: Any) -> str:
    """A transfer that the cashier waits for; its id."""
    return str(desk.pay(order_id, "transfer", capture=False, **request).json["payments"][-1]["id"])


def test_the_sample_event_confirms_what_arrived(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = awaited(desk, order_id)

    event = sample("payments", "capture_payment", desk.shop, id=order_id, payment_id=payment_id)
    reply = send(capture_payment.handler, event)

    assert reply.status == 200
    assert figures(reply.json) == ("paid", 10_000, 0, 0)
    assert reply.json["payments"][0]["reference"] == "RRN 632809123456"


def test_a_tab_is_held_now_and_taken_later(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = held(desk, order_id)
    assert figures(desk.get(order_id)) == ("unpaid", 0, 10_000, 10_000)
    assert ledger() == {payment_id: "authorized"}

    taken = desk.capture(order_id, payment_id).json

    assert figures(taken) == ("paid", 10_000, 0, 0)
    assert ledger() == {payment_id: "captured"}
    told = [event["data"]["status"] for event in events_of(desk.shop, order_id) if event["type"].startswith("payment")]
    assert told == ["pending", "authorized", "authorized", "captured"]


def test_a_capture_that_the_bank_refuses_frees_the_place(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = held(desk, order_id, says="capture_decline")

    assert figures(desk.capture(order_id, payment_id).json) == ("unpaid", 0, 0, 10_000)
    assert states(desk.get(order_id)) == ["declined"]


def test_what_completes_the_order_does_so_when_it_is_taken(desk: Desk) -> None:
    first, second = desk.order(), desk.order()

    by_provider = desk.capture(first, held(desk, first, complete=True)).json
    by_word = desk.capture(second, awaited(desk, second, complete=True)).json

    assert (by_provider["status"], by_word["status"]) == ("completed", "completed")


def test_it_is_taken_once(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = held(desk, order_id)
    desk.capture(order_id, payment_id)

    again = desk.capture(order_id, payment_id)

    assert (again.status, again.code) == (409, "payment.not_capturable")


@pytest.mark.parametrize("says", ["lost", "decline", None])
def test_what_is_not_held_is_not_taken(desk: Desk, says: str | None) -> None:
    order_id = desk.order()
    payment_id = desk.ask(order_id, says=says).json["payments"][0]["id"]

    reply = desk.capture(order_id, payment_id)

    assert (reply.status, reply.code) == (409, "payment.not_capturable")


def test_a_hold_of_a_cancelled_order_is_not_taken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = desk.order()
    payment_id, transactions = held(desk, order_id), list[int]()

    def overtake() -> None:
        if not transactions:
            transactions.append(1)
            desk.cancel(order_id)

    at_each_transaction(monkeypatch, before=overtake)

    reply = desk.capture(order_id, payment_id)

    assert (reply.status, reply.code) == (409, "payment.not_capturable")
    assert ledger() == {payment_id: "authorized"}


def test_an_order_that_grew_keeps_what_is_held(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = desk.order(15_000)
    payment_id = held(desk, order_id)
    set_clock(monkeypatch, A_MINUTE_LATER)

    assert figures(desk.capture(order_id, payment_id).json) == ("partly_paid", 10_000, 0, 5_000)


def test_the_repeat_of_a_request_takes_nothing_more(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = awaited(desk, order_id)
    first = desk.capture(order_id, payment_id, headers={"Idempotency-Key": "k"})

    again = desk.capture(order_id, payment_id, headers={"Idempotency-Key": "k"})

    assert (again.status, again.text, again.headers["idempotent-replayed"]) == (200, first.text, "true")
    other = desk.capture(order_id, payment_id, {"reference": "x"}, headers={"Idempotency-Key": "k"})
    assert other.code == "idempotency.mismatch"


def test_a_stale_version_is_refused(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = awaited(desk, order_id)

    assert desk.capture(order_id, payment_id, headers={"If-Match": '"1"'}).status == 412


def test_it_needs_its_permission_and_a_body(desk: Desk) -> None:
    order_id = desk.order()
    path = {"id": order_id, "payment_id": awaited(desk, order_id)}

    assert_refuses_what_is_no_body(desk.shop, capture_payment.handler, path=path)
    assert_needs("payments:write", desk.shop, capture_payment.handler, {}, path=path)


def test_a_payment_of_another_order_or_merchant_does_not_exist(desk: Desk) -> None:
    order_id, other_id = desk.order(), desk.order()
    payment_id = awaited(desk, order_id)

    assert desk.capture(other_id, payment_id).code == "payment.not_found"
    assert Desk(Shop.open()).capture(order_id, payment_id).code == "order.not_found"

"""check_payment"""

from typing import Any

import pytest

from payments import check_payment
from staff import update_merchant
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.orders.till import set_clock, stored
from tests.unit.payments.desk import A_MINUTE_LATER, Desk, figures, ledger, states


def asked(desk: Desk, order_id: str, says: str, **request: Any) -> str:
    """A payment whose outcome nobody knows; its id."""
    reply = desk.ask(order_id, says=says, **request).json
    assert states(reply) == ["pending"]
    return str(reply["payments"][0]["id"])


def test_the_sample_event_finds_what_the_provider_took(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = asked(desk, order_id, "timeout", complete=True)

    event = sample("payments", "check_payment", desk.shop, id=order_id, payment_id=payment_id)
    reply = send(check_payment.handler, event)

    assert reply.status == 200
    assert (reply.json["status"], *figures(reply.json)) == ("completed", "paid", 10_000, 0, 0)


def test_a_hold_whose_answer_was_lost_is_a_hold(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = asked(desk, order_id, "timeout", capture=False)

    assert states(desk.check(order_id, payment_id).json) == ["authorized"]


def test_what_is_still_open_at_the_provider_stays_pending(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = desk.order()
    payment_id = asked(desk, order_id, "late")
    before = stored()

    assert states(desk.check(order_id, payment_id).json) == ["pending"]
    assert stored() == before

    set_clock(monkeypatch, A_MINUTE_LATER)
    assert states(desk.check(order_id, payment_id).json) == ["captured"]


def test_what_may_still_be_on_its_way_is_waited_for(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = asked(desk, order_id, "lost")

    assert states(desk.check(order_id, payment_id).json) == ["pending"]


def test_what_never_reached_the_provider_is_declined_and_can_never_happen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = desk.order()
    payment_id = asked(desk, order_id, "lost")
    set_clock(monkeypatch, A_MINUTE_LATER)

    declined = desk.check(order_id, payment_id).json

    assert (*figures(declined), states(declined)) == ("unpaid", 0, 0, 10_000, ["declined"])
    assert "asked" not in declined["payments"][0]
    assert ledger() == {payment_id: "voided"}


def test_what_is_settled_is_answered_as_it_is(desk: Desk) -> None:
    order_id = desk.order()
    done = desk.ask(order_id).json
    before = stored()

    reply = desk.check(order_id, done["payments"][0]["id"])

    assert (reply.json, reply.headers["etag"]) == (done, f'"{done["version"]}"')
    assert stored() == before


def test_it_needs_its_permission(desk: Desk) -> None:
    order_id = desk.order()
    path = {"id": order_id, "payment_id": asked(desk, order_id, "late")}

    assert_needs("payments:write", desk.shop, check_payment.handler, path=path)


def test_a_payment_of_another_order_or_merchant_does_not_exist(desk: Desk) -> None:
    order_id, other_id = desk.order(), desk.order()
    payment_id = asked(desk, order_id, "late")

    assert desk.check(other_id, payment_id).code == "payment.not_found"
    assert Desk(Shop.open()).check(order_id, payment_id).code == "order.not_found"


def test_money_that_a_provider_took_counts_though_no_shift_is_open_by_now(desk: Desk) -> None:
    order_id = desk.order(register_id=desk.shop.register_id)
    payment_id = asked(desk, order_id, "timeout", complete=True)
    desk.shop.call(update_merchant.handler, {"shift_required": True})

    found = desk.check(order_id, payment_id).json

    assert (found["status"], found["payment_status"]) == ("completed", "paid")

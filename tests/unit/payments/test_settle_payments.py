"""settle_payments"""

import json
from typing import Any

import pytest

from payments import settle_payments, settling
from tests.support.aws import ROOT
from tests.unit.orders.till import set_clock, stored
from tests.unit.payments.desk import A_MINUTE_LATER, Desk, figures, ledger, settle, states

SAMPLE = json.loads((ROOT / "events" / "payments" / "settle_payments.json").read_text())


def test_what_nobody_asks_about_is_settled(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, lost, declined = desk.order(), desk.order(), desk.order()
    desk.ask(taken, says="timeout", complete=True)
    desk.ask(lost, says="lost")
    desk.ask(declined, says="decline")
    set_clock(monkeypatch, A_MINUTE_LATER)

    settle_payments.handler(SAMPLE, None)

    assert (desk.get(taken)["status"], *figures(desk.get(taken))) == ("completed", "paid", 10_000, 0, 0)
    assert figures(desk.get(lost)) == ("unpaid", 0, 0, 10_000)
    assert sorted(ledger().values()) == ["captured", "declined", "voided"]
    before = stored()
    settle_payments.handler(SAMPLE, None)
    assert stored() == before


def test_what_a_function_is_still_at_is_left_to_it(desk: Desk) -> None:
    desk.ask(desk.order(), says="timeout")
    before = stored()

    settle()

    assert stored() == before


def test_an_order_is_found_only_while_something_is_asked(desk: Desk) -> None:
    order_id = desk.order()
    payment_id = desk.ask(order_id, says="timeout").json["payments"][0]["id"]
    assert [item["pk"]["S"] for item in stored()["test-orders"] if "unsettled_pk" in item] == [
        f"{desk.shop.merchant_id}#{order_id}"
    ]

    desk.check(order_id, payment_id)

    assert not [item for item in stored()["test-orders"] if "unsettled_pk" in item]


def test_one_that_cannot_be_settled_now_does_not_hold_up_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = desk.order(), desk.order()
    desk.ask(stuck, says="timeout")
    desk.ask(other, says="timeout")
    set_clock(monkeypatch, A_MINUTE_LATER)
    real = settling.check

    def check(call: Any, order: Any, payment: Any) -> Any:
        if order.id == stuck:
            raise RuntimeError("the provider talks nonsense")
        return real(call, order, payment)

    with monkeypatch.context() as broken:
        broken.setattr(settling, "check", check)
        with pytest.raises(ExceptionGroup, match="payments not settled"):
            settle()
    assert (states(desk.get(stuck)), states(desk.get(other))) == (["pending"], ["captured"])

    settle()
    assert states(desk.get(stuck)) == ["captured"]

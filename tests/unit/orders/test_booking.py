"""Orders in the books of the shift at whose register they change."""

from typing import Any

import pytest

from orders import add_order_lines, cancel_order, create_order, merge_orders, split_order, update_order_status
from payments import create_payment, create_refund
from staff import create_location, update_merchant
from tests.support.contract import events_of
from tests.unit.orders.till import (
    Till,
    at_each_transaction,
    custom,
    drafts,
    many_variants,
    piece,
    set_clock,
    small_steps,
    stored,
)
from tests.unit.shifts.counter import Counter


@pytest.fixture
def counter(till: Till) -> Counter:
    return Counter(till.shop)


def require_shifts(till: Till) -> None:
    assert till.shop.call(update_merchant.handler, {"shift_required": True}).json["shift_required"] is True


def before_the_next_transaction(monkeypatch: pytest.MonkeyPatch, *steps: Any) -> None:
    """Let these things happen between a handler's reading and its writing."""
    pending = list(steps)

    def overtake() -> None:
        if pending:
            pending.pop(0)()

    at_each_transaction(monkeypatch, before=overtake)


def test_a_sale_is_in_the_shift_that_is_open_at_its_register(counter: Counter) -> None:
    shift_id = counter.opened()
    other = counter.beside("R2").opened()

    sold = counter.sell(700).json

    assert sold["shift_id"] == shift_id
    assert events_of(counter.shop, sold["id"])[0]["data"]["shift_id"] == shift_id
    assert (counter.expected(shift_id), counter.expected(other)) == (700, 0)


def test_a_sale_without_a_register_or_a_shift_is_in_none(counter: Counter, till: Till) -> None:
    sold = counter.sell(700)
    shift_id = counter.opened()
    elsewhere = till.sell(custom(), complete=True)

    assert (sold.status, elsewhere.status) == (201, 201)
    assert "shift_id" not in sold.json
    assert "shift_id" not in elsewhere.json
    assert counter.entries(shift_id) == []


def test_a_ticket_is_sold_in_the_shift_of_its_completion(counter: Counter, till: Till) -> None:
    first = counter.opened()
    paid = [{"method": "cash", "amount": 4_000}]
    order_id = till.sell(custom(10_000), register_id=counter.register_id, payments=paid).json["id"]
    counter.close(first, 4_000)
    second = counter.opened()

    assert till.move(order_id, "completed").json["shift_id"] == second
    reports = [counter.report(one) for one in (first, second)]
    assert [report["sales"]["total"] for report in reports] == [0, 10_000]
    assert [report["cash"]["sales"] for report in reports] == [4_000, 0]


def test_a_late_sale_of_an_offline_register_is_in_the_shift_that_is_open_when_it_comes(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, "2026-11-24T09:30:00Z")
    counter.close(counter.opened())
    shift_id = counter.opened()

    sold = counter.sell(700, occurred_at="2026-11-23T09:30:00Z").json

    assert (sold["business_date"], sold["shift_id"]) == ("2026-11-23", shift_id)
    (entry,) = counter.entries(shift_id)
    assert entry["at"] == "2026-11-24T09:30:00.000Z"


def test_changes_of_what_an_open_order_sells_are_no_entries(counter: Counter, till: Till) -> None:
    shift_id = counter.opened()
    first, second = (till.sell(custom(), custom(), register_id=counter.register_id).json for _ in range(2))
    till.shop.call(add_order_lines.handler, {"lines": [custom()]}, id=first["id"])
    till.move(first["id"], "preparing")
    part = {"lines": [{"line_id": first["lines"][0]["id"], "quantity": "1"}]}
    assert till.shop.call(split_order.handler, part, id=first["id"]).status == 201
    assert till.shop.call(merge_orders.handler, {"from_order_id": second["id"]}, id=first["id"]).status == 200

    assert counter.entries(shift_id) == []


# --- money after the sale -------------------------------------------------------------------------------------------


def test_a_payment_at_another_till_goes_into_that_drawer(counter: Counter, till: Till) -> None:
    other = counter.beside("R2")
    first, second = counter.opened(), other.opened()
    order_id = till.sell(custom(10_000), register_id=counter.register_id, complete=True).json["id"]
    body = {"method": "cash", "amount": 10_000, "register_id": other.register_id}

    assert till.shop.call(create_payment.handler, body, id=order_id).status == 200

    assert [counter.expected(one) for one in (first, second)] == [0, 10_000]
    assert [counter.report(one)["sales"]["total"] for one in (first, second)] == [10_000, 0]
    assert counter.entries(second)[0]["type"] == "payment"


def test_a_refund_is_in_the_shift_that_is_open_then_and_the_sale_stays_where_it_was(
    counter: Counter, till: Till
) -> None:
    tax = till.tax("11")
    first = counter.opened()
    lines = (custom(10_000, "3", tax_ids=(tax,)),)
    paid = [{"method": "cash", "amount": 33_300}]
    order = till.sell(*lines, register_id=counter.register_id, payments=paid, complete=True).json
    counter.close(first, 33_300)
    second = counter.opened(33_300)
    body = {"reason": "Cold", "lines": [{"line_id": order["lines"][0]["id"], "quantity": "1"}]}

    assert till.shop.call(create_refund.handler, body, id=order["id"]).status == 200

    report = counter.report(second)
    assert (report["sales"]["count"], report["refunds"]["count"], report["refunds"]["total"]) == (0, 1, 11_100)
    assert (report["refunds"]["net"], report["refunds"]["tax"]) == (10_000, 1_100)
    assert report["taxes"] == [{"tax_id": tax, "name": "Tax 11", "rate": "11", "base": -10_000, "amount": -1_100}]
    assert report["categories"][0]["quantity"] == "-1"
    assert (report["cash"]["refunds"], report["cash"]["expected"]) == (11_100, 22_200)
    assert report["staff"] == [{"actor": "key_test", "count": 0, "total": 0, "refunds": 1, "refunded": 11_100}]
    assert counter.entries(second)[0]["type"] == "refund"


def test_a_sale_that_is_refunded_whole_leaves_nothing_but_its_count(counter: Counter, till: Till) -> None:
    shift_id = counter.opened()
    tax = till.tax("10")
    charge = [{"percent": "5", "taxable": True}, {"percent": "3", "taxable": False}]
    lines = (custom(9_999, tax_ids=(tax,)), custom(333, "3", discounts=[{"percent": "7"}]))
    fields: dict[str, Any] = {
        "register_id": counter.register_id,
        "service_charges": charge,
        "tip": 77,
        "complete": True,
    }
    due = till.preview(*lines, **fields).json["total"]
    order = till.sell(*lines, **fields, payments=[{"method": "card", "amount": due}]).json
    back = [{"line_id": line["id"], "quantity": line["quantity"]} for line in order["lines"]]

    refunded = till.shop.call(create_refund.handler, {"reason": "Cold", "lines": back, "tip": True}, id=order["id"])

    assert refunded.json["payment_status"] == "refunded"
    report = counter.report(shift_id)
    assert report["sales"] == report["refunds"]
    assert report["tenders"][0]["net"] == 0
    assert {row["amount"] for row in report["taxes"]} <= {0}
    assert report["categories"] == []


# --- a merchant that requires shifts ---------------------------------------------------------------------------------


def test_a_register_sells_in_a_shift_only_if_the_merchant_says_so(counter: Counter, till: Till) -> None:
    order_id = till.sell(custom(), register_id=counter.register_id).json["id"]
    require_shifts(till)
    before = stored()

    for refused in (counter.sell(), till.sell(custom(), register_id=counter.register_id)):
        assert (refused.status, refused.code) == (409, "shift.not_open")
    assert till.move(order_id, "completed").code == "shift.not_open"
    assert stored() == before

    counter.opened()
    assert counter.sell().status == 201
    assert till.move(order_id, "completed").status == 200


def test_what_needs_no_shift_goes_on(counter: Counter, till: Till) -> None:
    order_id = till.sell(custom(), register_id=counter.register_id).json["id"]
    require_shifts(till)

    assert till.sell(custom(), complete=True).status == 201
    assert till.preview(custom(), register_id=counter.register_id).status == 200
    assert till.move(order_id, "preparing").status == 200
    assert till.cancel(order_id).status == 200


def test_cash_does_not_leave_a_drawer_without_a_shift(counter: Counter, till: Till) -> None:
    paid = [{"method": "cash", "amount": 4_000}]
    order_id = till.sell(custom(), register_id=counter.register_id, payments=paid).json["id"]
    require_shifts(till)

    assert till.cancel(order_id).code == "shift.not_open"


# --- cancelling ------------------------------------------------------------------------------------------------------


def test_a_sale_is_cancelled_while_its_shift_is_open_whatever_the_day(
    counter: Counter, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, "2026-11-24T09:30:00Z")
    shift_id = counter.opened()
    order_id = counter.sell(700).json["id"]
    set_clock(monkeypatch, "2026-11-26T09:30:00Z")

    assert till.cancel(order_id).status == 200
    assert counter.expected(shift_id) == 0


def test_a_sale_of_a_closed_shift_is_not_cancelled_also_not_on_the_same_day(counter: Counter, till: Till) -> None:
    shift_id = counter.opened()
    order_id = counter.sell(700).json["id"]
    counter.close(shift_id, 700)

    for register in (None, counter, counter.beside("R2")):
        if register is not None:
            register.opened()  # neither the register's next shift nor another's is that of the sale
        before = stored()
        reply = till.cancel(order_id)
        assert (reply.status, reply.code) == (409, "order.illegal_transition")
        assert "a shift that is closed" in reply.json["detail"]
        assert stored() == before


def test_nor_when_its_shift_is_closed_at_this_moment(
    counter: Counter, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    shift_id = counter.opened()
    order_id = counter.sell(700).json["id"]
    before_the_next_transaction(monkeypatch, lambda: counter.close(shift_id, 700))

    reply = till.cancel(order_id)

    assert (reply.status, reply.code) == (409, "order.illegal_transition")
    assert counter.get(shift_id)["report"]["sales"]["count"] == 1
    assert till.get(order_id).json["status"] == "completed"


def test_what_was_sold_before_the_shift_leaves_its_drawer(counter: Counter, till: Till) -> None:
    order_id = counter.sell(700).json["id"]
    shift_id = counter.opened(1_000)

    assert till.cancel(order_id).status == 200
    assert counter.expected(shift_id) == 300
    report = counter.report(shift_id)
    assert (report["sales"]["count"], report["cancellations"]) == (0, {"count": 1, "total": 700})


# --- races -----------------------------------------------------------------------------------------------------------


def test_an_order_that_is_completed_while_shifts_change_is_in_the_next(
    counter: Counter, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = till.sell(custom(), register_id=counter.register_id).json["id"]
    first, opened = counter.opened(), list[str]()

    def change_shifts() -> None:
        counter.close(first, 0)
        opened.append(counter.opened())

    before_the_next_transaction(monkeypatch, change_shifts)

    done = till.move(order_id, "completed").json

    assert done["shift_id"] == opened[0]
    assert counter.report(opened[0])["sales"]["count"] == 1
    assert counter.get(first)["report"]["sales"]["count"] == 0


def test_an_order_in_steps_is_entered_with_its_last_step(
    counter: Counter, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_steps(monkeypatch)
    lines = [piece(variant) for variant in many_variants(till, 5)]
    shift_id = counter.opened()
    seen: list[int] = []
    at_each_transaction(monkeypatch, before=lambda: seen.append(len(counter.entries(shift_id))))

    sold = till.sell(*lines, register_id=counter.register_id, complete=True)

    assert sold.json["shift_id"] == shift_id
    assert (set(seen), len(counter.entries(shift_id))) == ({0}, 1)


def test_an_order_in_steps_is_begun_anew_when_its_shift_is_closed(
    counter: Counter, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_steps(monkeypatch)
    variants = many_variants(till, 5, stock="10")
    first, opened = counter.opened(), list[str]()

    def change_shifts() -> None:
        counter.close(first, 0)
        opened.append(counter.opened())

    before_the_next_transaction(monkeypatch, lambda: None, change_shifts)

    sold = till.sell(*map(piece, variants), register_id=counter.register_id, complete=True)

    assert (sold.status, sold.json["shift_id"]) == (201, opened[0])
    assert counter.report(opened[0])["sales"]["count"] == 1
    assert drafts() == []
    assert {till.on_hand(variant) for variant in variants} == {"9"}


def test_a_sale_that_never_finds_its_shift_open_asks_to_be_repeated(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    shifts = [counter.opened()]
    busy: list[bool] = []

    def change_shifts() -> None:
        if busy:
            return
        busy.append(True)
        counter.close(shifts[-1], 0)
        shifts.append(counter.opened())
        busy.clear()

    monkeypatch.setattr("pos.dynamo.pause", lambda _: None)
    at_each_transaction(monkeypatch, before=change_shifts)

    sold = counter.sell()

    assert (sold.status, sold.code) == (503, "request.busy")


def test_a_repeat_under_its_key_is_entered_once(counter: Counter, till: Till) -> None:
    shift_id = counter.opened()
    headers = {"Idempotency-Key": "k-1"}
    order_id = counter.sell(700, headers=headers).json["id"]
    counter.sell(700, headers=headers)
    for _ in range(2):
        till.cancel(order_id, headers={"Idempotency-Key": "k-2"})

    assert [entry["cash"] for entry in counter.entries(shift_id)] == [-700, 700]


@pytest.mark.parametrize("handler", [create_order.handler, update_order_status.handler, cancel_order.handler])
def test_shifts_need_no_permission_of_their_own_to_sell_in(counter: Counter, till: Till, handler: Any) -> None:
    counter.opened()
    body = till.body(custom(), register_id=counter.register_id)
    order_id = till.shop.call(create_order.handler, body, permissions="orders:write").json["id"]
    if handler is update_order_status.handler:
        assert till.move(order_id, "completed", permissions="orders:write").status == 200
    if handler is cancel_order.handler:
        assert till.cancel(order_id, permissions="orders:write orders:cancel").status == 200


def test_a_register_of_another_place_has_its_own_shifts(counter: Counter, till: Till) -> None:
    place = till.shop.call(create_location.handler, {"name": "Kiosk"}).json["id"]
    counter.opened()

    refused = till.sell(custom(), register_id=counter.register_id, location_id=place)

    assert (refused.status, refused.code) == (422, "register.elsewhere")

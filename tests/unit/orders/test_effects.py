"""What orders do to the shifts in which they change, by trying: every entry is the difference of two effects."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from inventory.models import Cause
from orders import parting
from orders.effects import Till, booked, effect, nothing
from orders.models import Change, Order
from pos.clock import timestamp
from pos.errors import DomainError
from shifts import rules
from shifts.models import Drawer, Entry, Report, Shift
from tests.unit.reports import sales

AT = timestamp(sales.OPENING)

LINES = st.lists(
    st.tuples(st.sampled_from([None, *sales.PRODUCTS]), st.sampled_from(["1", "2", "0.125", "3.5"])),
    min_size=1,
    max_size=4,
)
MORE = st.fixed_dictionaries(
    {},
    optional={
        "tip": st.integers(0, 5_000),
        "discounts": st.just([{"percent": "10"}]),
        "service_charges": st.just([{"percent": "5", "taxable": True}]),
    },
)


def versions(lines: Any, course: str, more: Any) -> list[Order]:
    """The versions of an order that was made in a course of tests/unit/reports/sales.py; `…+cancelled` at the end."""
    course, _, end = course.partition("+")
    orders = [change.order for change in sales.sell(lines, course=course, **more)]
    if end:
        later = timestamp(sales.OPENING + timedelta(hours=2))
        payments = tuple(payment.voided(later) for payment in orders[-1].payments)
        last = orders[-1]
        fields = {"status": "cancelled", "cancelled_at": later, "payments": payments, "version": last.version + 1}
        orders.append(last.model_copy(update=fields))
    return orders


COURSES = ("sold", "stepped", "sold+cancelled", "stepped+cancelled")
LIVES = st.builds(versions, LINES, st.sampled_from(COURSES), MORE)


def drawer(shift_id: str | None = "shf_1", currency: str = "IDR") -> Drawer:
    return Drawer("reg_1", 1, shift_id, currency if shift_id else None)


def change(order: Order) -> Change:
    return Change(order=order, events=(), cause=Cause(type="sale", id=order.id))


def entered(before: Order | None, after: Order, till: Till | None = None) -> Change:
    """The change as it is booked at a till with an open shift."""
    return booked(before, change(after), till or Till(drawer(), shift_required=False), AT, "key_till")


def lived(life: list[Order]) -> tuple[Order, list[Entry]]:
    """What became of an order whose whole life is in one shift, and its entries."""
    before, shift_id, entries = None, None, []
    for version in life:
        change = entered(before, version.model_copy(update={"shift_id": shift_id}))
        before, shift_id = change.order, change.order.shift_id
        entries += [change.entry] if change.entry else []
    assert before is not None
    return before, entries


def cash_of(order: Order) -> int:
    """What stays in the drawer of an order's cash."""
    return sum(one.amount for one in order.payments if one.method == "cash" and one.status == "captured")


# --- properties ------------------------------------------------------------------------------------------------------


@given(LIVES)
def test_the_entries_of_an_order_sum_to_what_it_came_to(life: list[Order]) -> None:
    last, entries = lived(life)

    assert rules.added(entry.figures for entry in entries) == effect(last)
    assert sum(entry.cash for entry in entries) == cash_of(last)
    assert len({entry.id for entry in entries}) == len(entries)


@given(st.lists(LIVES, max_size=6))
def test_a_report_is_the_sum_of_its_orders(lives: list[list[Order]]) -> None:
    report = rules.report(shift(), [entry for life in lives for entry in lived(life)[1]], AT)

    sold = [life[-1] for life in lives if life[-1].status == "completed"]
    cancelled = [life[-1] for life in lives if life[-1].status == "cancelled"]
    assert (report.sales.count, report.cancellations.count) == (len(sold), len(cancelled))
    assert report.sales.total == sum(order.total for order in sold)
    assert report.sales.tax == sum(order.tax_total for order in sold)
    assert report.sales.gross == sum(order.subtotal for order in sold)
    assert report.cancellations.total == sum(order.total for order in cancelled)
    assert_sums_agree(report)


def assert_sums_agree(report: Report) -> None:
    """What holds in every report."""
    whole = report.sales
    assert whole.total == whole.net + whole.tax + whole.service_charge + whole.tip
    for name in ("gross", "discount", "net", "tax"):
        goods = sum(getattr(row, name) for row in report.categories)
        assert goods == getattr(whole, name) - getattr(report.refunds, name)
    assert whole.tax - report.refunds.tax == sum(row.amount for row in report.taxes)
    assert (whole.total, report.refunds.total) == tuple(
        sum(getattr(row, name) for row in report.staff) for name in ("total", "refunded")
    )
    cash = report.cash
    assert cash.sales == sum(row.paid for row in report.tenders if row.method == "cash")
    moved = cash.paid_in - cash.paid_out - cash.drops
    assert cash.expected == cash.opening_float + cash.sales - cash.refunds + moved


@given(LINES, LINES, MORE)
def test_merging_brings_nothing_into_the_books(lines: Any, others: Any, more: Any) -> None:
    other = versions(others, "stepped", {})[0]
    into = versions(lines, "stepped", more)[0].model_copy(update={"payments": (), "paid": 0})

    grown = into.model_copy(update=parting.merged(into, other))
    gone = other.model_copy(update={**parting.emptied(other), "status": "cancelled"})

    before, after = (rules.added(map(effect, orders)) for orders in ((into, other), (grown, gone)))
    assert after == before


@given(LINES, MORE)
def test_what_an_open_order_sells_is_not_in_the_books_yet(lines: Any, more: Any) -> None:
    order = versions(lines, "stepped", more)[0]
    unpaid = order.model_copy(update={"payments": (), "paid": 0})

    assert nothing(None, unpaid)
    assert nothing(order, order.model_copy(update={"lines": order.lines * 2, "total": order.total * 2}))


# --- cases -----------------------------------------------------------------------------------------------------------


def test_a_completed_order_belongs_to_the_shift_of_its_completion() -> None:
    opened, done = versions([("var_kopi", "1")], "stepped", {})

    assert entered(None, opened).order.shift_id is None
    assert entered(opened, done).order.shift_id == "shf_1"
    later = entered(done.model_copy(update={"shift_id": "shf_0"}), done.model_copy(update={"shift_id": "shf_0"}))
    assert later.order.shift_id == "shf_0"


def test_a_payment_that_is_not_certain_is_not_in_the_books() -> None:
    order = versions([("var_kopi", "1")], "sold", {})[0]
    for status in ("pending", "authorized", "declined"):
        payments = tuple(one.model_copy(update={"status": status, "captured_at": None}) for one in order.payments)
        assert "tender" not in effect(order.model_copy(update={"payments": payments}))


def test_what_was_reserved_and_never_taken_is_no_voided_payment() -> None:
    order = versions([("var_kopi", "1")], "sold", {})[0]
    reserved = tuple(one.model_copy(update={"status": "authorized", "captured_at": None}) for one in order.payments)
    released = tuple(one.voided(AT) for one in reserved)

    assert effect(order.model_copy(update={"payments": released})) == {}


def test_without_a_till_or_a_shift_nothing_is_entered() -> None:
    order = versions([("var_kopi", "1")], "sold", {})[0]

    for till in (None, Till(drawer(None), shift_required=False), Till(drawer(currency="USD"), shift_required=False)):
        plain = booked(None, change(order), till, AT, "key_till")
        assert plain == change(order)


def test_a_merchant_may_want_a_shift_for_what_is_sold_and_for_cash() -> None:
    opened, done = versions([("var_kopi", "1")], "stepped", {})
    wanting = Till(drawer(None), shift_required=True)
    for before, after in ((None, opened), (opened, done), (done, done.model_copy(update={"payments": ()}))):
        with pytest.raises(DomainError) as refused:
            entered(before, after, wanting)
        assert refused.value.code == "shift.not_open"
    entered(opened, opened.model_copy(update={"name": "Table 4"}), wanting)


def test_a_tax_is_told_by_its_name_whatever_that_is() -> None:
    group = rules.TaxGroup("tax_1", "11", "VAT @ 11% @home")

    assert rules.TaxGroup.of(group.key) == group


# --- a day at a register ---------------------------------------------------------------------------------------------


def shift(number: int = 1, opening_float: int = 0) -> Shift:
    return Shift(
        id=f"shf_{number}",
        version=1,
        created_at=AT,
        updated_at=AT,
        location_id="loc_main",
        register_id="reg_1",
        status="open",
        currency="IDR",
        minor_units=0,
        time_zone=sales.TIME_ZONE,
        opened_at=AT,
        opened_by="key_till",
        opening_float=opening_float,
        opening_difference=None,
    )


class Register(RuleBasedStateMachine):
    """A register whose shifts follow each other; what each should come to is added up from the orders alone."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, Order] = {}
        self.shifts: list[Shift] = []
        self.ledgers: dict[str, list[Entry]] = {}
        self.cash: Counter[str] = Counter()
        self.is_open = False

    @precondition(lambda self: not self.is_open)
    @rule(opening_float=st.integers(0, 10**6))
    def open_shift(self, opening_float: int) -> None:
        self.shifts.append(shift(len(self.shifts) + 1, opening_float))
        self.ledgers[self.shifts[-1].id] = []
        self.cash[self.shifts[-1].id] = opening_float
        self.is_open = True

    @precondition(lambda self: self.is_open)
    @rule()
    def close_shift(self) -> None:
        self.is_open = False

    @rule(lines=LINES, more=MORE, course=st.sampled_from(("sold", "stepped")))
    def sell(self, lines: Any, more: Any, course: str) -> None:
        self._enter(None, versions(lines, course, more)[0])

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def complete(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(list(self.orders.values())))
        if order.status == "open":
            self._enter(order, order.model_copy(update={"status": "completed", "version": order.version + 1}))

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(list(self.orders.values())))
        current = self.shifts[-1].id if self.is_open else None
        if order.status == "cancelled" or (order.status == "completed" and order.shift_id != current):
            return
        payments = tuple(payment.voided(AT) for payment in order.payments)
        fields = {"status": "cancelled", "payments": payments, "version": order.version + 1}
        self._enter(order, order.model_copy(update=fields))

    @precondition(lambda self: self.is_open)
    @rule(type=st.sampled_from(("paid_in", "paid_out", "drop")), amount=st.integers(1, 10**5))
    def move_cash(self, type: Any, amount: int) -> None:
        current = self.shifts[-1].id
        cash = rules.signed(type, amount)
        number = sum(map(len, self.ledgers.values()))
        self.ledgers[current].append(
            Entry(id=f"csh_{number}", shift_id=current, type=type, at=AT, actor="key_till", cash=cash)
        )
        self.cash[current] += amount if type == "paid_in" else -amount

    def _enter(self, before: Order | None, after: Order) -> None:
        current = self.shifts[-1].id if self.is_open else None
        made = entered(before, after, Till(drawer(current), shift_required=False))
        self.orders[after.id] = made.order
        assert (made.entry is None) == (current is None or nothing(before, after))
        if current is not None:
            self.ledgers[current] += [made.entry] if made.entry else []
            self.cash[current] += cash_of(after) - (cash_of(before) if before else 0)

    @invariant()
    def every_report_is_what_the_orders_say(self) -> None:
        for one in self.shifts:
            report = rules.report(one, self.ledgers[one.id], AT)
            sold = [order for order in self.orders.values() if order.shift_id == one.id and order.status == "completed"]
            assert (report.sales.count, report.sales.total) == (len(sold), sum(order.total for order in sold))
            assert report.sales.tax == sum(order.tax_total for order in sold)
            assert report.cash.expected == self.cash[one.id]
            assert_sums_agree(report)


TestADayAtARegister = Register.TestCase

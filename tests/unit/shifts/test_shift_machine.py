"""A shop's shifts by trying: whatever two registers do, each drawer should hold what went through it, and each report
says what the orders say.
"""

from collections import Counter as Sums
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from orders import get_order, merge_orders, split_order
from payments import create_payment, create_refund
from tests.support.shop import Reply, Shop
from tests.unit.orders.till import Till, custom
from tests.unit.shifts.counter import Counter, Json

AMOUNTS = st.integers(1, 50_000)
PRICES = st.lists(AMOUNTS, min_size=1, max_size=3)


@dataclass
class Book:
    """What a shift should come to."""

    cash: int
    closed: Json | None = None


class Shifts(RuleBasedStateMachine):
    """Two registers of a shop. What is expected is added up from what the API answers about orders."""

    @initialize()
    def open_shop(self) -> None:
        shop = Shop.open()
        first = Counter(shop)
        self.till = Till(shop)
        self.counters = [first, first.beside("R2")]
        self.open: dict[str, str] = {}
        self.books: dict[str, Book] = {}
        self.orders: dict[str, Json] = {}
        self.last_counted: dict[str, int] = {}
        self.z_numbers: Sums[str] = Sums()

    @rule(at=st.integers(0, 1), opening_float=AMOUNTS)
    def open_shift(self, at: int, opening_float: int) -> None:
        counter = self.counters[at]
        reply = counter.open(opening_float)
        if counter.register_id in self.open:
            assert reply.code == "shift.already_open"
            return
        last = self.last_counted.get(counter.register_id)
        assert reply.json["opening_difference"] == (None if last is None else opening_float - last)
        self.open[counter.register_id] = reply.json["id"]
        self.books[reply.json["id"]] = Book(opening_float)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), counted=AMOUNTS)
    def close_shift(self, data: st.DataObject, counted: int) -> None:
        register_id = data.draw(st.sampled_from([*self.open]))
        counter = next(one for one in self.counters if one.register_id == register_id)
        shift_id = self.open.pop(counter.register_id)
        closed = counter.close(shift_id, counted).json
        self.z_numbers[counter.register_id] += 1
        self.last_counted[counter.register_id] = counted
        assert closed["z_number"] == self.z_numbers[counter.register_id]
        assert closed["difference"] == counted - self.books[shift_id].cash
        self.books[shift_id].closed = closed

    @rule(
        at=st.integers(0, 1), prices=st.lists(AMOUNTS, min_size=1, max_size=3), paid=st.data(), complete=st.booleans()
    )
    def sell(self, at: int, prices: list[int], paid: st.DataObject, complete: bool) -> None:
        cash = paid.draw(st.integers(0, sum(prices)))
        card = paid.draw(st.integers(0, sum(prices) - cash))
        payments = [{"method": name, "amount": one} for name, one in (("cash", cash), ("card", card)) if one]
        lines = [custom(price) for price in prices]
        register_id = self.counters[at].register_id
        self._changed(self.till.sell(*lines, register_id=register_id, payments=payments, complete=complete))

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def complete(self, data: st.DataObject) -> None:
        self._changed(self.till.move(self._drawn(data), "completed"))

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        order = self.orders[self._drawn(data)]
        reply = self.till.cancel(order["id"])
        in_closed_shift = order.get("shift_id") not in {None, self.open.get(order["register_id"])}
        if order["status"] == "cancelled" or (order["status"] == "completed" and in_closed_shift):
            assert reply.code == "order.illegal_transition"
        self._changed(reply)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), at=st.integers(0, 1), amount=AMOUNTS, method=st.sampled_from(("cash", "card")))
    def pay(self, data: st.DataObject, at: int, amount: int, method: str) -> None:
        register_id = self.counters[at].register_id
        body = {"method": method, "amount": amount, "register_id": register_id}
        self._changed(self.till.shop.call(create_payment.handler, body, id=self._drawn(data)), register_id)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), at=st.integers(0, 1), amount=AMOUNTS)
    def refund(self, data: st.DataObject, at: int, amount: int) -> None:
        register_id = self.counters[at].register_id
        body = {"amount": amount, "reason": "Cold", "register_id": register_id}
        self._changed(self.till.shop.call(create_refund.handler, body, id=self._drawn(data)), register_id)

    @precondition(lambda self: len(self.orders) > 1)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        into, other = self._drawn(data), self._drawn(data)
        if self.till.shop.call(merge_orders.handler, {"from_order_id": other}, id=into).status == 200:
            self._read(into, other)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        order_id = self._drawn(data)
        lines = [{"line_id": line["id"], "quantity": "1"} for line in self.orders[order_id]["lines"][:1]]
        reply = self.till.shop.call(split_order.handler, {"lines": lines}, id=order_id)
        if reply.status == 201:
            self._read(order_id, reply.json["id"])

    @precondition(lambda self: self.open)
    @rule(data=st.data(), type=st.sampled_from(("paid_in", "paid_out", "drop")), amount=AMOUNTS)
    def move_cash(self, data: st.DataObject, type: str, amount: int) -> None:
        shift_id = data.draw(st.sampled_from([*self.open.values()]))
        book = self.books[shift_id]
        reply = self.counters[0].move(shift_id, type, amount)
        if type != "paid_in" and amount > book.cash:
            assert reply.code == "shift.cash_insufficient"
            return
        assert reply.status == 201
        book.cash += amount if type == "paid_in" else -amount

    def _drawn(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([*self.orders]))

    def _changed(self, reply: Reply, register_id: str | None = None) -> None:
        """Take in what became of an order, and its cash in the drawer of the register, or else of the order's own."""
        if reply.status >= 300:
            assert reply.status in (409, 422), reply.text
            return
        after = reply.json
        before = self.orders.get(after["id"])
        shift_id = self.open.get(register_id or after["register_id"])
        if shift_id is not None:
            self.books[shift_id].cash += _cash(after) - (_cash(before) if before else 0)
        self.orders[after["id"]] = after

    def _read(self, *order_ids: str) -> None:
        for order_id in order_ids:
            self.orders[order_id] = self.till.shop.call(get_order.handler, id=order_id).json

    @invariant()
    def each_report_is_what_went_through_the_drawer_and_what_the_orders_say(self) -> None:
        for shift_id, book in self.books.items():
            report = self.counters[0].report(shift_id)
            sold = [
                order
                for order in self.orders.values()
                if order.get("shift_id") == shift_id and order["status"] == "completed"
            ]
            assert report["cash"]["expected"] == book.cash
            assert (report["sales"]["count"], report["sales"]["total"]) == (
                len(sold),
                sum(one["total"] for one in sold),
            )
            if book.closed is None:
                entries = self.counters[0].entries(shift_id)
                assert sum(entry["cash"] for entry in entries) == book.cash - report["cash"]["opening_float"]
            else:
                assert self.counters[0].get(shift_id) == book.closed


def _cash(order: Json) -> int:
    taken = [one for one in order["payments"] if one["method"] == "cash" and one["status"] == "captured"]
    given = [one for refund in order.get("refunds", ()) for one in refund["tenders"] if one["method"] == "cash"]
    cash: int = sum(one["amount"] for one in taken) - sum(one["amount"] for one in given)
    return cash


def test_shifts_hold_whatever_the_shop_does(aws: None) -> None:
    run_state_machine_as_test(Shifts, settings=settings(max_examples=6, stateful_step_count=20))

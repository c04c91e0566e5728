"""What an order comes to in the books of a shift: pure, so that whatever changes an order is the difference of two
effects, and the entries of its life sum to what it came to in the end (docs/shifts.md).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from orders.models import Change, Order, OrderLine, OrderTax, Refund, RefundLine
from pos.errors import DomainError
from pos.model import decimal_text
from shifts.models import Drawer, Entry, EntryType, Figures
from shifts.rules import TaxGroup, added, cash_in, difference

type _Sums = Mapping[str, int]


def effect(order: Order | None) -> Figures:
    """All figures of an order as it is: its money, whenever that was taken or given back; what it sold, if it was
    completed in a shift; what was refunded of a sale. None is an order that is not there yet.
    """
    if order is None:
        return {}
    return added(_figures(dimension, group, sums) for dimension, group, sums in _effects(order))


def nothing(before: Order | None, after: Order) -> bool:
    """Whether a change is none in the books of a shift: lines of an open order, a name, a status on its way."""
    return not _completes(before, after) and effect(before) == effect(after)


@dataclass(frozen=True, slots=True)
class Till:
    """Where an order is changed: the drawer of the register, and whether the merchant wants a shift for its sales."""

    drawer: Drawer
    shift_required: bool


def booked(before: Order | None, change: Change, till: Till | None, at: str, actor: str) -> Change:
    """The change of an order with its entry in the shift that is open at this till, if there is one; an order that is
    completed by it belongs to that shift.

    409 `shift.not_open` without one where the merchant requires it: for a new order, a completion, and cash. What is in
    another currency than the shift's counts as without one, since amounts of two currencies do not add up.
    """
    if till is None:
        return change
    order, drawer = change.order, till.drawer
    completes = _completes(before, order)
    if drawer.shift_id is None or drawer.currency != order.policy.currency:
        cash = cash_in(difference(effect(before), effect(order)))
        if till.shift_required and (before is None or completes or cash):
            raise DomainError("shift.not_open", f"No shift is open at the register {drawer.register_id}.")
        return change
    if completes:
        order = order.model_copy(update={"shift_id": drawer.shift_id})
    figures = difference(effect(before), effect(order))
    entry = None
    if figures:
        entry = Entry(
            id=f"{order.id}.v{order.version}",
            shift_id=drawer.shift_id,
            type=_type(before, order),
            at=at,
            actor=actor,
            cash=cash_in(figures),
            order_id=order.id,
            order_number=order.number,
            figures=figures,
        )
    return change.model_copy(update={"order": order, "entry": entry})


def _completes(before: Order | None, after: Order) -> bool:
    return after.status == "completed" and (before is None or before.status != "completed")


def _type(before: Order | None, order: Order) -> EntryType:
    if order.status == "cancelled" and before is not None and before.status != "cancelled":
        return "cancellation"
    if order.refunds and (before is None or order.refunds != before.refunds):
        return "refund"
    return "sale" if _completes(before, order) else "payment"


def _effects(order: Order) -> Iterator[tuple[str, str, _Sums]]:
    for payment in order.payments:
        if payment.status == "captured":
            yield "tender", payment.method, {"payments": 1, "paid": payment.amount}
        if payment.status == "voided" and payment.captured_at is not None:  # what was only reserved was never taken
            yield "totals", "voided_payments", {"count": 1, "total": payment.amount}
    for refund in order.refunds:
        for tender in refund.tenders:
            if tender.counts:
                yield "tender", tender.method, {"refunds": 1, "refunded": tender.amount}
    if order.status == "cancelled" and order.lines:  # what was merged into another order has none
        yield "totals", "cancellations", {"count": 1, "total": order.total}
    if order.status == "completed" and order.shift_id is not None:
        yield from _sale(order)
    for refund in order.refunds:
        if order.status == "completed" and not refund.due_again:  # what was given back before the sale is of no goods
            yield from _refund(order, refund)


def _sale(order: Order) -> Iterator[tuple[str, str, _Sums]]:
    yield "totals", "sales", _whole(order)
    yield "staff", _completed_by(order), {"count": 1, "total": order.total}
    for tax in order.taxes:
        yield "tax", _tax_group(tax), {"base": tax.base, "amount": tax.amount}
    for line in order.lines:
        yield "category", line.category_id or "", _line(line)


def _refund(order: Order, refund: Refund) -> Iterator[tuple[str, str, _Sums]]:
    categories = {line.id: line.category_id or "" for line in order.lines}
    groups = {tax.tax_id: _tax_group(tax) for tax in order.taxes}
    yield "totals", "refunds", _refunded(refund)
    if _of_goods(refund):
        yield "staff", refund.actor, {"refunds": 1, "refunded": refund.total}
    for line in refund.lines:
        yield "category", categories[line.line_id], _taken_off(_line(line))
        for tax in line.taxes:
            yield "tax", groups[tax.tax_id], _taken_off({"base": tax.base, "amount": tax.amount})


def _refunded(refund: Refund) -> _Sums:
    sums = Counter[str]()
    for line in refund.lines:
        sums.update({"gross": line.gross, "discount": line.discount, "tax": line.tax, "net": _net(line)})
        sums["service_charge"] += line.service_charge
    whole = {
        "count": int(_of_goods(refund)),
        "tip": refund.tip,
        "total": refund.total,
        "cash_rounding": refund.cash_rounding,
    }
    return {**sums, **whole}


def _of_goods(refund: Refund) -> bool:
    """Whether it is a refund of its own, and not what a provider declined for another one."""
    return bool(refund.lines or refund.tip)


def _taken_off(sums: _Sums) -> _Sums:
    return {name: -amount for name, amount in sums.items()}


def _tax_group(tax: OrderTax) -> str:
    return TaxGroup(tax.tax_id, decimal_text(tax.rate), tax.name).key


def _whole(order: Order) -> _Sums:
    return {
        "count": 1,
        "gross": order.subtotal,
        "discount": order.discount_total,
        "net": order.total - order.tax_total - order.service_charge_total - order.tip,
        "service_charge": order.service_charge_total,
        "tax": order.tax_total,
        "tip": order.tip,
        "total": order.total,
        "cash_rounding": order.cash_rounding,
    }


def _line(line: OrderLine | RefundLine) -> _Sums:
    return {
        "quantity": _thousandths(line.quantity),
        "gross": line.gross,
        "discount": line.discount,
        "net": _net(line),
        "tax": line.tax,
    }


def _net(line: OrderLine | RefundLine) -> int:
    """Without tax and service charge: of that, an order's line has only what is taxed, and a refund's all of it."""
    return line.total - line.tax - line.service_charge


def _thousandths(quantity: Decimal) -> int:
    return int(quantity.scaleb(3))


def _completed_by(order: Order) -> str:
    """Who completed the sale; one that was complete from the start was completed by who created it."""
    actors = {entry.action: entry.actor for entry in order.history}
    return actors.get("completed") or actors["created"]


def _figures(dimension: str, group: str, sums: _Sums) -> Figures:
    return {dimension: {group: dict(sums)}}

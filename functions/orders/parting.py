"""Rules of splitting and merging orders, without I/O: quantities, amounts and payments are neither lost nor made."""

from collections.abc import Sequence
from typing import Any

from orders import promotions, rules
from orders.models import Order, OrderDiscount, OrderLine, OrderServiceCharge, Payment, SplitLine
from pos.errors import DomainError, Invalid
from pos.money import allocate


def split(order: Order, parts: Sequence[SplitLine]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of what stays and of what goes. Percentages hold on both sides, fixed amounts are spread over them in
    proportion; the tip, the payments and their refunds stay. What promotions took off the ticket as a whole is a fixed
    amount then.
    """
    quantities = _checked(order, parts)
    order = order.model_copy(update=promotions.settled(order))
    stay: list[OrderLine] = []
    go: list[OrderLine] = []
    for line in order.lines:
        part = quantities.get(line.id)
        if part is None or part == line.quantity:
            (stay if part is None else go).append(line)
            continue
        weights = [int((line.quantity - part) * 1000), int(part * 1000)]
        kept, gone = _spread(line.discounts, weights)
        left_of, part_of = (None, None) if line.amount is None else allocate(line.amount, weights)
        rest = line.quantity - part
        stay.append(line.model_copy(update={"quantity": rest, "amount": left_of, "discounts": kept}))
        go.append(line.model_copy(update={"quantity": part, "amount": part_of, "discounts": gone}))
    if not stay:
        raise Invalid("order.nothing_left", "A split leaves something on the order.", "/lines")
    go = [line.model_copy(update={"id": f"lin_{number}"}) for number, line in enumerate(go, start=1)]
    weights = [_worth(order, stay), _worth(order, go)]
    kept, gone = _spread(order.discounts, weights)
    kept_charges, gone_charges = _spread_charges(order.service_charges, weights)
    stays = _computed(order, stay, kept, kept_charges, order.tip)
    goes = _computed(order, go, gone, gone_charges, 0)
    kept_promotions = {"promotions": order.promotions}
    return (
        stays | rules.settled_anew(order.payments, stays["total"], order.policy, order.refunds) | kept_promotions,
        goes | rules.settled_anew((), goes["total"], order.policy) | kept_promotions,
    )


def merged(into: Order, other: Order) -> dict[str, Any]:
    """The fields of an order with the lines, tip and refunds of another, and those of its payments that count. What the
    discounts of either order took off its lines is fixed on them, so that neither reaches the other's; a service charge
    that both have counts once.

    409 `order.merge_mismatch` unless place, rules and taxes are the same, `payment.pending` while a provider has still
    to answer about a payment of the other: the answer goes to the order that asked.
    """
    if any(payment.asked for payment in other.payments):
        raise DomainError("payment.pending", "A payment of that order is still with its provider: check it first.")
    _check_alike(into, other)
    rules.check_line_count(len(into.lines) + len(other.lines))
    coming = [
        line.model_copy(update={"id": f"lin_{number}"})
        for number, line in enumerate(_fixed(other), start=into.line_count + 1)
    ]
    lines = (*_fixed(into), *coming)
    charges = (
        *into.service_charges,
        *(one for one in other.service_charges if one.percent is None or not _has(into, one)),
    )
    taxes = {tax.tax_id: tax for tax in (*other.taxes, *into.taxes)}
    figures = rules.figured(lines, (), charges, into.tip + other.tip, taxes, into.policy)
    payments = (*into.payments, *(payment.changed() for payment in moving(other)))
    refunds = (*into.refunds, *other.refunds)
    kept = (*promotions.settled(other)["promotions"], *promotions.settled(into)["promotions"])
    return {
        **figures,
        **rules.settled_anew(payments, figures["total"], into.policy, refunds),
        "apply_promotions": into.apply_promotions or other.apply_promotions,
        "promotions": tuple({one.promotion_id: one for one in kept}.values()),
        "payments": payments,
        "refunds": refunds,
        "line_count": into.line_count + len(coming),
    }


def moving(order: Order) -> tuple[Payment, ...]:
    """The payments that go where the order is merged into. Those that were voided or declined stay: who did that, and
    when, stands in this order's history.
    """
    return tuple(payment for payment in order.payments if payment.live)


def emptied(order: Order) -> dict[str, Any]:
    """The fields of an order whose lines, tip and payments went to another."""
    figures = rules.figured((), (), (), 0, {}, order.policy)
    stays = tuple(payment for payment in order.payments if not payment.live)
    return {**figures, **rules.settled_anew(stays, 0, order.policy), "payments": stays, "refunds": ()}


def _checked(order: Order, parts: Sequence[SplitLine]) -> dict[str, Any]:
    lines = {line.id: line for line in order.lines}
    quantities: dict[str, Any] = {}
    for position, part in enumerate(parts):
        pointer = f"/lines/{position}"
        if part.line_id not in lines:
            raise Invalid("line.unknown", f"The order has no line {part.line_id}.", f"{pointer}/line_id")
        if part.line_id in quantities:
            raise Invalid("line.repeated", f"The line {part.line_id} is named twice.", f"{pointer}/line_id")
        if part.quantity > lines[part.line_id].quantity:
            raise Invalid("order.quantity_invalid", "The line has less than that.", f"{pointer}/quantity")
        quantities[part.line_id] = part.quantity
    return quantities


def _spread(
    discounts: Sequence[OrderDiscount], weights: Sequence[int]
) -> tuple[tuple[OrderDiscount, ...], tuple[OrderDiscount, ...]]:
    sides: tuple[list[OrderDiscount], list[OrderDiscount]] = ([], [])
    for one in discounts:
        amounts = [None, None] if one.amount is None else allocate(one.amount, weights)
        for side, amount in zip(sides, amounts, strict=True):
            if amount != 0:
                side.append(one.model_copy(update={"amount": amount}))
    return tuple(sides[0]), tuple(sides[1])


def _spread_charges(
    charges: Sequence[OrderServiceCharge], weights: Sequence[int]
) -> tuple[tuple[OrderServiceCharge, ...], tuple[OrderServiceCharge, ...]]:
    parts = [allocate(one.amount, weights) for one in charges]
    kept, gone = (
        tuple(one.model_copy(update={"amount": part[side]}) for one, part in zip(charges, parts, strict=True))
        for side in (0, 1)
    )
    return kept, gone


def _worth(order: Order, lines: Sequence[OrderLine]) -> int:
    figures = _computed(order, lines, (), (), 0)
    return int(figures["subtotal"] - figures["discount_total"])


def _computed(
    order: Order,
    lines: Sequence[OrderLine],
    discounts: Sequence[OrderDiscount],
    charges: Sequence[OrderServiceCharge],
    tip: int,
) -> dict[str, Any]:
    taxes = {tax.tax_id: tax for tax in order.taxes}
    kept = order.promotions if order.apply_promotions else None
    return rules.figured(lines, discounts, charges, tip, taxes, order.policy, kept)


def _fixed(order: Order) -> list[OrderLine]:
    """The lines with every discount, their parts of the order's too, as the amount that it came to."""
    fixed = []
    for line in order.lines:
        own = [(one.name, one.applied, one.promotion_id) for one in line.discounts]
        names = " + ".join(one.name for one in order.discounts)
        taken = [*own, (names, line.discount - sum(amount for _, amount, _ in own), None)]
        discounts = tuple(
            OrderDiscount(name=name, amount=amount, applied=amount, promotion_id=promotion_id)
            for name, amount, promotion_id in taken
            if amount
        )
        fixed.append(line.model_copy(update={"discounts": discounts, "promotion_ids": ()}))
    return fixed


def _has(order: Order, charge: OrderServiceCharge) -> bool:
    return any(
        (one.name, one.percent, one.taxable, one.on) == (charge.name, charge.percent, charge.taxable, charge.on)
        for one in order.service_charges
    )


def _check_alike(into: Order, other: Order) -> None:
    def definition(order: Order) -> dict[str, Any]:
        return {tax.tax_id: tax.model_copy(update={"base": 0, "amount": 0}) for tax in order.taxes}

    mine, theirs = definition(into), definition(other)
    if (into.location_id, into.policy) != (other.location_id, other.policy) or any(
        mine[tax_id] != theirs[tax_id] for tax_id in mine.keys() & theirs.keys()
    ):
        raise DomainError("order.merge_mismatch", "The two orders differ in location, policy or a tax's definition.")

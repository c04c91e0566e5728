"""What is given away by hand on an order, without I/O: discounts, and prices below the catalog's.

Promotions are the merchant's own and count for nothing here. What a person takes off a line by a modifier of their own
(a price below 0) is a discount.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from orders.models import Order, OrderDiscount, OrderLine


class Limit(NamedTuple):
    """How much may be taken off by hand: `percent` of a line and of an order, `amount` (minor units) of an order. None
    is no limit.
    """

    percent: Decimal | None
    amount: int | None


def discounted(order: Order | None) -> int:
    """What discounts given by hand take off an order."""
    if order is None:
        return 0
    return _by_hand(order.discounts) + sum(_off_line(line) for line in order.lines)


def is_above(order: Order | None, limit: Limit) -> bool:
    """Whether the discounts given by hand are above the limit: of a line, or of the order with its lines'. A percentage
    of no more than the limit never is, however it was rounded.
    """
    if order is None:
        return False
    taken = discounted(order)
    if limit.amount is not None and taken > limit.amount:
        return True
    if limit.percent is None:
        return False
    allowed = [_allowed(line, limit.percent) for line in order.lines]
    lines = zip(order.lines, allowed, strict=True)
    return taken > sum(allowed) or any(_off_line(line) > most for line, most in lines)


def goes_above(before: Order | None, after: Order, limit: Limit) -> bool:
    """Whether a change of an order gives more than the limit, and more than was given above it already."""
    return is_above(after, limit) and (not is_above(before, limit) or discounted(after) > discounted(before))


def may_go_above(before: Order | None, after: Order) -> bool:
    """Whether a change can give more than a limit at all, whatever that is."""
    same = before is not None and (before.lines, before.discounts) == (after.lines, after.discounts)
    return not same and discounted(after) > 0


def lowered(order: Order | None) -> int:
    """What prices below the catalog's take off an order, rounded up by line."""
    return 0 if order is None else sum(_lowered(line) for line in order.lines)


def overrides(before: Order | None, after: Order) -> bool:
    """Whether a change of an order sets another price than the catalog's, or sells more at one below it."""
    prices: Mapping[str, OrderLine] = {} if before is None else {line.id: line for line in before.lines}
    for line in after.lines:
        was = prices.get(line.id)
        if line.list_price is None or was == line:
            continue
        if was is None or was.list_price is None or was.price != line.price or _lowered(line) > _lowered(was):
            return True
    return False


def _by_hand(discounts: Sequence[OrderDiscount]) -> int:
    return sum(one.applied for one in discounts if one.promotion_id is None)


def _off_line(line: OrderLine) -> int:
    return _by_hand(line.discounts) + _off_by_modifiers(line)


def _off_by_modifiers(line: OrderLine) -> int:
    """What modifiers that are not the catalog's take off."""
    each = sum(-one.price * one.quantity for one in line.modifiers if one.id is None and one.price < 0)
    return _ceiling(each * line.quantity)


def _allowed(line: OrderLine, percent: Decimal) -> int:
    return max(0, _ceiling((line.gross + _off_by_modifiers(line)) * percent / 100))


def _lowered(line: OrderLine) -> int:
    if line.list_price is None:
        return 0
    return max(0, _ceiling((line.list_price - line.price) * line.quantity))


def _ceiling(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_CEILING))

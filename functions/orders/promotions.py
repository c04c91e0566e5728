"""Promotions on an order, without I/O: which of them its lines and the order get, and what they take off.

An order keeps each promotion as it was when the order first got it, and each line the ids of those that covered it when
it was added. So what promotions take follows from the order alone, however often the order is changed.
"""

from collections.abc import Iterable, Sequence, Set
from decimal import Decimal
from typing import Any

from catalog.models import Promotion
from orders import pricing
from orders.models import Order, OrderDiscount, OrderLine, OrderPromotion
from pos.money import Rounding, allocate


def joined(
    kept: Sequence[OrderPromotion], running: Sequence[Promotion], lines: Sequence[OrderLine]
) -> tuple[OrderPromotion, ...]:
    """An order's promotions once it has these lines: those that it has, and of the running ones those that cover a line
    or are for whole orders.
    """
    known = {one.promotion_id for one in kept}
    covering = {promotion_id for line in lines for promotion_id in line.promotion_ids}
    new = (one for one in running if one.id not in known and (one.order_over or one.id in covering))
    return (*kept, *map(_definition, new))


def on_lines(
    lines: Sequence[OrderLine], gross: Sequence[int], promotions: Sequence[OrderPromotion], mode: Rounding
) -> tuple[OrderLine, ...]:
    """The lines, each with the one promotion that takes most off its gross, the earlier of equals. One whose discount a
    split or merge has fixed keeps that and gets no other.
    """
    bare = [_without(line) for line in lines]
    best: list[OrderDiscount | None] = [None] * len(bare)
    for promotion in promotions:
        for position, taken in _taken(promotion, bare, gross, mode):
            so_far = best[position]
            if taken > (so_far.applied if so_far else 0):
                counted = promotion.buy is not None
                best[position] = _discount(
                    promotion, taken, None if counted else promotion.percent, taken if counted else None
                )
    return tuple(
        line if discount is None else line.model_copy(update={"discounts": (*line.discounts, discount)})
        for line, discount in zip(bare, best, strict=True)
    )


def on_order(
    discounts: Sequence[OrderDiscount], worth: int, promotions: Sequence[OrderPromotion], mode: Rounding
) -> tuple[OrderDiscount, ...]:
    """The order's discounts with the one promotion for whole orders that takes most off what its lines come to after
    their own (`worth`). One that a split or merge has fixed stays, and no other comes.
    """
    live = [one for one in promotions if one.minimum is not None and not one.fixed]
    ids = {one.promotion_id for one in live}
    kept = tuple(one for one in discounts if one.promotion_id not in ids)
    if any(one.promotion_id for one in kept):
        return kept
    offers = [
        _discount(one, _order_taken(one, worth, mode), one.percent, one.amount)
        for one in live
        if one.minimum is not None and worth >= one.minimum
    ]
    best = max(offers, key=lambda one: one.applied, default=None)
    return kept if best is None else (*kept, best)


def without(lines: Sequence[OrderLine]) -> tuple[OrderLine, ...]:
    """The lines without promotions."""
    return tuple(line.model_copy(update={"discounts": manual(line.discounts)}) for line in lines)


def manual(discounts: Sequence[OrderDiscount]) -> tuple[OrderDiscount, ...]:
    """The discounts that people gave."""
    return tuple(one for one in discounts if one.promotion_id is None)


def given_anew(before: Sequence[OrderDiscount], given: Sequence[OrderDiscount]) -> tuple[OrderDiscount, ...]:
    """The discounts when people give others: those of promotions are not theirs to replace."""
    return (*given, *(one for one in before if one.promotion_id is not None))


def settled(order: Order) -> dict[str, Any]:
    """The lines, discounts and promotions of an order that is about to be split or merged. What depends on the whole
    ticket is fixed at what it took off so far; only a percentage off a line goes on following the line.
    """
    percentages = {one.promotion_id for one in order.promotions if one.buy is None and one.minimum is None}
    ids = {one.promotion_id for one in order.promotions} - percentages
    return {
        "lines": tuple(_settled(line, ids) for line in order.lines),
        "discounts": tuple(
            one.model_copy(update={"percent": None, "amount": one.applied}) if one.promotion_id in ids else one
            for one in order.discounts
        ),
        "promotions": tuple(
            one.model_copy(update={"fixed": True}) if one.minimum is not None else one for one in order.promotions
        ),
    }


def _settled(line: OrderLine, ids: Set[str]) -> OrderLine:
    """The line without a part in these promotions; if one of them took something off it, without a part in any."""
    taken = any(one.promotion_id in ids for one in line.discounts)
    kept = () if taken else tuple(one for one in line.promotion_ids if one not in ids)
    return line.model_copy(update={"promotion_ids": kept})


def _definition(promotion: Promotion) -> OrderPromotion:
    kind = promotion.percent_off or promotion.buy_x_get_y or promotion.order_over
    fields = kind.model_dump(include={"percent", "amount", "buy", "get", "minimum"}) if kind else {}
    return OrderPromotion(promotion_id=promotion.id, name=promotion.name, **fields)


def _without(line: OrderLine) -> OrderLine:
    """The line without what the promotions took off it that it still takes part in."""
    kept = tuple(one for one in line.discounts if one.promotion_id not in line.promotion_ids)
    return line.model_copy(update={"discounts": kept})


def _taken(
    promotion: OrderPromotion, lines: Sequence[OrderLine], gross: Sequence[int], mode: Rounding
) -> Iterable[tuple[int, int]]:
    """What a promotion for lines takes off which of them: (position, amount)."""
    covered = [
        position
        for position, line in enumerate(lines)
        if promotion.promotion_id in line.promotion_ids and len(manual(line.discounts)) == len(line.discounts)
    ]
    if promotion.buy is None or promotion.get is None:
        return [(position, _percent_of(promotion, gross[position], mode)) for position in covered]
    # Only what is sold whole can be counted, and what a scale's label says that it costs has no price for one.
    counted = {
        position: int(lines[position].quantity)
        for position in covered
        if lines[position].amount is None and lines[position].quantity == lines[position].quantity.to_integral_value()
    }
    cheaper = sum(counted.values()) // (promotion.buy + promotion.get) * promotion.get
    worth: dict[int, int] = {}
    for position in sorted(counted, key=lambda position: _rank(lines[position], gross[position])):
        units = min(cheaper, counted[position])
        worth[position] = gross[position] // counted[position] * units
        cheaper -= units
    parts = allocate(_percent_of(promotion, sum(worth.values()), mode), list(worth.values()))
    return zip(worth, parts, strict=True)


def _rank(line: OrderLine, gross: int) -> tuple[Any, ...]:
    """What lines are sorted by to find the cheapest units: the price of one, and then all that makes a difference to
    the total, so that it does not hang on the order in which things were scanned.
    """
    given = sorted((one.applies_to, one.percent or 0, one.amount or 0) for one in manual(line.discounts))
    return gross // int(line.quantity), line.quantity, sorted(line.promotion_ids), given


def _percent_of(promotion: OrderPromotion, amount: int, mode: Rounding) -> int:
    return pricing.percent_of(promotion.percent, amount, mode) if promotion.percent is not None else 0


def _order_taken(promotion: OrderPromotion, worth: int, mode: Rounding) -> int:
    return _percent_of(promotion, worth, mode) if promotion.amount is None else promotion.amount


def _discount(promotion: OrderPromotion, applied: int, percent: Decimal | None, amount: int | None) -> OrderDiscount:
    return OrderDiscount(
        name=promotion.name, percent=percent, amount=amount, applied=applied, promotion_id=promotion.promotion_id
    )

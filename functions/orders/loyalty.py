"""Loyalty points of orders, without I/O: what an order's state earns and redeems, and what its customer's ledger lacks.

An order keeps the terms that it was made under and what the ledger has of it so far (`OrderLoyalty`). So whatever
changes an order, its points follow from what it became: they are moved in the transaction that keeps it, by
`orders.store.save`.
"""

from collections.abc import Sequence
from typing import Any

from customers import rules
from customers.models import LoyaltyProgram, LoyaltyTerms, PointsMove
from orders.models import Order, OrderLoyalty, PaymentInput
from pos.errors import DomainError, Invalid


def terms_for(program: LoyaltyProgram) -> OrderLoyalty | None:
    """What a new order of a customer keeps of the program; None if it is off."""
    if not program.enabled:
        return None
    return OrderLoyalty(**{name: getattr(program, name) for name in LoyaltyTerms.model_fields})


def check_payments(payments: Sequence[PaymentInput], terms: LoyaltyTerms | None) -> None:
    """Refuse what `check_redeemed` refuses of any of a new order's payments."""
    for position, payment in enumerate(payments):
        check_redeemed(payment, terms, f"/payments/{position}")


def check_redeemed(payment: PaymentInput, terms: LoyaltyTerms | None, pointer: str = "") -> None:
    """Refuse a payment by points that are no whole points, too few, or of an order without a customer or program."""
    if payment.method != "points":
        return
    if terms is None:
        detail = "Points pay orders that have a customer, while the loyalty program is on."
        raise Invalid("points.unavailable", detail, f"{pointer}/method")
    points, rest = divmod(payment.amount, terms.point_value)
    if rest:
        raise Invalid("points.not_whole", f"A point is worth {terms.point_value}.", f"{pointer}/amount")
    if points < terms.min_redeem:
        raise Invalid("points.too_few", f"At least {terms.min_redeem} points are redeemed.", f"{pointer}/amount")


def of_another(order: Order, customer_id: str | None, terms: OrderLoyalty | None) -> dict[str, Any]:
    """The fields of an order that becomes another customer's, or nobody's; `check_customer_may_change` refuses."""
    if customer_id == order.customer_id:
        return {}
    check_customer_may_change(order)
    return {"customer_id": customer_id, "loyalty": terms}


def check_customer_may_change(order: Order) -> None:
    """Refuse another customer for an order that points of its present one pay for."""
    if order.loyalty is not None and order.loyalty.points_redeemed:
        detail = "Points of its customer pay for this order; void that payment first."
        raise DomainError("order.points_redeemed", detail)


def of_a_part(order: Order) -> OrderLoyalty | None:
    """What an order that is split off from this one keeps: the same terms, and nothing in the ledger yet."""
    terms = order.loyalty
    return terms and terms.model_copy(update={"points_earned": 0, "points_redeemed": 0, "points_short": 0})


def moves(order: Order, balance: int) -> tuple[PointsMove, ...]:
    """What the ledger of the order's customer, who has `balance` points, lacks of the order as it is now."""
    terms = order.loyalty
    if terms is None:
        return ()
    found: list[PointsMove] = []
    redeemed = redeems(order)
    if redeemed:
        found.append(PointsMove(type="redeemed" if redeemed > 0 else "given_back", points=-redeemed, order_id=order.id))
    earned = _earned(order, terms) - terms.points_earned
    if earned > 0:
        found.append(PointsMove(type="earned", points=earned, order_id=order.id))
    back = rules.taken_back(-earned, max(balance - redeemed, 0), order.id)
    return tuple(found) if back is None else (*found, back)


def redeems(order: Order) -> int:
    """How many more points pay for the order than the ledger has of it; negative if some are given back."""
    return 0 if order.loyalty is None else _redeemed(order, order.loyalty) - order.loyalty.points_redeemed


def takes_back(order: Order) -> bool:
    """Whether the order earned points that it should not have: how many can be taken depends on what is left."""
    return order.loyalty is not None and _earned(order, order.loyalty) < order.loyalty.points_earned


def recorded(order: Order, made: Sequence[PointsMove]) -> Order:
    """The order once these moves are in the ledger."""
    terms = order.loyalty
    if terms is None or not made:
        return order
    kept = terms.model_copy(
        update={
            "points_earned": _earned(order, terms),
            "points_redeemed": _redeemed(order, terms),
            "points_short": terms.points_short + sum(move.shortfall for move in made),
        }
    )
    return order.model_copy(update={"loyalty": kept})


def _earned(order: Order, terms: LoyaltyTerms) -> int:
    """What a sale earns once it is completed: by what was spent on it and not returned, tip and points aside."""
    if order.status != "completed":
        return 0
    returned = sum(refund.total - refund.tip for refund in order.refunds if not refund.due_again)
    return rules.points_earned(terms, order.total - order.tip - returned - _paid_by_points(order))


def _redeemed(order: Order, terms: LoyaltyTerms) -> int:
    return _paid_by_points(order) // terms.point_value


def _paid_by_points(order: Order) -> int:
    """The money that points stand for: of the payments that count, what did not go back into them."""
    paid = {payment.id: payment.amount for payment in order.payments if payment.method == "points" and payment.live}
    tenders = [tender for refund in order.refunds for tender in refund.tenders if tender.counts]
    return sum(paid.values()) - sum(tender.amount for tender in tenders if tender.payment_id in paid)

"""Rules of customers, without I/O."""

from collections.abc import Sequence
from datetime import date, datetime

from customers.models import Customer, LoyaltyTerms, NewCustomer, PointsMove
from pos.clock import timestamp
from pos.errors import Invalid
from pos.words import tokens


def check(customer: Customer, today: date) -> None:
    """Refuse a customer that nobody could be known by, or who is not born yet."""
    if not (customer.name or customer.phone or customer.email):
        raise Invalid("customer.anonymous", "A customer has at least one of name, phone and email.", "/name")
    if customer.birthday is not None and customer.birthday > today:
        raise Invalid("customer.birthday_invalid", "This birthday is in the future.", "/birthday")


def erased(customer: Customer, now: datetime) -> Customer:
    """The tombstone of a customer of whom nothing is left but the id, which orders name."""
    at = timestamp(now)
    return redacted(customer).changed(now, deleted_at=customer.deleted_at or at, erased_at=at)


def redacted(customer: Customer) -> Customer:
    """The same version without anything personal: no field that a request may give."""
    return customer.model_copy(
        update={name: field.get_default(call_default_factory=True) for name, field in NewCustomer.model_fields.items()}
    )


def words(customer: Customer | None) -> Sequence[str]:
    """The words that a customer is found by; none of a tombstone's."""
    return tokens(customer.name or "") if customer is not None and customer.deleted_at is None else ()


def claims(customer: Customer | None) -> dict[tuple[str, str], str]:
    """What a customer alone has and is looked up by (`("phone", "+62…")`), with the field that says it; none of a
    tombstone's.
    """
    if customer is None or customer.deleted_at is not None:
        return {}
    found: dict[tuple[str, str], str] = {}
    if customer.phone is not None:
        found["phone", customer.phone] = "/phone"
    if customer.email is not None:
        found["email", customer.email] = "/email"
    for source, id in customer.external_ids.items():
        found["external_id", f"{source}:{id}"] = f"/external_ids/{source}"
    return found


def points_earned(terms: LoyaltyTerms, spent: int) -> int:
    """What spending so many minor units earns: points for every whole `earn_per`."""
    return max(spent, 0) // terms.earn_per * terms.earn_points


def points_needed(moves: Sequence[PointsMove]) -> int:
    """The balance that these moves, one after the other, need to begin with so that it is never negative."""
    needed = balance = 0
    for move in moves:
        balance += move.points
        needed = max(needed, -balance)
    return needed


def taken_back(due: int, balance: int, order_id: str) -> PointsMove | None:
    """The move that takes back `due` points of an order which did not earn them after all: as many as are left, for
    some may be spent. None if there is nothing to write down.
    """
    if due <= 0:
        return None
    taken = min(due, balance)
    return PointsMove(type="taken_back", points=-taken, shortfall=due - taken, order_id=order_id)

"""POST /v1/orders/{id}/exchange"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from inventory.models import Cause
from orders import consenting, refunding, store
from orders.models import (
    Change,
    Exchange,
    HistoryEntry,
    NewOrder,
    NewRefund,
    Order,
    PaymentInput,
    Refund,
    RefundTender,
)
from orders.numbering import Counter, NumberTaken
from orders.placing import placed
from pos import dynamo
from pos.clock import timestamp
from pos.documents import LostRace
from pos.errors import DomainError, Invalid
from pos.http import Answer, Call, operation
from pos.ids import new_id

_ATTEMPTS = 8
_REFUND = "orders:refund"
_MOST_MOVES = store.MAX_MOVES - 20  # two orders share the transaction


@operation(permission=_REFUND, body=Exchange, answer=Order, status=201, approvable=(_REFUND, *consenting.PRICING))
def handler(call: Call[Exchange, None]) -> Answer:
    """Return goods of a completed order and sell others for them, in one transaction; the answer is the new order.

    Who may refund may exchange. `If-Match` is about the order that goods come back from. What goes back through a
    provider is asked of it within minutes.
    """
    order_id = call.body.order.id or new_id("ord")
    for attempt in range(_ATTEMPTS):
        try:
            return _exchange(call, order_id)
        except (LostRace, NumberTaken):
            dynamo.pause(attempt)
    raise dynamo.Busy


def _exchange(call: Call[Exchange, None], order_id: str) -> Answer:
    order = store.get_order(call.merchant_id, call.path["id"])
    call.expect(order.version)
    goods = _returned(call, order)
    approval = consenting.asked(call, _REFUND, order, goods)
    credit = min(goods, refunding.money_left(order), _price(call, order_id))
    sale, counter = _placed(call, order_id, _paid_by(call.body.order, credit, order.id))
    refund = _refund(call, order, credit, order_id)
    refund = refund.model_copy(update={"approved_by": approval.approved_by if approval else None})
    entry = HistoryEntry(
        at=refund.at,
        actor=refund.actor,
        action="exchanged",
        reason=refund.reason,
        order_id=order_id,
        **consenting.noted(approval),
    )
    refunded = order.changed(call.now, **refunding.refunded(order, refund), history=(*order.history, entry))
    change = Change(
        order=refunded,
        events=("order.refunded",),
        cause=Cause(type="refund", id=order.id, business_date=refund.business_date),
        moves=refunding.restocked(order, refund),
        audit=(consenting.told(call, "order.exchanged", refunded, refund.total, refund.reason, approval),),
    )
    _check(sale, change)
    change = store.book(call, order, change, refund.register_id)
    with _pointing_into_the_new_order(call):
        return store.save_exchange(call, sale, change, counter=counter)


@contextmanager
def _pointing_into_the_new_order(call: Call[Exchange, None]) -> Iterator[None]:
    try:
        yield
    except DomainError as refused:
        if refused.pointer is None or refused.pointer.startswith("/tenders"):
            raise
        ours = f"/payments/{len(call.body.order.payments)}/amount"  # what the goods pay is behind the request's own
        pointer = f"/order{'/payments' if refused.pointer == ours else refused.pointer}"
        raise DomainError(refused.code, refused.detail, status=refused.status, pointer=pointer) from refused


def _returned(call: Call[Exchange, None], order: Order) -> int:
    """What the goods that come back are worth."""
    new = _new_refund(call.body)
    refunding.check_refundable(order, new)
    return refunding.returned(order, new).total


def _price(call: Call[Exchange, None], order_id: str) -> int:
    """What the new order comes to."""
    return _placed(call, order_id, ())[0].order.total


def _placed(
    call: Call[Exchange, None], order_id: str, payments: tuple[PaymentInput, ...]
) -> tuple[Change, Counter | None]:
    new: Call[Any, Any] = replace(call, body=call.body.order.model_copy(update={"payments": payments}))  # type: ignore[arg-type]
    with _pointing_into_the_new_order(call):
        return placed(new, order_id)


def _paid_by(new: NewOrder, credit: int, from_order_id: str) -> tuple[PaymentInput, ...]:
    if credit == 0:
        return new.payments
    # Nobody may name this method in a request: only an exchange makes such a payment.
    by_exchange = PaymentInput.model_construct(method="exchange", amount=credit, reference=from_order_id)
    return (*new.payments, by_exchange)


def _refund(call: Call[Exchange, None], order: Order, credit: int, order_id: str) -> Refund:
    refund = refunding.refund(
        order,
        _new_refund(call.body),
        refund_id=new_id("rfd"),
        at=timestamp(call.now),
        actor=call.caller.actor,
        register_id=call.body.order.register_id or order.register_id,
        business_date=order.business_day(call.now),
        exchanged=RefundTender(method="exchange", amount=credit, reference=order_id) if credit else None,
    )
    return refunding.with_codes(refund)


def _new_refund(new: Exchange) -> NewRefund:
    return NewRefund(reason=new.reason, lines=new.lines, restock=new.restock, tenders=new.tenders)


def _check(sale: Change, returned: Change) -> None:
    """Refuse what one transaction cannot hold: the same stock twice, too many moves, two currencies."""
    if sale.order.policy.currency != returned.order.policy.currency:
        detail = f"The order was paid in {returned.order.policy.currency}: refund it, and sell the other."
        raise DomainError("exchange.currency", detail, status=422)
    if len(sale.moves) + len(returned.moves) > _MOST_MOVES:
        detail = f"An exchange moves at most {_MOST_MOVES} things: refund and sell one after the other."
        raise DomainError("exchange.too_large", detail, status=422)
    back = {move.variant_id for move in returned.moves}
    if sale.order.location_id == returned.order.location_id and any(move.variant_id in back for move in sale.moves):
        detail = "The same thing returns to stock and is sold: leave it out of both, or do not restock it."
        raise Invalid("exchange.same_variant", detail, "/lines")

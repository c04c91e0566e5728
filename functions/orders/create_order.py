"""POST /v1/orders"""

from orders import consenting, placing, store
from orders.models import NewOrder, Order
from pos import dynamo, outbox
from pos.errors import DomainError
from pos.http import Answer, Call, operation
from pos.ids import new_id


@operation(permission="orders:write", body=NewOrder, answer=Order, status=201, approvable=consenting.PRICING)
def handler(call: Call[NewOrder, None]) -> Answer:
    """Sell: the order, its stock, its receipt number and its events in one transaction; with `complete`, done at once.

    The same `id` with the same body answers what the first request was answered.
    """
    order_id = call.body.id or new_id("ord")
    try:
        return placing.place(call, order_id, name=_request_name(call, order_id))
    except DomainError as refused:
        return _first_answer(call, refused)


def _request_name(call: Call[NewOrder, None], order_id: str) -> str:
    """What a repeat of this request can be known by."""
    return f"key#{call.idempotency_key}" if call.body.id is None and call.idempotency_key else order_id


def _first_answer(call: Call[NewOrder, None], refused: DomainError) -> Answer:
    """If the client's own id is on record with this very request, the request is a repeat: answer as the first time."""
    order = dynamo.get(store.order_ref(call.merchant_id, call.body.id)) if call.body.id else None
    if order is None or order.fingerprint != call.fingerprint():
        raise refused
    first = outbox.data_of(call.merchant_id, order.id, 1)
    return Answer(201, first, 1, replayed=True)

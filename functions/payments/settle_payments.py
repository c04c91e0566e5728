"""Every minute: ask providers what became of payments whose outcome nobody knows (docs/payments.md)."""

from datetime import timedelta

from orders import store as orders
from orders.models import Order
from payments import settling
from pos.auth import Caller
from pos.http import Call
from pos.ids import new_id
from pos.log import logger

_LEFT_ALONE = timedelta(minutes=1)
"""Functions end within seconds; what they are still at is left to them."""


def handler(_event: object, _context: object) -> None:
    """Settle what is open with providers. A payment that cannot be settled now does not hold up the others, and is
    tried again at the next turn.
    """
    failures = []
    for merchant_id, order in orders.unsettled(_LEFT_ALONE):
        try:
            _settle(merchant_id, order)
        except Exception as error:  # noqa: BLE001 - raised below, after the others
            logger.exception("payments not settled", extra={"merchant_id": merchant_id, "order": order.id})
            failures.append(error)
    if failures:
        raise ExceptionGroup("payments not settled", failures)


def _settle(merchant_id: str, order: Order) -> None:
    call: Call[None, None] = Call(
        operation="settle_payments",
        caller=Caller(merchant_id, "system", frozenset()),
        body=None,
        query=None,
        path={},
        if_match=None,
        idempotency_key=None,
        request_id=new_id("req"),
    )
    for payment in order.payments:
        if payment.asked is not None:
            settling.check(call, order, payment)
    settling.pursue_refunds(call, order)

"""POST /v1/orders/{id}/cancel"""

from orders import cancelling
from orders.models import Cancellation, Order
from pos.http import Answer, Call, operation


@operation(permission="orders:write", body=Cancellation, answer=Order, approvable=(cancelling.CANCEL,))
def handler(call: Call[Cancellation, None]) -> Answer:
    """Cancel an order: its stock returns and its payments are voided. A completed one only while the shift in which it
    was completed is open; without a shift, on its own business day. What is completed, or was paid, takes the
    permission `orders:cancel` or an approval.
    """
    return cancelling.cancel(call)

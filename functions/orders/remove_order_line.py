"""DELETE /v1/orders/{id}/lines/{line_id}"""

from orders import consenting, rules
from orders.editing import Edit, edit
from orders.models import Order
from pos.errors import DomainError
from pos.http import Answer, Call, operation


@operation(permission="orders:write", answer=Order, approvable=consenting.PRICING)
def handler(call: Call[None, None]) -> Answer:
    """Take a line off an open order; its stock returns. The last one stays: cancel the order instead."""
    return edit(call, "line_removed", lambda order: _without(call, order))


def _without(call: Call[None, None], order: Order) -> Edit:
    position = rules.line_position(order, call.path["line_id"])
    if len(order.lines) == 1:
        raise DomainError("order.last_line", "An order has at least one line; cancel it instead.")
    return Edit({"lines": (*order.lines[:position], *order.lines[position + 1 :])})

"""PATCH /v1/orders/{id}/lines/{line_id}"""

from typing import Any

from orders import rules
from orders.editing import Edit, edit
from orders.models import LineChange, Order, OrderLine
from orders.reading import OVERRIDE_PRICE, read_policies
from pos.http import Answer, Call, operation


@operation(permission="orders:write", body=LineChange, answer=Order)
def handler(call: Call[LineChange, None]) -> Answer:
    """Change a line of an open order: quantity, price, modifiers, discounts, note."""
    return edit(call, "line_updated", lambda order: _changed(call, order))


def _changed(call: Call[LineChange, None], order: Order) -> Edit:
    position = rules.line_position(order, call.path["line_id"])
    line = order.lines[position]
    changed = line.model_copy(update=_fields(call, line))
    lines = (*order.lines[:position], changed, *order.lines[position + 1 :])
    takes_more = line.stock_tracked and line.variant_id is not None and changed.quantity > line.quantity
    policies = read_policies(call, order.location_id, str(line.variant_id)) if takes_more else {}
    return Edit({"lines": lines}, policies=policies)


def _fields(call: Call[LineChange, None], line: OrderLine) -> dict[str, Any]:
    new, given = call.body, call.body.model_fields_set
    if "price" in given and line.variant_id is not None:
        call.caller.require(OVERRIDE_PRICE)
    fields = {
        "quantity": new.quantity,
        "price": new.price,
        "modifiers": rules.modifiers(new.modifiers),
        "discounts": rules.order_discounts(new.discounts),
        "note": new.note,
    }
    return {name: value for name, value in fields.items() if name in given}

"""PATCH /v1/orders/{id}"""

from typing import Any

from orders import promotions, rules
from orders.editing import Edit, edit
from orders.models import Order, OrderChange
from pos.http import Answer, Call, operation


@operation(permission="orders:write", body=OrderChange, answer=Order)
def handler(call: Call[OrderChange, None]) -> Answer:
    """Change an open order as a whole: name (a table), note, discounts, service charges, tip, and whether promotions
    count.
    """
    places = {"/lines": ""} | {f"/{name}": f"/{name}" for name in call.body.model_fields_set}
    return edit(call, "updated", lambda order: Edit(_fields(call.body, order), places=places))


def _fields(new: OrderChange, order: Order) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": new.name,
        "note": new.note,
        "discounts": promotions.given_anew(order.discounts, rules.order_discounts(new.discounts)),
        "service_charges": rules.service_charges(new.service_charges),
        "tip": new.tip,
        "apply_promotions": new.apply_promotions,
    }
    return {name: value for name, value in fields.items() if name in new.model_fields_set}

"""PATCH /v1/orders/{id}"""

from typing import Any

from orders import rules
from orders.editing import Edit, edit
from orders.models import Order, OrderChange
from pos.http import Answer, Call, operation


@operation(permission="orders:write", body=OrderChange, answer=Order)
def handler(call: Call[OrderChange, None]) -> Answer:
    """Change an open order as a whole: name (a table), note, discounts, service charges, tip."""
    new, given = call.body, call.body.model_fields_set
    fields: dict[str, Any] = {
        "name": new.name,
        "note": new.note,
        "discounts": rules.order_discounts(new.discounts),
        "service_charges": rules.service_charges(new.service_charges),
        "tip": new.tip,
    }
    changed = {name: value for name, value in fields.items() if name in given}
    places = {"/lines": ""} | {f"/{name}": f"/{name}" for name in changed}
    return edit(call, "updated", lambda _: Edit(changed, places=places))

"""PATCH /v1/orders/{id}"""

from typing import Any

from orders import consenting, loyalty, promotions, rules
from orders.editing import Edit, edit
from orders.models import Order, OrderChange, OrderLoyalty
from orders.reading import read_buyer
from pos.http import Answer, Call, operation


@operation(permission="orders:write", body=OrderChange, answer=Order, approvable=consenting.PRICING)
def handler(call: Call[OrderChange, None]) -> Answer:
    """Change an open order as a whole: customer, name (a table), note, discounts, service charges, tip, and whether
    promotions count.
    """
    given = call.body.model_fields_set
    terms = read_buyer(call.merchant_id, call.body.customer_id) if "customer_id" in given else None
    places = {"/lines": ""} | {f"/{name}": f"/{name}" for name in given}
    return edit(call, "updated", lambda order: Edit(_fields(call.body, order, terms), places=places))


def _fields(new: OrderChange, order: Order, terms: OrderLoyalty | None) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": new.name,
        "note": new.note,
        "discounts": promotions.given_anew(order.discounts, rules.order_discounts(new.discounts)),
        "service_charges": rules.service_charges(new.service_charges),
        "tip": new.tip,
        "apply_promotions": new.apply_promotions,
    }
    given = {name: value for name, value in fields.items() if name in new.model_fields_set}
    if "customer_id" in new.model_fields_set:
        given |= loyalty.of_another(order, new.customer_id, terms)
    return given

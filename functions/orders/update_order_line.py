"""PATCH /v1/orders/{id}/lines/{line_id}"""

from typing import Any

from catalog.models import Sellable, StockPolicy
from orders import consenting, promotions, rules, selling
from orders.editing import Edit, edit
from orders.models import LineChange, Order, OrderLine
from orders.reading import read_variant
from pos.http import Answer, Call, operation


@operation(permission="orders:write", body=LineChange, answer=Order, approvable=consenting.PRICING)
def handler(call: Call[LineChange, None]) -> Answer:
    """Change a line of an open order: quantity, price, modifiers, discounts, note."""
    return edit(call, "line_updated", lambda order: _changed(call, order))


def _changed(call: Call[LineChange, None], order: Order) -> Edit:
    position = rules.line_position(order, call.path["line_id"])
    line = order.lines[position]
    sellable: Sellable | None = None
    policies: dict[str, StockPolicy] = {}
    if line.variant_id is not None and not call.body.model_fields_set.isdisjoint({"quantity", "modifiers"}):
        sellable, policies = read_variant(call, order.location_id, line.variant_id)
    changed = line.model_copy(update=_fields(call, line, sellable))
    lines = (*order.lines[:position], changed, *order.lines[position + 1 :])
    # Whichever line a refusal points to: nothing but this one has changed.
    places = {"/lines": ""} | {f"/lines/{number}": "" for number in range(len(lines))}
    return Edit({"lines": lines}, policies=policies, places=places)


def _fields(call: Call[LineChange, None], line: OrderLine, sellable: Sellable | None) -> dict[str, Any]:
    new, given = call.body, call.body.model_fields_set
    fields: dict[str, Any] = {name: getattr(new, name) for name in ("quantity", "price", "note") if name in given}
    if "quantity" in given:
        selling.check_quantity(new.quantity, line.name, sellable.measured if sellable else not line.components)
    if "modifiers" in given:
        fields["modifiers"] = selling.modifiers(new.modifiers, sellable.modifier_groups if sellable else ())
    if not given.isdisjoint({"quantity", "modifiers"}):
        selling.check_modified(fields.get("quantity", line.quantity), fields.get("modifiers", line.modifiers))
    if "discounts" in given:
        fields["discounts"] = promotions.given_anew(line.discounts, rules.order_discounts(new.discounts))
    if "price" in given and line.variant_id is not None:
        listed = line.price if line.list_price is None else line.list_price
        fields["list_price"] = None if new.price == listed else listed
    if not given.isdisjoint({"quantity", "price", "modifiers"}):
        fields["amount"] = None  # it costs what it says now, not what a label said
    return fields

"""What a line sells: from what was scanned or chosen to the variant, its price here, its quantity and its modifiers.

Refusals point into the line (`/modifiers/0/id`); whoever has several lines puts in front which one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.models import ModifierGroup, Sellable
from catalog.scales import Label
from orders.models import LineInput, ModifierInput, OrderModifier
from pos.errors import Invalid


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when something is sold; `at` is a timestamp."""

    location_id: str
    minor_units: int
    at: str


@dataclass(frozen=True, slots=True)
class Sold:
    """A line as it is sold: what was asked for, the variant (None for a custom item), and what follows from them.

    `amount` is what the line comes to, whatever price and quantity are, because a scale's label says so.
    `promotion_ids` are of the promotions that cover it; `list_price` is the catalog's, if `price` is another.
    """

    line: LineInput
    sellable: Sellable | None
    quantity: Decimal
    price: int
    modifiers: tuple[OrderModifier, ...]
    amount: int | None = None
    promotion_ids: tuple[str, ...] = ()
    list_price: int | None = None


def sell(line: LineInput, sellable: Sellable | None, label: Label | None, place: Place) -> Sold:
    """The line as it is sold here and now. 422 for what is not for sale, a fraction of a piece, no quantity, or
    modifiers that the product does not have or does not allow.
    """
    if line.custom is not None:
        return Sold(line, None, _quantity(line), line.custom.price, modifiers(line.modifiers, ()))
    if sellable is None:
        raise _unknown(line)
    _check_active(sellable, line, place.at)
    listed = sellable.prices.get(place.location_id, sellable.price)
    price = listed if line.price is None else line.price
    chosen = modifiers(line.modifiers, sellable.modifier_groups)
    if label is not None:
        sold = _weighed(line, sellable, label, price, chosen, place.minor_units)
    else:
        other = None if price == listed else listed
        sold = Sold(line, sellable, _quantity(line), price, chosen, list_price=other)
        check_quantity(sold.quantity, sellable.name, sellable.measured)
    check_modified(sold.quantity, chosen)
    return sold


def check_quantity(quantity: Decimal, name: str, measured: bool) -> None:
    """Refuse a fraction of what is not measured, but sold in whole pieces."""
    if not measured and quantity != quantity.to_integral_value():
        raise Invalid("order.quantity_not_whole", f"{name} is sold in whole pieces.", "/quantity")


def check_modified(quantity: Decimal, chosen: Sequence[OrderModifier]) -> None:
    """Refuse a fraction of what has modifiers that take stock: half a spoon for each gram is nothing to count."""
    if quantity != quantity.to_integral_value() and any(one.components for one in chosen):
        detail = "What has a modifier that takes stock is sold in whole pieces."
        raise Invalid("order.quantity_not_whole", detail, "/modifiers")


def modifiers(given: Sequence[ModifierInput], groups: Sequence[ModifierGroup]) -> tuple[OrderModifier, ...]:
    """Modifiers as a line keeps them: those that are named by `id` with the catalog's name and price. Each group has to
    be chosen from as often as it says.
    """
    offered = {modifier.id: (group, modifier) for group in groups for modifier in group.modifiers}
    counts = dict.fromkeys((group.id for group in groups), 0)
    chosen = []
    for position, one in enumerate(given):
        if one.id is None:
            chosen.append(OrderModifier(name=one.name or "", price=one.price or 0, quantity=one.quantity))
            continue
        if one.id not in offered:
            detail = f"The product has no modifier {one.id}."
            raise Invalid("modifier.unknown", detail, f"/modifiers/{position}/id")
        group, modifier = offered[one.id]
        counts[group.id] += one.quantity
        chosen.append(
            OrderModifier(
                id=one.id,
                name=modifier.name,
                price=modifier.price,
                quantity=one.quantity,
                components=modifier.components,
            )
        )
    for group in groups:
        if not group.min <= counts[group.id] <= group.max:
            detail = f"{group.name}: choose {group.min} to {group.max}, not {counts[group.id]}."
            raise Invalid("modifier.count_invalid", detail, "/modifiers")
    return tuple(chosen)


def _weighed(
    line: LineInput,
    sellable: Sellable,
    label: Label,
    price: int,
    chosen: tuple[OrderModifier, ...],
    minor_units: int,
) -> Sold:
    """What a scale's label says, as often as such labels are on the line."""
    labels = Decimal(1) if line.quantity is None else line.quantity
    if labels != labels.to_integral_value():
        raise Invalid("order.quantity_not_whole", "The quantity is in the barcode: count barcodes.", "/quantity")
    quantity = label.quantity(sellable, price, minor_units) * labels
    amount = label.amount(minor_units)
    if amount is None:
        check_quantity(quantity, sellable.name, sellable.measured)
        return Sold(line, sellable, quantity, price, chosen)
    if chosen or line.price is not None:
        raise Invalid("barcode.price_fixed", "The price is in the barcode; it takes no other.", "/barcode")
    return Sold(line, sellable, quantity, price, chosen, amount * int(labels))


def _quantity(line: LineInput) -> Decimal:
    if line.quantity is None:
        raise Invalid("order.quantity_missing", "Only a scale's barcode has its quantity in it.", "/quantity")
    return line.quantity


def _unknown(line: LineInput) -> Invalid:
    field = "variant_id" if line.variant_id else "sku" if line.sku else "barcode"
    detail = f"There is nothing for sale with the {field} {getattr(line, field)}."
    return Invalid("variant.unknown", detail, f"/{field}")


def _check_active(sellable: Sellable, line: LineInput, at: str) -> None:
    begins, ends = sellable.active_from or "", sellable.active_until or "~"
    if not begins <= at < ends:
        field = "variant_id" if line.variant_id else "sku" if line.sku else "barcode"
        raise Invalid("product.not_active", f"{sellable.name} is not sold at this time.", f"/{field}")

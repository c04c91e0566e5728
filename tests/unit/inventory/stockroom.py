"""What the tests of receipts, transfers and counts do again and again."""

from typing import Any

from inventory import (
    complete_count,
    create_count,
    create_stock_receipt,
    create_transfer,
    list_levels,
    record_count_lines,
)
from staff import create_location
from tests.support.shop import Reply
from tests.unit.orders.till import Json, Till


def at_cost(variant_id: str, quantity: str, unit_cost: str) -> Json:
    """A line of a receipt."""
    return {"variant_id": variant_id, "quantity": quantity, "unit_cost": unit_cost}


def receive(till: Till, *lines: Json, headers: dict[str, str] | None = None, **fields: Any) -> Reply:
    """Take in a delivery."""
    body = {"location_id": till.shop.location_id, "lines": lines, **fields}
    return till.shop.call(create_stock_receipt.handler, body, headers=headers)


def level(till: Till, variant_id: str, location_id: str | None = None) -> Json:
    """The level of a variant, at the till's own location unless another is named."""
    query = {"location_id": location_id or till.shop.location_id, "variant_id": variant_id}
    [found] = till.shop.call(list_levels.handler, query=query).json["items"]
    one: Json = found
    return one


def another_location(till: Till, **fields: Any) -> str:
    """A second location of the till's shop; its id."""
    return str(till.shop.call(create_location.handler, {"name": "Gudang", **fields}).json["id"])


def transfer(
    till: Till, to_location_id: str, *lines: Json, headers: dict[str, str] | None = None, **fields: Any
) -> Reply:
    """Send stock from the till's location."""
    body = {"from_location_id": till.shop.location_id, "to_location_id": to_location_id, "lines": lines, **fields}
    return till.shop.call(create_transfer.handler, body, headers=headers)


def begin_count(till: Till, *variant_ids: str, headers: dict[str, str] | None = None, **fields: Any) -> Reply:
    """Begin a count at the till's location, of these variants unless the fields say otherwise."""
    body = {"location_id": till.shop.location_id, **({"variant_ids": variant_ids} if variant_ids else {}), **fields}
    return till.shop.call(create_count.handler, body, headers=headers)


def found(till: Till, count_id: str, *lines: Json, headers: dict[str, str] | None = None) -> Reply:
    """Say what was found on a count."""
    return till.shop.call(record_count_lines.handler, {"lines": lines}, id=count_id, headers=headers)


def complete(till: Till, count_id: str, headers: dict[str, str] | None = None) -> Reply:
    """Complete a count."""
    return till.shop.call(complete_count.handler, id=count_id, headers=headers)

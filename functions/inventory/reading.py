"""What a change of stock names, read in one round trip."""

from collections.abc import Sequence
from typing import Any

from catalog.models import Sellable
from catalog.store import sellable_ref
from inventory import rules
from inventory.models import NewTransfer
from inventory.rules import Line
from pos import dynamo
from pos.dynamo import Ref
from pos.errors import Invalid
from pos.http import Call
from staff.models import Location
from staff.store import location_ref, merchant_ref


def read_variants(call: Call[Any, Any], location_id: str, lines: Sequence[Line]) -> list[Sellable]:
    """The variants of these lines, which move at a location; 422 at what the merchant does not have, at what has no
    stock of its own, and at what is named twice.
    """
    location, variants = location_ref(call.merchant_id, location_id), _variant_refs(call, lines)
    found = dynamo.fetch([location, *variants])
    dynamo.resolve(location, found)
    return rules.counted(lines, [dynamo.resolve(variant, found) for variant in variants])


def read_transfer(call: Call[NewTransfer, None]) -> frozenset[str]:
    """The variants of a transfer that may not go below zero where it comes from; 422 as `read_variants`, and if it goes
    nowhere.
    """
    new = call.body
    if new.from_location_id == new.to_location_id:
        raise Invalid("transfer.same_location", "A transfer goes to another location.", "/to_location_id")
    merchant = merchant_ref(call.merchant_id)
    origin = _end(call, new.from_location_id, "/from_location_id")
    destination = _end(call, new.to_location_id, "/to_location_id")
    variants = _variant_refs(call, new.lines)
    wanted: list[Ref[Any]] = [merchant, origin, destination, *variants]
    found = dynamo.fetch(wanted)
    place = dynamo.resolve(origin, found)
    dynamo.resolve(destination, found)
    settings = dynamo.resolve(merchant, found)
    counted = rules.counted(new.lines, [dynamo.resolve(variant, found) for variant in variants])
    return frozenset(one.variant_id for one in counted if rules.stock_policy(one, place, settings) == "block")


def _variant_refs(call: Call[Any, Any], lines: Sequence[Line]) -> list[Ref[Sellable | None]]:
    return [sellable_ref(call.merchant_id, "variant", line.variant_id) for line in lines]


def _end(call: Call[Any, Any], location_id: str, pointer: str) -> Ref[Location]:
    named = location_ref(call.merchant_id, location_id)

    def read(item: dynamo.Item | None) -> Location:
        try:
            return named.read(item)
        except Invalid as unknown:
            raise Invalid(unknown.code, unknown.detail, pointer) from unknown

    return Ref(named.table, named.key, read)

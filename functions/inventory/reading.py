"""What a change of stock names, read in one round trip."""

from collections.abc import Sequence
from typing import Any

from catalog.models import Sellable
from catalog.store import sellable_ref
from inventory import rules
from inventory.rules import Line
from pos import dynamo
from pos.http import Call
from staff.store import location_ref


def read_variants(call: Call[Any, Any], location_id: str, lines: Sequence[Line]) -> list[Sellable]:
    """The variants of these lines, which move at a location; 422 at what the merchant does not have, at what has no
    stock of its own, and at what is named twice.
    """
    location = location_ref(call.merchant_id, location_id)
    variants = [sellable_ref(call.merchant_id, "variant", line.variant_id) for line in lines]
    found = dynamo.fetch([location, *variants])
    dynamo.resolve(location, found)
    return rules.counted(lines, [dynamo.resolve(variant, found) for variant in variants])

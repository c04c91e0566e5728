"""What a change of stock names, read in one round trip."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from catalog.models import Sellable
from catalog.store import sellable_ref
from inventory import rules, store
from inventory.models import MAX_COUNTED, NewCount, NewTransfer
from pos import dynamo
from pos.dynamo import Ref
from pos.errors import Invalid
from pos.http import Call
from staff.models import Location
from staff.store import location_ref, merchant_ref

_MOST_SEARCHED = 10_000  # variants, a hundred in each round trip, among which a category is looked for


def read_variants(
    call: Call[Any, Any], location_id: str, variant_ids: Sequence[str], pointer: str = "/lines/{}/variant_id"
) -> tuple[Location, list[Sellable]]:
    """The location and these variants, whose stock there somebody asks for; 422 at what the merchant does not have, at
    what has no stock of its own, and at what is named twice, by the `pointer` to each with its position.
    """
    location, variants = location_ref(call.merchant_id, location_id), _variant_refs(call, variant_ids)
    found = dynamo.fetch([location, *variants])
    place = dynamo.resolve(location, found)
    return place, rules.stocked(variant_ids, [dynamo.resolve(variant, found) for variant in variants], pointer)


def read_transfer(call: Call[NewTransfer, None]) -> tuple[Location, frozenset[str]]:
    """Where a transfer comes from, and the variants that may not go below zero there; 422 as `read_variants`, and if it
    goes nowhere.
    """
    new = call.body
    if new.from_location_id == new.to_location_id:
        raise Invalid("transfer.same_location", "A transfer goes to another location.", "/to_location_id")
    merchant = merchant_ref(call.merchant_id)
    origin = _end(call, new.from_location_id, "/from_location_id")
    destination = _end(call, new.to_location_id, "/to_location_id")
    variant_ids = [line.variant_id for line in new.lines]
    variants = _variant_refs(call, variant_ids)
    wanted: list[Ref[Any]] = [merchant, origin, destination, *variants]
    found = dynamo.fetch(wanted)
    place = dynamo.resolve(origin, found)
    dynamo.resolve(destination, found)
    settings = dynamo.resolve(merchant, found)
    stocked = rules.stocked(variant_ids, [dynamo.resolve(variant, found) for variant in variants])
    blocked = frozenset(one.variant_id for one in stocked if rules.stock_policy(one, place, settings) == "block")
    return place, blocked


def read_counted(call: Call[NewCount, None]) -> list[str]:
    """The variants that a count asks for; 422 as `read_variants`. Those of a category, or all, are those that have a
    level at the location.
    """
    new = call.body
    if new.variant_ids:
        read_variants(call, new.location_id, new.variant_ids, "/variant_ids/{}")
        return list(new.variant_ids)
    dynamo.get(location_ref(call.merchant_id, new.location_id))
    levels = store.all_levels(call.merchant_id, new.location_id)
    if new.category_id is None:
        return [level.variant_id for level in islice(levels, MAX_COUNTED + 1)]
    present = [level.variant_id for level in islice(levels, _MOST_SEARCHED + 1)]
    if len(present) > _MOST_SEARCHED:
        detail = f"There are more than {_MOST_SEARCHED} variants at this location; name those to count."
        raise Invalid("count.too_many", detail, "/category_id")
    variants = _variant_refs(call, present)
    found = dynamo.fetch(variants)
    known = [dynamo.resolve(variant, found) for variant in variants]
    return [one.variant_id for one in known if one is not None and one.category_id == new.category_id]


def _variant_refs(call: Call[Any, Any], variant_ids: Sequence[str]) -> list[Ref[Sellable | None]]:
    return [sellable_ref(call.merchant_id, "variant", id) for id in variant_ids]


def _end(call: Call[Any, Any], location_id: str, pointer: str) -> Ref[Location]:
    named = location_ref(call.merchant_id, location_id)

    def read(item: dynamo.Item | None) -> Location:
        try:
            return named.read(item)
        except Invalid as unknown:
            raise Invalid(unknown.code, unknown.detail, pointer) from unknown

    return Ref(named.table, named.key, read)

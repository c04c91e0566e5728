"""Stock as a source counts it. Two that sell from the same stock both change it, and both are right: so what is
compared is not what each has but what the source has changed since it last told, and that is moved here.

If the source owns stock (`on_hand`), the level becomes what it counts. If it never told a level, that is so once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog import store as catalog
from catalog.models import Sellable
from inventory import rules as inventory_rules
from inventory import store as inventory
from inventory.models import Cause, Level
from pos import dynamo, links
from pos.dynamo import Item, Ref
from pos.errors import DomainError, Invalid
from pos.http import Call
from pos.ids import derived_id
from pos.model import decimal_text
from staff.models import Location
from staff.store import location_ref
from sync import applying, rules, store
from sync.kinds import lost_race, read_record
from sync.models import Link, Owner, RecordResult, StockRecord, Sync
from sync.rules import StockChange, segment
from sync.telling import Teller, external_id_of

_ATTEMPTS = 8

type _Found = Mapping[tuple[str, tuple[str, str]], Item]


@dataclass(frozen=True, slots=True)
class Counted:
    """A record with what we have of it. `location` is read late, since that there is none is the record's fault."""

    record: StockRecord
    link: Link | None
    variant: Sellable | None
    level: Level | None
    found: _Found

    def location(self, merchant_id: str) -> Location:
        """Where it is counted; 422 if there is no such place."""
        return dynamo.resolve(location_ref(merchant_id, self.record.location_id), self.found)


def key(record: StockRecord) -> str:
    """What a record is about, as links name it: the place, and the source's name for the variant."""
    return f"{record.location_id}/{record.external_id}"


def match(call: Call[Any, Any], sync: Sync, records: Sequence[StockRecord]) -> list[Counted]:
    """Each record with its link, the variant and the level: three rounds of reads, a request for each hundred items."""
    merchant_id, source = call.merchant_id, sync.source
    links = {key(one): store.link_ref(merchant_id, source, "stock_level", key(one)) for one in records}
    names = {one.external_id: store.pointer_ref(merchant_id, source, "product", one.external_id) for one in records}
    codes = {key(one): _codes(merchant_id, one) for one in records}
    places = [location_ref(merchant_id, one.location_id) for one in records]
    found: dict[tuple[str, tuple[str, str]], Item] = dict(
        dynamo.fetch([*links.values(), *names.values(), *places, *(ref for refs in codes.values() for ref in refs)])
    )

    def product_ref(one: StockRecord) -> Ref[Link | None]:
        within = one.product_external_id or dynamo.resolve(names[one.external_id], found) or one.external_id
        return store.link_ref(merchant_id, source, "product", within)

    found |= dynamo.fetch(product_ref(one) for one in records)
    ids = {
        key(one): _variant_id(
            one,
            dynamo.resolve(links[key(one)], found),
            dynamo.resolve(product_ref(one), found),
            [dynamo.resolve(ref, found) for ref in codes[key(one)]],
        )
        for one in records
    }
    variants = {id: catalog.sellable_ref(merchant_id, "variant", id) for id in ids.values() if id is not None}
    levels = {
        key(one): inventory.level_ref(merchant_id, one.location_id, id)
        for one in records
        if (id := ids[key(one)]) is not None
    }
    found |= dynamo.fetch([*variants.values(), *levels.values()])
    return [
        Counted(
            one,
            dynamo.resolve(links[key(one)], found),
            dynamo.resolve(variants[id], found) if (id := ids[key(one)]) is not None else None,
            dynamo.resolve(levels[key(one)], found) if id is not None else None,
            found,
        )
        for one in records
    ]


def _codes(merchant_id: str, record: StockRecord) -> list[Ref[Sellable | None]]:
    named = [("variant", record.variant_id), ("sku", record.sku), ("barcode", record.barcode)]
    return [catalog.sellable_ref(merchant_id, by, value) for by, value in named if value]  # type: ignore[arg-type]


def _variant_id(
    record: StockRecord, link: Link | None, product: Link | None, coded: Sequence[Sellable | None]
) -> str | None:
    """The variant that a record is about: as its product's record says by now, else as before, else by its codes."""
    if product is not None and not product.deleted:
        parts = product.parts
        named = parts.get(segment(record.external_id))
        if named is not None:
            return named
        if len(parts) == 1 and record.product_external_id in (None, record.external_id):
            return next(iter(parts.values()))
    if link is not None:
        return link.entity_id
    return next((one.variant_id for one in coded if one is not None), None)


def apply(call: Call[Any, Any], sync: Sync, counted: Counted, owners: Mapping[str, Owner]) -> RecordResult:
    """Move what a record comes to, and keep what was told with it, in one transaction."""
    external_id = counted.record.external_id
    for attempt in range(_ATTEMPTS):
        try:
            return _apply(call, sync, counted, owners)
        except (inventory.Outrun, links.LinkTaken, dynamo.ConditionFailed):
            dynamo.pause(attempt)
        except DomainError as error:
            if error.status >= 500:
                raise
            if not lost_race(error):
                return applying.invalid(external_id, error)
            dynamo.pause(attempt)
        [counted] = match(call, sync, [counted.record])
    return RecordResult(external_id=external_id, result="deferred")


def _apply(call: Call[Any, Any], sync: Sync, counted: Counted, owners: Mapping[str, Owner]) -> RecordResult:
    record, link = counted.record, counted.link
    if link is not None and record.changed_at and link.changed_at and record.changed_at < link.changed_at:
        return _result(call, counted, "unchanged")
    place = counted.location(call.merchant_id)
    if record.deleted and (link is None or counted.variant is None):
        if link is not None and not link.deleted and not sync.dry_run:
            gone = link.model_copy(update={"deleted": True, "version": link.version + 1})
            dynamo.commit([store.link_write(call, sync.source, "stock_level", key(record), gone)])
        return _result(call, counted, "unchanged")
    variant = _stocked(counted)
    if link is not None and link.entity_id != variant.variant_id:
        link = Link(entity_id="", version=link.version)  # the source's name has gone to another variant
    change = rules.stock_change(
        link.base if link and link.entity_id else None,
        None if record.deleted else record.quantity,
        record.includes,
        counted.level.on_hand if counted.level else Decimal(0),
        rules.owner_of("on_hand", owners),
    )
    if not sync.dry_run:
        _write(call, sync, counted, link, variant, change, place)
    if change.delta == 0:
        return _result(call, counted, "unchanged")
    return _result(call, counted, "deleted" if record.deleted else "updated" if counted.level else "created")


def _stocked(counted: Counted) -> Sellable:
    """The variant, which has stock; 422 otherwise."""
    record, variant = counted.record, counted.variant
    if variant is None:
        detail = f"The source has told no variant {record.external_id}, and there is none by the other codes given."
        raise Invalid("variant.unknown", detail, "/external_id")
    [variant] = inventory_rules.stocked([variant.variant_id], [variant], "/external_id")
    return variant


def _write(
    call: Call[Any, Any],
    sync: Sync,
    counted: Counted,
    link: Link | None,
    variant: Sellable,
    change: StockChange,
    place: Location,
) -> None:
    record = counted.record
    version = link.version if link else 0
    following = Link(
        entity_id=variant.variant_id,
        version=version,
        base={"quantity": decimal_text(change.quantity), "includes": decimal_text(change.includes)},
        deleted=record.deleted,
        changed_at=record.changed_at or (link.changed_at if link else None),
    )
    if following == link and change.delta == 0:
        return
    kept = following.model_copy(update={"version": version + 1})
    writes = [store.link_write(call, sync.source, "stock_level", key(record), kept)]
    if change.delta:
        cause = Cause(
            type="adjustment",
            id=derived_id("adj", call.merchant_id, sync.source, key(record), str(version + 1)),
            reason="sync",
            source=sync.source,
            business_date=place.business_day(call.now),
        )
        moved = inventory.follow(
            call,
            (record.location_id, variant.variant_id),
            change.delta,
            cause,
            variant.cost,
            counted.level,
            as_read=change.absolute,
        )
        writes.append(moved)
    dynamo.commit(writes)


def _result(call: Call[Any, Any], counted: Counted, outcome: Any) -> RecordResult:
    variant = counted.variant
    place = counted.record.location_id
    id = inventory.level_id(call.merchant_id, place, variant.variant_id) if variant is not None else None
    return RecordResult(external_id=counted.record.external_id, result=outcome, id=id)


def _named(raw: Mapping[str, Any]) -> str | None:
    place, external_id = raw.get("location_id"), external_id_of(raw)
    return f"{place}/{external_id}" if isinstance(place, str) and external_id else None


def _gone(name: str) -> StockRecord:
    place, _, external_id = name.partition("/")
    return StockRecord(location_id=place, external_id=external_id, deleted=True)


TELLER = Teller(
    kind="stock_level",
    one_by_one=False,
    reader=lambda _: lambda raw: read_record(StockRecord, raw),
    key=key,
    named=_named,
    gone=_gone,
    waves=lambda records: [records],
    match=match,
    apply=apply,
)

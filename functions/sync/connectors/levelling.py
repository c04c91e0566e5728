"""Stock on both sides: each gets the other's changes (`rules.settle`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from catalog.models import Sellable
from catalog.store import sellable_ref
from inventory.models import AdjustedLine, Adjustment, Level, Reason
from inventory.store import add_adjustment, level_ref
from pos import clock, dynamo
from pos.clock import timestamp
from pos.dynamo import ConditionFailed
from pos.ids import new_id
from staff.store import location_ref
from sync.connectors import rules, store
from sync.connectors.interface import Refused, RemoteLevel
from sync.connectors.models import LevelLink
from sync.connectors.store import Overtaken
from sync.rules import segment
from sync.store import link_ref

if TYPE_CHECKING:
    from sync.connectors.running import Run


@dataclass(frozen=True, slots=True)
class _Shared:
    """A variant whose stock both sides have."""

    variant_id: str
    remote: RemoteLevel
    level: Level | None
    link: LevelLink | None
    sellable: Sellable


def settle(run: "Run") -> bool:
    """Look at all stock there and bring both sides to the same; False if the time is over."""
    if not run.connected.connector.share_stock:
        return True
    while not run.late():
        page = run.shop.levels(run.state.cursors.get("levels"))
        for one in _shared(run, page.items):
            _settle_one(run, one)
        run.advance("levels", None if page.last else page.cursor)
        if page.last:
            return True
    return False


def _shared(run: "Run", found: Sequence[RemoteLevel]) -> list[_Shared]:
    """Those of the levels that are of variants which both sides have, and count here: not bundles."""
    links = {one.product_id: link_ref(run.merchant_id, run.name, "product", one.product_id) for one in found}
    known = dynamo.fetch(links.values())
    ours: dict[str, RemoteLevel] = {}
    for one in found:
        link = dynamo.resolve(links[one.product_id], known)
        variant_id = link.parts.get(segment(one.variant_id)) if link is not None and not link.deleted else None
        if variant_id is not None:
            ours[variant_id] = one
    read = {
        id: (
            level_ref(run.merchant_id, run.location_id, id),
            store.level_ref(run.merchant_id, run.name, id),
            sellable_ref(run.merchant_id, "variant", id),
        )
        for id in ours
    }
    levels: Mapping[Any, Any] = dynamo.fetch(ref for refs in read.values() for ref in refs)
    shared = []
    for id, (level_at, link_at, sellable_at) in read.items():
        sellable = dynamo.resolve(sellable_at, levels)
        if sellable is not None and sellable.track_stock and not sellable.components:
            level, linked = dynamo.resolve(level_at, levels), dynamo.resolve(link_at, levels)
            shared.append(_Shared(id, ours[id], level, linked, sellable))
    return shared


def _settle_one(run: "Run", one: _Shared) -> None:
    try:
        _bring_together(run, one)
        run.free("level", "out", one.variant_id)
    except Refused as problem:
        run.stick("level", "out", one.variant_id, problem, one.sellable.name)
    except (ConditionFailed, Overtaken):
        run.count("levels.outrun")  # it moved meanwhile: the next run looks again


def _bring_together(run: "Run", one: _Shared) -> None:
    settled = rules.settle(one.link, one.level.on_hand if one.level else None, one.remote.available)
    before = one.link or LevelLink()
    link = settled.telling.model_copy(update={"version": before.version + 1})
    if settled.here:
        _adjust(run, one, settled.here, link)
        run.count("levels.changed_here")
    elif one.link is None or link != before.model_copy(update={"version": link.version}):
        store.commit([store.level_write(run.merchant_id, run.name, one.variant_id, link)])
    else:
        link = before
    if settled.there is not None:
        run.shop.set_level(one.remote, settled.there)
        after = settled.link.model_copy(update={"version": link.version + 1})
        store.commit([store.level_write(run.merchant_id, run.name, one.variant_id, after)])
        run.count("levels.changed_there")


def _adjust(run: "Run", one: _Shared, quantity: Decimal, link: LevelLink) -> None:
    """Move our stock, and keep the link that knows of it, in one transaction."""
    now = clock.now()
    reason: Reason = "opening" if one.link is None else "correction"
    adjustment = Adjustment(
        id=new_id("adj"),
        location_id=run.location_id,
        reason=reason,
        note=f"Stock of {run.connected.source.name or run.name}",
        lines=(AdjustedLine(variant_id=one.variant_id, quantity=quantity),),
        actor=run.connected.source.id,
        created_at=timestamp(now),
    )
    day = dynamo.get(location_ref(run.merchant_id, run.location_id)).business_day(now)
    write = store.level_write(run.merchant_id, run.name, one.variant_id, link).write
    add_adjustment(run.merchant_id, adjustment, [one.sellable.cost], day, now, [write])

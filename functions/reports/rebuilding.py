"""The rebuild: sheets of totals figured anew from orders and movements, and replaced where they differ.

A sheet is replaced by what it should hold as of a page of the feed, on condition that nobody changed it since it was
read; docs/reports.md says why the projector may run meanwhile, and why nobody ever reads anything that is less right
than before.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from inventory.models import Level
from pos.log import logger
from reports import effects, gathering, sheets, store
from reports.gathering import Found, Held, Look, Looking, Moved, Unit
from reports.jobs import Running, Unsettled
from reports.models import Rebuilt, Sale, StockMovement
from reports.recounting import Document
from reports.sheets import ANY, EMPTY, Figures, Place, Posting, Sheet, SheetKey
from reports.store import Unreadable

_TRIES = 20
_UNREADABLE = (LookupError, ValueError, ArithmeticError, zlib.error)

type _Sums = Mapping[Place, Figures]


class Rebuild:
    """Steps of one rebuild; it remembers from step to step what was changed since that began."""

    def __init__(self, running: Running) -> None:
        self._looking = Looking(running, _count, _count_movement, _buyers)

    def step(self, running: Running) -> Running:
        """Do the next step."""
        match running.work.phase:
            case "made" | "changed":
                return _list_orders(running)
            case "stock":
                return gathering.list_movements(running, _go_through)
            case "days":
                return self._project(running)
        return _restore(running)

    def _project(self, running: Running) -> Running:
        """Put the sheets of a unit right. One that changes meanwhile is looked at again, with all others."""
        unit, corrected = gathering.unit(running), 0
        for _ in range(_TRIES):
            look = self._looking.look(running, unit)
            wanted = _sheets(unit, look)
            wrong = {key: sheet for key, sheet in wanted.items() if sheet.rows != look.sheets.get(key, EMPTY).rows}
            written = [
                store.write_sheet(running.merchant_id, key, sheet, was=look.sheets.get(key, EMPTY))
                for key, sheet in sorted(wrong.items())
            ]
            corrected += sum(written)
            if all(written):
                return _counted(gathering.after_unit(running, unit), sheets=len(wanted), corrected=corrected)
        raise Unsettled


def _list_orders(running: Running) -> Running:
    seen = 0

    def see(found: Found) -> set[str]:
        nonlocal seen
        seen += 1
        return {place.sheet.day for place in _count(found.held(running.merchant_id))}

    return _counted(gathering.list_orders(running, see), orders=seen)


def _go_through(_level: Level, movements: Iterator[Moved]) -> None:
    for _ in movements:
        pass  # they are listed as they go by


def _counted(running: Running, **more: int) -> Running:
    rebuilt = running.job.rebuild or Rebuilt()
    update = {name: getattr(rebuilt, name) + count for name, count in more.items()}
    return running.with_(running.work, rebuild=rebuilt.model_copy(update=update))


# --- what sheets should hold -----------------------------------------------------------------------------------------


def _sheets(unit: Unit, look: Look[_Sums]) -> dict[SheetKey, Sheet]:
    """The unit's sheets as of the page that was looked at: those that there are, and those that there should be."""
    postings: defaultdict[SheetKey, list[Posting]] = defaultdict(list)
    for part in look.parts:
        for place, figures in part.items():
            if _is_of(unit, place):
                postings[place.sheet].append(Posting(look.page, place, figures))
    wanted = {}
    for key in look.sheets.keys() | postings.keys():
        there = look.sheets.get(key, EMPTY)
        summed = sheets.sheet_after(EMPTY, postings[key], look.page)
        rows = dict(summed.rows)
        if key.book == "buyer":  # of all days, of which this is one
            others = {day: figures for day, figures in there.rows.get("day", {}).items() if day != unit.day}
            days = {**others, **summed.rows.get("day", {})}
            rows = {"day": days} if days else {}
        wanted[key] = Sheet(look.page, rows, there.build + 1)
    return wanted


def _is_of(unit: Unit, place: Place) -> bool:
    if place.sheet.book == "buyer":
        return unit.has(place.group, ANY)
    return unit.has(place.sheet.day, place.sheet.location_id)


def _count(held: Held) -> _Sums:
    """What an order comes to by the versions that totals hold, and what those changed of days that were over.

    A version that cannot be read adds nothing, and so does the one after it, unless a later one can: the projector has
    set them aside.
    """
    last = _sale(held.last()) if held.in_line else None
    if last is None:
        return _summed(posting for change in _changes(held) for posting in effects.post(0, *change))
    sums = effects.effect(last)
    if not effects.began_today(last):
        for posting in (one for change in _changes(held) for one in effects.post(0, *change)):
            if posting.place.dimension == sheets.LATE:
                sums[posting.place].update(posting.figures)
    return sums


def _summed(postings: Iterable[Posting]) -> _Sums:
    sums: defaultdict[Place, Figures] = defaultdict(Counter)
    for posting in postings:
        sums[posting.place].update(posting.figures)
    return sums


def _changes(held: Held) -> Iterator[tuple[Sale | None, Sale]]:
    """Each version that totals hold, behind the one before it, of those that can be read."""
    changes = [(None, held.document)] if held.version == 1 and held.versions else held.changes()
    for (before, after), version in zip(changes, held.versions, strict=True):
        sales = None if version == 1 else _sale(before), _sale(after)
        if sales[1] is not None and (version == 1 or sales[0] is not None):
            yield sales[0], sales[1]


def _sale(document: bytes | None) -> Sale | None:
    """The order in a document; None if it cannot be read."""
    if document is None:
        return None
    try:
        sale = Sale.model_validate_json(document)
        effects.effect(sale)
    except _UNREADABLE:
        logger.warning("version not readable")
        return None
    return sale


def _count_movement(movement: Document) -> _Sums:
    """What a movement comes to; nothing if it cannot be read."""
    return _read_movement(movement) or {}


def _read_movement(movement: Document) -> _Sums | None:
    try:
        return _summed(effects.post_movement(0, StockMovement.model_validate(movement)))
    except _UNREADABLE:
        logger.warning("movement not readable")
        return None


def _buyers(sums: _Sums) -> Iterator[SheetKey]:
    return (place.sheet for place in sums if place.sheet.book == "buyer")


# --- events that were set aside --------------------------------------------------------------------------------------


def _restore(running: Running) -> Running:
    """Forget those events that were set aside and can be read now, if all that they tell of is on days that were
    projected again; the end.
    """
    restored = 0
    first, last = running.job.from_.isoformat(), running.job.to.isoformat()
    for aside in store.quarantined(running.merchant_id):
        if aside.page > running.work.known:
            continue  # totals may have gone by it after they were projected again
        sums = _added(running.merchant_id, aside)
        if sums is not None and all(place.sheet.day == ANY or first <= place.sheet.day <= last for place in sums):
            store.release(running.merchant_id, aside.event_id)
            restored += 1
    return _counted(running.with_(running.work, status="done"), restored=restored)


def _added(merchant_id: str, aside: Unreadable) -> _Sums | None:
    """What an event adds; None if it cannot be read."""
    pk, sk = aside.outbox
    entity_id, version = pk.partition("#")[2], int(sk[1:])
    if effects.tells_of_movement(aside.event_type):
        movement = gathering.read_movement(gathering.event_data(merchant_id, entity_id, [version])[version])
        return None if movement is None else _read_movement(movement)
    data = gathering.event_data(merchant_id, entity_id, [version - 1, version])
    before, after = _sale(data[version - 1]), _sale(data[version])
    if after is None or (before is None and version > 1):
        return None
    return _summed(effects.post(0, before, after))

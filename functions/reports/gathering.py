"""Finding the orders and movements that some days' totals are made of, as those totals hold them: for what counts them
again.

Totals hold the feed up to a page, and orders go on changing; so an order is looked at as of that page, not as it is by
now. docs/reports.md says why nothing is missed.
"""

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from typing import Any, NamedTuple

from inventory import store as inventory
from inventory.models import Level
from orders import store as orders
from pos import clock, dynamo, outbox
from pos.dynamo import Item, Ref
from pos.log import logger
from pos.outbox import Entity
from reports import jobs, recounting, store
from reports.jobs import Listed, Running, Unsettled
from reports.recounting import Document
from reports.sheets import Book, Sheet, SheetKey
from staff import store as staff
from webhooks import store as feed
from webhooks.store import FeedRef

_ORDERS_A_STEP = 500
_PAGES_A_STEP = 20
_LEVELS_A_STEP = 100
_MOVEMENTS_A_PAGE = 200
_ORDERS_A_UNIT = 5000
_LOOKS = 20
_BOOKS: Sequence[Book] = ("day", "category", "product", "customer", "basket")
"""Those that have sheets of a day and location."""
LAST = "~"
"""Behind all locations, or all variants."""


# --- what the feed has of an order, or of a movement -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """An order, and which of its versions the totals hold."""

    merchant_id: str
    id: str
    document: bytes
    version: int
    versions: tuple[int, ...]

    @property
    def in_line(self) -> bool:
        """Whether they hold all versions up to some one."""
        return self.versions == _all(len(self.versions))

    def last(self) -> bytes | None:
        """The last version that they hold, if they are `in_line`; None if they hold none, or its event is missing."""
        if len(self.versions) == self.version:
            return self.document
        return self._read([len(self.versions)])[len(self.versions)] if self.versions else None

    def changes(self) -> list[tuple[bytes | None, bytes | None]]:
        """Each version that they hold, behind the one before it; None before the first, and for what is missing."""
        read = self._read({number for version in self.versions for number in (version - 1, version) if number})
        return [(read.get(version - 1), read[version]) for version in self.versions]

    def _read(self, versions: Iterable[int]) -> dict[int, bytes | None]:
        return event_data(self.merchant_id, self.id, versions)


@dataclass(frozen=True, slots=True)
class Found:
    """An order, and on which page of the feed each of its versions is (None: on none)."""

    id: str
    document: bytes
    order: Document
    pages: tuple[int | None, ...]

    @property
    def unpublished(self) -> list[int]:
        """The versions that are not in the feed."""
        return [version for version, page in enumerate(self.pages, 1) if page is None]

    def held(self, merchant_id: str, page: int | None = None) -> Held:
        """The order as of a page of the feed, or as it is."""
        versions = [
            version for version, at in enumerate(self.pages, 1) if page is None or (at is not None and at <= page)
        ]
        return Held(merchant_id, self.id, self.document, len(self.pages), tuple(versions))


class Moved(NamedTuple):
    """A movement of stock, and on which page of the feed it is (None: on none)."""

    movement: Document
    page: int | None


# --- listing by day --------------------------------------------------------------------------------------------------


def list_orders(running: Running, see: Callable[[Found], Iterable[str]]) -> Running:
    """A step: list some more orders by the days on which they count, which `see` tells of each."""
    work = running.work
    if work.phase == "made":
        page = orders.list_orders(
            running.merchant_id,
            active=False,
            low=work.low,
            high=None,
            limit=_ORDERS_A_STEP,
            cursor=work.cursor,
        )
        _list(running, find(running.merchant_id, [dynamo.unpack(item["doc"]) for item in page.items]), see)
        after = {"cursor": page.next_cursor, "chunks": work.chunks + 1}
        if page.next_cursor is None:
            after["phase"] = "changed"
        return running.with_(work.model_copy(update=after))
    last = min(work.start + _PAGES_A_STEP, work.known)
    named = _named(running.merchant_id, work.start, last)
    ids = {ref.entity_id: None for ref in named if ref.type.startswith("order.")}
    older = [one for one in load(running.merchant_id, ids) if one.order["created_at"] < work.low]
    _list(running, older, see)
    update = {"start": last, "chunks": work.chunks + 1, "phase": "stock" if last >= work.known else "changed"}
    return running.with_(work.model_copy(update=update))


def list_movements(running: Running, see: Callable[[Level, Iterator[Moved]], None]) -> Running:
    """A step: list the movements of some more levels by day; `see` goes through those of each, newest first, back to
    the last one before the job's first day.
    """
    work = running.work
    location_id, _, variant_id = (work.cursor or "").partition("#")
    if variant_id in ("", LAST):
        place, variant_id = staff.location_after(running.merchant_id, location_id), ""
        if place is None:
            return running.with_(work.model_copy(update={"phase": "days", "cursor": None}))
        location_id = place
    levels = inventory.levels_after(running.merchant_id, location_id, variant_id, _LEVELS_A_STEP)
    for level in levels:
        if level.updated_at >= work.low:
            see(level, _movements(running, level))
    behind = levels[-1].variant_id if len(levels) == _LEVELS_A_STEP else LAST
    return running.with_(work.model_copy(update={"cursor": f"{location_id}#{behind}"}))


def _list(running: Running, found: Iterable[Found], see: Callable[[Found], Iterable[str]]) -> None:
    first, last = running.job.from_.isoformat(), running.job.to.isoformat()
    days: defaultdict[str, list[Listed]] = defaultdict(list)
    for one in found:
        certain = all(page is not None and page <= running.work.known for page in one.pages)
        row = Listed(one.order["location_id"], one.id, len(one.pages) if certain else 0)
        for day in set(see(one)):
            if first <= day <= last:
                days[day].append(row)
    jobs.put_chunk(running, days, clock.now())


def _movements(running: Running, level: Level) -> Iterator[Moved]:
    """A level's movements; those that the totals hold for certain are listed as they go by."""
    merchant_id, work = running.merchant_id, running.work
    level_id = inventory.level_id(merchant_id, level.location_id, level.variant_id)
    cursor = None
    while True:
        page = inventory.list_movements(merchant_id, level.location_id, level.variant_id, _MOVEMENTS_A_PAGE, cursor)
        read = [read_movement(_read_data(item)) for item in page.items]
        movements = [one for one in read if one is not None]
        refs = [_position(merchant_id, Entity("level", level_id, one["version"])) for one in movements]
        found = dynamo.fetch(refs)
        positions = [dynamo.resolve(ref, found) for ref in refs]
        moved = [
            Moved(movement, None if position is None else position.page)
            for movement, position in zip(movements, positions, strict=True)
        ]
        since = [one for one in moved if one.movement["at"] >= work.low]
        certain = [one.movement for one in since if one.page is not None and one.page <= work.known]
        jobs.put_movements(running, certain, clock.now())
        yield from moved[: len(since) + 1]
        cursor = page.next_cursor
        if cursor is None or len(since) < len(moved):
            return


# --- reading orders --------------------------------------------------------------------------------------------------


def find(merchant_id: str, documents: Iterable[bytes]) -> list[Found]:
    """These orders, with where the feed has their versions."""
    read = [(document, recounting.read(document)) for document in documents]
    refs = {
        (order["id"], version): _position(merchant_id, Entity("order", order["id"], version))
        for _, order in read
        for version in range(1, order["version"] + 1)
    }
    found = dynamo.fetch(refs.values())

    def page(order: Document, version: int) -> int | None:
        position = dynamo.resolve(refs[order["id"], version], found)
        return None if position is None else position.page

    return [
        Found(order["id"], document, order, tuple(page(order, one) for one in range(1, order["version"] + 1)))
        for document, order in read
    ]


def load(merchant_id: str, ids: Iterable[str]) -> Iterator[Found]:
    """The orders of these ids, a hundred at a time."""
    for some in batched(ids, 100, strict=False):
        yield from find(merchant_id, _documents(merchant_id, some).values())


def event_data(merchant_id: str, entity_id: str, versions: Iterable[int]) -> dict[int, bytes | None]:
    """What the events of versions carry; None for what is missing or no longer what was packed."""
    refs = {
        version: Ref(outbox.TABLE, outbox.item_key(merchant_id, entity_id, version), _read_data) for version in versions
    }
    found = dynamo.fetch(refs.values())
    return {version: dynamo.resolve(ref, found) for version, ref in refs.items()}


def _read_data(item: Item | None) -> bytes | None:
    try:
        return None if item is None else dynamo.unpack(item["data"])
    except zlib.error:
        logger.warning("event data not readable", extra={"key": [item["pk"], item["sk"]] if item else None})
        return None


def read_movement(data: bytes | None) -> Document | None:
    """The movement that an event tells of; None if it cannot be read, which leaves a gap in the level's ledger."""
    try:
        return None if data is None else recounting.read(data)
    except ValueError:
        logger.warning("movement not readable")
        return None


def _documents(merchant_id: str, ids: Iterable[str]) -> dict[str, bytes]:
    refs = {id: orders.document_ref(merchant_id, id) for id in ids}
    found = dynamo.fetch(refs.values())
    read = {id: dynamo.resolve(ref, found) for id, ref in refs.items()}
    return {id: document for id, document in read.items() if document is not None}


def _position(merchant_id: str, entity: Entity) -> Ref[Any]:
    """Where the feed has the first event of a version, which stands for it."""
    return feed.position_ref(merchant_id, outbox.event_id(merchant_id, entity, 0))


def _named(merchant_id: str, start: int, last: int) -> Iterator[FeedRef]:
    """The events on the pages of the feed after `start`, up to `last`."""
    while start < last:
        pages = [page for page in feed.pages_after(merchant_id, start, _PAGES_A_STEP) if page.number <= last]
        for page in pages:
            yield from page.refs
        start = pages[-1].number


# --- a day's totals, and what they are made of -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unit:
    """Some locations of a day, those behind `after` up to `until`, few enough to be counted at once; or, of a day that
    has too many, only what is counted wherever it is (`everywhere`).
    """

    day: str
    after: str
    until: str
    everywhere: bool
    orders: tuple[Listed, ...]

    def has(self, day: str, location_id: str) -> bool:
        """Whether it is about this day and location."""
        if location_id == recounting.EVERYWHERE:
            return day == self.day and self.everywhere
        return day == self.day and self.after < location_id <= self.until


def unit(running: Running) -> Unit:
    """What a job has to look at next."""
    day, after = running.work.day.isoformat(), running.work.after
    rows = jobs.listed(running, day)
    if after == LAST:
        return Unit(day, LAST, LAST, True, tuple(rows))
    left = [row for row in rows if row.location_id > after]
    if len(left) <= _ORDERS_A_UNIT:
        return Unit(day, after, LAST, after == "", tuple(left))
    until = left[_ORDERS_A_UNIT].location_id
    return Unit(day, after, until, False, tuple(row for row in left if row.location_id <= until))


def after_unit(running: Running, done: Unit) -> Running:
    """The job behind this unit."""
    work, job = running.work, running.job
    if not done.everywhere:
        return running.with_(work.model_copy(update={"after": done.until, "waits": 0}))
    days_done = job.days_done + 1
    if work.day >= job.to:
        return running.with_(work.model_copy(update={"phase": "rest"}), days_done=days_done)
    update = {"day": work.day + timedelta(days=1), "after": "", "waits": 0}
    return running.with_(work.model_copy(update=update), days_done=days_done)


@dataclass(frozen=True, slots=True)
class Look[T]:
    """The totals of a unit as of one page of the feed, and what its orders and movements come to as of that page."""

    page: int
    sheets: dict[SheetKey, Sheet]
    parts: list[T]


class Looking[T]:
    """Looks at units; what is changed while a job runs is counted again.

    `order` and `movement` say what one comes to, `buyers` which sheets of buyers that concerns.
    """

    def __init__(
        self,
        running: Running,
        order: Callable[[Held], T],
        movement: Callable[[Document], T],
        buyers: Callable[[T], Iterable[SheetKey]],
    ) -> None:
        self._merchant_id = running.merchant_id
        self._page = running.work.known
        self._order, self._movement, self._buyers = order, movement, buyers
        self._changed: dict[str, T] = {}
        self._moved: list[T] = []

    def look(self, running: Running, unit: Unit) -> Look[T]:
        """Raises Unsettled if the totals do not stand still for so long."""
        for attempt in range(_LOOKS):
            page = self._checkpoint()
            sheets = self._sheets(unit)
            if self._checkpoint() == page and all(sheet.through <= page for sheet in sheets.values()):
                parts = [*self._counted(unit, page), *self._counted_movements(running, unit)]
                buyers = self._sheets_of_buyers(parts) if unit.everywhere else {}
                if all(sheet.through <= page for sheet in buyers.values()):
                    return Look(page, sheets | buyers, parts)
            dynamo.pause(attempt)
        raise Unsettled

    def _checkpoint(self) -> int:
        return dynamo.get(store.checkpoint_ref(self._merchant_id)).page

    def _sheets(self, unit: Unit) -> dict[SheetKey, Sheet]:
        if unit.after == LAST:
            return {}
        return dict(
            sheet
            for book in _BOOKS
            for sheet in store.read_sheets_of(self._merchant_id, book, unit.day, unit.after, unit.until)
        )

    def _sheets_of_buyers(self, parts: Iterable[T]) -> dict[SheetKey, Sheet]:
        refs = {key: store.sheet_ref(self._merchant_id, key) for part in parts for key in self._buyers(part)}
        found = dynamo.fetch(refs.values())
        return {key: dynamo.resolve(ref, found) for key, ref in refs.items()}

    def _counted(self, unit: Unit, page: int) -> Iterator[T]:
        self._follow(page)
        yield from self._changed.values()
        rows = (row for row in unit.orders if row.order_id not in self._changed)
        for some in batched(rows, 100, strict=False):
            documents = _documents(self._merchant_id, [row.order_id for row in some])
            again = []
            for row in some:
                document = documents[row.order_id]
                if row.version and recounting.read(document)["version"] == row.version:
                    yield self._order(Held(self._merchant_id, row.order_id, document, row.version, _all(row.version)))
                else:
                    again.append(document)
            for found in find(self._merchant_id, again):
                yield self._order(found.held(self._merchant_id, page))

    def _counted_movements(self, running: Running, unit: Unit) -> Iterator[T]:
        yield from self._moved
        if unit.after != LAST:
            yield from map(self._movement, jobs.movements(running, unit.day, unit.after, unit.until))

    def _follow(self, page: int) -> None:
        """Count anew what the feed told of since it was last asked."""
        if page <= self._page:
            return
        refs = list(_named(self._merchant_id, self._page, page))
        for found in load(self._merchant_id, {ref.entity_id: None for ref in refs if ref.type.startswith("order.")}):
            self._changed[found.id] = self._order(found.held(self._merchant_id, page))
        for some in batched((ref for ref in refs if ref.type == "inventory.updated"), 100, strict=False):
            items = dynamo.fetch(map(feed.outbox_ref, some))
            read = [read_movement(_read_data(item)) for item in items.values()]
            self._moved += [self._movement(one) for one in read if one is not None]
        self._page = page


def _all(version: int) -> tuple[int, ...]:
    return tuple(range(1, version + 1))

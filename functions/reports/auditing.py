"""The audit: totals against orders and movements, the feed against orders' versions, stock against its movements.

Totals are compared as of the page of the feed that they hold, so what is still on its way is told apart and is no
difference. What the feed lacks is one, once it is too old to be on its way.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from inventory.models import Level
from pos import clock, dynamo, outbox
from pos.clock import timestamp
from pos.model import decimal_text
from reports import gathering, recounting
from reports.gathering import Found, Held, Looking, Moved
from reports.jobs import Running
from reports.models import Audited, Difference
from reports.recounting import BASKET, EVERYWHERE, Document, Row, Sums
from reports.sheets import Sheet, SheetKey

_SHOWN = 200
_ON_ITS_WAY = timedelta(minutes=15)
"""How long an event may take to get into the feed, or a movement onto the ledger, before it counts as missing."""


class Audit:
    """Steps of one audit; it remembers from step to step what was changed since that began."""

    def __init__(self, running: Running) -> None:
        self._looking = Looking(running, _count, recounting.recount_movement, _buyers)
        self._merchant_id = running.merchant_id

    def step(self, running: Running) -> Running:
        """Do the next step."""
        match running.work.phase:
            case "made" | "changed":
                return _list_orders(running)
            case "stock":
                return _list_movements(running)
            case "days":
                return self._compare(running)
        return running.with_(running.work, status="done")

    def _compare(self, running: Running) -> Running:
        unit = gathering.unit(running)
        look = self._looking.look(running, unit)
        expected = recounting.empty()
        for part in look.parts:
            recounting.add(
                expected, {row: figures for row, figures in part.items() if unit.has(row.day, row.location_id)}
            )
        found = {row: figures for row, figures in _found(look.sheets) if unit.has(row.day, row.location_id)}
        after = gathering.after_unit(running, unit)
        audited = _audited(after)
        compared = sum(len(figures) for figures in expected.values())
        audited = audited.model_copy(update={"page": look.page, "figures": audited.figures + compared})
        return _told(after, audited, _differences(expected, found))


def _audited(running: Running) -> Audited:
    return running.job.audit or Audited()


def _told(running: Running, audited: Audited, differences: Iterable[Difference]) -> Running:
    """The audit with what was found."""
    shown, count = list(audited.differences), audited.difference_count
    for one in differences:
        count += 1
        if len(shown) < _SHOWN:
            shown.append(one)
    update = {"differences": tuple(shown), "difference_count": count, "equal": count == 0}
    return running.with_(running.work, audit=audited.model_copy(update=update))


# --- orders and the feed ---------------------------------------------------------------------------------------------


def _list_orders(running: Running) -> Running:
    seen: list[Found] = []

    def see(found: Found) -> Iterable[str]:
        seen.append(found)
        return {row.day for row in _count(found.held(running.merchant_id))}

    after = gathering.list_orders(running, see)
    audited = _audited(running)
    missing = [(one, version) for one in seen for version in one.unpublished]
    lost = list(_lost(running, missing))
    newer = sum(page is not None and page > running.work.known for one in seen for page in one.pages)
    update = {
        "orders": audited.orders + len(seen),
        "versions": audited.versions + sum(len(one.pages) for one in seen),
        "pending": audited.pending + newer + len(missing) - len(lost),
    }
    return _told(after, audited.model_copy(update=update), lost)


def _lost(running: Running, missing: list[tuple[Found, int]]) -> Iterator[Difference]:
    """Those versions that the feed lacks, and not only because they are on their way into it."""
    refs = {(one.id, version): outbox.time_ref(running.merchant_id, one.id, version) for one, version in missing}
    found = dynamo.fetch(refs.values())
    until = timestamp(datetime.fromisoformat(running.job.created_at) - _ON_ITS_WAY)
    for one, version in missing:
        at = dynamo.resolve(refs[one.id, version], found)
        if at is None or at < until:
            yield Difference(
                kind="feed",
                location_id=one.order["location_id"],
                dimension="order",
                group=one.id,
                figure=f"version {version}",
                expected="in the feed",
                found="no event" if at is None else "not in the feed",
            )


# --- stock -----------------------------------------------------------------------------------------------------------


def _list_movements(running: Running) -> Running:
    ledgers: list[_Ledger] = []
    late = timestamp(clock.now() - _ON_ITS_WAY)

    def see(level: Level, movements: Iterator[Moved]) -> None:
        ledgers.append(_Ledger(level, movements, late))

    after = gathering.list_movements(running, see)
    audited = _audited(running)
    update = {
        "levels": audited.levels + len(ledgers),
        "movements": audited.movements + sum(one.movements for one in ledgers),
        "pending": audited.pending + sum(one.pending for one in ledgers),
    }
    return _told(after, audited.model_copy(update=update), [found for one in ledgers for found in one.differences])


class _Ledger:
    """One level against its movements: each version has one, which led from what the one before it had led to, and the
    last led to what the level says. What is made after `late` may be missing.
    """

    def __init__(self, level: Level, movements: Iterator[Moved], late: str) -> None:
        self.movements = self.pending = 0
        self.differences: list[Difference] = []
        self._level, self._late = level, late
        due, on_hand, newer = level.version, level.on_hand, level.updated_at
        ended = False
        for movement, page in movements:
            version = movement["version"]
            if version > due:
                continue  # made since the level was read
            if version < due:
                self._miss(f"versions {version + 1} to {due}", due - version, newer, "no movement")
            elif Decimal(movement["on_hand"]) != on_hand:
                self._differ(f"on_hand of version {version}", decimal_text(on_hand), movement["on_hand"])
            if page is None:
                self._miss(f"version {version}", 1, movement["at"], "not in the feed")
            self.movements += 1
            due, newer = version - 1, movement["at"]
            on_hand = Decimal(movement["on_hand"]) - Decimal(movement["change"])
            ended = True
        if not ended:
            self._miss(f"versions 1 to {due}", due, newer, "no movement")
        elif due == 0 and on_hand:
            self._differ("on_hand before version 1", "0", decimal_text(on_hand))

    def _miss(self, figure: str, versions: int, made: str, found: str) -> None:
        """Movements are not where they should be, the last of which was made at a moment."""
        if made >= self._late:
            self.pending += versions
        else:
            self._differ(figure, "a movement in the feed", found)

    def _differ(self, figure: str, expected: str, found: str) -> None:
        self.differences.append(
            Difference(
                kind="stock",
                location_id=self._level.location_id,
                dimension="level",
                group=self._level.variant_id,
                figure=figure,
                expected=expected,
                found=found,
            )
        )


# --- totals ----------------------------------------------------------------------------------------------------------


def _count(held: Held) -> Sums:
    """What an order comes to by the versions that totals hold, and what those changed of days that were over."""
    sums = recounting.empty()
    document = held.last() if held.in_line else None
    if document is not None:
        last = recounting.read(document)
        recounting.add(sums, recounting.recount(last))
        if recounting.last_day(last) > recounting.first_day(last):
            for before, after in _changes(held):
                recounting.add(sums, recounting.recount_late(before, after))
        return sums
    for before, after in _changes(held):
        recounting.add(sums, recounting.recount(after))
        recounting.add(sums, recounting.recount_late(before, after))
        if before is not None:
            recounting.add(sums, recounting.recount(before), -1)
    return sums


def _changes(held: Held) -> list[tuple[Document | None, Document]]:
    if held.version == 1 and held.versions:
        return [(None, recounting.read(held.document))]
    return [
        (None if before is None else recounting.read(before), recounting.read(after))
        for before, after in held.changes()
        if after is not None  # a missing event is told by `_lost`
    ]


def _buyers(part: Sums) -> Iterator[SheetKey]:
    """The sheets of the buyers that these figures tell of."""
    for row in part:
        if row.dimension == "buyer":
            yield SheetKey("buyer", EVERYWHERE, EVERYWHERE, row.currency, row.group)


def _found(sheets: Mapping[SheetKey, Sheet]) -> Iterator[tuple[Row, Mapping[str, int]]]:
    for key, sheet in sheets.items():
        for dimension, groups in sheet.rows.items():
            name, _, currency = dimension.partition("@")  # of products, the dimension says the currency
            for group, figures in groups.items():
                if key.book == "buyer":
                    yield Row(group, EVERYWHERE, key.currency, "buyer", key.part), figures
                else:
                    yield Row(key.day, key.location_id, currency or key.currency, name, group), figures


def _differences(expected: Sums, found: Mapping[Row, Mapping[str, int]]) -> Iterator[Difference]:
    for row in sorted(expected.keys() | found.keys()):
        if row.dimension == BASKET and row not in found:
            continue  # totals keep a sample
        due: Mapping[str, int] = expected.get(row, {})
        there = found.get(row, {})
        for figure in sorted(due.keys() | there.keys()):
            if due.get(figure, 0) != there.get(figure, 0):
                yield Difference(
                    kind="total",
                    day=row.day,
                    location_id=None if row.location_id == EVERYWHERE else row.location_id,
                    currency=None if row.currency == EVERYWHERE else row.currency,
                    dimension=row.dimension,
                    group=row.group,
                    figure=figure,
                    expected=_shown(figure, due.get(figure, 0)),
                    found=_shown(figure, there.get(figure, 0)),
                )


def _shown(figure: str, amount: int) -> int | str:
    """Money as it is, quantities and costs as the decimals that reports answer."""
    if figure == "cost" or figure.endswith(":cost"):
        return decimal_text(Decimal(amount).scaleb(-9))
    if figure.endswith(("quantity", "uncosted", "on_hand")) or figure.startswith(("in:", "out:")):
        return decimal_text(Decimal(amount).scaleb(-3))
    return decimal_text(Decimal(amount).scaleb(-6)) if figure == "average_cost" else amount

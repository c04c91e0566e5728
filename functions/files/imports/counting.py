"""Counts of stock that a file tells: they become counts of the inventory, by its own rules and with these as cause."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import batched

from catalog.models import Sellable
from files.imports import journal, plans
from files.imports.journal import Mark
from files.imports.models import FieldChange
from files.imports.plans import Kind, Plan, Undone, Work
from files.imports.products import read_variants, variant_of
from files.imports.records import Part, Record, problem
from inventory import counts, rules, store
from inventory.models import MAX_LINES, Cause, Count, CountLine, FoundLine, Level, Movement
from pos import dynamo
from pos.clock import timestamp
from pos.documents import stamp
from pos.errors import DomainError, Invalid, NotFound
from pos.http import Answer
from pos.ids import derived_id
from pos.model import decimal_text
from pos.words import fold
from staff.models import Location
from staff.store import location_ref

_HISTORY_A_PAGE, _MOST_PAGES = 50, 20
_ATTEMPTS = 8
_SAYS_HOW_MUCH = frozenset({"count", "sync"})
"""Reasons of adjustments that say how much there is: what was counted before does not matter behind them."""


class StockCounts(Kind):
    """Counts of what is there: a count of the inventory for each location and batch."""

    def plans(self, work: Work, batch: Sequence[Record]) -> list[Plan]:
        """What each of these counts comes to, against the levels of this moment."""
        there = read_variants(work, batch)
        places = {one.id: one for one in work.locations}
        named: dict[int, tuple[Sellable, str] | Plan] = {}
        for record in batch:
            part = Part(record.line, record.whole)
            try:
                if record.problems:
                    named[record.number] = plans.refused(record.problems, record)
                else:
                    named[record.number] = _stocked(variant_of(there, part)), _place(work, record, places)
            except DomainError as error:
                named[record.number] = plans.refusal(work.job, record, error, partial(_where, record))
        pairs = [one for one in named.values() if not isinstance(one, Plan)]
        refs = {
            (place, one.variant_id): store.level_ref(work.merchant_id, place, one.variant_id) for one, place in pairs
        }
        found = dynamo.fetch(refs.values())
        levels = {key: dynamo.resolve(ref, found) for key, ref in refs.items()}
        seen: set[tuple[str, str]] = set()
        return [self._plan(work, record, named[record.number], levels, seen) for record in batch]

    def _plan(
        self,
        work: Work,
        record: Record,
        named: tuple[Sellable, str] | Plan,
        levels: dict[tuple[str, str], Level | None],
        seen: set[tuple[str, str]],
    ) -> Plan:
        if isinstance(named, Plan):
            return named
        variant, place = named
        key = place, variant.variant_id
        if key in seen:
            detail = f"An earlier row counts {variant.name} at this location."
            return plans.refused([problem(work.job, record.line, None, "row.repeated", detail)], record)
        seen.add(key)
        level = levels[key]
        before, counted = level.on_hand if level else Decimal(0), record.get("quantity")
        change = FieldChange(
            line=record.line, field="quantity", before=decimal_text(before), after=decimal_text(counted)
        )
        return Plan(
            "updated" if counted != before else "unchanged",
            record,
            f"{place}/{variant.variant_id}",
            variant.name,
            fields=(change,),
            relative=True,
        )

    def do_together(self, work: Work, first: int, due: Sequence[Plan]) -> list[Plan]:
        """Have the inventory count what these plans say, one count for each location: what it found is what came."""
        by_place: dict[str, list[Plan]] = defaultdict(list)
        for plan in due:
            by_place[str(plan.id).partition("/")[0]].append(plan)
        done: list[Plan] = []
        for place, counted in by_place.items():
            done += _count(work, derived_id("cnt", work.merchant_id, work.job.id, first, place), place, counted)
        return done

    def undo(self, work: Work, mark: Mark) -> Undone:
        """Take back the difference that was found, unless somebody counted anew since: sales in between stay sold."""
        for attempt in range(_ATTEMPTS):
            level = dynamo.get(store.level_ref(work.merchant_id, str(mark.location_id), str(mark.variant_id)))
            if level is None:
                return Undone("left_alone", plans.LEFT["gone"])
            known = _counted_since(work, mark, level)
            if known:
                return Undone("left_alone", "It was counted again since the import; that stays.")
            try:
                if known is not None:
                    return _take_back(work, mark, level)
            except store.Outrun:
                pass  # sold at this moment: look again
            dynamo.pause(attempt)
        return Undone("left_alone", "It kept moving while it was to be taken back: try again.")


def _stocked(variant: Sellable) -> Sellable:
    [stocked] = rules.stocked([variant.variant_id], [variant], "/sku")
    return stocked


def _place(work: Work, record: Record, places: dict[str, Location]) -> str:
    """The location that a row is of: as its column says, by id or name, else as was said for the file."""
    if record.get("quantity") is None:
        raise Invalid("count.missing", "The row has no quantity.", "/quantity")
    written = record.get("location_id") or record.get("location") or work.job.settings.location_id
    if written is None:
        if len(places) == 1:
            return next(iter(places))
        raise Invalid("location.missing", "The row names no location, and none was chosen for the file.", "/location")
    named = [id for id, place in places.items() if written == id or fold(written) == fold(place.name)]
    if len(named) != 1:
        raise Invalid("location.unknown", f"There is no location {written}.", "/location")
    return named[0]


def _where(record: Record, pointer: str) -> tuple[int, int | None]:
    value = record.whole.get(pointer.strip("/"))
    return record.line, value.column if value is not None else None


# --- doing -----------------------------------------------------------------------------------------------------------


def _count(work: Work, id: str, place: str, due: Sequence[Plan]) -> list[Plan]:
    """Count, or go on with a count that was interrupted; what it found says what each row came to."""
    plan_of = {str(plan.id).partition("/")[2]: plan for plan in due}
    try:
        count = store.get_document(work.merchant_id, Count, id)
    except NotFound:
        count = _begin(work, id, place, plan_of)
    if count.status == "counting":
        _record(work, count, plan_of)
    if count.status in ("counting", "completing"):
        counts.finish(work.call, count)
    found = counts.recorded(work.merchant_id, id)
    marks = [
        Mark(
            journal.number_of(plan.record.number),
            plan.record.line,
            "updated",
            "level",
            id,
            location_id=place,
            variant_id=variant_id,
            quantity=decimal_text(found[variant_id].difference or Decimal(0)),
        )
        for variant_id, plan in plan_of.items()
        if variant_id in found and found[variant_id].difference
    ]
    if count.status != "cancelled":
        journal.write_all(work.merchant_id, work.job.id, marks, work.job.expires_at)
    moved = {mark.variant_id for mark in marks}
    return [
        plan.came_to("changed_since" if count.status == "cancelled" else "updated" if id in moved else "unchanged")
        for id, plan in plan_of.items()
    ]


def _begin(work: Work, id: str, place: str, plan_of: Mapping[str, Plan]) -> Count:
    lines = tuple(
        CountLine(variant_id=variant_id, expected=Decimal(str(plan.fields[0].before)))
        for variant_id, plan in plan_of.items()
    )
    count = Count(
        id=id,
        location_id=place,
        status="counting",
        blind=False,
        note=f"Import {work.job.file_name}",
        actor=work.call.caller.actor,
        lines=lines,
        **stamp(work.call.now),
    )
    counts.add(work.call, count)
    return count


def _record(work: Work, count: Count, plan_of: dict[str, Plan]) -> None:
    """Say what was found, against the levels of this moment."""
    ids = [line.variant_id for line in count.lines if line.variant_id in plan_of]
    for some in batched(ids, MAX_LINES, strict=False):
        refs = {id: store.level_ref(work.merchant_id, count.location_id, id) for id in some}
        levels = dynamo.fetch(refs.values())
        lines = [
            rules.counted(
                FoundLine(variant_id=id, quantity=plan_of[id].record.get("quantity")),
                dynamo.resolve(ref, levels),
                timestamp(work.call.now),
                work.call.caller.actor,
            )
            for id, ref in refs.items()
        ]
        counts.record(work.call, count.id, lines, Answer(200, None))


# --- taking back -----------------------------------------------------------------------------------------------------


def _counted_since(work: Work, mark: Mark, level: Level) -> bool | None:
    """Whether somebody said how much there is since the import's count; None if the ledger is behind the level yet."""
    cursor: str | None = None
    newest = True
    for _ in range(_MOST_PAGES):
        page = store.list_movements(work.merchant_id, level.location_id, level.variant_id, _HISTORY_A_PAGE, cursor)
        for item in page.items:
            movement = Movement.model_validate_json(dynamo.unpack(item["data"]))
            if newest and movement.version != level.version:
                return None
            newest = False
            if movement.cause.id == mark.id:
                return False
            if movement.cause.type == "count" or movement.cause.reason in _SAYS_HOW_MUCH:
                return True
        cursor = page.next_cursor
        if cursor is None:
            return None
    return True


def _take_back(work: Work, mark: Mark, level: Level) -> Undone:
    place = dynamo.get(location_ref(work.merchant_id, level.location_id))
    cause = Cause(
        type="adjustment",
        id=derived_id("adj", work.merchant_id, work.job.id, mark.number),
        reason="correction",
        business_date=place.business_day(work.call.now),
    )
    delta = -Decimal(str(mark.quantity))
    at = (level.location_id, level.variant_id)
    moved = store.follow(work.call, at, delta, cause, None, level, as_read=True)
    dynamo.commit([moved, journal.take_back(work.merchant_id, work.job.id, mark, "restored")])
    return Undone("restored")

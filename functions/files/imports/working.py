"""An import's steps, by a worker: read the file, say what it comes to, do it, take it back.

The records are the same ones at each turn, since they follow from the file and the settings alone; so a step is a batch
of them, and where the next one begins is all that has to be kept. A step that is done again finds the marks of what was
done (`journal`), and counts it from those.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from files import objects, tables
from files.imports import guessing, journal, reading
from files.imports.counting import StockCounts
from files.imports.customers import Customers
from files.imports.journal import Mark
from files.imports.models import (
    MAX_BYTES,
    ColumnChoice,
    Counts,
    Import,
    ImportColumn,
    ImportSettings,
    ImportType,
    RecordChange,
    RowProblem,
    UndoCounts,
)
from files.imports.naming import FILE, PROBLEMS, ROWS
from files.imports.plans import LEFT, Kind, Plan, Undone, Work
from files.imports.products import Prices, Products
from files.imports.reading import Row, UnreadableFile
from files.imports.records import Record, records
from files.store import RunningImport
from pos import clock, documents, dynamo
from pos.auth import Caller
from pos.documents import LostRace
from pos.errors import DomainError
from pos.http import Call
from staff.models import Location, Merchant
from staff.store import listing, merchant_ref

BATCH = 100
SHOWN = 20
"""How many changes and problems are shown; a file has all problems."""
_ATTEMPTS = 5
_LOCATIONS_A_PAGE = 500
_CONFLICT = "request.conflict"
_threads = ThreadPoolExecutor(8, thread_name_prefix="import")

KINDS: Mapping[ImportType, Callable[[], Kind]] = {
    "products": Products,
    "customers": Customers,
    "stock_counts": StockCounts,
    "price_changes": Prices,
}


class Turn:
    """A worker's turn at an import: what it reads of the file, and of the shop, holds for all of its steps."""

    def __init__(self, running: RunningImport) -> None:
        self._merchant: Merchant = dynamo.get(merchant_ref(running.merchant_id))
        self._locations = _locations(running.merchant_id)
        self._kind = KINDS[running.job.type]()
        self._rows: Sequence[Row] = ()
        self._records: list[Record] | None = None

    def step(self, running: RunningImport) -> RunningImport:
        """Do the next step."""
        match running.job.step:
            case "reading":
                return self._read(running)
            case "previewing":
                return self._preview(running)
            case "applying":
                return self._apply(running)
        return self._undo(running)

    def _work(self, job: Import) -> Work:
        actor = job.undone_by or job.applied_by or job.created_by
        call = Call(
            operation="run_imports",
            caller=Caller(self._merchant.id, actor, frozenset()),
            body=None,
            query=None,
            path={},
            if_match=None,
            idempotency_key=None,
            request_id=job.id,
            now=clock.now(),
        )
        return Work(self._merchant, self._locations, job, call)

    # --- reading -----------------------------------------------------------------------------------------------------

    def _read(self, running: RunningImport) -> RunningImport:
        """Read the file, and keep its rows."""
        content = reading.read(_file(running))
        objects.put(_key(running, ROWS), reading.packed(content.rows), "application/x-ndjson")
        return running.with_(running.work, file=content.told(), step="previewing")

    def _understand(self, running: RunningImport) -> RunningImport:
        """Say what the columns of the file are: as somebody chose, or as they are guessed."""
        job, asked = running.job, running.work.asked
        rows = list(reading.unpacked(objects.get(_key(running, ROWS))))
        at = asked.header_row or guessing.header_row(job.type, rows)
        head = next((row for row in rows if row.line == at), None)
        if head is None:
            raise UnreadableFile("header_missing", f"Line {at} of the file is empty: it has no headings.")
        body = [row for row in rows if row.line > at]
        headings = guessing.headings_of(head)
        maker = guessing.made_by(headings)
        columns = _columns(job, headings, body, self._locations, asked.columns)
        settings = ImportSettings(
            header_row=at,
            decimal_mark=asked.decimal_mark or _decimal_mark(job, columns, body, maker),
            source=asked.source or maker or "file",
            **asked.model_dump(include=set(_AS_ASKED)),
        )
        file = job.file and job.file.model_copy(update={"rows": len(body), "made_by": maker})
        self._records = None
        work = running.work.model_copy(update={"understood": True})
        return running.with_(work, file=file, settings=settings, columns=columns)

    # --- previewing --------------------------------------------------------------------------------------------------

    def _load(self, running: RunningImport) -> list[Record]:
        if self._records is None:
            self._rows = list(reading.unpacked(objects.get(_key(running, ROWS))))
            self._records = records(running.job, self._rows)
        return self._records

    def _preview(self, running: RunningImport) -> RunningImport:
        """Say what the next batch of records comes to."""
        job, first = running.job, running.work.position
        if not running.work.understood:
            return self._understand(running)
        found = self._load(running)
        planned = self._kind.plans(self._work(job), found[first : first + BATCH])
        promised = json.dumps([plan.promise for plan in planned]).encode()
        objects.put(_key(running, f"promised-{first}"), promised, "application/json")
        running = self._kept(running, planned, "preview")
        if first + BATCH < len(found):
            return running
        return self._ended(running, "ready")

    def _kept(self, running: RunningImport, done: Sequence[Plan], counted: str) -> RunningImport:
        """The import after a batch, of which this came."""
        job, work = running.job, running.work
        problems = [problem for plan in done for problem in plan.problems]
        batches = self._keep_problems(running, work.position, problems)
        counts: Counts = getattr(job, counted) or Counts()
        for plan in done:
            counts = counts.plus(Counts(**{plan.outcome: 1}))
        told = {
            counted: counts,
            "records": len(self._load(running)),
            "done_records": min(work.position + BATCH, len(self._load(running))),
            "problem_count": job.problem_count + len(problems),
            "problems": (*job.problems, *problems)[:SHOWN],
        }
        if counted == "preview":
            told["changes"] = (*job.changes, *_changes(done))[:SHOWN]
        following = work.model_copy(update={"position": work.position + BATCH, "batches": batches})
        return running.with_(following, **told)

    # --- applying ----------------------------------------------------------------------------------------------------

    def _apply(self, running: RunningImport) -> RunningImport:
        """Do the next batch of records, each as the preview said, and once."""
        job, first = running.job, running.work.position
        found = self._load(running)
        batch = found[first : first + BATCH]
        work = self._work(job)
        promised = dict(
            zip((one.number for one in batch), json.loads(objects.get(_key(running, f"promised-{first}"))), strict=True)
        )
        marks = journal.found(work.merchant_id, job.id, [journal.number_of(one.number) for one in batch])
        planned = self._kind.plans(work, [one for one in batch if journal.number_of(one.number) not in marks])
        done = [_already(one, marks[number]) for one in batch if (number := journal.number_of(one.number)) in marks]
        due, rest = _due(planned, promised)
        together = self._kind.do_together(work, first, due)
        done += rest + (together if together is not None else self._each(work, due, promised))
        running = self._kept(running, sorted(done, key=lambda plan: plan.record.number), "applied")
        return running if first + BATCH < len(found) else self._ended(running, "done")

    def _each(self, work: Work, due: Sequence[Plan], promised: Mapping[int, str]) -> list[Plan]:
        """Do these plans, several at once; those of the same thing one after the other."""
        if self._kind.prepare(work, due):
            due = self._kind.plans(work, [plan.record for plan in due])
        groups: dict[str | None, list[Plan]] = {}
        for plan in due:
            groups.setdefault(plan.id, []).append(plan)

        def do(group: Sequence[Plan]) -> list[Plan]:
            return [_do(work, self._kind, plan, promised, anew=at > 0) for at, plan in enumerate(group)]

        return [plan for group in _threads.map(do, groups.values()) for plan in group]

    # --- undoing -----------------------------------------------------------------------------------------------------

    def _undo(self, running: RunningImport) -> RunningImport:
        """Take back what the next marks say was done, the last that was done first."""
        job, work = running.job, running.work
        marks, cursor = journal.page(running.merchant_id, job.id, work.cursor)
        on_behalf = self._work(job)
        done = [(mark, _take_back(on_behalf, self._kind, mark)) for mark in marks]
        problems = [
            RowProblem(line=mark.line, code="import.left_alone", detail=undone.why)
            for mark, undone in done
            if undone.why
        ]
        if problems:
            self._load(running)
        batches = self._keep_problems(running, work.position, problems)
        counts = job.undone or UndoCounts()
        of_records = [one for one in done if not journal.is_made_for_records(one[0])]
        for _, undone in of_records:
            counts = counts.plus(UndoCounts(**{undone.outcome: 1}))
        told = {
            "undone": counts,
            "done_records": job.done_records + len(of_records),
            "problem_count": job.problem_count + len(problems),
            "problems": (*job.problems, *problems)[:SHOWN],
        }
        update = {"position": work.position + BATCH, "cursor": cursor, "batches": batches}
        running = running.with_(work.model_copy(update=update), **told)
        return running if cursor is not None else self._ended(running, "undone")

    # --- problems ----------------------------------------------------------------------------------------------------

    def _keep_problems(self, running: RunningImport, position: int, problems: Sequence[RowProblem]) -> tuple[int, ...]:
        """Keep the rows of a batch that have problems; the batches that have any by now."""
        batches = running.work.batches
        if not problems:
            return batches
        cells = {row.line: row.cells for row in self._rows}
        data = tables.csv_lines([*_problem_cells(one), *_row_cells(cells.get(one.line, ()))] for one in problems)
        objects.put(_key(running, f"problems-{position}"), data, "text/csv")
        return (*batches, position)

    def _ended(self, running: RunningImport, status: str) -> RunningImport:
        """The import at the end of its step, with the rows that have problems in one file."""
        batches = running.work.batches
        if batches:
            head = ["Line", "Column", "Problem", *(column.heading for column in running.job.columns)]
            parts = [objects.get(_key(running, f"problems-{position}")) for position in batches]
            data = tables.BOM + tables.csv_lines([[tables.safe(one) for one in head]]) + b"".join(parts)
            objects.put(_key(running, PROBLEMS), data, "text/csv; charset=utf-8")
        return running.with_(running.work, status=status, step=None)


_AS_ASKED = ("empty_cells", "create_missing", "tax_ids", "location_id")


def _key(running: RunningImport, name: str) -> str:
    return objects.import_key(running.merchant_id, running.job.id, name)


def _file(running: RunningImport) -> bytes:
    """The file as it came; its size is looked at first, for who has the link may have put anything there."""
    key = _key(running, FILE)
    size = objects.size_of(key)
    if size is None:
        raise UnreadableFile("file_missing", "The file was not uploaded: PUT it to the link, then ask for a preview.")
    if size > MAX_BYTES:
        raise UnreadableFile("too_large", f"A file has at most {MAX_BYTES // 1024**2} MB.")
    return objects.get(key)


def _locations(merchant_id: str) -> list[Location]:
    found: list[Location] = []
    cursor = None
    while True:
        page = listing(merchant_id, Location.KIND, _LOCATIONS_A_PAGE, cursor)
        found += [documents.read(Location, item) for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def _columns(
    job: Import,
    headings: Sequence[str],
    body: Sequence[Row],
    locations: Sequence[Location],
    chosen: Sequence[ColumnChoice] | None,
) -> tuple[ImportColumn, ...]:
    """The columns of the file: as chosen, else as guessed."""
    if chosen is not None:
        fields = {one.column: (one.field, one.location_id) for one in chosen}
        beyond = [at for at in fields if at >= len(headings)]
        if beyond:
            raise UnreadableFile("column_unknown", f"The file has no column {beyond[0]}: it has {len(headings)}.")
    else:
        guessed = guessing.guesses(job.type, headings)
        fields = {at: _located(one, locations) for at, one in enumerate(guessed) if one is not None}
    return tuple(
        ImportColumn(
            heading=heading,
            samples=guessing.samples(body, at),
            field=fields.get(at, (None, None))[0],
            location_id=fields.get(at, (None, None))[1],
        )
        for at, heading in enumerate(headings)
    )


def _located(guess: guessing.Guess, locations: Sequence[Location]) -> tuple[Any, str | None]:
    """A guess with the location that its heading names; the only one there is, if it names none of ours."""
    if guess.at is None:
        return guess.field, None
    named = [one.id for one in locations if guessing.key(one.name) == guess.at]
    if not named and len(locations) == 1:
        named = [locations[0].id]
    return (guess.field, named[0]) if named else (None, None)


def _decimal_mark(job: Import, columns: Sequence[ImportColumn], body: Sequence[Row], maker: str | None) -> Any:
    money, quantities = (_cells(columns, body, fields) for fields in (guessing.MONEY, guessing.QUANTITIES))
    return guessing.decimal_mark(money, quantities, maker, job.currency, job.minor_units)


def _cells(columns: Sequence[ImportColumn], body: Sequence[Row], fields: frozenset[str]) -> list[Any]:
    wanted = [at for at, column in enumerate(columns) if column.field in fields]
    return [row.cells[at] for row in body for at in wanted if at < len(row.cells)]


def _changes(planned: Sequence[Plan]) -> list[RecordChange]:
    return [
        RecordChange(
            line=plan.record.line,
            outcome=plan.outcome,
            id=plan.id if plan.outcome == "updated" else None,
            name=plan.name,
            fields=plan.fields[:SHOWN],
        )
        for plan in planned
        if plan.outcome in ("created", "updated")
    ]


def _due(planned: Sequence[Plan], promised: Mapping[int, str]) -> tuple[list[Plan], list[Plan]]:
    """The plans that are to be done, and what came of the others."""
    due: list[Plan] = []
    rest: list[Plan] = []
    for plan in planned:
        if plan.outcome == "invalid" or (plan.outcome == "unchanged" and not plan.relative):
            rest.append(plan)
        elif plan.promise != promised[plan.record.number]:
            rest.append(_changed_since(plan))
        else:
            due.append(plan)
    return due, rest


def _changed_since(plan: Plan) -> Plan:
    detail = "This was changed after the preview, and left alone: ask for a preview again."
    return plan.came_to(
        "changed_since", [RowProblem(line=plan.record.line, code="import.changed_since", detail=detail)]
    )


def _already(record: Record, mark: Mark) -> Plan:
    return Plan(mark.outcome, record, mark.id)


def _do(work: Work, kind: Kind, plan: Plan, promised: Mapping[int, str], *, anew: bool) -> Plan:
    """Do a record in one transaction with its mark, once; whoever changes the same at this moment has it looked at
    again.
    """
    record = plan.record
    number = journal.number_of(record.number)
    for attempt in range(_ATTEMPTS):
        if anew or attempt:
            done = journal.found(work.merchant_id, work.job.id, [number]).get(number)
            if done is not None:
                return _already(record, done)
            [plan] = kind.plans(work, [record])
        _, rest = _due([plan], promised)
        if rest:
            return rest[0]
        made: Any = plan.outcome
        mark = Mark(number, record.line, made, work.job.type, str(plan.id), plan.before, plan.after)
        try:
            plan.do([journal.write(work.merchant_id, work.job.id, mark, work.job.expires_at)])
            return plan
        except (LostRace, journal.AlreadyDone, dynamo.ConditionFailed):
            dynamo.pause(attempt)
        except DomainError as error:
            if error.status >= 500:
                raise
            if error.code == _CONFLICT:
                dynamo.pause(attempt)
                continue
            # Of what is new, a repeat finds that it is there already; its mark says that it was this record.
            done = journal.found(work.merchant_id, work.job.id, [number]).get(number)
            if done is not None:
                return _already(record, done)
            refused = RowProblem(line=record.line, code=error.code, detail=error.detail)
            return plan.came_to("invalid", [refused])
    raise dynamo.Busy


def _take_back(work: Work, kind: Kind, mark: Mark) -> Undone:
    """Take back what a mark says, once."""
    for attempt in range(_ATTEMPTS):
        if mark.undone is not None:
            left: Any = mark.undone
            return Undone(left, LEFT["changed"] if left == "left_alone" else None)
        try:
            return kind.undo(work, mark)
        except (LostRace, journal.AlreadyDone, dynamo.ConditionFailed):
            dynamo.pause(attempt)
        except DomainError as error:
            if error.status >= 500:
                raise
            if error.code != _CONFLICT:
                return Undone("left_alone", error.detail)
            dynamo.pause(attempt)
        mark = journal.found(work.merchant_id, work.job.id, [mark.number])[mark.number]
    raise dynamo.Busy


def _problem_cells(one: RowProblem) -> list[str]:
    return [str(one.line), tables.safe(one.heading or ""), tables.safe(one.detail)]


def _row_cells(cells: Sequence[Any]) -> list[str]:
    return ["" if cell is None else tables.safe(str(cell)) for cell in cells]

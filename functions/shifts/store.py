"""The shifts table.

drawer   pk <merchant>#<register>   sk drawer   the register's open shift if it has one, its last Z number and count
shift    pk <merchant>#<shift>      sk shift    index by_opening: pk <merchant>, sk <opened_at>#<shift>
                                                index by_register: pk <merchant>#<register>, the same sk
                                                index open (open ones only): pk <merchant>, the same sk
entry    pk <merchant>#<shift>      sk entry#<at>#<id>

The drawer is written only when a shift is opened or closed, on condition of its version, so that a register has one
open shift and its Z numbers have no gaps. Each entry of the ledger is written with what it is about, and counted on the
shift in place, on condition that the shift is open: so an entry is in the shift's Z report or was not written at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pos import audit, documents, dynamo, outbox
from pos.clock import timestamp
from pos.documents import LostRace
from pos.dynamo import Busy, Guarded, Item, Page, Ref
from pos.errors import ApprovalRequired, DomainError, Needed, NotFound
from pos.http import Answer, Call
from shifts.models import CashMovement, Drawer, Entry, Report, Shift

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TABLE = "shifts"
_ENTRIES = ("entry#", "entry#~")
_PAGE = 1000
_ATTEMPTS = 8


class ShiftClosed(LostRace):
    """The shift was closed between our reading and writing: whatever was to be entered goes into the next one."""

    def __init__(self) -> None:
        super().__init__("shift")


class AlreadyOpen(DomainError):
    """The register has an open shift."""

    def __init__(self, register_id: str) -> None:
        super().__init__("shift.already_open", f"The register {register_id} has an open shift; close that first.")


@dataclass(frozen=True, slots=True)
class Ledger:
    """A shift with all its entries, as both were at one moment."""

    shift: Shift
    entries: Sequence[Entry]


# --- reading ---------------------------------------------------------------------------------------------------------


def drawer_ref(merchant_id: str, register_id: str) -> Ref[Drawer]:
    """The drawer of a register."""
    return Ref(TABLE, _drawer_key(merchant_id, register_id), lambda item: _read_drawer(item, register_id))


def get_shift(merchant_id: str, shift_id: str) -> Shift:
    """The shift; 404 if the merchant has none such."""
    return dynamo.get(_shift_ref(merchant_id, shift_id)).shift


def list_shifts(
    merchant_id: str, *, register_id: str | None, only_open: bool, limit: int, cursor: str | None
) -> tuple[list[Shift], str | None]:
    """Shifts by opening, newest first: the merchant's or a register's, all or the open ones; and the next cursor."""
    if only_open and register_id:
        drawer = dynamo.get(drawer_ref(merchant_id, register_id))
        return [] if drawer.shift_id is None else [get_shift(merchant_id, drawer.shift_id)], None
    index, key_name, pk = ("open", "open_pk", merchant_id) if only_open else ("by_opening", "opened_pk", merchant_id)
    if register_id:
        index, key_name, pk = "by_register", "register_pk", f"{merchant_id}#{register_id}"
    keys = dynamo.query(
        TABLE, pk, index=index, key_names=(key_name, "opened_sk"), limit=limit, cursor=cursor, forward=False
    )
    refs = [Ref(TABLE, (key["pk"], key["sk"]), _read_shift) for key in keys.items]
    found = dynamo.fetch(refs)
    shifts = [dynamo.resolve(ref, found) for ref in refs]
    # an index may still have what was closed a moment ago
    return [shift for shift in shifts if shift.status == "open" or not only_open], keys.next_cursor


def list_entries(merchant_id: str, shift_id: str, limit: int, cursor: str | None) -> Page:
    """A shift's ledger, newest first."""
    pk = _shift_key(merchant_id, shift_id)[0]
    return dynamo.query(TABLE, pk, between=_ENTRIES, limit=limit, cursor=cursor, forward=False)


def read_ledger(merchant_id: str, shift_id: str) -> Ledger:
    """A shift and every entry that is counted on it, as of one version; 404 if the merchant has no such shift."""
    for attempt in range(_ATTEMPTS):
        stored = dynamo.get(_shift_ref(merchant_id, shift_id))
        entries = _all_entries(merchant_id, shift_id)
        if len(entries) == stored.entries:
            return Ledger(stored.shift, entries)
        dynamo.pause(attempt)  # an entry came in meanwhile
    raise Busy


def read_entry(item: Item) -> Entry:
    """The entry in an item of the ledger."""
    return Entry.model_validate_json(dynamo.unpack(item["doc"]))


def _all_entries(merchant_id: str, shift_id: str) -> list[Entry]:
    pk, entries, cursor = _shift_key(merchant_id, shift_id)[0], list[Entry](), None
    while True:
        page = dynamo.query(TABLE, pk, between=_ENTRIES, limit=_PAGE, cursor=cursor)
        entries += map(read_entry, page.items)
        cursor = page.next_cursor
        if cursor is None:
            return entries


# --- writing ---------------------------------------------------------------------------------------------------------


def open_shift(call: Call[Any, Any], shift: Shift, drawer: Drawer) -> Answer:
    """Keep a new shift, and that the register has it; 409 `shift.already_open` if it has one."""
    opened = replace(drawer, shift_id=shift.id, currency=shift.currency)
    return documents.save(
        call,
        TABLE,
        _shift_key(call.merchant_id, shift.id),
        shift,
        ["shift.opened"],
        status=201,
        attributes=_attributes(call.merchant_id, shift, 0, shift.opening_float),
        extra=[_turn(call.merchant_id, drawer, opened, AlreadyOpen(drawer.register_id))],
    )


def close_shift(call: Call[Any, Any], closed: Shift, report: Report, drawer: Drawer) -> Answer:
    """Keep a shift that is `closed` for good with its Z `report`, and that its register has none.

    Raises `LostRace` (412 with an `If-Match`) when an entry came in meanwhile.
    """
    emptied = replace(drawer, shift_id=None, currency=None, z_number=drawer.z_number + 1, counted=report.cash.counted)
    return documents.save(
        call,
        TABLE,
        _shift_key(call.merchant_id, closed.id),
        closed,
        ["shift.closed"],
        attributes=_attributes(call.merchant_id, closed, report.entries, report.cash.expected),
        extra=[_turn(call.merchant_id, drawer, emptied, ShiftClosed())],
    )


def add_movement(call: Call[Any, Any], movement: CashMovement, entry: Entry, approval_id: str | None = None) -> Answer:
    """Keep a cash movement and its entry in the ledger of its shift, and tell the owner of a drawer that was opened for
    no sale; 409 `shift.cash_insufficient` if more would go out than should be there, `shift.not_open` if the shift was
    closed meanwhile; 403 `approval.required` if the movement, whose id follows from its approval, is there already.
    """
    body = movement.json_bytes()
    answer = Answer(201, body, movement.version)
    entity = outbox.Entity(movement.KIND, movement.id, movement.version)
    told, used = [], None
    if movement.type == "no_sale":
        approved = {"approved_by": movement.approved_by, "approval_id": approval_id}
        opened = audit.entry(
            call, "drawer.opened", Shift.KIND, movement.shift_id, movement.id, reason=movement.reason, **approved
        )
        told = [audit.write(call.merchant_id, opened)]
        used = ApprovalRequired(Needed("shifts:open_drawer", movement.shift_id, 0), given=True)
    dynamo.commit(
        [
            Guarded(_put(call.merchant_id, entry), used),
            Guarded(_count(call.merchant_id, [entry], call.now, at_least=max(0, -entry.cash)), _not_moved),
            Guarded(outbox.write(call.merchant_id, entity, ["cash_movement.created"], body, call.now), used),
            *told,
            *map(Guarded, call.once(answer)),
        ]
    )
    return answer


def entry_writes(merchant_id: str, entries: Sequence[Entry], now: datetime) -> list[Guarded]:
    """The writes of ledger entries, to be part of the transaction of what they tell of; raises `ShiftClosed` when their
    shift is not open any more.
    """
    by_shift: dict[str, list[Entry]] = {}
    for entry in entries:
        by_shift.setdefault(entry.shift_id, []).append(entry)
    counts = [Guarded(_count(merchant_id, of_shift, now), ShiftClosed()) for of_shift in by_shift.values()]
    return [*(Guarded(_put(merchant_id, entry)) for entry in entries), *counts]


def _put(merchant_id: str, entry: Entry) -> "TransactWriteItemTypeDef":
    pk, _ = _shift_key(merchant_id, entry.shift_id)
    body = entry.model_dump_json(exclude_defaults=True).encode()
    return dynamo.put(TABLE, {"pk": pk, "sk": f"entry#{entry.at}#{entry.id}", "doc": documents.pack(body, "entry")})


def _count(
    merchant_id: str, entries: Sequence[Entry], now: datetime, *, at_least: int | None = None
) -> "TransactWriteItemTypeDef":
    """Count entries on their shift while that is open; and while the drawer should hold `at_least` this cash."""
    condition = "attribute_exists(open_pk)" + (" AND expected_cash >= :least" if at_least else "")
    cash = sum(entry.cash for entry in entries)
    values = {":at": timestamp(now), ":one": 1, ":entries": len(entries), ":cash": cash}
    values |= {":least": at_least} if at_least else {}
    return dynamo.update(
        TABLE,
        _shift_key(merchant_id, entries[0].shift_id),
        "SET updated_at = :at ADD #version :one, entries :entries, expected_cash :cash",
        values,
        condition=condition,
        names={"#version": "version"},
    )


def _not_moved(found: Item | None) -> DomainError:
    if found is None or "open_pk" not in found:
        return DomainError("shift.not_open", "The shift was closed at this moment.")
    detail = "More cash would go out than there should be in the drawer. What is there beyond that is paid in first."
    return DomainError("shift.cash_insufficient", detail, pointer="/amount")


def _turn(merchant_id: str, before: Drawer, after: Drawer, refusal: DomainError) -> Guarded:
    pk, sk = _drawer_key(merchant_id, before.register_id)
    item = {
        "pk": pk,
        "sk": sk,
        "version": before.version + 1,
        "shift_id": after.shift_id,
        "currency": after.currency,
        "z_number": after.z_number,
        "counted": after.counted,
    }
    return Guarded(dynamo.put(TABLE, item, version=before.version), refusal)


# --- items -----------------------------------------------------------------------------------------------------------


class _Stored(NamedTuple):
    """A shift as its item has it, and how many entries are counted on it."""

    shift: Shift
    entries: int


def _shift_ref(merchant_id: str, shift_id: str) -> Ref[_Stored]:
    def read(item: Item | None) -> _Stored:
        if item is None:
            raise NotFound("shift", shift_id)
        return _Stored(_read_shift(item), int(item["entries"]))

    return Ref(TABLE, _shift_key(merchant_id, shift_id), read)


def _read_shift(item: Item | None) -> Shift:
    """The shift in an item: the document as it was opened or closed, and what its entries have changed in place."""
    if item is None:
        raise LookupError("an index has a shift that is not in its table")
    shift = documents.read(Shift, item)
    return shift.model_copy(update={"version": int(item["version"]), "updated_at": item["updated_at"]})


def _read_drawer(item: Item | None, register_id: str) -> Drawer:
    if item is None:
        return Drawer(register_id)
    counted = item.get("counted")
    return Drawer(
        register_id,
        int(item["version"]),
        item.get("shift_id"),
        item.get("currency"),
        int(item["z_number"]),
        None if counted is None else int(counted),
    )


def _attributes(merchant_id: str, shift: Shift, entries: int, expected_cash: int) -> Item:
    return {
        "opened_pk": merchant_id,
        "opened_sk": f"{shift.opened_at}#{shift.id}",
        "register_pk": f"{merchant_id}#{shift.register_id}",
        "open_pk": merchant_id if shift.status == "open" else None,
        "updated_at": shift.updated_at,
        "entries": entries,
        "expected_cash": expected_cash,
    }


def _shift_key(merchant_id: str, shift_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{shift_id}", "shift"


def _drawer_key(merchant_id: str, register_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{register_id}", "drawer"

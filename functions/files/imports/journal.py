"""What an import did, record by record, in the files table.

    mark    pk <merchant>#<import>    sk mark#<number>    what was changed, from which version to which

A mark is written in the transaction of what it tells of, on condition that there is none yet: so a record is done once,
however often its step is repeated, and what was done is known for undoing it, which marks the mark in the same way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from files.store import TABLE
from pos import dynamo
from pos.dynamo import Guarded, Item, Ref

_PAGE = 100
BEFORE_RECORDS = "!"
"""How the marks of what is made before any record begin, so that they come last when all is taken back."""


class AlreadyDone(Exception):
    """Another function has done this record, or taken it back."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a record: `kind` and `id` name what was changed, `line` where the file says so. Of stock,
    `location_id` and `quantity` are what a level was changed by, and `id` is the count's.
    """

    number: str
    line: int
    outcome: Literal["created", "updated"]
    kind: str
    id: str
    before: int = 0
    after: int = 0
    location_id: str | None = None
    variant_id: str | None = None
    quantity: str | None = None
    undone: str | None = None


def is_made_for_records(mark: Mark) -> bool:
    """Whether a mark is of what was made for records, and of none itself."""
    return mark.number.startswith(BEFORE_RECORDS)


def number_of(position: int) -> str:
    """What a record's mark is called: in the order of the file."""
    return f"{position:06d}"


def write(merchant_id: str, import_id: str, mark: Mark, expires_at: str) -> Guarded:
    """The mark, to be part of the transaction of what it tells of. Raises AlreadyDone if there is one."""
    return Guarded(dynamo.put(TABLE, _item(merchant_id, import_id, mark, expires_at)), AlreadyDone())


def write_all(merchant_id: str, import_id: str, marks: Sequence[Mark], expires_at: str) -> None:
    """Keep marks of what cannot be done twice anyway."""
    dynamo.batch_put(TABLE, [_item(merchant_id, import_id, mark, expires_at) for mark in marks])


def take_back(merchant_id: str, import_id: str, mark: Mark, outcome: str) -> Guarded:
    """What says that a mark was taken back, to be part of that transaction. Raises AlreadyDone if one says so."""
    update = dynamo.update(
        TABLE,
        _key(merchant_id, import_id, mark.number),
        "SET undone = :outcome",
        {":outcome": outcome},
        condition="attribute_exists(pk) AND attribute_not_exists(undone)",
    )
    return Guarded(update, AlreadyDone())


def found(merchant_id: str, import_id: str, numbers: Sequence[str]) -> Mapping[str, Mark]:
    """The marks of these numbers that there are."""
    refs = [Ref(TABLE, _key(merchant_id, import_id, number), _read) for number in numbers]
    items = dynamo.fetch(refs)
    marks = [_read(item) for item in items.values()]
    return {mark.number: mark for mark in marks}


def page(merchant_id: str, import_id: str, cursor: str | None) -> tuple[list[Mark], str | None]:
    """Some marks, the last that were made first, and where they go on."""
    between = ("mark#", "mark#~")
    got = dynamo.query(TABLE, f"{merchant_id}#{import_id}", between=between, limit=_PAGE, cursor=cursor, forward=False)
    return [_read(item) for item in got.items], got.next_cursor


def _item(merchant_id: str, import_id: str, mark: Mark, expires_at: str) -> Item:
    pk, sk = _key(merchant_id, import_id, mark.number)
    kept = {name: value for name, value in asdict(mark).items() if value is not None}
    return {"pk": pk, "sk": sk, "expires_at": int(datetime.fromisoformat(expires_at).timestamp()), **kept}


def _read(item: Item | None) -> Mark:
    values: dict[str, Any] = {name: value for name, value in (item or {}).items() if name in Mark.__slots__}
    return Mark(**{**values, **{name: int(values[name]) for name in ("line", "before", "after")}})


def _key(merchant_id: str, import_id: str, number: str) -> tuple[str, str]:
    return f"{merchant_id}#{import_id}", f"mark#{number}"

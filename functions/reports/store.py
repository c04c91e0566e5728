"""The reports table.

    sheet        pk <merchant>#<book>        sk <day>#<location>#<currency>#<part>
    checkpoint   pk <merchant>#checkpoint    sk totals      index checkpoints: pk checkpoints, sk the pk
    quarantine   pk <merchant>#quarantine    sk <event>

Books are day, category, product, customer, basket, and buyer, whose <day> and <location> are "-".

A range of days is a range of one partition, for all locations. What makes every page of the feed count once is the
condition of `write_sheet`: a sheet is replaced only if it still holds just the pages that the writer saw in it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import batched, chain
from typing import Any

import botocore.exceptions

from pos import aws, dynamo
from pos.clock import timestamp
from pos.dynamo import Item, Ref
from reports.effects import buyer_sheet
from reports.models import AsOf
from reports.sheets import EMPTY, Book, Sheet, SheetKey

TABLE = "reports"
_PAGE = 1000
_READERS = 16
"""How many days of one location are read at once."""
_CHECKPOINTS = "checkpoints"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last page of the merchant's feed that all sheets hold (0: none), and when it was added."""

    page: int
    time: str | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event of the feed that no retry can make readable, and why (an exception's name and fields, never values)."""

    event_id: str
    event_type: str
    page: int
    outbox: tuple[str, str]
    reason: str


# --- sheets ----------------------------------------------------------------------------------------------------------


def sheet_ref(merchant_id: str, sheet: SheetKey) -> Ref[Sheet]:
    """A sheet; an empty one if nothing was added to it yet."""
    return Ref(TABLE, _sheet_key(merchant_id, sheet), lambda item: EMPTY if item is None else _read_sheet(item))


def read_sheets(
    merchant_id: str, book: Book, first: date, last: date, location_id: str | None = None
) -> Iterator[tuple[SheetKey, Sheet]]:
    """A book's sheets of the days from `first` to `last`, both included, of one location or of all, by day.

    They are read as they are taken. Sheets of the other locations are passed over where the days have few sheets, and
    not read at all where they have many.
    """
    low, high = f"{first}#", f"{last}#~"
    if location_id is None:
        yield from _read_between(merchant_id, book, low, high)
        return
    page = dynamo.query(TABLE, f"{merchant_id}#{book}", between=(low, high), limit=_PAGE)
    found = [(_read_key(book, item["sk"]), item) for item in page.items]
    if page.next_cursor is None:
        yield from ((key, _read_sheet(item)) for key, item in found if key.location_id == location_id)
        return
    begun = date.fromisoformat(found[-1][0].day)  # the page may end in the middle of it
    whole = ((key, item) for key, item in found if key.location_id == location_id and key.day < begun.isoformat())
    yield from ((key, _read_sheet(item)) for key, item in whole)
    days = (begun + timedelta(days=count) for count in range((last - begun).days + 1))

    def read(day: date) -> list[tuple[SheetKey, Sheet]]:
        return list(_read_between(merchant_id, book, f"{day}#{location_id}#", f"{day}#{location_id}#~"))

    with ThreadPoolExecutor(_READERS) as threads:
        for some in batched(days, _READERS, strict=False):
            yield from chain.from_iterable(threads.map(read, some))


def read_sheets_of(merchant_id: str, book: Book, day: str, after: str, until: str) -> list[tuple[SheetKey, Sheet]]:
    """A book's sheets of one day, of the locations behind `after` ("": from the first), up to `until`."""
    return list(_read_between(merchant_id, book, f"{day}#{after}#~" if after else f"{day}#", f"{day}#{until}#~"))


def _read_between(merchant_id: str, book: Book, low: str, high: str) -> Iterator[tuple[SheetKey, Sheet]]:
    cursor = None
    while True:
        page = dynamo.query(TABLE, f"{merchant_id}#{book}", between=(low, high), limit=_PAGE, cursor=cursor)
        yield from ((_read_key(book, item["sk"]), _read_sheet(item)) for item in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def first_days(merchant_id: str, customer_ids: Iterable[str], currency: str) -> dict[str, date]:
    """The first business day on which each of these customers bought anything, anywhere; without those who did not."""
    refs = {customer: sheet_ref(merchant_id, buyer_sheet(customer, currency)) for customer in customer_ids}
    found = dynamo.fetch(refs.values())
    days = {
        customer: [day for day, figures in dynamo.resolve(ref, found).rows.get("day", {}).items() if figures["orders"]]
        for customer, ref in refs.items()
    }
    return {customer: date.fromisoformat(min(bought)) for customer, bought in days.items() if bought}


def write_sheet(merchant_id: str, key: SheetKey, sheet: Sheet, *, was: Sheet) -> bool:
    """Replace a sheet, if it still is `was`, by its pages and its build; whether it was."""
    pk, sk = _sheet_key(merchant_id, key)
    packed = dynamo.pack(json.dumps(sheet.rows, separators=(",", ":")).encode())
    item = {"pk": pk, "sk": sk, "through": sheet.through, "rows": packed, "build": sheet.build or None}
    if was.through == 0:
        return _put_if(item, "attribute_not_exists(pk)", {})
    if was.build == 0:
        return _put_if(item, "through = :through AND attribute_not_exists(build)", {":through": was.through})
    values = {":through": was.through, ":build": was.build}
    return _put_if(item, "through = :through AND build = :build", values)


def _sheet_key(merchant_id: str, sheet: SheetKey) -> tuple[str, str]:
    return f"{merchant_id}#{sheet.book}", f"{sheet.day}#{sheet.location_id}#{sheet.currency}#{sheet.part}"


def _read_key(book: Book, sk: str) -> SheetKey:
    day, location_id, currency, part = sk.split("#")
    return SheetKey(book, day, location_id, currency, part)


def _read_sheet(item: Item) -> Sheet:
    rows = json.loads(dynamo.unpack(item["rows"]))
    return Sheet(
        int(item["through"]),
        {
            dimension: {group: Counter(figures) for group, figures in groups.items()}
            for dimension, groups in rows.items()
        },
        int(item.get("build", 0)),
    )


# --- how far, and what is missing ------------------------------------------------------------------------------------


def checkpoint_ref(merchant_id: str) -> Ref[Checkpoint]:
    """How far all sheets are."""
    return Ref(TABLE, _checkpoint_key(merchant_id), _read_checkpoint)


def as_of(merchant_id: str) -> AsOf:
    """How far a report goes whose sheets are read after this."""
    checkpoint = dynamo.get(checkpoint_ref(merchant_id))
    return AsOf(page=checkpoint.page, time=checkpoint.time, quarantined=count_quarantined(merchant_id))


def advance_checkpoint(merchant_id: str, page: int, now: datetime) -> None:
    """Note that all sheets hold every page up to this one; if another projector is further already, that stands."""
    pk, sk = _checkpoint_key(merchant_id)
    item = {"pk": pk, "sk": sk, "page": page, "time": timestamp(now), "checkpoints_pk": _CHECKPOINTS}
    _put_if(item, "attribute_not_exists(pk) OR page < :page", {":page": page})


def merchants() -> Iterator[str]:
    """Every merchant that has totals."""
    cursor = None
    while True:
        names = ("checkpoints_pk", "pk")
        page = dynamo.query(TABLE, _CHECKPOINTS, index=_CHECKPOINTS, key_names=names, limit=_PAGE, cursor=cursor)
        for item in page.items:
            yield item["pk"].partition("#")[0]
        cursor = page.next_cursor
        if cursor is None:
            return


def quarantine(merchant_id: str, unreadable: Iterable[Unreadable], now: datetime) -> None:
    """Keep what could not be read, where reports count it."""
    items = [
        {
            "pk": _quarantine_pk(merchant_id),
            "sk": one.event_id,
            "event_type": one.event_type,
            "page": one.page,
            "outbox_pk": one.outbox[0],
            "outbox_sk": one.outbox[1],
            "reason": one.reason,
            "time": timestamp(now),
        }
        for one in unreadable
    ]
    for item in items:
        _put_if(item, "attribute_not_exists(pk)", {})


def quarantined(merchant_id: str) -> Iterator[Unreadable]:
    """The events that could not be read."""
    cursor = None
    while True:
        page = dynamo.query(TABLE, _quarantine_pk(merchant_id), limit=_PAGE, cursor=cursor)
        for item in page.items:
            at = item["outbox_pk"], item["outbox_sk"]
            yield Unreadable(item["sk"], item["event_type"], int(item["page"]), at, item["reason"])
        cursor = page.next_cursor
        if cursor is None:
            return


def release(merchant_id: str, event_id: str) -> None:
    """Forget that an event could not be read: the totals have it now."""
    key = dynamo.encode({"pk": _quarantine_pk(merchant_id), "sk": event_id})
    aws.dynamodb().delete_item(TableName=dynamo.table(TABLE), Key=key)


def count_quarantined(merchant_id: str) -> int:
    """How many events the totals lack because they could not be read (counted up to 1000)."""
    return len(dynamo.query(TABLE, _quarantine_pk(merchant_id), limit=_PAGE).items)


def _checkpoint_key(merchant_id: str) -> tuple[str, str]:
    return f"{merchant_id}#checkpoint", "totals"


def _quarantine_pk(merchant_id: str) -> str:
    return f"{merchant_id}#quarantine"


def _read_checkpoint(item: Item | None) -> Checkpoint:
    return Checkpoint(0, None) if item is None else Checkpoint(int(item["page"]), item["time"])


def _put_if(item: Item, condition: str, values: Mapping[str, Any]) -> bool:
    """One item, one write unit a kilobyte: half of what it would cost in a transaction."""
    request: dict[str, Any] = {
        "TableName": dynamo.table(TABLE),
        "Item": dynamo.encode(item),
        "ConditionExpression": condition,
    }
    if values:
        request["ExpressionAttributeValues"] = dynamo.encode(values)
    try:
        aws.dynamodb().put_item(**request)
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True

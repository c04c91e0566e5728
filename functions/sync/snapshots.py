"""Snapshots: all entities of a type, and a place in the feed that nothing which they lack is before.

Each page shows entities as they are when it is read, so pages may be of different moments. That is made good by the
feed: its `position` is taken before the first page, and a minute back, since what is written shows in indexes and in
the feed a moment later. Whatever a page lacks was written after that, and its event is behind the position.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from catalog import store as catalog
from customers import store as customers
from inventory import store as inventory
from orders import store as orders
from pos import dynamo
from pos.dynamo import InvalidCursor, Item, Page
from pos.http import MAX_LISTING, Answer, Call, listing
from staff.store import location_after
from sync.models import SnapshotListing, SnapshotType
from webhooks import store as feed
from webhooks.rules import START, Position

_BACK = timedelta(minutes=1)
_READERS: dict[SnapshotType, str] = {
    "product": "catalog:read",
    "category": "catalog:read",
    "customer": "customers:read",
    "stock_level": "inventory:read",
    "order": "orders:read",
}
_SEPARATOR = "~"

type Read = Callable[[str, int, str | None], Page]


def page(call: Call[None, SnapshotListing]) -> Answer:
    """One page of a snapshot, as much as one answer holds; a page may hold fewer than `limit`, and yet have a next."""
    query = call.query
    call.caller.require(_READERS[query.type])
    position, place, cursor = _resume(query.cursor) if query.cursor else (_position(call), "", None)
    if query.type == "stock_level":
        shown, place, cursor = _levels(call.merchant_id, place, query.limit, cursor)
    else:
        read = _DOCUMENTS[query.type]
        found = read(call.merchant_id, query.limit, cursor)
        shown, cursor = _documents(query.type, found)
    following = _SEPARATOR.join((position, place, cursor or "")) if cursor or place else None
    return listing(shown, following, position=position)


def _position(call: Call[Any, Any]) -> str:
    """The place of the last event before all those of the last minute."""
    number = feed.page_before(call.merchant_id, call.now - _BACK)
    if number == 0:
        return str(START)
    [last] = feed.pages_after(call.merchant_id, number - 1, 1)
    return str(Position(number, len(last.refs) - 1))


def _resume(cursor: str) -> tuple[str, str, str | None]:
    parts = cursor.split(_SEPARATOR)
    if len(parts) != 3:
        raise InvalidCursor
    position, place, inner = parts
    try:
        Position.parse(position)
    except ValueError:
        raise InvalidCursor from None
    return position, place, inner or None


def _documents(kind: str, found: Page) -> tuple[list[bytes], str | None]:
    """The living of a page's documents, as many as one answer holds, and where to go on."""
    shown: list[bytes] = []
    size = 0
    for number, item in enumerate(found.items):
        body = dynamo.unpack(item["doc"])
        document = json.loads(body)
        if document.get("deleted_at") is not None:
            continue
        one = _item(kind, document["id"], document["version"], body)
        size += len(one)
        if shown and size > MAX_LISTING:
            return shown, found.cursor_after(number - 1)
        shown.append(one)
    return shown, found.next_cursor


def _levels(merchant_id: str, place: str, limit: int, cursor: str | None) -> tuple[list[bytes], str, str | None]:
    """Levels, one location after the other: a page is of one only. The place is empty at the end."""
    location_id = place or location_after(merchant_id, "")
    if location_id is None:
        return [], "", None
    found = inventory.list_levels(merchant_id, location_id, None, limit, cursor)
    shown = [_level(merchant_id, item) for item in found.items]
    if found.next_cursor is not None:
        return shown, location_id, found.next_cursor
    return shown, location_after(merchant_id, location_id) or "", None


def _level(merchant_id: str, item: Item) -> bytes:
    level = inventory.level(item)
    id = inventory.level_id(merchant_id, level.location_id, level.variant_id)
    return _item("level", id, level.version, level.json_bytes())


def _item(kind: str, id: str, version: int, data: bytes) -> bytes:
    head = json.dumps({"entity": {"type": kind, "id": id, "version": version}}, separators=(",", ":"))
    return head.encode()[:-1] + b',"data":' + data + b"}"


def _by_update(found: Page) -> Page:
    return Page(found.items, found.next_cursor, ("updated_pk", "updated_sk"))


def _products(merchant_id: str, limit: int, cursor: str | None) -> Page:
    return _by_update(catalog.list_products(merchant_id, None, limit, cursor))


def _customers(merchant_id: str, limit: int, cursor: str | None) -> Page:
    return _by_update(customers.list_customers(merchant_id, None, limit, cursor))


def _orders(merchant_id: str, limit: int, cursor: str | None) -> Page:
    return orders.list_orders(merchant_id, active=False, low=None, high=None, limit=limit, cursor=cursor)


_DOCUMENTS: dict[str, Read] = {
    "product": _products,
    "category": catalog.list_categories,
    "customer": _customers,
    "order": _orders,
}

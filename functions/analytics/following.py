"""Following the feed: on which days orders and movements have rows, so that a change of yesterday's order, or one that
arrives a week late, has its days exported again.
"""

import json
from collections.abc import Iterable, Iterator

from analytics import rules, store
from analytics.rules import Document
from orders import store as orders
from pos import dynamo, outbox
from pos.dynamo import Item, Ref
from webhooks import store as feed

_PAGES = 20


def follow(merchant_id: str, page: int) -> int | None:
    """Note what the next pages of the feed tell of; the last of them, or None if there is none."""
    pages = feed.pages_after(merchant_id, page, _PAGES)
    if not pages:
        return None
    refs = [ref for one in pages for ref in one.refs]
    ids = dict.fromkeys(ref.entity_id for ref in refs if ref.type.startswith("order."))
    members = [(day, f"order#{order['id']}") for order in read_orders(merchant_id, ids) for day in rules.days_of(order)]
    moved = dict.fromkeys(f"{ref.entity_id}#{ref.version}" for ref in refs if ref.type == "inventory.updated")
    members += [
        (rules.movement_day(movement), f"movement#{member}") for member, movement in read_movements(merchant_id, moved)
    ]
    store.note(merchant_id, members, pages[-1].number)
    return pages[-1].number


def read_orders(merchant_id: str, ids: Iterable[str]) -> Iterator[Document]:
    """These orders, as they are."""
    refs = [orders.document_ref(merchant_id, id) for id in ids]
    found = dynamo.fetch(refs)
    for ref in refs:
        document = dynamo.resolve(ref, found)
        if document is not None:
            yield json.loads(document)


def read_movements(merchant_id: str, named: Iterable[str]) -> Iterator[tuple[str, Document]]:
    """These movements (`<level>#<version>`), as their events tell of them."""
    refs = {}
    for one in named:
        level, _, version = one.rpartition("#")
        refs[one] = Ref(outbox.TABLE, outbox.item_key(merchant_id, level, int(version)), _data)
    found = dynamo.fetch(refs.values())
    for one, ref in refs.items():
        data = dynamo.resolve(ref, found)
        if data is not None:
            yield one, json.loads(data)


def _data(item: Item | None) -> bytes | None:
    return None if item is None else dynamo.unpack(item["data"])

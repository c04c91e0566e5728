"""GET /v1/events"""

from collections.abc import Sequence

from pos import dynamo, outbox
from pos.dynamo import InvalidCursor
from pos.errors import Invalid
from pos.http import MAX_LISTING, Answer, Call, listing, operation
from webhooks import rules, store
from webhooks.models import Event, EventListing
from webhooks.rules import START, Position
from webhooks.store import FeedPage, FeedRef

_PAGES_PER_CALL = 20


@operation(permission="events:read", query=EventListing, answer=Event, beside={"position": str | None})
def handler(call: Call[None, EventListing]) -> Answer:
    """The merchant's events in the one order of its feed: the very bodies that webhooks carry.

    `next_cursor` is null when there is nothing more for now; `position` is where to go on later, as `after`. A call
    looks through a bounded part of the feed, so with `types` a page may be empty and yet have a next one. With
    `entity_id` it is that entity's history, in the order of its versions, and has no `position`; an order's has the
    events of its payments.
    """
    query = call.query
    if query.entity_id is not None:
        return _history(call.merchant_id, query.entity_id, query)
    start = _start(call.merchant_id, query.cursor or query.after)
    asked = min(_PAGES_PER_CALL, query.limit + 1)
    pages = store.pages_after(call.merchant_id, max(start.page - 1, 0), asked)
    _check(start, pages)
    placed = [(Position(page.number, index), ref) for page in pages for index, ref in enumerate(page.refs)]
    behind = [(position, ref) for position, ref in placed if position > start]
    matching = [(position, ref) for position, ref in behind if rules.wants(query.types, ref.type)]
    bodies = _bodies([ref for _, ref in matching[: query.limit]])
    if len(bodies) < len(matching):
        position, more = matching[len(bodies) - 1][0], True
    else:
        position, more = behind[-1][0] if behind else start, len(pages) == asked
    return listing(bodies, str(position) if more else None, position=str(position))


def _history(merchant_id: str, entity_id: str, query: EventListing) -> Answer:
    """An entity's events, as many from the front as one answer can hold, and at least those of one change."""
    page = outbox.changes(merchant_id, entity_id, query.limit, query.cursor)
    bodies: list[bytes] = []
    size = 0
    for place, stored in enumerate(page.items):
        wanted = [event.body for event in outbox.events(stored) if rules.wants(query.types, event.type)]
        size += sum(map(len, wanted))
        if bodies and size > MAX_LISTING:
            return listing(bodies, page.cursor_after(place - 1), position=None)
        bodies += wanted
    return listing(bodies, page.next_cursor, position=None)


def _start(merchant_id: str, after: str | None) -> Position:
    if after is None:
        return START
    if after.startswith("evt_"):
        position = store.position_of(merchant_id, after)
        if position is None:
            raise Invalid("event.unknown", f"The feed has no event {after}.", "?after")
        return position
    try:
        return Position.parse(after)
    except ValueError:
        raise InvalidCursor from None


def _check(start: Position, pages: Sequence[FeedPage]) -> None:
    """Refuse a position that the feed does not have: whoever went on from it would wait for ever."""
    if start == START:
        return
    if not pages or pages[0].number != start.page or start.index >= len(pages[0].refs):
        raise InvalidCursor


def _bodies(refs: Sequence[FeedRef]) -> list[bytes]:
    """The events' bodies, as many from the front as one answer can hold, and at least one."""
    found = dynamo.fetch(store.outbox_ref(ref) for ref in refs)
    bodies: list[bytes] = []
    size = 0
    for ref in refs:
        body = outbox.events(found[store.outbox_ref(ref).table, ref.outbox])[ref.ordinal].body
        size += len(body)
        if bodies and size > MAX_LISTING:
            break
        bodies.append(body)
    return bodies

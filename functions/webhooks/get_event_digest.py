"""GET /v1/events/digest"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from pos.clock import timestamp
from pos.dynamo import InvalidCursor
from pos.http import Answer, Call, operation
from webhooks import rules, store
from webhooks.models import DigestQuery, EventDigest, TypeDigest
from webhooks.store import FeedPage

_PAGES_AT_ONCE = 100  # 99 events each: within what DynamoDB answers at once, 1 MB
_ROUNDS = 10


@operation(permission="events:read", query=DigestQuery, answer=EventDigest)
def handler(call: Call[None, DigestQuery]) -> Answer:
    """Count and digest of a time's events by type, for a consumer to see that it has all of them, and no other.

    It takes all events of the feed, whatever an endpoint chooses. A call looks through up to 1,000 pages of the feed.
    """
    query = call.query
    done = _page(query.cursor) if query.cursor else store.page_before(call.merchant_id, _moment(query.from_))
    latest = timestamp(_moment(query.to) + store.PUBLISHED_WITHIN)
    ids: defaultdict[str, list[str]] = defaultdict(list)
    next_cursor = None
    for _ in range(_ROUNDS):
        pages = store.pages_after(call.merchant_id, done, _PAGES_AT_ONCE)
        _collect(pages, query.from_, query.to, ids)
        if len(pages) < _PAGES_AT_ONCE or pages[-1].at > latest:
            break
        done = pages[-1].number
    else:
        next_cursor = str(done)
    items = (TypeDigest(type=name, count=len(of), sum=rules.digest(of)) for name, of in sorted(ids.items()))
    return Answer(200, EventDigest(items=tuple(items), next_cursor=next_cursor).json_bytes())


def _collect(pages: Iterable[FeedPage], start: str, end: str, ids: defaultdict[str, list[str]]) -> None:
    for page in pages:
        for ref in page.refs:
            if start <= ref.timestamp < end:
                ids[ref.type].append(ref.id)


def _page(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 12):
        raise InvalidCursor
    return int(cursor)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)

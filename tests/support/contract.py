"""What every operation promises alike, for the tests of each to hold it to."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pos import outbox
from pos.http import Operation
from pos.log import logger
from tests.support.shop import Shop

Handler = Operation[Any, Any]


def assert_needs(permission: str, shop: Shop, handler: Handler, body: Any = None, **request: Any) -> None:
    """The operation refuses a caller who may do everything but this."""
    service, verb = permission.split(":")
    others = f"{service}:{'read' if verb == 'write' else 'write'} other:*"
    reply = shop.call(handler, body, permissions=others, **request)
    assert (reply.status, reply.code) == (403, "auth.forbidden")
    assert shop.call(handler, body, permissions=permission, **request).status < 300


def assert_happens_once(shop: Shop, handler: Handler, body: Any, other_body: Any, **request: Any) -> None:
    """The repeat of a request under its Idempotency-Key answers what was answered first; another body is refused."""
    headers = {"Idempotency-Key": "sale-1", **request.pop("headers", {})}
    first = shop.call(handler, body, headers=headers, **request)
    assert first.status < 300
    assert "idempotent-replayed" not in first.headers

    again = shop.call(handler, body, headers=headers, **request)
    assert (again.status, again.text, again.headers["etag"]) == (first.status, first.text, first.headers["etag"])
    assert again.headers["idempotent-replayed"] == "true"

    mismatch = shop.call(handler, other_body, headers=headers, **request)
    assert (mismatch.status, mismatch.code) == (422, "idempotency.mismatch")
    assert len(events_of(shop, first.json["id"])) == first.json["version"]


def assert_refuses_what_is_no_body(shop: Shop, handler: Handler, **request: Any) -> None:
    """A body that is no JSON object, too long or with a field that we do not know never reaches the operation."""
    for text in (None, "", "{", '{"name": "\\ud800"}', "[" * 10_000):
        reply = shop.call(handler, text, **request)
        assert (reply.status, reply.code) == (400, "request.malformed_json"), text
    others: tuple[Any, ...] = ([], "null", '"text"', 5)
    for body in others:
        reply = shop.call(handler, body, **request)
        assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [""]), body
    unknown = shop.call(handler, {"owner": "mer_other"}, **request)
    assert unknown.status == 422
    assert "/owner" in unknown.pointers
    huge = shop.call(handler, {"name": "x" * 1_000_000}, **request)
    assert (huge.status, huge.code) == (413, "request.too_large")


def all_pages(shop: Shop, handler: Handler, limit: int, **query: str) -> list[Any]:
    """Every item of a listing, read by its cursors."""
    items: list[Any] = []
    while True:
        page = shop.call(handler, query={**query, "limit": str(limit)})
        assert page.status == 200, page.text
        assert len(page.json["items"]) <= limit
        items += page.json["items"]
        if page.json["next_cursor"] is None:
            return items
        query["cursor"] = page.json["next_cursor"]


def events_of(shop: Shop, entity_id: str) -> list[Any]:
    """The events of an entity as subscribers get them, oldest first."""
    page = outbox.history(shop.merchant_id, entity_id, 100, None)
    return [json.loads(event.body) for item in reversed(page.items) for event in outbox.events(item)]


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """What is logged meanwhile."""
    stream = io.StringIO()
    handler = logger.registered_handler
    before = handler.setStream(stream)  # type: ignore[attr-defined]
    try:
        yield stream
    finally:
        handler.setStream(before)  # type: ignore[attr-defined]

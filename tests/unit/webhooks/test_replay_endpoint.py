"""replay_endpoint"""

from typing import Any

import pytest

from tests.support.contract import assert_needs, assert_refuses_what_is_no_body
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.webhooks.line import Line
from webhooks import get_replay, replay_endpoint, store, update_endpoint

BODY = {"since": "2026-11-23T17:00:00Z", "which": "all"}


def test_the_sample_begins_a_job(line: Line) -> None:
    endpoint = line.subscribe("https://shop.example.com/")

    reply = send(replay_endpoint.handler, sample("webhooks", "replay_endpoint", line.shop, id=endpoint["id"]))

    assert (reply.status, reply.json["status"], reply.json["which"]) == (202, "running", "missing")
    assert (reply.json["since"], reply.json["until"]) == ("2026-11-23T17:00:00.000Z", "2026-11-24T17:00:00.000Z")
    assert (reply.json["page"], reply.json["looked_at"], reply.json["sent"]) == (None, 0, 0)
    assert line.shop.call(get_replay.handler, id=reply.json["id"]).json == reply.json
    [(merchant_id, replay)] = store.running_replays()
    assert (merchant_id, replay.id) == (line.shop.merchant_id, reply.json["id"])


def test_it_ends_now_at_the_latest_so_that_it_ends(line: Line) -> None:
    endpoint = line.subscribe("https://shop.example.com/")

    for more in ({}, {"until": "2100-01-01T00:00:00Z"}):
        reply = line.shop.call(replay_endpoint.handler, BODY | more, id=endpoint["id"])
        assert reply.json["until"] == reply.json["created_at"]


def test_the_same_request_is_one_job(line: Line) -> None:
    endpoint = line.subscribe("https://shop.example.com/")
    headers = {"Idempotency-Key": "r1"}

    first, again = (line.shop.call(replay_endpoint.handler, BODY, id=endpoint["id"], headers=headers) for _ in range(2))

    assert again.json == first.json and again.headers["idempotent-replayed"] == "true"
    assert len(store.running_replays()) == 1
    other = line.shop.call(replay_endpoint.handler, BODY | {"which": "failed"}, id=endpoint["id"], headers=headers)
    assert other.code == "idempotency.mismatch"


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("since", None, "/since"),
        ("since", "yesterday", "/since"),
        ("until", "2026-11-23T17:00:00Z", ""),
        ("which", "some", "/which"),
    ],
)
def test_a_bad_field_is_refused_by_name(line: Line, field: str, value: Any, pointer: str) -> None:
    endpoint = line.subscribe("https://shop.example.com/")

    reply = line.shop.call(replay_endpoint.handler, BODY | {field: value}, id=endpoint["id"])

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [pointer])


def test_it_needs_its_permission_and_an_endpoint_that_is_sent_to(line: Line) -> None:
    endpoint = line.subscribe("https://shop.example.com/")
    assert Shop.open().call(replay_endpoint.handler, BODY, id=endpoint["id"]).code == "endpoint.not_found"
    assert_needs("webhooks:write", line.shop, replay_endpoint.handler, BODY, id=endpoint["id"])
    assert_refuses_what_is_no_body(line.shop, replay_endpoint.handler, id=endpoint["id"])
    line.shop.call(update_endpoint.handler, {"enabled": False}, id=endpoint["id"])
    assert line.shop.call(replay_endpoint.handler, BODY, id=endpoint["id"]).code == "endpoint.not_enabled"

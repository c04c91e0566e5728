"""rotate_secret"""

from collections.abc import Sequence

import pytest
from cryptography.exceptions import InvalidSignature
from standardwebhooks import Webhook

from staff import list_audit_entries
from tests.support.contract import assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.webhooks.line import Json, Line, Receiver
from tests.unit.webhooks.test_signing import verify_by_key
from webhooks import create_endpoint, get_endpoint, rotate_secret, update_endpoint

BODY = {"url": "https://shop.example.com/hook", "event_types": ["order.*"]}


def holding(line: Line, receiver: Receiver, endpoints: Sequence[Json]) -> list[bool]:
    """Which of these answers' secret and public key verify the next webhook."""
    line.publish(line.commit(f"ord_{len(receiver.received)}"))
    line.run()
    last = receiver.received[-1]
    headers = dict(last.headers)
    held = []
    for endpoint in endpoints:
        # The published verifier looks at this machine's clock, and the line has one of its own.
        signature = Webhook(endpoint["secret"]).sign(last.id, line.now, last.body.decode())
        by_secret = signature in headers["webhook-signature"].split(" ")
        try:
            verify_by_key(endpoint["public_key"], headers, last.body)
            by_key = True
        except InvalidSignature:
            by_key = False
        assert by_secret == by_key
        held.append(by_secret)
    return held


def test_the_sample_shows_a_new_secret_and_tells_of_the_old_one(shop: Shop) -> None:
    before = shop.call(create_endpoint.handler, BODY).json

    reply = send(rotate_secret.handler, sample("webhooks", "rotate_secret", shop, id=before["id"]))

    assert (reply.status, reply.json["version"]) == (200, 2)
    assert reply.json["secret"].startswith("whsec_") and reply.json["secret"] != before["secret"]
    assert reply.json["public_key"].startswith("whpk_") and reply.json["public_key"] != before["public_key"]
    hidden = reply.json | {"secret": None}
    assert shop.call(get_endpoint.handler, id=before["id"]).json == hidden
    assert events_of(shop, before["id"])[-1]["data"] == hidden


def test_for_its_hours_webhooks_have_both_signatures(line: Line, receiver: Receiver) -> None:
    old = line.subscribe(receiver.url)
    new = line.shop.call(rotate_secret.handler, {}, id=old["id"]).json

    assert holding(line, receiver, [old, new]) == [True, True]
    line.shop.call(update_endpoint.handler, {"description": "A"}, id=old["id"])
    line.wait(hours=23, minutes=59)
    assert holding(line, receiver, [old, new]) == [True, True]
    line.wait(minutes=2)
    assert holding(line, receiver, [old, new]) == [False, True]


def test_who_rotates_again_does_not_stop_what_the_receiver_knows(line: Line, receiver: Receiver) -> None:
    first = line.subscribe(receiver.url)
    second, third = (line.shop.call(rotate_secret.handler, {}, id=first["id"]).json for _ in range(2))

    assert holding(line, receiver, [first, second, third]) == [True, True, True]


def test_no_hours_end_all_that_was_before(line: Line, receiver: Receiver) -> None:
    first = line.subscribe(receiver.url)
    second = line.shop.call(rotate_secret.handler, {}, id=first["id"]).json
    third = line.shop.call(rotate_secret.handler, {"overlap_hours": 0}, id=first["id"]).json

    assert third["previous_expires_at"] is None
    assert holding(line, receiver, [first, second, third]) == [False, False, True]


def test_no_more_than_three_are_held(shop: Shop) -> None:
    id = shop.call(create_endpoint.handler, BODY).json["id"]
    for _ in range(3):
        assert shop.call(rotate_secret.handler, {}, id=id).status == 200

    reply = shop.call(rotate_secret.handler, {}, id=id)

    assert (reply.status, reply.code) == (409, "endpoint.secrets_held")
    assert shop.call(rotate_secret.handler, {"overlap_hours": 0}, id=id).status == 200


def test_a_repeat_rotates_once_and_does_not_show_the_secret(shop: Shop) -> None:
    id = shop.call(create_endpoint.handler, BODY).json["id"]
    first, again = (shop.call(rotate_secret.handler, {}, id=id, headers={"Idempotency-Key": "r"}) for _ in range(2))

    assert again.json == first.json | {"secret": None}
    assert shop.call(get_endpoint.handler, id=id).json["version"] == 2


@pytest.mark.parametrize("hours", [-1, 169, "24", 1.5])
def test_hours_that_are_none_are_refused(shop: Shop, hours: object) -> None:
    id = shop.call(create_endpoint.handler, BODY).json["id"]

    assert shop.call(rotate_secret.handler, {"overlap_hours": hours}, id=id).pointers == ["/overlap_hours"]


def test_it_needs_its_permission_its_own_endpoint_and_a_current_version(shop: Shop) -> None:
    id = shop.call(create_endpoint.handler, BODY).json["id"]
    assert Shop.open().call(rotate_secret.handler, {}, id=id).code == "endpoint.not_found"
    assert_needs("webhooks:write", shop, rotate_secret.handler, {}, id=id)
    assert_refuses_what_is_no_body(shop, rotate_secret.handler, id=id)
    assert shop.call(rotate_secret.handler, {}, id=id, headers={"If-Match": '"1"'}).code == "request.stale_version"


def test_the_owner_is_told_of_what_happens_to_an_endpoint_and_of_no_secret(shop: Shop) -> None:
    made = shop.call(create_endpoint.handler, BODY).json
    rotated = shop.call(rotate_secret.handler, {}, id=made["id"]).json
    shop.call(update_endpoint.handler, {"url": "https://shop.example.com/other"}, id=made["id"])

    told = shop.call(list_audit_entries.handler, query={"actor": "key_test"})

    actions = ["endpoint.updated", "endpoint.secret_rotated", "endpoint.created"]
    assert [(one["action"], one["entity_id"]) for one in told.json["items"]] == [(one, made["id"]) for one in actions]
    assert told.json["items"][0]["changes"][0] == {
        "field": "url",
        "before": BODY["url"],
        "after": "https://shop.example.com/other",
    }
    assert made["secret"] not in told.text and rotated["secret"] not in told.text

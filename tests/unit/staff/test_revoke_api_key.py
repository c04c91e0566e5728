"""revoke_api_key"""

import pytest

from staff import revoke_api_key, rotate_api_key, store
from tests.support.contract import Handler, assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, request_event, send
from tests.unit.staff.keys import make_key, opens


def test_the_sample_revokes_a_key_with_its_event(shop: Shop) -> None:
    key = make_key(shop)

    reply = send(revoke_api_key.handler, sample("staff", "revoke_api_key", shop, id=key["id"]))

    assert (reply.status, reply.json["revoked_at"]) == (200, reply.json["updated_at"])
    event = events_of(shop, key["id"])[-1]
    assert (event["type"], event["data"]) == ("api_key.revoked", reply.json)
    assert opens(key["secret"]) == {}


def test_both_secrets_of_a_rotated_key_are_nobodys(shop: Shop) -> None:
    key = make_key(shop)
    rotated = shop.call(rotate_api_key.handler, {}, id=key["id"]).json

    shop.call(revoke_api_key.handler, id=key["id"])

    assert opens(key["secret"]) == opens(rotated["secret"]) == {}


def test_a_revoked_key_cannot_be_changed_any_more(shop: Shop) -> None:
    key = make_key(shop)
    shop.call(revoke_api_key.handler, id=key["id"])

    changes: tuple[Handler, ...] = (revoke_api_key.handler, rotate_api_key.handler)
    for change in changes:
        reply = shop.call(change, {}, id=key["id"])
        assert (reply.status, reply.code) == (409, "api_key.revoked")


def test_a_use_that_meets_the_revocation_brings_nothing_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_key(shop)
    note = store.note_use

    def revoked_meanwhile(*use: object) -> None:
        shop.call(revoke_api_key.handler, id=key["id"])
        note(*use)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(store, "note_use", revoked_meanwhile)
        opens(key["secret"])

    assert opens(key["secret"]) == {}


def test_no_key_revokes_itself(shop: Shop) -> None:
    actor = opens(shop.api_key)["actor"]
    event = request_event(shop.merchant_id, path={"id": actor})
    event["requestContext"]["authorizer"]["lambda"]["actor"] = actor

    reply = send(revoke_api_key.handler, event)

    assert (reply.status, reply.code) == (409, "api_key.own")
    assert opens(shop.api_key)["actor"] == actor


def test_a_repeat_answers_what_was_answered(shop: Shop) -> None:
    key = make_key(shop)
    headers = {"Idempotency-Key": "k"}

    first = shop.call(revoke_api_key.handler, id=key["id"], headers=headers)
    again = shop.call(revoke_api_key.handler, id=key["id"], headers=headers)

    assert (again.status, again.text, again.headers["idempotent-replayed"]) == (200, first.text, "true")


def test_a_stale_version_is_refused(shop: Shop) -> None:
    key = make_key(shop)
    shop.call(rotate_api_key.handler, {}, id=key["id"])

    reply = shop.call(revoke_api_key.handler, id=key["id"], headers={"If-Match": '"1"'})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_another_merchants_key_is_not_found(shop: Shop) -> None:
    key = make_key(shop)

    reply = Shop.open().call(revoke_api_key.handler, id=key["id"])

    assert (reply.status, reply.code) == (404, "api_key.not_found")
    assert opens(key["secret"])["actor"] == key["id"]


def test_it_needs_keys_write(shop: Shop) -> None:
    assert_needs("keys:write", shop, revoke_api_key.handler, id=make_key(shop)["id"])

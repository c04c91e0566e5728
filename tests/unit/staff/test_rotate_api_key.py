"""rotate_api_key"""

from typing import Any

import pytest

from staff import rotate_api_key
from tests.support.contract import assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.staff.keys import make_key, opens, set_clock


def test_the_sample_gives_a_new_secret_with_its_event(shop: Shop) -> None:
    key = make_key(shop)

    reply = send(rotate_api_key.handler, sample("staff", "rotate_api_key", shop, id=key["id"]))

    assert (reply.status, reply.json["version"], reply.json["id"]) == (200, 2, key["id"])
    assert reply.json["secret"] != key["secret"]
    event = events_of(shop, key["id"])[-1]
    assert (event["type"], event["data"]) == ("api_key.rotated", reply.json | {"secret": None})


def test_the_one_before_holds_for_the_overlap_and_no_longer(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2030-01-01T00:00:00Z")
    old = make_key(shop)
    key = shop.call(rotate_api_key.handler, {"overlap_hours": 2}, id=old["id"]).json
    assert key["previous_expires_at"] == "2030-01-01T02:00:00.000Z"

    set_clock(monkeypatch, "2030-01-01T01:59:59Z")
    assert opens(old["secret"]) == opens(key["secret"])
    set_clock(monkeypatch, "2030-01-01T02:00:00Z")
    assert opens(old["secret"]) == {}
    assert opens(key["secret"])["actor"] == key["id"]


def test_the_overlap_never_outlasts_the_key(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2030-01-01T00:00:00Z")
    key = make_key(shop, expires_at="2030-01-01T01:00:00Z")

    rotated = shop.call(rotate_api_key.handler, {}, id=key["id"]).json

    assert rotated["previous_expires_at"] == rotated["expires_at"] == "2030-01-01T01:00:00.000Z"


def test_without_overlap_the_one_before_is_nobodys_at_once(shop: Shop) -> None:
    key = make_key(shop)

    rotated = shop.call(rotate_api_key.handler, {"overlap_hours": 0}, id=key["id"]).json

    assert opens(key["secret"]) == {}
    assert opens(rotated["secret"])["actor"] == key["id"]


def test_no_more_than_two_hold_at_a_time(shop: Shop) -> None:
    first = make_key(shop)
    second = shop.call(rotate_api_key.handler, {}, id=first["id"]).json
    third = shop.call(rotate_api_key.handler, {}, id=first["id"]).json

    assert opens(first["secret"]) == {}
    assert opens(second["secret"]) == opens(third["secret"]) != {}


def test_who_may_do_less_than_the_key_does_not_get_its_secret(shop: Shop) -> None:
    key = make_key(shop, permissions=["orders:read", "reports:read"])

    reply = shop.call(rotate_api_key.handler, {}, id=key["id"], permissions="keys:write orders:read")

    assert (reply.status, reply.code) == (409, "api_key.beyond_caller")
    assert opens(key["secret"])["actor"] == key["id"]


def test_a_repeat_rotates_once_and_does_not_show_the_secret_again(shop: Shop) -> None:
    key = make_key(shop)
    headers = {"Idempotency-Key": "rotation-1", "If-Match": '"1"'}
    first = shop.call(rotate_api_key.handler, {}, id=key["id"], headers=headers)

    again = shop.call(rotate_api_key.handler, {}, id=key["id"], headers=headers)

    assert (again.headers["idempotent-replayed"], again.json) == ("true", first.json | {"secret": None})
    assert opens(first.json["secret"])["actor"] == key["id"]


def test_a_stale_version_is_refused(shop: Shop) -> None:
    key = make_key(shop)
    shop.call(rotate_api_key.handler, {}, id=key["id"])

    reply = shop.call(rotate_api_key.handler, {}, id=key["id"], headers={"If-Match": '"1"'})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_another_merchants_key_is_not_found(shop: Shop) -> None:
    reply = Shop.open().call(rotate_api_key.handler, {}, id=make_key(shop)["id"])

    assert (reply.status, reply.code) == (404, "api_key.not_found")


@pytest.mark.parametrize("hours", [-1, 169, 1.5, "2", None])
def test_an_overlap_is_up_to_a_week_of_whole_hours(shop: Shop, hours: Any) -> None:
    reply = shop.call(rotate_api_key.handler, {"overlap_hours": hours}, id=make_key(shop)["id"])

    assert (reply.status, reply.pointers) == (422, ["/overlap_hours"])


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, rotate_api_key.handler, id=make_key(shop)["id"])


def test_it_needs_keys_write(shop: Shop) -> None:
    key = make_key(shop, permissions=["keys:write"])
    assert_needs("keys:write", shop, rotate_api_key.handler, {}, id=key["id"])

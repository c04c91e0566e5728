"""update_location"""

from typing import Any

import pytest

from staff import get_location, update_location
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send


def test_the_sample_changes_what_it_names_with_its_event(shop: Shop) -> None:
    before = shop.call(get_location.handler, id=shop.location_id).json
    event = sample("staff", "update_location", shop)

    reply = send(update_location.handler, event)

    assert (reply.status, reply.headers["etag"]) == (200, '"2"')
    assert reply.json["name"] in event["body"]
    assert before | reply.json == reply.json == shop.call(get_location.handler, id=shop.location_id).json
    assert reply.json["name"] != before["name"]
    told = events_of(shop, shop.location_id)[-1]
    assert (told["type"], told["data"]) == ("location.updated", reply.json)


def test_what_is_left_out_stays(shop: Shop) -> None:
    before = shop.call(get_location.handler, id=shop.location_id).json

    reply = shop.call(update_location.handler, {"name": "A"}, id=shop.location_id)

    assert reply.json == before | {"name": "A", "version": 2, "updated_at": reply.json["updated_at"]}


def test_whether_a_kitchen_prepares_what_is_sold_can_be_changed(shop: Shop) -> None:
    assert shop.call(get_location.handler, id=shop.location_id).json["kitchen"] is False

    shop.call(update_location.handler, {"kitchen": True}, id=shop.location_id)

    assert shop.call(get_location.handler, id=shop.location_id).json["kitchen"] is True


def test_a_stale_version_is_refused(shop: Shop) -> None:
    shop.call(update_location.handler, {"name": "A"}, id=shop.location_id)

    reply = shop.call(update_location.handler, {"name": "B"}, id=shop.location_id, headers={"If-Match": '"1"'})

    assert (reply.status, reply.code) == (412, "request.stale_version")
    assert shop.call(get_location.handler, id=shop.location_id).json["name"] == "A"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", None),
        ("address", "x" * 501),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", None),
        ("stock_policy", "sometimes"),
        ("kitchen", None),
        ("id", "loc_mine"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, field: str, value: Any) -> None:
    reply = shop.call(update_location.handler, {field: value}, id=shop.location_id)

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"/{field}"])


def test_another_merchants_location_is_not_found(shop: Shop) -> None:
    reply = Shop.open(name="Toko Lain").call(update_location.handler, {"name": "A"}, id=shop.location_id)

    assert (reply.status, reply.code) == (404, "location.not_found")


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, update_location.handler, id=shop.location_id)


def test_a_repeat_changes_nothing(shop: Shop) -> None:
    assert_happens_once(
        shop, update_location.handler, {"name": "A"}, {"name": "B"}, id=shop.location_id, headers={"If-Match": "1"}
    )


def test_it_needs_merchant_write(shop: Shop) -> None:
    assert_needs("merchant:write", shop, update_location.handler, {"name": "A"}, id=shop.location_id)

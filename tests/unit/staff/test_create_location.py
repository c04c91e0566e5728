"""create_location"""

from typing import Any

import pytest

from staff import create_location, list_locations, update_merchant
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send


def test_a_location_is_opened_with_its_event(shop: Shop) -> None:
    wanted = {"name": "Cabang 東京　本店", "address": "Jl. Braga 10\nBandung", "stock_policy": "block", "kitchen": True}

    reply = shop.call(create_location.handler, wanted)

    assert (reply.status, reply.headers["etag"]) == (201, '"1"')
    assert wanted.items() <= reply.json.items()
    [event] = events_of(shop, reply.json["id"])
    assert (event["type"], event["data"]) == ("location.created", reply.json)
    assert reply.json in shop.call(list_locations.handler).json["items"]


def test_it_lives_in_the_merchants_time_zone_unless_it_names_its_own(shop: Shop) -> None:
    shop.call(update_merchant.handler, {"time_zone": "Asia/Makassar"})

    assert shop.call(create_location.handler, {"name": "A"}).json["time_zone"] == "Asia/Makassar"
    assert shop.call(create_location.handler, {"name": "B", "time_zone": "Asia/Jayapura"}).json["time_zone"] == (
        "Asia/Jayapura"
    )


def test_its_days_start_when_the_merchants_do_unless_it_says_otherwise(shop: Shop) -> None:
    assert shop.call(create_location.handler, {"name": "A"}).json["day_start"] == "00:00"
    shop.call(update_merchant.handler, {"day_start": "04:00"})

    assert shop.call(create_location.handler, {"name": "B"}).json["day_start"] == "04:00"
    assert shop.call(create_location.handler, {"name": "C", "day_start": "12:00"}).json["day_start"] == "12:00"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("day_start", "12:01"),
        ("day_start", "4:00"),
        ("day_start", "24:00"),
        ("day_start", 240),
        ("name", None),
        ("name", "a\tb"),
        ("address", "x" * 501),
        ("time_zone", ""),
        ("time_zone", "Asia/Atlantis"),
        ("time_zone", "A" * 65),
        ("stock_policy", "sometimes"),
        ("kitchen", None),
        ("id", "loc_mine"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, field: str, value: Any) -> None:
    reply = shop.call(create_location.handler, {"name": "A", field: value})

    assert (reply.status, reply.pointers) == (422, [f"/{field}"])
    assert len(shop.call(list_locations.handler).json["items"]) == 1


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, create_location.handler)


def test_a_repeat_opens_no_second_location(shop: Shop) -> None:
    assert_happens_once(shop, create_location.handler, {"name": "A"}, {"name": "B"})
    assert len(shop.call(list_locations.handler).json["items"]) == 2


def test_it_needs_merchant_write(shop: Shop) -> None:
    assert_needs("merchant:write", shop, create_location.handler, {"name": "A"})


def test_the_sample_opens_a_location(shop: Shop) -> None:
    reply = send(create_location.handler, sample("staff", "create_location", shop))

    assert (reply.status, reply.json["name"]) == (201, "Cabang Bandung")

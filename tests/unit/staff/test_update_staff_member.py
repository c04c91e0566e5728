"""update_staff_member"""

from typing import Any

import pytest

from staff import list_staff, update_staff_member
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.staff.people import PIN, employ, make_role


def test_the_sample_changes_a_person_with_their_event(shop: Shop) -> None:
    member = employ(shop)

    reply = send(update_staff_member.handler, sample("staff", "update_staff_member", shop, id=member["id"]))

    changed = {"role": "manager", "has_pin": True, "version": 2, "updated_at": reply.json["updated_at"]}
    assert reply.json == member | changed
    event = events_of(shop, member["id"])[-1]
    assert (event["type"], event["data"]) == ("staff_member.updated", reply.json)
    assert shop.call(list_staff.handler).json["items"] == [reply.json]


def test_a_pin_stays_until_it_is_changed_or_taken_away(shop: Shop) -> None:
    member = employ(shop, pin=PIN)

    assert shop.call(update_staff_member.handler, {"name": "Sari W."}, id=member["id"]).json["has_pin"] is True
    assert shop.call(update_staff_member.handler, {"pin": None}, id=member["id"]).json["has_pin"] is False


@pytest.mark.parametrize("change", [{"pin": "9999"}, {"role": "cashier"}, {"active": False}])
def test_who_may_do_less_than_a_person_does_not_change_them(shop: Shop, change: Any) -> None:
    owner = employ(shop, role="owner")

    reply = shop.call(update_staff_member.handler, change, id=owner["id"], permissions="staff:* orders:* catalog:*")

    assert (reply.status, reply.code) == (409, "staff_member.beyond_caller")


def test_nobody_is_promoted_beyond_who_does_it(shop: Shop) -> None:
    member = employ(shop, role=make_role(shop, "staff:read")["id"])

    reply = shop.call(update_staff_member.handler, {"role": "owner"}, id=member["id"], permissions="staff:*")

    assert (reply.status, reply.code, reply.pointers) == (422, "role.beyond_caller", ["/role"])


@pytest.mark.parametrize(
    ("field", "value", "code", "pointer"),
    [
        ("name", None, "request.invalid", "/name"),
        ("pin", "12", "request.invalid", "/pin"),
        ("role", "boss", "role.unknown", "/role"),
        ("location_ids", ["loc_unknown"], "location.unknown", "/location_ids/0"),
        ("deleted_at", None, "request.invalid", "/deleted_at"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, field: str, value: Any, code: str, pointer: str) -> None:
    reply = shop.call(update_staff_member.handler, {field: value}, id=employ(shop)["id"])

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])


def test_a_stale_version_is_refused(shop: Shop) -> None:
    member = employ(shop)
    shop.call(update_staff_member.handler, {"name": "A"}, id=member["id"])

    reply = shop.call(update_staff_member.handler, {"name": "B"}, id=member["id"], headers={"If-Match": '"1"'})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_another_merchants_person_is_not_found(shop: Shop) -> None:
    reply = Shop.open().call(update_staff_member.handler, {"name": "A"}, id=employ(shop)["id"])

    assert (reply.status, reply.code) == (404, "staff_member.not_found")


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, update_staff_member.handler, id=employ(shop)["id"])


def test_a_repeat_changes_nothing(shop: Shop) -> None:
    member = employ(shop)
    headers = {"If-Match": "1"}
    assert_happens_once(
        shop, update_staff_member.handler, {"name": "A"}, {"name": "B"}, id=member["id"], headers=headers
    )


def test_it_needs_staff_write(shop: Shop) -> None:
    member = employ(shop, role=make_role(shop, "staff:write")["id"])
    assert_needs("staff:write", shop, update_staff_member.handler, {"name": "A"}, id=member["id"])

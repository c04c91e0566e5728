"""update_role"""

from typing import Any

import pytest

from staff import update_role
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.staff.people import make_role


def test_the_sample_changes_a_role_with_its_event(shop: Shop) -> None:
    role = make_role(shop)

    reply = send(update_role.handler, sample("staff", "update_role", shop, id=role["id"]))

    changed = {"permissions": ["catalog:read", "inventory:*", "reports:read"], "version": 2}
    assert reply.json == role | changed | {"updated_at": reply.json["updated_at"]}
    event = events_of(shop, role["id"])[-1]
    assert (event["type"], event["data"]) == ("role.updated", reply.json)


@pytest.mark.parametrize("permissions", [["inventory:*", "orders:read"], ["inventory:read"]])
def test_who_may_do_less_than_a_role_neither_widens_nor_narrows_it(shop: Shop, permissions: list[str]) -> None:
    role = make_role(shop, "inventory:*")

    reply = shop.call(
        update_role.handler, {"permissions": permissions}, id=role["id"], permissions="staff:* inventory:read"
    )

    assert (reply.status, reply.code) == (409, "role.beyond_caller")


def test_a_role_gets_nothing_that_its_changer_lacks(shop: Shop) -> None:
    role = make_role(shop, "inventory:read")

    reply = shop.call(update_role.handler, {"permissions": ["*"]}, id=role["id"], permissions="staff:* inventory:read")

    assert (reply.status, reply.code, reply.pointers) == (422, "role.beyond_caller", ["/permissions/0"])


@pytest.mark.parametrize("role_id", ["owner", "rol_unknown"])
def test_only_a_role_of_its_own_is_changed(shop: Shop, role_id: str) -> None:
    reply = shop.call(update_role.handler, {"name": "A"}, id=role_id)

    assert (reply.status, reply.code) == (404, "role.not_found")


def test_another_merchants_role_is_not_found(shop: Shop) -> None:
    assert Shop.open().call(update_role.handler, {"name": "A"}, id=make_role(shop)["id"]).status == 404


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("permissions", []), ("id", "owner"), ("name", None)])
def test_a_bad_field_is_refused_by_name(shop: Shop, field: str, value: Any) -> None:
    reply = shop.call(update_role.handler, {field: value}, id=make_role(shop)["id"])

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"/{field}"])


def test_a_stale_version_is_refused(shop: Shop) -> None:
    role = make_role(shop)
    shop.call(update_role.handler, {"name": "A"}, id=role["id"])

    reply = shop.call(update_role.handler, {"name": "B"}, id=role["id"], headers={"If-Match": '"1"'})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, update_role.handler, id=make_role(shop)["id"])


def test_a_repeat_changes_nothing(shop: Shop) -> None:
    role = make_role(shop)
    headers = {"If-Match": "1"}
    assert_happens_once(shop, update_role.handler, {"name": "A"}, {"name": "B"}, id=role["id"], headers=headers)


def test_it_needs_staff_write(shop: Shop) -> None:
    assert_needs("staff:write", shop, update_role.handler, {"name": "A"}, id=make_role(shop, "staff:write")["id"])

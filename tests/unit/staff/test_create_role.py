"""create_role"""

from typing import Any

import pytest

from staff import create_role, list_roles
from tests.support.contract import assert_happens_once, assert_needs, assert_refuses_what_is_no_body, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send

BODY: dict[str, Any] = {"name": "Stock keeper", "permissions": ["catalog:read", "inventory:*"]}


def test_the_sample_makes_a_role_with_its_event(shop: Shop) -> None:
    reply = send(create_role.handler, sample("staff", "create_role", shop))

    assert (reply.status, reply.json["permissions"]) == (201, ["catalog:read", "inventory:*"])
    [event] = events_of(shop, reply.json["id"])
    assert (event["type"], event["data"]) == ("role.created", reply.json)
    assert reply.json in shop.call(list_roles.handler).json["items"]


def test_a_role_may_do_no_more_than_its_maker(shop: Shop) -> None:
    reply = shop.call(create_role.handler, BODY, permissions="staff:write catalog:read inventory:read")

    assert (reply.status, reply.code, reply.pointers) == (422, "role.beyond_caller", ["/permissions/1"])


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("name", "", "/name"),
        ("permissions", [], "/permissions"),
        ("permissions", ["everything"], "/permissions/0"),
        ("id", "owner", "/id"),
    ],
)
def test_a_bad_field_is_refused_by_name(shop: Shop, field: str, value: Any, pointer: str) -> None:
    reply = shop.call(create_role.handler, BODY | {field: value})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [pointer])


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, create_role.handler)


def test_a_repeat_makes_no_second_role(shop: Shop) -> None:
    assert_happens_once(shop, create_role.handler, BODY, BODY | {"name": "Other"})


def test_it_needs_staff_write(shop: Shop) -> None:
    assert_needs("staff:write", shop, create_role.handler, {"name": "Chief", "permissions": ["staff:write"]})

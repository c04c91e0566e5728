"""list_audit_entries"""

import boto3
import pytest

from staff import (
    create_api_key,
    create_location,
    create_role,
    list_audit_entries,
    revoke_api_key,
    rotate_api_key,
    store,
    update_merchant,
    update_staff_member,
)
from staff.permissions import ROLES
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, request_event, send
from tests.unit.orders.till import Killed, at_each_transaction, set_clock, stored
from tests.unit.staff.people import PIN, employ, make_role, pair

AUDIT = "audit:read"


def entries(shop: Shop, **query: str) -> list[tuple[str, str]]:
    """What was done to what, newest first."""
    return [(one["action"], one["entity_id"]) for one in all_pages(shop, list_audit_entries.handler, limit=2, **query)]


def test_the_sample_lists_entries(shop: Shop) -> None:
    reply = send(list_audit_entries.handler, sample("staff", "list_audit_entries", shop))

    assert (reply.status, reply.json) == (200, {"items": [], "next_cursor": None})


def test_a_change_of_settings_tells_what_was_and_what_is(shop: Shop) -> None:
    shop.call(update_merchant.handler, {"discount_limit_percent": "10", "shift_required": True})

    [entry] = shop.call(list_audit_entries.handler).json["items"]

    assert (entry["action"], entry["actor"], entry["entity_type"]) == ("merchant.updated", "key_test", "merchant")
    assert entry["changes"] == [
        {"field": "shift_required", "before": False, "after": True},
        {"field": "discount_limit_percent", "before": None, "after": "10"},
    ]


def test_what_is_sensitive_in_staff_is_told_newest_first(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("staff.pins.COST", 2)
    role = make_role(shop)["id"]
    member = employ(shop, pin=PIN)["id"]
    shop.call(update_staff_member.handler, {"pin": "8642"}, id=member)
    shop.call(update_staff_member.handler, {"name": "Dewi"}, id=member)
    key = shop.call(create_api_key.handler, {"name": "Web shop", "permissions": ["catalog:read"]}).json["id"]
    shop.call(rotate_api_key.handler, {}, id=key)
    shop.call(revoke_api_key.handler, id=key)
    pair(shop)

    assert entries(shop) == [
        ("register.paired", shop.register_id),
        ("register.pairing_code_created", shop.register_id),
        ("api_key.revoked", key),
        ("api_key.rotated", key),
        ("api_key.created", key),
        ("staff_member.updated", member),
        ("staff_member.pin_changed", member),
        ("staff_member.created", member),
        ("role.created", role),
    ]
    assert entries(shop, action="api_key.rotated") == [("api_key.rotated", key)]


def test_an_actors_entries_and_a_span_of_time_are_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for hour, actor in enumerate(("stf_anna", "stf_budi", "stf_anna")):
        set_clock(monkeypatch, f"2030-01-01T0{hour}:00:00Z")
        event = request_event(shop.merchant_id, body={"name": actor})
        event["requestContext"]["authorizer"]["lambda"]["actor"] = actor
        send(create_location.handler, event)
    items = all_pages(shop, list_audit_entries.handler, 1, actor="stf_anna")

    assert [one["at"][11:13] for one in items] == ["02", "00"]
    later = shop.call(list_audit_entries.handler, query={"from": "2030-01-01T01:00:00Z", "to": "2030-01-01T01:30:00Z"})
    assert [one["actor"] for one in later.json["items"]] == ["stf_budi"]
    both = {"actor": "stf_anna", "action": "role.created"}
    assert shop.call(list_audit_entries.handler, query=both).json["items"] == []


def test_no_secret_is_in_the_trail(shop: Shop) -> None:
    made = shop.call(create_api_key.handler, {"name": "Web shop", "permissions": ["catalog:read"]}).json
    employ(shop, pin=PIN)
    device = pair(shop)["device_key"]

    told = shop.call(list_audit_entries.handler).text

    assert not [secret for secret in (made["secret"], device, PIN) if secret in told]


def test_a_refused_or_repeated_request_tells_nothing_more(shop: Shop) -> None:
    body = {"name": "Stock keeper", "permissions": ["inventory:*"]}
    for _ in range(2):
        shop.call(create_role.handler, body, headers={"Idempotency-Key": "role-1"})
    shop.call(create_role.handler, body, permissions="staff:write")  # beyond what the caller may

    assert len(entries(shop)) == 1


@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_crash_leaves_both_the_change_and_its_entry_or_neither(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    def die() -> None:
        raise Killed

    with monkeypatch.context() as patch:
        at_each_transaction(patch, **{dies: die})
        with pytest.raises(Killed):
            make_role(shop)

    roles, _ = store.list_roles(shop.merchant_id, 10, None)
    assert entries(shop) == [("role.created", role.id) for role in roles]
    assert len(roles) == (dies == "after")


def test_another_merchants_trail_is_not_ones_own(shop: Shop) -> None:
    other = Shop.open()
    make_role(other)
    cursor = other.call(list_audit_entries.handler, query={"limit": "1"}).json["next_cursor"]

    assert entries(shop) == []
    assert shop.call(list_audit_entries.handler, query={"cursor": str(cursor)}).json.get("items", []) == []


def test_an_entry_costs_two_write_units_and_one_for_each_index(shop: Shop) -> None:
    make_role(shop)
    [item] = stored()["test-audit"]
    description = boto3.client("dynamodb").describe_table(TableName="test-audit")["Table"]

    assert sum(len(str(value)) for value in item.values()) < 1024
    assert len(description["GlobalSecondaryIndexes"]) == 2


@pytest.mark.parametrize(
    ("query", "pointer"), [({"actor": "x"}, "?actor"), ({"action": "Refund"}, "?action"), ({"from": "today"}, "?from")]
)
def test_a_bad_parameter_is_refused_by_name(shop: Shop, query: dict[str, str], pointer: str) -> None:
    reply = shop.call(list_audit_entries.handler, query=query)

    assert (reply.status, reply.pointers) == (422, [pointer])


def test_owner_and_auditor_read_it_and_nobody_else() -> None:
    assert {role for role, granted in ROLES.items() if {AUDIT, "audit:*", "*"} & set(granted)} == {"owner", "auditor"}


def test_it_needs_audit_read(shop: Shop) -> None:
    assert_needs(AUDIT, shop, list_audit_entries.handler)

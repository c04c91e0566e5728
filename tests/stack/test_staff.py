"""From a code to a sale over HTTP: a device is paired, a person signs in on it, and what they do is theirs."""

import pytest

from tests.stack.support import Json, Shop

pytestmark = pytest.mark.stack

PIN = "274913"


@pytest.fixture
def device(shop: Shop) -> Json:
    """A device that was paired with the shop's register."""
    [register] = shop.api.get("/v1/registers").json["items"]
    code = shop.api.post(f"/v1/registers/{register['id']}/pairing_code").json["code"]
    paired = shop.api.with_key(None).post("/v1/registers/pair", {"code": code})
    assert paired.status == 201, paired.body
    answer: Json = paired.json
    return answer


def test_a_cashier_signs_in_on_a_paired_register_and_sells(shop: Shop, device: Json) -> None:
    member = shop.api.post("/v1/staff", {"name": "Sari", "role": "cashier", "pin": PIN}).json
    register = shop.api.with_key(device["device_key"])
    assert [one["name"] for one in register.get("/v1/staff").json["items"]] == ["Sari"]
    assert register.get("/v1/orders").code == "auth.forbidden"

    session = register.post("/v1/sessions", {"staff_id": member["id"], "pin": PIN}).json
    till = shop.api.with_key(session["token"])
    sale = {
        "location_id": shop.location_id,
        "register_id": device["register_id"],
        "lines": [{"custom": {"name": "Kopi", "price": 15_000}, "quantity": "1"}],
    }
    order = till.post("/v1/orders", sale)

    assert order.status == 201, order.body
    assert order.json["history"][0]["actor"] == member["id"]
    assert till.get("/v1/reports/sales").code == "auth.forbidden"


def test_a_wrong_pin_locks_the_person_out(shop: Shop, device: Json) -> None:
    member = shop.api.post("/v1/staff", {"name": "Sari", "role": "cashier", "pin": PIN}).json
    register = shop.api.with_key(device["device_key"])

    wrong = [register.post("/v1/sessions", {"staff_id": member["id"], "pin": "0000"}).code for _ in range(4)]
    right = register.post("/v1/sessions", {"staff_id": member["id"], "pin": PIN})

    assert wrong == ["session.wrong_pin"] * 4
    assert (right.status, right.code) == (429, "session.locked")
    assert "retry-after" in right.headers


def test_a_new_key_does_what_it_was_made_for_and_no_more(shop: Shop) -> None:
    made = shop.api.post("/v1/api_keys", {"name": "Web shop", "permissions": ["catalog:read"]}).json
    key = shop.api.with_key(made["secret"])

    assert key.get("/v1/products").status == 200
    assert key.get("/v1/orders").code == "auth.forbidden"
    [_, listed] = shop.api.get("/v1/api_keys").json["items"]
    assert listed["last_used_at"] is not None
    rotated = shop.api.post(f"/v1/api_keys/{made['id']}/rotate", {"overlap_hours": 1}).json
    assert shop.api.with_key(rotated["secret"]).get("/v1/products").status == 200
    assert shop.api.delete(f"/v1/api_keys/{made['id']}").json["revoked_at"] is not None


def test_a_token_that_nobody_signed_is_nobodys(shop: Shop) -> None:
    assert shop.api.with_key("kasir_st_W10.x").get("/v1/orders").code == "auth.invalid_key"


def test_a_manager_approves_a_refund_by_pin_and_the_owner_reads_who_did_what(shop: Shop, device: Json) -> None:
    cashier = shop.api.post("/v1/staff", {"name": "Sari", "role": "cashier", "pin": PIN}).json
    manager = shop.api.post("/v1/staff", {"name": "Dewi", "role": "manager", "pin": "862104"}).json
    session = shop.api.with_key(device["device_key"]).post("/v1/sessions", {"staff_id": cashier["id"], "pin": PIN}).json
    till = shop.api.with_key(session["token"])
    sale = {
        "location_id": shop.location_id,
        "register_id": device["register_id"],
        "lines": [{"custom": {"name": "Kopi", "price": 15_000}, "quantity": "1"}],
        "payments": [{"method": "cash", "amount": 15_000}],
        "complete": True,
    }
    order = till.post("/v1/orders", sale).json
    refund = {"reason": "Cold", "amount": 5_000}

    refused = till.post(f"/v1/orders/{order['id']}/refunds", refund)
    assert (refused.status, refused.code) == (403, "approval.required")
    by_pin = {"staff_id": manager["id"], "pin": "862104", **refused.json["approval"]}
    approval = till.post("/v1/approvals", by_pin).json
    done = till.post(f"/v1/orders/{order['id']}/refunds", refund, approval=approval["id"])
    again = till.post(f"/v1/orders/{order['id']}/refunds", {**refund, "reason": "Twice"}, approval=approval["id"])

    assert done.status == 200, done.body
    assert (done.json["refunds"][0]["actor"], done.json["refunds"][0]["approved_by"]) == (cashier["id"], manager["id"])
    assert (again.status, again.code) == (403, "approval.required")
    assert till.get("/v1/audit_entries").code == "auth.forbidden"
    entries = shop.api.get("/v1/audit_entries", limit="2").json["items"]
    assert [(entry["action"], entry["actor"], entry["approved_by"]) for entry in entries] == [
        ("order.refunded", cashier["id"], manager["id"]),
        ("approval.created", manager["id"], None),
    ]
    assert entries[0]["approval_id"] == approval["id"]

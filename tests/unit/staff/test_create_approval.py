"""create_approval"""

from typing import Any

import pytest

from staff import create_approval, update_staff_member
from tests.support.contract import assert_refuses_what_is_no_body, logged
from tests.support.samples import sample
from tests.support.shop import Shop, request_event, send
from tests.unit.orders.till import set_clock, stored
from tests.unit.staff.approvals import MANAGER_PIN, Person, trail
from tests.unit.staff.people import PIN, employ, make_role, sign_in

REFUND = "orders:refund"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """PINs are hashed as they are in test_pins, but here often: at the least cost."""
    monkeypatch.setattr("staff.pins.COST", 2)


@pytest.fixture
def sari(shop: Shop) -> Person:
    """A cashier."""
    return Person.hired(shop)


@pytest.fixture
def dewi(shop: Shop) -> Person:
    """A manager."""
    return Person.hired(shop, "manager")


def test_the_sample_has_a_manager_approve(shop: Shop, dewi: Person) -> None:
    event = sample("staff", "create_approval", shop)
    event["body"] = event["body"].replace("stf_sample0002", dewi.id)

    reply = send(create_approval.handler, event)

    assert reply.status == 201, reply.text
    assert reply.json["approved_by"] == dewi.id


def test_an_approval_says_what_it_is_for_and_holds_five_minutes(
    shop: Shop, sari: Person, dewi: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, "2030-01-01T08:00:00Z")

    approval = sari.ask(dewi, REFUND, "ord_sale0001", 5_000).json

    assert approval.pop("id").startswith("apv_")
    assert approval == {
        "permission": REFUND,
        "entity_id": "ord_sale0001",
        "amount": 5_000,
        "requested_by": sari.id,
        "approved_by": dewi.id,
        "register_id": shop.register_id,
        "expires_at": "2030-01-01T08:05:00.000Z",
    }


def test_the_owner_is_told_who_approved_what_for_whom(shop: Shop, sari: Person, dewi: Person) -> None:
    approval_id = sari.approved(dewi, REFUND, "ord_sale0001", 5_000)

    [entry] = trail(shop)

    assert (entry["action"], entry["actor"], entry["register_id"]) == ("approval.created", dewi.id, shop.register_id)
    assert (entry["entity_type"], entry["entity_id"], entry["amount"]) == ("order", "ord_sale0001", 5_000)
    assert entry["approval_id"] == approval_id
    assert {one["field"]: one["after"] for one in entry["changes"]} == {"permission": REFUND, "requested_by": sari.id}


def test_who_may_not_do_it_does_not_approve_it(shop: Shop, sari: Person) -> None:
    reply = sari.ask(Person.hired(shop), REFUND, "ord_sale0001", pin=PIN)

    assert (reply.status, reply.code, reply.pointers) == (422, "approval.not_allowed", ["/staff_id"])
    assert trail(shop) == []


def test_a_role_of_the_merchants_own_approves_what_it_may(shop: Shop, sari: Person) -> None:
    role = make_role(shop, "payments:void")["id"]
    lead = Person(shop, employ(shop, role=role, pin=PIN)["id"], "cashier", shop.register_id)

    assert sari.ask(lead, "payments:void", "ord_sale0001", pin=PIN).status == 201
    assert sari.ask(lead, REFUND, "ord_sale0001", pin=PIN).code == "approval.not_allowed"


def test_guessing_a_managers_pin_locks_it_as_signing_in_does_and_is_told(
    shop: Shop, sari: Person, dewi: Person
) -> None:
    codes = [sari.ask(dewi, REFUND, "ord_sale0001", pin="0000").code for _ in range(3)]
    codes.append(sign_in(shop, dewi.id, "0000").code)

    assert codes == ["session.wrong_pin"] * 4
    assert sari.ask(dewi, REFUND, "ord_sale0001").code == sign_in(shop, dewi.id, MANAGER_PIN).code == "session.locked"
    entries = trail(shop)
    assert [entry["action"] for entry in entries] == ["session.locked", *["session.failed"] * 3]
    assert {entry["entity_id"] for entry in entries} == {dewi.id}
    assert "locked until" in entries[0]["reason"]
    assert [entry["actor"] for entry in entries][1:] == [sari.id] * 3


def test_who_is_dismissed_or_works_elsewhere_approves_nothing(shop: Shop, sari: Person, dewi: Person) -> None:
    shop.call(update_staff_member.handler, {"active": False}, id=dewi.id)
    stranger = Person.hired(Shop.open(), "manager")

    assert sari.ask(dewi, REFUND, "ord_sale0001").code == "session.not_allowed"
    assert sari.ask(stranger, REFUND, "ord_sale0001").code == "session.not_allowed"


def test_an_approval_is_asked_for_at_a_register(shop: Shop, dewi: Person) -> None:
    body = {"staff_id": dewi.id, "pin": MANAGER_PIN, "permission": REFUND, "entity_id": "ord_sale0001"}

    reply = send(create_approval.handler, request_event(shop.merchant_id, body=body))

    assert (reply.status, reply.code) == (409, "approval.no_register")


def test_what_needs_no_approval_cannot_be_approved(sari: Person, dewi: Person) -> None:
    assert sari.ask(dewi, "staff:write", "stf_someone").pointers == ["/permission"]


def test_it_needs_approvals_write(shop: Shop, dewi: Person) -> None:
    cook = Person.hired(shop, "kitchen")

    reply = cook.ask(dewi, REFUND, "ord_sale0001")

    assert (reply.status, reply.code) == (403, "auth.forbidden")


@pytest.mark.parametrize(
    ("field", "value"), [("pin", "12"), ("amount", -1), ("amount", "5"), ("entity_id", "x"), ("permission", None)]
)
def test_a_bad_field_is_refused_by_name(sari: Person, field: str, value: Any) -> None:
    body = {"staff_id": "stf_someone", "pin": PIN, "permission": REFUND, "entity_id": "ord_sale0001", field: value}

    reply = sari.call(create_approval.handler, body)

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"/{field}"])


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, create_approval.handler)


def test_a_pin_is_neither_logged_nor_kept(shop: Shop, sari: Person, dewi: Person) -> None:
    with logged() as log:
        sari.ask(dewi, REFUND, "ord_sale0001")

    assert MANAGER_PIN not in log.getvalue()
    assert MANAGER_PIN not in str(stored())

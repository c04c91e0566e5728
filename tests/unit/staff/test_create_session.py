"""create_session"""

from typing import Any

import pytest

from staff import create_location, create_session, delete_role, store, update_staff_member
from staff.permissions import ROLES
from tests.support.contract import assert_refuses_what_is_no_body, logged
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.staff.keys import opens, set_clock
from tests.unit.staff.people import PIN, employ, make_role, sign_in

WRONG = "0000"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """PINs are hashed as they are in test_pins, but here often: at the least cost."""
    monkeypatch.setattr("staff.pins.COST", 2)


def outcome(shop: Shop, staff_id: str, pin: str = PIN) -> tuple[int, str | None]:
    reply = sign_in(shop, staff_id, pin)
    return reply.status, reply.json.get("code")


def test_the_sample_signs_a_person_in(shop: Shop) -> None:
    member = employ(shop, pin=PIN)
    event = sample("staff", "create_session", shop)
    event["body"] = event["body"].replace("stf_sample0001", member["id"])

    reply = send(create_session.handler, event)

    assert reply.status == 201
    assert (reply.json["name"], reply.json["role"], reply.json["register_id"]) == ("Sari", "cashier", shop.register_id)


def test_requests_of_a_session_are_the_persons_with_what_their_role_may(shop: Shop) -> None:
    role = make_role(shop, "orders:read", "orders:write")
    member = employ(shop, pin=PIN, role=role["id"])

    session = sign_in(shop, member["id"]).json

    assert session["permissions"] == ["orders:read", "orders:write"]
    assert opens(session["token"]) == {
        "merchant_id": shop.merchant_id,
        "actor": member["id"],
        "permissions": "orders:read orders:write",
        "register_id": shop.register_id,
    }


def test_a_session_lasts_an_hour(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    member = employ(shop, pin=PIN)
    set_clock(monkeypatch, "2030-01-01T08:00:00Z")
    session = sign_in(shop, member["id"]).json
    assert session["expires_at"] == "2030-01-01T09:00:00.000Z"

    set_clock(monkeypatch, "2030-01-01T08:59:59Z")
    assert opens(session["token"])["permissions"].split() == list(ROLES["cashier"])
    set_clock(monkeypatch, "2030-01-01T09:00:00Z")
    assert opens(session["token"]) == {}


def test_after_three_failures_even_the_right_pin_waits_and_twice_as_long_each_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = employ(shop, pin=PIN)["id"]
    set_clock(monkeypatch, "2030-01-01T08:00:00Z")
    assert [outcome(shop, member, WRONG) for _ in range(4)] == [(422, "session.wrong_pin")] * 4

    set_clock(monkeypatch, "2030-01-01T08:00:09Z")
    assert sign_in(shop, member).headers["retry-after"] == "21"
    set_clock(monkeypatch, "2030-01-01T08:00:29Z")
    assert outcome(shop, member) == (429, "session.locked")
    set_clock(monkeypatch, "2030-01-01T08:00:30Z")
    assert outcome(shop, member, WRONG) == (422, "session.wrong_pin")
    set_clock(monkeypatch, "2030-01-01T08:01:29Z")
    assert outcome(shop, member) == (429, "session.locked")
    set_clock(monkeypatch, "2030-01-01T08:01:30Z")
    assert outcome(shop, member) == (201, None)


def test_who_signs_in_begins_anew(shop: Shop) -> None:
    member = employ(shop, pin=PIN)["id"]

    for _ in range(3):
        assert [outcome(shop, member, WRONG) for _ in range(3)] == [(422, "session.wrong_pin")] * 3
        assert outcome(shop, member) == (201, None)


def test_a_new_pin_ends_a_lock_out(shop: Shop) -> None:
    member = employ(shop, pin=PIN)["id"]
    assert [outcome(shop, member, WRONG)[0] for _ in range(5)] == [422, 422, 422, 422, 429]

    shop.call(update_staff_member.handler, {"pin": "8642"}, id=member)

    assert outcome(shop, member, "8642") == (201, None)


def test_a_register_where_many_fail_is_locked_for_all(shop: Shop) -> None:
    people = [employ(shop, pin=PIN)["id"] for _ in range(4)]
    failures = [outcome(shop, person, WRONG)[0] for person in people[:-1] for _ in range(3)]
    assert failures + [outcome(shop, people[-1], WRONG)[0] for _ in range(2)] == [422] * 11

    assert outcome(shop, people[-1]) == (429, "session.locked")


def test_a_person_that_signs_in_does_not_wipe_out_the_failures_of_others(shop: Shop) -> None:
    guesser, *others = [employ(shop, pin=PIN)["id"] for _ in range(5)]

    outcomes = []
    for person in others:
        outcomes += [outcome(shop, person, WRONG)[0] for _ in range(3)]
        outcomes.append(outcome(shop, guesser)[0])

    assert outcomes[:12] == [422, 422, 422, 201] * 3
    assert outcomes[-1] == 429


def test_a_register_forgets_failures_after_an_hour_but_a_person_does_not(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [employ(shop, pin=PIN)["id"] for _ in range(4)]
    set_clock(monkeypatch, "2030-01-01T08:00:00Z")
    for person in people:
        for _ in range(3):
            outcome(shop, person, WRONG)
    assert outcome(shop, people[0]) == (429, "session.locked")

    set_clock(monkeypatch, "2030-01-01T10:00:00Z")

    assert outcome(shop, people[0], WRONG) == (422, "session.wrong_pin")
    assert outcome(shop, people[0]) == (429, "session.locked")
    assert outcome(shop, people[1]) == (201, None)


def test_guesses_at_the_same_moment_count_one_by_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    member = employ(shop, pin=PIN)["id"]
    count = store.count_attempts

    def overtaken(*given: Any) -> None:
        monkeypatch.setattr(store, "count_attempts", count)
        assert outcome(shop, member, WRONG) == (422, "session.wrong_pin")
        count(*given)

    monkeypatch.setattr(store, "count_attempts", overtaken)

    assert outcome(shop, member) == (503, "request.busy")


def test_who_is_inactive_has_no_pin_or_works_elsewhere_does_not_sign_in(shop: Shop) -> None:
    elsewhere = Shop.open()
    other = employ(elsewhere, pin=PIN)["id"]
    inactive = employ(shop, pin=PIN, active=False)["id"]
    without = employ(shop)["id"]

    for staff_id in (other, inactive, without, "stf_unknown"):
        assert outcome(shop, staff_id) == (422, "session.not_allowed")


def test_staff_sign_in_where_they_work(shop: Shop) -> None:
    branch = shop.call(create_location.handler, {"name": "Cabang"}).json["id"]

    assert outcome(shop, employ(shop, pin=PIN, location_ids=[branch])["id"]) == (422, "session.not_allowed")
    assert outcome(shop, employ(shop, pin=PIN, location_ids=[shop.location_id])["id"]) == (201, None)


def test_whose_role_is_gone_may_do_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    role = make_role(shop)["id"]
    member = employ(shop, pin=PIN, role=role)["id"]
    monkeypatch.setattr(store, "has_role", lambda *_: False)
    shop.call(delete_role.handler, id=role)

    assert sign_in(shop, member).json["permissions"] == []


def test_a_key_that_is_no_registers_signs_nobody_in(shop: Shop) -> None:
    reply = shop.call(create_session.handler, {"staff_id": employ(shop, pin=PIN)["id"], "pin": PIN})

    assert (reply.status, reply.code) == (409, "session.no_register")


@pytest.mark.parametrize(("field", "value"), [("pin", "12"), ("pin", None), ("pin", 2749), ("staff_id", "Sari")])
def test_a_bad_field_is_refused_by_name(shop: Shop, field: str, value: Any) -> None:
    reply = shop.call(create_session.handler, {"staff_id": "stf_someone", "pin": PIN, field: value})

    assert (reply.status, reply.code, reply.pointers) == (422, "request.invalid", [f"/{field}"])


def test_what_is_no_body_is_refused(shop: Shop) -> None:
    assert_refuses_what_is_no_body(shop, create_session.handler)


def test_neither_pin_nor_token_is_logged(shop: Shop) -> None:
    member = employ(shop, pin=PIN)["id"]
    with logged() as log:
        token = sign_in(shop, member).json["token"]
        opens(token)
        sign_in(shop, member, "86421357")

    assert "request authorized" in log.getvalue()
    for secret in (PIN, "86421357", token, token.partition(".")[2]):
        assert secret not in log.getvalue()


def test_it_needs_sessions_write(shop: Shop) -> None:
    reply = shop.call(create_session.handler, {"staff_id": "stf_someone", "pin": PIN}, permissions="staff:*")

    assert (reply.status, reply.code) == (403, "auth.forbidden")

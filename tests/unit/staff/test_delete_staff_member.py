"""delete_staff_member"""

import boto3

from staff import delete_staff_member, update_staff_member
from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.staff.people import PIN, employ, make_role


def test_the_sample_dismisses_a_person_with_their_event_and_forgets_the_pin(shop: Shop) -> None:
    member = employ(shop, pin=PIN)

    reply = send(delete_staff_member.handler, sample("staff", "delete_staff_member", shop, id=member["id"]))

    assert (reply.status, reply.json["active"], reply.json["has_pin"]) == (200, False, False)
    assert reply.json["deleted_at"] == reply.json["updated_at"]
    event = events_of(shop, member["id"])[-1]
    assert (event["type"], event["data"]) == ("staff_member.deleted", reply.json)
    assert not [item for item in boto3.client("dynamodb").scan(TableName="test-staff")["Items"] if "pin" in item]
    assert shop.call(update_staff_member.handler, {"name": "A"}, id=member["id"]).code == "staff_member.not_found"


def test_who_may_do_less_than_a_person_does_not_dismiss_them(shop: Shop) -> None:
    owner = employ(shop, role="owner")

    reply = shop.call(delete_staff_member.handler, id=owner["id"], permissions="staff:*")

    assert (reply.status, reply.code) == (409, "staff_member.beyond_caller")


def test_a_repeat_answers_what_was_answered(shop: Shop) -> None:
    member = employ(shop)
    headers = {"Idempotency-Key": "k"}

    first = shop.call(delete_staff_member.handler, id=member["id"], headers=headers)

    assert shop.call(delete_staff_member.handler, id=member["id"], headers=headers).text == first.text


def test_a_stale_version_is_refused(shop: Shop) -> None:
    member = employ(shop)
    shop.call(update_staff_member.handler, {"name": "A"}, id=member["id"])

    reply = shop.call(delete_staff_member.handler, id=member["id"], headers={"If-Match": '"1"'})

    assert (reply.status, reply.code) == (412, "request.stale_version")


def test_another_merchants_person_is_not_found(shop: Shop) -> None:
    assert Shop.open().call(delete_staff_member.handler, id=employ(shop)["id"]).code == "staff_member.not_found"


def test_it_needs_staff_write(shop: Shop) -> None:
    member = employ(shop, role=make_role(shop, "staff:write")["id"])
    assert_needs("staff:write", shop, delete_staff_member.handler, id=member["id"])

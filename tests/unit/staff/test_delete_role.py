"""delete_role"""

from staff import delete_role, update_role
from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.staff.people import employ, make_role


def test_the_sample_removes_a_role_with_its_event(shop: Shop) -> None:
    role = make_role(shop)

    reply = send(delete_role.handler, sample("staff", "delete_role", shop, id=role["id"]))

    assert (reply.status, reply.json["deleted_at"]) == (200, reply.json["updated_at"])
    event = events_of(shop, role["id"])[-1]
    assert (event["type"], event["data"]) == ("role.deleted", reply.json)
    assert shop.call(update_role.handler, {"name": "A"}, id=role["id"]).code == "role.not_found"


def test_a_role_that_somebody_has_stays(shop: Shop) -> None:
    role = make_role(shop)
    employ(shop, role=role["id"])

    reply = shop.call(delete_role.handler, id=role["id"])

    assert (reply.status, reply.code) == (409, "role.in_use")


def test_a_repeat_answers_what_was_answered(shop: Shop) -> None:
    role = make_role(shop)
    headers = {"Idempotency-Key": "k"}

    first = shop.call(delete_role.handler, id=role["id"], headers=headers)

    assert shop.call(delete_role.handler, id=role["id"], headers=headers).text == first.text
    assert shop.call(delete_role.handler, id=role["id"]).status == 404


def test_a_stale_version_is_refused(shop: Shop) -> None:
    role = make_role(shop)
    shop.call(update_role.handler, {"name": "A"}, id=role["id"])

    assert shop.call(delete_role.handler, id=role["id"], headers={"If-Match": '"1"'}).code == "request.stale_version"


def test_another_merchants_role_is_not_found(shop: Shop) -> None:
    assert Shop.open().call(delete_role.handler, id=make_role(shop)["id"]).code == "role.not_found"


def test_it_needs_staff_write(shop: Shop) -> None:
    assert_needs("staff:write", shop, delete_role.handler, id=make_role(shop)["id"])

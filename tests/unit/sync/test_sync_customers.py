"""sync_customers"""

from typing import Any

from customers import (
    create_customer,
    delete_customer,
    erase_customer,
    get_customer,
    list_customers,
    update_customer,
)
from sync import list_conflicts, sync_customers
from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.customers.test_erase_customer import everything
from tests.unit.sync.records import conflicts, decide, tell_customer

PHONE = "0812-3456-7890"


def customer(shop: Shop, id: str) -> Any:
    return shop.call(get_customer.handler, id=id).json


def test_the_sample_event_makes_a_customer_who_is_found_by_all_look_ups(shop: Shop) -> None:
    reply = send(sync_customers.handler, sample("sync", "sync_customers", shop))

    assert (reply.status, reply.json["counts"]) == (200, {"created": 1})
    [result] = reply.json["results"]
    for query in ({"phone": PHONE}, {"email": "DEWI@example.com"}, {"external_id": "erp:K-77"}, {"q": "lest"}):
        found = shop.call(list_customers.handler, query=query).json["items"]
        assert [one["id"] for one in found] == [result["id"]], query
    assert customer(shop, result["id"])["phone"] == "+6281234567890"
    assert [event["type"] for event in events_of(shop, result["id"])] == ["customer.created"]


def test_a_number_that_is_written_in_another_way_is_the_same(shop: Shop) -> None:
    tell_customer(shop, phone=PHONE)

    assert tell_customer(shop, phone="+62 812 3456 7890")["result"] == "unchanged"


def test_look_ups_follow_a_change_and_are_one_customers_only(shop: Shop) -> None:
    made = tell_customer(shop, phone=PHONE)
    taken = tell_customer(shop, "K-2", name="Budi", phone=PHONE)
    assert tell_customer(shop, phone="0813-0000-0001")["result"] == "updated"

    free = tell_customer(shop, "K-2", name="Budi", phone=PHONE)

    assert [(one["code"], one["pointer"]) for one in taken["errors"]] == [("customer.phone_taken", "/phone")]
    assert free["result"] == "created"
    assert customer(shop, made["id"])["phone"] == "+6281300000001"


def test_a_customer_with_the_same_phone_is_taken_over_if_asked(shop: Shop) -> None:
    ours = shop.call(create_customer.handler, {"name": "Ibu Dewi", "phone": PHONE}).json

    result = tell_customer(shop, phone=PHONE, match_by=["phone"])

    assert (result["result"], result["id"]) == ("updated", ours["id"])
    assert customer(shop, ours["id"])["external_ids"] == {"erp": "K-1"}


def test_what_cannot_be_is_refused_with_its_field(shop: Shop) -> None:
    number = tell_customer(shop, phone="12")
    mail = tell_customer(shop, email="dewi")
    unborn = tell_customer(shop, birthday="2999-01-01")
    nobody = tell_customer(shop, name=None)

    pointers = [result["errors"][0]["pointer"] for result in (number, mail, unborn, nobody)]
    assert pointers == ["/phone", "/email", "/birthday", "/name"]
    assert shop.call(list_customers.handler).json["items"] == []


def test_both_changed_a_phone_and_a_person_decides(shop: Shop) -> None:
    made = tell_customer(shop, phone=PHONE)
    shop.call(update_customer.handler, {"phone": "0813-0000-0001"}, id=made["id"])

    result = tell_customer(shop, phone="0813-0000-0002")

    assert result["result"] == "conflict"
    merged = decide(shop, result["conflict_id"], "merge", fields={"phone": "0813-0000-0003"})
    assert merged.status == 200
    assert customer(shop, made["id"])["phone"] == "+6281300000003"
    assert decide(shop, result["conflict_id"], "theirs").code == "conflict.not_open"


def test_the_source_retires_whom_it_has_no_longer_unless_we_changed_them(shop: Shop) -> None:
    made = tell_customer(shop)
    gone = tell_customer(shop, deleted=True)
    kept = tell_customer(shop, "K-2", name="Budi")
    shop.call(update_customer.handler, {"note": "ours", "name": "Pak Budi"}, id=kept["id"])

    contested = tell_customer(shop, "K-2", deleted=True)

    assert (gone["result"], contested["result"]) == ("deleted", "conflict")
    assert shop.call(get_customer.handler, id=made["id"]).status == 404
    assert customer(shop, kept["id"])["name"] == "Pak Budi"


def test_who_was_erased_leaves_nothing_here_and_does_not_come_back(shop: Shop) -> None:
    made = tell_customer(shop, name="Siti", phone=PHONE, email="siti@example.com")
    shop.call(update_customer.handler, {"name": "Siti R.", "email": "siti.r@example.com"}, id=made["id"])
    result = tell_customer(shop, name="Siti S.", phone=PHONE, email="siti.s@example.com")
    assert result["result"] == "conflict"
    assert "Siti" in everything()

    erased = shop.call(erase_customer.handler, id=made["id"])

    assert erased.status == 200, erased.text
    left = everything()
    assert not [one for one in ("Siti", "siti", "6281234567890") if one in left]
    assert conflicts(shop) == []
    [conflict] = shop.call(list_conflicts.handler, query={"status": "all"}).json["items"]
    assert (conflict["status"], conflict["fields"], conflict["entity_name"]) == ("resolved", [], "")
    again = tell_customer(shop, name="Siti", phone=PHONE)
    assert [problem["code"] for problem in again["errors"]] == ["customer.erased"]
    assert not [one for one in ("Siti", "6281234567890") if one in everything()]
    assert tell_customer(shop, deleted=True)["result"] == "unchanged"
    assert shop.call(list_customers.handler).json["items"] == []


def test_an_id_that_was_another_customers_before_keeps_that_customers_link(shop: Shop) -> None:
    first = tell_customer(shop, "K-1", name="First")
    shop.call(update_customer.handler, {"external_ids": {}}, id=first["id"])
    shop.call(delete_customer.handler, id=first["id"])
    assert tell_customer(shop, "K-1", name="First, again")["result"] == "conflict"
    decide(shop, conflicts(shop)[0]["id"], "theirs")
    [second] = shop.call(list_customers.handler).json["items"]

    assert shop.call(erase_customer.handler, id=first["id"]).status == 200

    assert customer(shop, second["id"])["name"] == "First, again"
    assert tell_customer(shop, "K-1", name="First, again")["result"] == "unchanged"


def test_it_needs_its_permission(shop: Shop) -> None:
    assert_needs("sync:write", shop, sync_customers.handler, {"source": "erp", "records": [{"external_id": "X"}]})

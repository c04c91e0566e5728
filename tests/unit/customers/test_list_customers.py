"""list_customers"""

from typing import Any

import pytest

from customers import delete_customer, list_customers, update_customer
from pos import dynamo
from pos.dynamo import Ref
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.customers.people import add_customer, new_customer


def found(shop: Shop, **query: str) -> Any:
    reply = shop.call(list_customers.handler, query=query)
    assert reply.status == 200, reply.text
    return reply.json["items"]


@pytest.mark.parametrize("phone", ["081234567890", "+62 812-3456-7890", "6281234567890"])
def test_a_phone_finds_whose_it_is_however_it_is_written(shop: Shop, phone: str) -> None:
    siti = add_customer(shop, **new_customer())
    add_customer(shop, phone="0811 1111 1111")

    assert found(shop, phone=phone) == [siti]


def test_an_email_or_an_external_id_finds_whose_it_is(shop: Shop) -> None:
    siti = add_customer(shop, **new_customer(external_ids={"shopify": "10:42"}))
    add_customer(shop, name="Budi", external_ids={"tokopedia": "10:42"})

    assert found(shop, email="Siti@Example.com") == found(shop, external_id="shopify:10:42") == [siti]
    assert found(shop, email="budi@example.com") == found(shop, external_id="shopify:1") == []


def test_a_look_up_is_two_key_reads_however_many_customers_there_are(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_customer(shop, **new_customer())
    read: list[str] = []
    real = dynamo.get

    def counted(ref: Ref[Any]) -> Any:
        read.append(ref.table)
        return real(ref)

    monkeypatch.setattr(dynamo, "get", counted)

    found(shop, phone="+6281234567890")

    assert read == ["customers", "customers"]


def test_words_of_names_are_found_by_what_they_begin_with(shop: Shop) -> None:
    for name in ("Siti Rahayu", "Siti Aminah", "José Álvarez"):
        add_customer(shop, name=name)

    assert {one["name"] for one in found(shop, q="sit")} == {"Siti Rahayu", "Siti Aminah"}
    assert [one["name"] for one in found(shop, q="rah SITI")] == ["Siti Rahayu"]
    assert [one["name"] for one in found(shop, q="alvarez")] == ["José Álvarez"]
    assert found(shop, q="iti") == found(shop, q="%!") == []


def test_the_words_follow_a_change(shop: Shop) -> None:
    siti = add_customer(shop, name="Siti Rahayu")
    shop.call(update_customer.handler, {"name": "Siti Aminah"}, id=siti["id"])

    assert found(shop, q="rahayu") == []
    assert [one["name"] for one in found(shop, q="siti")] == [one["name"] for one in found(shop, q="am")]


@pytest.mark.parametrize("limit", [1, 2, 200])
def test_cursors_lead_through_all_customers_in_the_order_of_their_last_change(shop: Shop, limit: int) -> None:
    made = [add_customer(shop, name=f"Siti {n}") for n in range(3)]
    changed = shop.call(update_customer.handler, {"note": "x"}, id=made[0]["id"]).json

    listed = all_pages(shop, list_customers.handler, limit=limit)

    assert sorted(one["id"] for one in listed) == sorted(one["id"] for one in made)
    assert [one["updated_at"] for one in listed] == sorted(one["updated_at"] for one in listed)
    assert changed in listed
    assert len(all_pages(shop, list_customers.handler, limit=limit, q="siti")) == 3


def test_what_changed_after_a_time_is_listed(shop: Shop) -> None:
    siti = add_customer(shop)

    assert found(shop, updated_after="2020-01-01T00:00:00Z") == [siti]
    assert found(shop, updated_after=siti["updated_at"]) == []


def test_deleted_customers_are_listed_on_request(shop: Shop) -> None:
    kept, deleted = add_customer(shop), add_customer(shop)
    shop.call(delete_customer.handler, id=deleted["id"])

    assert found(shop) == [kept]
    assert {one["id"] for one in found(shop, include_deleted="true")} == {kept["id"], deleted["id"]}


def test_nobody_elses_customers_are_found(shop: Shop) -> None:
    add_customer(Shop.open(), **new_customer())

    assert found(shop) == found(shop, phone="+6281234567890") == found(shop, q="siti") == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": "0"}, "?limit"),
        ({"phone": "12"}, "?phone"),
        ({"email": "siti"}, "?email"),
        ({"external_id": "1042"}, "?external_id"),
        ({"updated_after": "yesterday"}, "?updated_after"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(shop: Shop, query: dict[str, str], pointer: str) -> None:
    reply = shop.call(list_customers.handler, query=query)

    assert (reply.status, reply.pointers) == (422, [pointer])


def test_it_needs_customers_read(shop: Shop) -> None:
    assert_needs("customers:read", shop, list_customers.handler)


def test_the_sample_finds_a_customer_by_phone(shop: Shop) -> None:
    siti = add_customer(shop, **new_customer())

    assert send(list_customers.handler, sample("customers", "list_customers", shop)).json["items"] == [siti]

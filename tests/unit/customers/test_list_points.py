"""list_points"""

import pytest

from customers import delete_customer, list_points
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.customers.people import add_customer
from tests.unit.customers.points import adjust, balance, ledger


def test_who_never_had_points_has_none(shop: Shop) -> None:
    reply = shop.call(list_points.handler, id=add_customer(shop)["id"])

    assert (reply.status, reply.json) == (200, {"items": [], "next_cursor": None, "balance": 0})


def test_entries_are_listed_newest_first(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    siti = add_customer(shop)
    for number in (1, 2, 3):
        adjust(shop, siti, number)

    first = shop.call(list_points.handler, id=siti["id"], query={"limit": "2"}).json
    rest = shop.call(list_points.handler, id=siti["id"], query={"limit": "2", "cursor": first["next_cursor"]}).json

    entries = first["items"] + rest["items"]
    assert entries == ledger(shop, siti)
    assert sorted(one["points"] for one in entries) == [1, 2, 3]
    times = [one["created_at"] for one in entries]
    assert (len(first["items"]), rest["next_cursor"], times) == (2, None, sorted(times, reverse=True))
    assert balance(shop, siti) == 6


def test_the_books_outlive_their_customer(shop: Shop) -> None:
    siti = add_customer(shop)
    adjust(shop, siti, 5)

    shop.call(delete_customer.handler, id=siti["id"])

    assert balance(shop, siti) == 5


def test_what_is_not_there_or_anothers_is_not_found(shop: Shop) -> None:
    for id in ("cus_none", add_customer(Shop.open())["id"]):
        assert shop.call(list_points.handler, id=id).code == "customer.not_found"


def test_it_needs_customers_read(shop: Shop) -> None:
    assert_needs("customers:read", shop, list_points.handler, id=add_customer(shop)["id"])


def test_the_sample_lists_points(shop: Shop) -> None:
    siti = add_customer(shop)
    adjust(shop, siti, 5)

    assert send(list_points.handler, sample("customers", "list_points", shop, id=siti["id"])).json["balance"] == 5

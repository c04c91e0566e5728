"""undo_import"""

from typing import Any

import pytest

from catalog import create_product, delete_product, list_categories, update_product
from customers import create_customer, list_customers
from files import undo_import
from inventory import list_movements, record_movements
from tests.support.contract import all_pages
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.files.imports import give, imported, problem_rows, products, told, undo, work
from tests.unit.files.test_preview_import import product
from tests.unit.inventory.stockroom import begin_count, complete, found
from tests.unit.inventory.stream import follow
from tests.unit.orders.till import Till, levels, piece


def undone(**counts: int) -> dict[str, int]:
    return {"removed": 0, "restored": 0, "left_alone": 0, **counts}


def bare(one: Any) -> Any:
    return {name: value for name, value in one.items() if name not in ("version", "updated_at")}


def test_the_sample_takes_back_what_was_done(shop: Shop) -> None:
    before = product(shop, "Kopi", {"sku": "K", "price": 5})
    done = imported(shop, "products", "Name,SKU,Price,Category\nKopi susu,K,8,Minuman\nTeh,T,4,Minuman > Dingin\n")

    reply = send(undo_import.handler, sample("files", "undo_import", shop, id=done["id"]))
    work()

    assert (reply.status, reply.json["step"]) == (202, "undoing")
    taken = told(shop, done["id"])
    assert (taken["status"], taken["undone"], taken["undone_by"]) == (
        "undone",
        undone(removed=1, restored=1),
        "key_sample",
    )
    [kopi] = products(shop).values()
    assert bare(kopi) == bare(before)
    assert [one for one in all_pages(shop, list_categories.handler, 100) if not one["deleted_at"]] == []
    assert shop.call(undo_import.handler, id=done["id"]).code == "import.not_done"


def test_what_somebody_changed_since_stays_and_the_rest_goes_back(shop: Shop) -> None:
    kopi = product(shop, "Kopi", {"sku": "K", "price": 5, "cost": 3})
    done = imported(shop, "products", "Name,SKU,Price,Cost\nKopi susu,K,8,4\nTeh,T,4,\nRoti,R,6,\n")
    dearer = [one | {"price": 9} for one in products(shop)["Kopi susu"]["variants"]]
    shop.call(update_product.handler, {"variants": dearer}, id=kopi["id"])
    shop.call(update_product.handler, {"name": "Teh manis"}, id=products(shop)["Teh"]["id"])

    taken = undo(shop, done["id"])

    assert taken["undone"] == undone(removed=1, left_alone=2)
    assert sorted(one["line"] for one in taken["problems"]) == [2, 3]
    assert {row["Line"]: row["Name"] for row in problem_rows(shop, done["id"])} == {"2": "Kopi susu", "3": "Teh"}
    left = products(shop)
    assert left.keys() == {"Kopi", "Teh manis"}
    assert [(one["price"], one["cost"]) for one in left["Kopi"]["variants"]] == [(9, 3)]


def test_variants_that_were_added_go_and_prices_of_several_rows_come_back(shop: Shop) -> None:
    before = product(shop, "Kopi", {"sku": "K1", "price": 5}, {"sku": "K2", "name": "Besar", "price": 8})
    added = imported(shop, "products", "Product ID,Variant,SKU,Price\n" + f"{before['id']},Jumbo,K3,12\n")
    prices = imported(shop, "price_changes", "SKU,Price\nK1,6\nK2,9\nK3,13\n")

    assert undo(shop, prices["id"])["undone"] == undone(restored=3)
    assert [one["price"] for one in products(shop)["Kopi"]["variants"]] == [5, 8, 12]
    assert undo(shop, added["id"])["undone"] == undone(restored=1)
    assert bare(products(shop)["Kopi"]) == bare(before)


def test_what_is_gone_or_in_the_way_is_left_alone(shop: Shop) -> None:
    kopi = product(shop, "Kopi", {"sku": "K", "price": 5})
    product(shop, "Teh", {"sku": "T", "price": 5})
    done = imported(shop, "products", f"Product ID,SKU,Price\n{kopi['id']},K-NEW,5\n")
    assert shop.call(create_product.handler, {"name": "New", "variants": [{"sku": "K", "price": 1}]}).status == 201

    assert undo(shop, done["id"])["undone"] == undone(left_alone=1)

    gone = imported(shop, "products", "Name,SKU,Price\nRoti,R,5\n")
    shop.call(delete_product.handler, id=products(shop)["Roti"]["id"])
    assert undo(shop, gone["id"])["undone"] == undone(left_alone=1)


def test_customers_are_as_before(shop: Shop) -> None:
    shop.call(create_customer.handler, {"name": "Budi", "email": "budi@example.com", "tags": ["vip"]})
    before = all_pages(shop, list_customers.handler, 100)
    done = imported(shop, "customers", "Name,Email,Tags\nBudi S,budi@example.com,kopi\nSari,sari@example.com,\n")

    assert undo(shop, done["id"])["undone"] == undone(removed=1, restored=1)

    assert [bare(one) for one in all_pages(shop, list_customers.handler, 100)] == [bare(one) for one in before]


def test_counts_are_taken_back_and_sales_stay_sold(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = follow(monkeypatch)
    first, second, third = (till.product(stock="10", sku=sku) for sku in "ABC")
    done = imported(till.shop, "stock_counts", "SKU,Qty\nA,4\nB,20\nC,10\n")
    till.sell(piece(first, "1"), piece(second, "2"))
    count = begin_count(till, second).json["id"]
    found(till, count, piece(second, "17"))
    complete(till, count)
    record_movements.handler({"Records": stream}, None)

    taken = undo(till.shop, done["id"])
    record_movements.handler({"Records": stream}, None)

    assert taken["undone"] == undone(restored=1, left_alone=1)
    assert [one["line"] for one in taken["problems"]] == [3]
    assert levels(till) == {first: "9", second: "17", third: "10"}
    query = {"location_id": till.shop.location_id, "variant_id": first}
    last = till.shop.call(list_movements.handler, query=query).json["items"][0]
    assert (last["change"], last["cause"]["type"], last["cause"]["reason"]) == ("6", "adjustment", "correction")


def test_only_what_was_done_is_taken_back(shop: Shop) -> None:
    id = give(shop, "products", "Name,Price\nKopi,5\n").json["id"]
    work()

    assert shop.call(undo_import.handler, id=id).code == "import.not_done"


def test_who_takes_back_must_be_allowed_to_change_that(shop: Shop) -> None:
    id = imported(shop, "products", "Name,Price\nKopi,5\n")["id"]

    assert shop.call(undo_import.handler, id=id, permissions="imports:write catalog:read").status == 403

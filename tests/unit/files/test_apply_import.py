"""apply_import"""

from typing import Any

import pytest

from catalog import create_category, list_categories, update_product
from customers import create_customer, list_customers
from files import apply_import, create_import
from inventory import get_count, list_counts
from staff import create_location
from tests.support.contract import all_pages
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.files.imports import apply, counted, give, imported, preview, products, told, work, workbook
from tests.unit.files.test_preview_import import product
from tests.unit.orders.till import Till, levels

MENU = "Name,SKU,Category,Price\nKopi,K,Minuman > Panas,18000\nTeh,T,Minuman,15000\nRoti,R,,x\n"


def test_the_sample_does_what_the_preview_says(shop: Shop) -> None:
    id = give(shop, "products", MENU).json["id"]
    work()

    reply = send(apply_import.handler, sample("files", "apply_import", shop, id=id))
    work()

    assert (reply.status, reply.json["status"], reply.json["step"]) == (202, "running", "applying")
    done = told(shop, id)
    assert (done["status"], done["applied"], done["applied_by"]) == (
        "done",
        counted(created=2, invalid=1),
        "key_sample",
    )
    made = products(shop)
    assert {name: one["variants"][0]["price"] for name, one in made.items()} == {"Kopi": 18000, "Teh": 15000}
    tree = {one["name"]: one for one in all_pages(shop, list_categories.handler, 100)}
    assert tree["Panas"]["parent_id"] == tree["Minuman"]["id"] == made["Teh"]["category_id"]
    assert made["Kopi"]["category_id"] == tree["Panas"]["id"]


def test_the_same_file_again_changes_nothing(shop: Shop) -> None:
    imported(shop, "products", MENU)
    made = products(shop)

    again = imported(shop, "products", MENU)

    assert again["applied"] == counted(unchanged=2, invalid=1)
    assert products(shop) == made


def test_a_request_that_is_repeated_is_done_once(shop: Shop) -> None:
    id = preview(shop, "products", MENU)["id"]
    headers = {"Idempotency-Key": "apply"}
    first = shop.call(apply_import.handler, id=id, headers=headers)
    work()

    again = shop.call(apply_import.handler, id=id, headers=headers)

    assert (again.status, again.text) == (202, first.text)
    assert shop.call(apply_import.handler, id=id).code == "import.not_ready"


def test_variants_of_one_product_come_in_rows_of_their_own(shop: Shop) -> None:
    imported(shop, "products", "Product,Variant,SKU,Price\nKopi,Kecil,K1,5\nKopi,Besar,K2,8\nTeh,,T,4\n")

    made = products(shop)
    assert [(one["name"], one["sku"], one["price"]) for one in made["Kopi"]["variants"]] == [
        ("Kecil", "K1", 5),
        ("Besar", "K2", 8),
    ]

    done = imported(shop, "products", "Product,Variant,SKU,Price\nKopi,Besar,K2,9\nKopi,Jumbo,K3,12\n")

    assert done["applied"] == counted(updated=1)
    kopi = products(shop)["Kopi"]
    assert [(one["sku"], one["price"]) for one in kopi["variants"]] == [("K1", 5), ("K2", 9), ("K3", 12)]
    assert kopi["variants"][0]["id"] == made["Kopi"]["variants"][0]["id"]


def test_what_somebody_changed_since_the_preview_is_left_alone(shop: Shop) -> None:
    made = product(shop, "Kopi", {"sku": "K", "price": 5})
    product(shop, "Teh", {"sku": "T", "price": 5})
    shown = preview(shop, "price_changes", "SKU,Price\nK,8\nT,8\n")
    dearer = [one | {"price": 7} for one in made["variants"]]
    assert shop.call(update_product.handler, {"variants": dearer}, id=made["id"]).status == 200

    done = apply(shop, shown["id"])

    assert done["applied"] == counted(updated=1, changed_since=1)
    assert [(one["line"], one["code"]) for one in done["problems"]] == [(2, "import.changed_since")]
    assert {name: one["variants"][0]["price"] for name, one in products(shop).items()} == {"Kopi": 7, "Teh": 8}


def test_what_else_was_changed_since_the_preview_stays_beside_it(shop: Shop) -> None:
    made = product(shop, "Kopi", {"sku": "K", "price": 5})
    shown = preview(shop, "price_changes", "SKU,Price\nK,8\n")
    assert shop.call(update_product.handler, {"name": "Kopi hitam"}, id=made["id"]).status == 200

    assert apply(shop, shown["id"])["applied"] == counted(updated=1)

    [kopi] = products(shop).values()
    assert (kopi["name"], kopi["variants"][0]["price"]) == ("Kopi hitam", 8)


def test_prices_are_of_variants_that_there_are_and_of_locations(shop: Shop) -> None:
    product(shop, "Kopi", {"sku": "K1", "price": 5}, {"barcode": "899", "name": "Besar", "price": 8, "cost": 4})
    columns = [
        {"column": 0, "field": "sku"},
        {"column": 1, "field": "barcode"},
        {"column": 2, "field": "price"},
        {"column": 3, "field": "price", "location_id": shop.location_id},
    ]
    file = workbook(["a", "b", "c", "d"], ["K1", None, 6, None], [None, 899, None, 9], ["none", None, 1, None])

    done = imported(shop, "price_changes", file, columns=columns)

    assert done["applied"] == counted(updated=2, invalid=1)
    assert [(one["line"], one["heading"], one["code"]) for one in done["problems"]] == [(4, "a", "variant.unknown")]
    [kopi] = products(shop).values()
    assert [(one["price"], one["prices"], one["cost"]) for one in kopi["variants"]] == [
        (6, {}, None),
        (8, {shop.location_id: 9}, 4),
    ]


def test_customers_are_found_by_phone_email_or_their_id_elsewhere(shop: Shop) -> None:
    shop = Shop.open(country="ID")
    shop.call(create_customer.handler, {"name": "Budi", "phone": "+6281234567890"})
    file = (
        "First Name,Last Name,Email Address,Phone Number,Square Customer ID,Memo\n"
        "Budi,Santoso,budi@example.com,0812-3456-7890,SQ1,\n"
        "Sari,,SARI@example.com,,SQ2,vip\n"
        "Dewi,,no mail,,SQ3,\n"
        ",,,,SQ4,nobody\n"
    )

    done = imported(shop, "customers", file)

    assert (done["applied"], done["file"]["made_by"]) == (counted(created=1, updated=1, invalid=2), "square")
    assert [(one["line"], one["heading"], one["code"]) for one in done["problems"]] == [
        (4, "Email Address", "request.invalid"),
        (5, None, "customer.anonymous"),
    ]
    found = {one["name"]: one for one in all_pages(shop, list_customers.handler, 100)}
    budi = found["Budi Santoso"]
    assert (budi["phone"], budi["email"], budi["external_ids"]) == (
        "+6281234567890",
        "budi@example.com",
        {"square": "SQ1"},
    )
    assert (found["Sari"]["email"], found["Sari"]["note"]) == ("sari@example.com", "vip")
    assert imported(shop, "customers", file)["applied"] == counted(unchanged=2, invalid=2)


def test_counts_become_counts_of_the_inventory(till: Till) -> None:
    shop = till.shop
    made = product(shop, "Kopi", {"sku": "K", "price": 5}, {"sku": "B", "name": "Besar", "price": 8})
    kopi, besar = (one["id"] for one in made["variants"])
    product(shop, "Jasa", {"sku": "J", "price": 5, "track_stock": False})
    file = 'SKU;Location;Qty\nK;Main shop;"12,5"\nB;main shop;3\nJ;Main shop;1\nX;Main shop;1\nK;Gudang;1\n'
    shown = preview(shop, "stock_counts", file)
    assert (shown["settings"]["decimal_mark"], shown["preview"]) == (",", counted(updated=2, invalid=3))
    assert levels(till) == {}

    done = apply(shop, shown["id"])

    assert done["applied"] == counted(updated=2, invalid=3)
    assert [(one["line"], one["heading"], one["code"]) for one in done["problems"]] == [
        (4, "SKU", "variant.not_tracked"),
        (5, "SKU", "variant.unknown"),
        (6, "Location", "location.unknown"),
    ]
    assert levels(till) == {kopi: "12.5", besar: "3"}
    [count] = all_pages(shop, list_counts.handler, 10)
    whole = shop.call(get_count.handler, id=count["id"]).json
    assert (whole["status"], whole["note"], len(whole["lines"])) == ("completed", "Import file.csv", 2)


def test_what_is_sold_between_the_preview_and_the_count_does_not_matter(till: Till) -> None:
    variant = till.product(stock="10", sku="K")
    shown = preview(till.shop, "stock_counts", "SKU,Qty\nK,8\n")
    till.sell({"variant_id": variant, "quantity": "3"})

    assert apply(till.shop, shown["id"])["applied"] == counted(updated=1)

    assert levels(till) == {variant: "8"}


def test_one_row_may_count_at_several_locations(till: Till) -> None:
    variant = till.product(sku="K")
    other = till.shop.call(create_location.handler, {"name": "Gudang"}).json["id"]
    file = "Handle,SKU,Name,Sold by weight,In stock [Main shop],In stock [Gudang]\nkopi,K,Kopi,N,4,7\n"

    done = imported(till.shop, "stock_counts", file)

    assert (done["applied"], done["file"]["made_by"]) == (counted(updated=2), "loyverse")
    assert levels(till)[variant] == "4"
    assert other != till.shop.location_id


@pytest.mark.parametrize("status", ["running", "awaiting_file"])
def test_only_what_has_a_preview_is_applied(shop: Shop, status: str) -> None:
    given: Any = (
        give(shop, "products", MENU)
        if status == "running"
        else shop.call(create_import.handler, {"type": "products", "file_name": "a.csv", "size": 5})
    )

    assert shop.call(apply_import.handler, id=given.json["id"]).code == "import.not_ready"


def test_who_applies_must_be_allowed_to_change_that(shop: Shop) -> None:
    id = preview(shop, "products", MENU)["id"]

    assert shop.call(apply_import.handler, id=id, permissions="imports:write catalog:read").status == 403
    assert shop.call(apply_import.handler, id=id, permissions="imports:write catalog:write").status == 202


def test_a_category_that_several_have_has_to_be_told_apart(shop: Shop) -> None:
    for parent in ("Minuman", "Makanan"):
        id = shop.call(create_category.handler, {"name": parent}).json["id"]
        shop.call(create_category.handler, {"name": "Panas", "parent_id": id})

    done = imported(shop, "products", "Name,Category,Price\nKopi,Panas,5\nSoto,makanan > panas,9\n")

    assert [(one["line"], one["heading"], one["code"]) for one in done["problems"]] == [
        (2, "Category", "category.ambiguous")
    ]
    assert done["applied"] == counted(created=1, invalid=1)
    assert len(all_pages(shop, list_categories.handler, 100)) == 4

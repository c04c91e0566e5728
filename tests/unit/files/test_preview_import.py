"""preview_import"""

from typing import Any

import pytest

from catalog import create_category, create_product, create_tax
from files import preview_import
from tests.support.contract import assert_refuses_what_is_no_body
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.files.exports import export
from tests.unit.files.imports import apply, counted, give, preview, products, told, work, workbook


def product(shop: Shop, name: str, *variants: dict[str, Any], **more: Any) -> Any:
    made = shop.call(create_product.handler, {"name": name, "variants": list(variants), **more})
    assert made.status == 201, made.text
    return made.json


def changes(shown: Any) -> list[tuple[int, str, list[tuple[str, Any, Any]]]]:
    return [
        (one["line"], one["outcome"], [(field["field"], field["before"], field["after"]) for field in one["fields"]])
        for one in shown["changes"]
    ]


def problems(shown: Any) -> list[tuple[int, str | None, str]]:
    return [(one["line"], one["heading"], one["code"]) for one in shown["problems"]]


def test_the_sample_looks_at_a_file_as_it_is_told(shop: Shop) -> None:
    id = give(shop, "products", "A,B,C\nKopi,K,18.000\n").json["id"]
    work()

    reply = send(preview_import.handler, sample("files", "preview_import", shop, id=id))
    work()

    assert (reply.status, reply.json["status"]) == (202, "running")
    assert changes(told(shop, id)) == [
        (2, "created", [("name", None, "Kopi"), ("sku", None, "K"), ("price", None, 18000)])
    ]


def test_it_says_what_would_change_and_changes_nothing(shop: Shop) -> None:
    made = product(shop, "Kopi", {"sku": "K", "price": 15000, "cost": 9000})
    product(shop, "Teh", {"sku": "T", "price": 12000})

    shown = preview(shop, "products", "Name,SKU,Price\nKopi susu,K,18000\nTeh,T,12000\nRoti,R,7000\nAir,,\n")

    assert shown["preview"] == counted(created=1, updated=1, unchanged=1, invalid=1)
    assert changes(shown) == [
        (2, "updated", [("name", "Kopi", "Kopi susu"), ("price", 15000, 18000)]),
        (4, "created", [("name", None, "Roti"), ("sku", None, "R"), ("price", None, 7000)]),
    ]
    assert (shown["changes"][0]["id"], shown["changes"][1]["id"]) == (made["id"], None)
    assert problems(shown) == [(5, "Price", "variant.priceless")]
    assert products(shop)["Kopi"] == made
    assert products(shop).keys() == {"Kopi", "Teh"}


@pytest.mark.parametrize(
    ("asked", "code", "pointer"),
    [
        ({"columns": [{"column": 0, "field": "phone"}]}, "import.field_unknown", "/columns/0/field"),
        ({"columns": [{"column": 0, "field": "name"}, {"column": 0, "field": "sku"}]}, "request.invalid", "/columns"),
        ({"columns": [{"column": 0, "field": "sku"}, {"column": 1, "field": "sku"}]}, "request.invalid", "/columns"),
        ({"columns": [{"column": 200, "field": "sku"}]}, "request.invalid", "/columns/0/column"),
        (
            {"columns": [{"column": 0, "field": "sku", "location_id": "loc_none"}]},
            "import.field_not_local",
            "/columns/0/location_id",
        ),
        (
            {"columns": [{"column": 0, "field": "price", "location_id": "loc_none"}]},
            "location.unknown",
            "/columns/0/location_id",
        ),
        ({"location_id": "loc_none"}, "location.unknown", "/location_id"),
        ({"tax_ids": ["tax_none"]}, "tax.unknown", "/tax_ids/0"),
        ({"decimal_mark": ";"}, "request.invalid", "/decimal_mark"),
    ],
)
def test_settings_that_name_what_is_not_there_are_refused(shop: Shop, asked: Any, code: str, pointer: str) -> None:
    id = give(shop, "products", "Name,Price\nKopi,5\n").json["id"]
    work()

    reply = shop.call(preview_import.handler, asked, id=id)

    assert (reply.status, reply.code, reply.pointers) == (422, code, [pointer])
    assert told(shop, id)["status"] == "ready"


def test_a_column_that_the_file_does_not_have_fails_and_can_be_put_right(shop: Shop) -> None:
    shown = preview(shop, "products", "Name,Price\nKopi,5\n", columns=[{"column": 7, "field": "name"}])
    assert (shown["status"], shown["failure_code"]) == ("failed", "import.column_unknown")

    shop.call(preview_import.handler, {}, id=shown["id"])
    work()

    assert told(shop, shown["id"])["preview"] == counted(created=1)


def test_while_one_step_runs_no_other_begins(shop: Shop) -> None:
    id = give(shop, "products", "Name,Price\nKopi,5\n").json["id"]

    assert shop.call(preview_import.handler, {}, id=id).code == "import.not_open"


def test_our_own_export_comes_back_as_it_went_and_can_be_edited(shop: Shop) -> None:
    category = shop.call(create_category.handler, {"name": "Minuman"}).json["id"]
    two = [{"name": "Kecil", "sku": "00123", "price": 15000}, {"name": "Besar", "price": 20000, "cost": 9000}]
    product(shop, "=Kopi", *two, category_id=category)
    product(shop, "Beras", {"unit": "kg", "weighed": True, "price": 14000, "plu": "12", "track_stock": False})
    for format in ("csv", "xlsx"):
        for language in ("en", "id"):
            _, data = export(shop, "products", format, parameters={}, language=language)
            shown = preview(shop, "products", data)
            assert (shown["preview"], shown["file"]["made_by"]) == (counted(unchanged=2), "kasir"), (format, language)

    _, data = export(shop, "products", parameters={})
    shown = preview(shop, "products", data.replace(b"20000", b"21000").replace(b"'=Kopi", b"Kopi"))

    assert changes(shown) == [(2, "updated", [("name", "=Kopi", "Kopi"), ("price", 20000, 21000)])]


def test_a_category_that_was_renamed_beside_its_id_is_meant_by_its_name(shop: Shop) -> None:
    category = shop.call(create_category.handler, {"name": "Minuman"}).json["id"]
    product(shop, "Kopi", {"price": 5}, category_id=category)
    _, data = export(shop, "products", parameters={})

    shown = preview(shop, "products", data.replace(b"Minuman", b"Minuman panas"))

    assert changes(shown) == [(2, "updated", [("category", "Minuman", "Minuman panas")])]


def test_prices_of_other_locations_stay(shop: Shop) -> None:
    product(shop, "Kopi", {"sku": "K", "price": 5, "prices": {shop.location_id: 9}})

    shown = preview(shop, "products", "Name,SKU,Price\nKopi,K,6\n")

    assert changes(shown) == [(2, "updated", [("price", 5, 6)])]


def test_new_products_get_the_taxes_that_were_chosen(shop: Shop) -> None:
    tax = shop.call(create_tax.handler, {"name": "PPN", "rate": "11"}).json["id"]
    shown = preview(shop, "products", "Name,Price\nKopi,5\n", tax_ids=[tax])

    apply(shop, shown["id"])

    assert products(shop)["Kopi"]["tax_ids"] == [tax]


def test_empty_cells_keep_what_there_is_or_clear_it(shop: Shop) -> None:
    product(shop, "Kopi", {"sku": "K", "barcode": "8991", "price": 5, "cost": 3})
    file = "Name,SKU,Barcode,Cost,Price\nKopi,K,,,\n"

    assert preview(shop, "products", file)["preview"] == counted(unchanged=1)
    [(_, _, cleared)] = changes(preview(shop, "products", file, empty_cells="clear"))
    assert cleared == [("barcode", "8991", None), ("cost", 3, None)]


def test_only_what_there_is_already_is_changed_if_that_was_chosen(shop: Shop) -> None:
    shown = preview(shop, "products", "Name,Price\nKopi,5\n", create_missing=False)

    assert problems(shown) == [(2, "Name", "product.unknown")]


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("Name,SKU,Price\nA,X,1\nB,X,2\n", [(3, "SKU", "row.repeated")]),
        ("Name,SKU,Price\nA,8.99E+12,1\n", [(2, "SKU", "cell.digits_lost")]),
        ("Name,Price\nA,#REF!\n", [(2, "Price", "cell.broken_formula")]),
        ("Name,Price\nA,-5\n", [(2, "Price", "cell.out_of_range")]),
        ("Name,Price\nA,1.5\n", [(2, "Price", "cell.too_many_decimals")]),
        ("Name,Price,Currency\nA,1,USD\n", [(2, "Currency", "cell.other_currency")]),
        ("Name,Price,Unit\nA,1,barrel\n", [(2, "Unit", "request.invalid")]),
        ("Name,Price,Weighed\nA,1,perhaps\n", [(2, "Weighed", "cell.not_yes_or_no")]),
        (f"Name,Price\n{'A' * 201},1\n", [(2, "Name", "request.invalid")]),
        ("Name,Price\nA\tB,1\n", [(2, "Name", "request.invalid")]),
        ("Product ID,Name,Price\nprd_none,A,1\n", [(2, "Product ID", "product.unknown")]),
        ("Category ID,Name,Price\ncat_none,A,1\n", [(2, "Category ID", "category.unknown")]),
        ("Name,Variant,SKU,Price\nA,S,1,1\nA,M,,\n", [(3, "Price", "variant.priceless")]),
        (f"Name,Variant,SKU,Price\nA,S,1,1\nA,M,{'2' * 101},1\n", [(3, "SKU", "request.invalid")]),
        ("Name,SKU,Price\nNew,K,1\nOther,T2,5\n", []),
    ],
)
def test_each_problem_names_its_line_and_its_column(shop: Shop, file: str, found: list[Any]) -> None:
    assert problems(preview(shop, "products", file)) == found


def test_a_code_that_another_product_has_is_refused_before_anything_is_done(shop: Shop) -> None:
    product(shop, "Kopi", {"sku": "K", "price": 5})
    product(shop, "Teh", {"sku": "T", "barcode": "899", "price": 5})

    shown = preview(shop, "products", "Name,SKU,Barcode,Price\nKopi,K,899,5\nX,K,,1\n")

    assert problems(shown)[0] == (2, "Barcode", "variant.barcode_taken")


def test_a_file_with_a_title_above_its_headings_is_understood(shop: Shop) -> None:
    shown = preview(shop, "products", workbook(["Daftar harga"], [], ["Nama", "Harga"], ["Kopi", 18000]))

    assert (shown["settings"]["header_row"], shown["preview"]) == (3, counted(created=1))


def test_a_large_file_is_looked_at_in_batches(shop: Shop) -> None:
    rows = "".join(f"P{number},S{number},{'x' if number % 100 == 7 else number}\n" for number in range(250))

    shown = preview(shop, "products", f"Name,SKU,Price\n{rows}")

    assert (shown["records"], shown["preview"]) == (250, counted(created=247, invalid=3))
    assert (len(shown["changes"]), shown["problem_count"]) == (20, 3)


def test_what_is_no_request_is_refused(shop: Shop) -> None:
    id = give(shop, "products", "Name,Price\nKopi,5\n").json["id"]
    assert_refuses_what_is_no_body(shop, preview_import.handler, path={"id": id})

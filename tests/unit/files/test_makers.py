"""Files as Square, Shopify, WooCommerce and Loyverse export them are understood without being told anything."""

from pathlib import Path
from typing import Any

import pytest

from catalog import list_categories
from files.columns import INDONESIAN, heading
from files.imports import guessing
from tests.support.contract import all_pages
from tests.support.shop import Shop
from tests.unit.files.imports import counted, imported, preview, products

_CASES = Path(__file__).parents[2] / "cases" / "imports"
SQUARE, SHOPIFY, WOOCOMMERCE, LOYVERSE = (
    (_CASES / f"{name}.csv").read_bytes() for name in ("square", "shopify", "woocommerce", "loyverse")
)


@pytest.fixture
def dollars(aws: None) -> Shop:
    return Shop.open(currency="USD")


def variants(one: Any) -> list[tuple[Any, ...]]:
    return [(it["name"], it["sku"], it["barcode"], it["price"], it["cost"]) for it in one["variants"]]


def categories(shop: Shop) -> dict[str, str]:
    return {one["id"]: one["name"] for one in all_pages(shop, list_categories.handler, 100)}


def test_square(dollars: Shop) -> None:
    done = imported(dollars, "products", SQUARE)

    assert (done["file"]["made_by"], done["applied"]) == ("square", counted(created=2))
    made = products(dollars)
    assert variants(made["Latte"]) == [
        ("Small", "L-S", None, 350, None),
        ("Large", "L-L", "8991234567890", 120450, None),
    ]
    assert variants(made["Muffin"]) == [(None, "MUF", None, 200, None)]
    assert made["Latte"]["external_ids"] == {"square": "T1"}
    assert categories(dollars)[made["Latte"]["category_id"]] == "Coffee"
    assert imported(dollars, "products", SQUARE)["applied"] == counted(unchanged=2)


def test_shopify(dollars: Shop) -> None:
    done = imported(dollars, "products", SHOPIFY)

    assert (done["file"]["made_by"], done["applied"]) == ("shopify", counted(created=2))
    made = products(dollars)
    assert variants(made["Logo Hoodie"]) == [
        ("S / Red", "H-S", "4006381333931", 5000, 2000),
        ("M / Red", "H-M", None, 5200, None),
    ]
    assert made["Logo Hoodie"]["variants"][1]["options"] == {"Size": "M", "Color": "Red"}
    assert variants(made["Sticker"]) == [(None, "STK", None, 400, None)]
    assert made["Sticker"]["external_ids"] == {"shopify": "sticker"}
    assert imported(dollars, "products", SHOPIFY)["applied"] == counted(unchanged=2)


def test_woocommerce(dollars: Shop) -> None:
    done = imported(dollars, "products", WOOCOMMERCE)

    assert (done["file"]["made_by"], done["applied"]) == ("woocommerce", counted(created=2))
    made = products(dollars)
    assert variants(made["Cap"]) == [(None, "CAP", None, 1650, None)]
    assert variants(made["Tee"]) == [("Blue", "TEE-B", None, 2000, None), ("Red", "TEE-R", None, 2100, None)]
    assert made["Tee"]["external_ids"] == {"woocommerce": "30"}
    assert categories(dollars)[made["Cap"]["category_id"]] == "Hats"
    assert imported(dollars, "products", WOOCOMMERCE)["applied"] == counted(unchanged=2)


def test_loyverse(dollars: Shop) -> None:
    done = imported(dollars, "products", LOYVERSE)

    assert (done["file"]["made_by"], done["applied"]) == ("loyverse", counted(created=2))
    made = products(dollars)
    assert variants(made["Kopi"]) == [("Kecil", "10001", None, 140, 80), ("Besar", "10002", None, 190, 90)]
    [pisang] = made["Pisang"]["variants"]
    assert (pisang["weighed"], pisang["track_stock"], pisang["barcode"]) == (True, False, "2000001")
    assert imported(dollars, "products", LOYVERSE)["applied"] == counted(unchanged=2)
    counts = preview(dollars, "stock_counts", LOYVERSE)
    assert [(one["line"], one["fields"][0]["after"]) for one in counts["changes"]] == [(2, "24"), (3, "12.5")]


@pytest.mark.parametrize(
    ("kind", "head", "maker", "fields"),
    [
        (
            "customers",
            "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Phone,Total Spent,Total Orders,Note,Tags",
            "shopify",
            {"external_id", "first_name", "last_name", "email", "phone", "note", "tags"},
        ),
        (
            "stock_counts",
            "Handle,Title,Option1 Name,Option1 Value,SKU,Location,Incoming,Committed,Available,On hand",
            "shopify",
            {"sku", "location", "quantity"},
        ),
        ("customers", "Nama,Telepon,E-mail,Catatan", None, {"name", "phone", "email", "note"}),
        ("products", "Kode Barang;Nama Barang;Harga Jual;Harga Beli", None, {"sku", "name", "price", "cost"}),
        ("price_changes", "SKU,Harga", None, {"sku", "price"}),
        ("price_changes", "Colour,Size", None, set()),
    ],
)
def test_other_headings_are_guessed(kind: Any, head: str, maker: str | None, fields: set[str]) -> None:
    headings = head.replace(";", ",").split(",")

    guesses = [one for one in guessing.guesses(kind, headings) if one is not None]

    assert guessing.made_by(headings) == maker
    assert {one.field for one in guesses} == fields
    assert len(guesses) == len(fields)


@pytest.mark.parametrize("language", ["en", "id"])
def test_all_headings_of_our_exports_are_known_in_both_languages(language: Any) -> None:
    names = (
        "product_id",
        "name",
        "category_name",
        "variant_id",
        "variant_name",
        "sku",
        "barcode",
        "plu",
        "price",
        "cost",
    )
    headings = [heading(name, language) for name in names]

    found = [one.field if one else None for one in guessing.guesses("products", headings)]

    assert found == [name if name != "category_name" else "category" for name in names]
    assert guessing.made_by(headings) == "kasir"
    assert INDONESIAN["barcode"] == "Barcode"

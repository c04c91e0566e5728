"""Files as Square, Shopify, WooCommerce and Loyverse export them are understood without being told anything."""

from typing import Any

import pytest

from catalog import list_categories
from files.columns import INDONESIAN, heading
from files.imports import guessing
from tests.support.contract import all_pages
from tests.support.shop import Shop
from tests.unit.files.imports import counted, imported, preview, products

SQUARE = """Token,Item Name,Variation Name,SKU,Description,Categories,Price,GTIN,Current Quantity Main shop,New Quantity Main shop
T1,Latte,Small,L-S,Soy or oat,Coffee,3.50,,4,
T2,Latte,Large,L-L,,Coffee,"1,204.50",8991234567890,7,
T3,Muffin,Regular,MUF,,,2.00,,,
"""
SHOPIFY = """Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Variant Barcode,Image Src,Status,Cost per item
hoodie,Logo Hoodie,<p>Warm</p>,Shop,Apparel,Hoodies,,true,Size,S,Color,Red,,,H-S,500,shopify,5,50.00,'4006381333931,https://x.example/1.jpg,active,20.00
hoodie,,,,,,,,,M,,Red,,,H-M,500,shopify,7,52.00,,,,
hoodie,,,,,,,,,,,,,,,,,,,,https://x.example/2.jpg,,
sticker,Sticker,,Shop,,,,true,Title,Default Title,,,,,STK,5,,100,4.00,,,active,
"""
WOOCOMMERCE = """ID,Type,SKU,"GTIN, UPC, EAN, or ISBN",Name,Published,"In stock?",Stock,"Sale price","Regular price",Categories,Parent,"Attribute 1 name","Attribute 1 value(s)"
29,simple,CAP,,Cap,1,1,5,,16.50,"Clothing > Hats, Sale",,,
30,variable,TEE,,Tee,1,1,,,,Clothing,,Color,"Blue, Red"
31,variation,TEE-B,,Tee - Blue,1,1,3,,20,,TEE,Color,Blue
32,variation,TEE-R,,Tee - Red,1,1,4,,21,,id:30,Color,Red
"""
LOYVERSE = """Handle,SKU,Name,Category,Description,Sold by weight,Option 1 name,Option 1 value,Option 2 name,Option 2 value,Option 3 name,Option 3 value,Cost,Barcode,SKU of included item,Quantity of included item,Track stock,Available for sale [Main shop],Price [Main shop],In stock [Main shop],Low stock [Main shop]
kopi,10001,Kopi,Minuman,,N,Ukuran,Kecil,,,,,0.80,,,,Y,Y,1.40,24,5
kopi,10002,,,,N,,Besar,,,,,0.90,,,,Y,Y,1.90,12.5,
pisang,10003,Pisang,Buah,,Y,,,,,,,0.40,2000001,,,N,Y,0.89,,
"""


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
            "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Phone,"
            "Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags",
            "shopify",
            {"external_id", "first_name", "last_name", "email", "phone", "note", "tags"},
        ),
        (
            "stock_counts",
            "Handle,Title,Option1 Name,Option1 Value,SKU,HS Code,COO,Location,Incoming,Unavailable,Committed,Available,On hand",
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

"""What a file's columns are, by their headings: ours, those of the exports of Square, Shopify, WooCommerce and
Loyverse, and what people call them. Without I/O.

The headings of others were taken from their own files and manuals as of November 2026.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from files.columns import heading
from files.imports.cells import Cell
from files.imports.models import FieldName, ImportType, Mark
from files.imports.reading import Row
from pos.words import fold

FIELDS: Mapping[ImportType, Sequence[FieldName]] = {
    "products": (
        *("product_id", "variant_id", "external_id", "handle", "parent", "name", "category", "category_id"),
        *("variant_name", "option1_name", "option1_value", "option2_name", "option2_value", "option3_name"),
        *("option3_value", "sku", "barcode", "plu", "price", "cost", "currency", "unit", "weighed", "track_stock"),
    ),
    "customers": (
        *("customer_id", "external_id", "name", "first_name", "last_name", "phone", "email", "birthday", "note"),
        "tags",
    ),
    "stock_counts": ("variant_id", "sku", "barcode", "location", "quantity"),
    "price_changes": ("variant_id", "sku", "barcode", "price", "cost", "currency"),
}
"""What columns of each type of import may be."""

MONEY, QUANTITIES = frozenset({"price", "cost"}), frozenset({"quantity"})
AT_A_LOCATION = frozenset({"price", "quantity"})
"""What may be of one location, and so be in several columns."""

_HEADER_IN = 10
_SAMPLES = 3
_THOUSANDS = 3


@dataclass(frozen=True, slots=True)
class Maker:
    """Whose export a file is, known by headings that are together in no other's, and what its headings are."""

    name: str
    signs: frozenset[str]
    fields: Mapping[str, FieldName]
    at_location: Mapping[str, FieldName]
    """Headings that name a location behind them, by how they begin."""


def _known(text: str) -> dict[str, FieldName]:
    """`heading = field` lines, by the heading as it is compared."""
    pairs = (line.split("=") for line in text.strip().splitlines())
    return {key(name): field.strip() for name, field in pairs}  # type: ignore[misc]


def key(written: str) -> str:
    """A heading as it is compared: its words, without case, accents and signs."""
    return " ".join(re.findall(r"\w+", fold(written).replace("_", " ")))


_SQUARE = Maker(
    "square",
    frozenset({"token", "item name", "variation name"}),
    _known("""Token = external_id
        Item Name = name
        Variation Name = variant_name
        SKU = sku
        GTIN = barcode
        Category = category
        Categories = category
        Price = price
        Default Unit Cost = cost
        Unit Cost = cost
        Option Name 1 = option1_name
        Option Value 1 = option1_value
        Option Name 2 = option2_name
        Option Value 2 = option2_value
        Option Name 3 = option3_name
        Option Value 3 = option3_value"""),
    {"price": "price", "current quantity": "quantity"},
)
_SHOPIFY = Maker(
    "shopify",
    frozenset({"handle", "title", "variant price"}),
    _known("""Handle = handle
        Title = name
        Type = category
        Option1 Name = option1_name
        Option1 Value = option1_value
        Option2 Name = option2_name
        Option2 Value = option2_value
        Option3 Name = option3_name
        Option3 Value = option3_value
        Variant SKU = sku
        Variant Barcode = barcode
        Variant Price = price
        Cost per item = cost
        Variant Inventory Tracker = track_stock
        Variant Inventory Qty = quantity"""),
    {},
)
_SHOPIFY_STOCK = Maker(
    "shopify",
    frozenset({"handle", "location", "on hand"}),
    _known("""SKU = sku
        Location = location
        On hand = quantity
        On hand current = quantity
        On hand new = quantity"""),
    {},
)
_SHOPIFY_CUSTOMERS = Maker(
    "shopify",
    frozenset({"first name", "last name", "accepts email marketing"}),
    _known("""Customer ID = external_id
        First Name = first_name
        Last Name = last_name
        Email = email
        Phone = phone
        Note = note
        Tags = tags"""),
    {},
)
_WOOCOMMERCE = Maker(
    "woocommerce",
    frozenset({"id", "type", "sku", "regular price"}),
    _known("""ID = external_id
        Parent = parent
        Name = name
        SKU = sku
        GTIN, UPC, EAN, or ISBN = barcode
        Regular price = price
        Categories = category
        Cost of goods = cost
        Stock = quantity
        Attribute 1 name = option1_name
        Attribute 1 value(s) = option1_value
        Attribute 2 name = option2_name
        Attribute 2 value(s) = option2_value
        Attribute 3 name = option3_name
        Attribute 3 value(s) = option3_value"""),
    {},
)
_LOYVERSE = Maker(
    "loyverse",
    frozenset({"handle", "sku", "name", "sold by weight"}),
    _known("""Handle = handle
        SKU = sku
        Name = name
        Category = category
        Sold by weight = weighed
        Option 1 name = option1_name
        Option 1 value = option1_value
        Option 2 name = option2_name
        Option 2 value = option2_value
        Option 3 name = option3_name
        Option 3 value = option3_value
        Default price = price
        Cost = cost
        Barcode = barcode
        Track stock = track_stock"""),
    {"price": "price", "in stock": "quantity"},
)
_LOYVERSE_CUSTOMERS = Maker(
    "loyverse",
    frozenset({"customer name", "customer code"}),
    _known("""Customer ID = external_id
        Customer name = name
        Email = email
        Phone = phone
        Note = note"""),
    {},
)
_SQUARE_CUSTOMERS = Maker(
    "square",
    frozenset({"first name", "last name", "email address", "phone number"}),
    _known("""Square Customer ID = external_id
        First Name = first_name
        Last Name = last_name
        Email Address = email
        Phone Number = phone
        Birthday = birthday
        Memo = note"""),
    {},
)
MAKERS = (
    *(_SQUARE, _SHOPIFY, _SHOPIFY_STOCK, _SHOPIFY_CUSTOMERS, _WOOCOMMERCE, _LOYVERSE, _LOYVERSE_CUSTOMERS),
    _SQUARE_CUSTOMERS,
)

_ANYBODYS = _known("""Product = name
    Product name = name
    Item = name
    Item name = name
    Title = name
    Full name = name
    Nama produk = name
    Nama barang = name
    Nama pelanggan = name
    Kategori = category
    Category = category
    Category name = category
    Variant = variant_name
    Variation = variant_name
    Varian = variant_name
    Code = sku
    Kode = sku
    Kode barang = sku
    Item code = sku
    EAN = barcode
    GTIN = barcode
    UPC = barcode
    ISBN = barcode
    Kode batang = barcode
    Selling price = price
    Unit price = price
    Retail price = price
    New price = price
    Harga jual = price
    Harga baru = price
    Purchase price = cost
    Unit cost = cost
    Harga beli = cost
    Harga modal = cost
    Qty = quantity
    Counted = quantity
    Count = quantity
    Stock = quantity
    In stock = quantity
    On hand = quantity
    Stok = quantity
    Hasil hitung = quantity
    Lokasi = location
    Toko = location
    Store = location
    Location name = location
    Mobile = phone
    Phone number = phone
    Telepon = phone
    No HP = phone
    E-mail = email
    Email address = email
    Date of birth = birthday
    Notes = note
    Tag = tags
    Group = handle""")

_OURS = "kasir"
_OWN_NAMES = {
    "category": "category_id",
    "category_name": "category",
    "on_hand": "quantity",
    "location_name": "location",
}


_EXPORTED = (
    *("product_id", "variant_id", "customer_id", "name", "category_id", "category_name", "variant_name", "sku"),
    *("barcode", "plu", "price", "cost", "currency", "unit", "weighed", "track_stock", "on_hand", "quantity", "phone"),
    *("email", "birthday", "note", "tags", "location_name"),
)


def _own() -> dict[str, FieldName]:
    """The headings of our own exports, in both languages, and fields by their names."""
    known: dict[str, FieldName] = {key(field): field for fields in FIELDS.values() for field in fields}
    for name in _EXPORTED:
        field: Any = _OWN_NAMES.get(name, name)
        known |= {key(heading(name, "id")): field, key(heading(name, "en")): field}
    return known


_OWN = _own()
_OWN_SIGNS = (
    {key(heading(name, "en")) for name in ("product_id", "variant_id")},
    {key(heading(name, "id")) for name in ("product_id", "variant_id")},
)


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column seems to be; `at` is what its heading says behind a field that is of a location."""

    field: FieldName
    at: str | None = None


def maker_of(headings: Sequence[str]) -> Maker | None:
    """Whose export a file with these headings is."""
    there = {key(one) for one in headings}
    return next((maker for maker in MAKERS if maker.signs <= there), None)


def made_by(headings: Sequence[str]) -> str | None:
    """Whose export a file with these headings is, by name; `kasir` is ours."""
    maker = maker_of(headings)
    if maker is not None:
        return maker.name
    there = {key(one) for one in headings}
    return _OURS if any(signs <= there for signs in _OWN_SIGNS) else None


def guesses(kind: ImportType, headings: Sequence[str]) -> list[Guess | None]:
    """What each column seems to be, for this type of import. A field is in one column only, unless of locations."""
    maker = maker_of(headings)
    found: list[Guess | None] = []
    for one in headings:
        guess = _guess(key(one), maker)
        fits = guess is not None and guess.field in FIELDS[kind]
        found.append(guess if fits and (guess is not None and (guess.at or guess not in found)) else None)
    if not any(one is not None and one.field == "price" and one.at is None for one in found):
        priced = next((at for at, one in enumerate(found) if one is not None and one.field == "price"), None)
        if priced is not None and kind == "products":
            found[priced] = Guess("price")  # of several shops' prices, the first is what others start from
    return found


def _guess(wanted: str, maker: Maker | None) -> Guess | None:
    if maker is not None:
        if wanted in maker.fields:
            return Guess(maker.fields[wanted])
        for start, field in maker.at_location.items():
            if wanted.startswith(f"{start} "):
                return Guess(field, wanted.removeprefix(f"{start} "))
        return None  # what its maker calls otherwise is something else
    known = _OWN.get(wanted) or _ANYBODYS.get(wanted)
    return Guess(known) if known is not None else None


def header_row(kind: ImportType, rows: Sequence[Row]) -> int:
    """The line of the headings: of the first ones, that with the most that are known; else the first."""

    def known(row: Row) -> int:
        return sum(one is not None for one in guesses(kind, headings_of(row)))

    first = rows[:_HEADER_IN]
    return max(first, key=lambda row: (known(row), -row.line)).line


def headings_of(row: Row) -> list[str]:
    """The headings in a row."""
    return [str(cell).strip()[:200] if cell is not None else "" for cell in row.cells]


def samples(rows: Sequence[Row], column: int) -> tuple[str, ...]:
    """Some of what is in a column."""
    filled = (str(row.cells[column])[:60] for row in rows if len(row.cells) > column and row.cells[column])
    return tuple(islice(filled, _SAMPLES))


_COMMA = frozenset(
    {
        *("IDR", "EUR", "VND", "BRL", "ARS", "COP", "CLP", "UYU", "PYG", "TRY", "RUB", "UAH", "PLN", "CZK", "HUF"),
        *("RON", "BGN", "DKK", "NOK", "SEK", "ISK", "RSD", "MKD", "BAM", "ZAR", "MAD", "DZD", "TND", "BYN", "KZT"),
    }
)
"""Currencies of countries that write a comma before the parts of one."""


def decimal_mark(
    money: Sequence[Cell], quantities: Sequence[Cell], maker: str | None, currency: str, units: int
) -> Mark:
    """What stands before the parts of one in these numbers: as those say that can be read in one way only, else as who
    made the file writes, or the currency's country. `units` are the currency's minor units.
    """
    votes = {".": 0, ",": 0}
    for cell, places in [*((one, units) for one in money), *((one, 3) for one in quantities)]:
        vote = _vote(cell, places)
        if vote is not None:
            votes[vote] += 1
    if votes["."] != votes[","]:
        return "." if votes["."] > votes[","] else ","
    return "," if maker is None and currency in _COMMA else "."


def _vote(cell: Cell, places: int) -> Mark | None:
    """The mark before parts of one that this number can only have; None if it could have either, or has none. `places`
    are the most that such numbers have.
    """
    bare = re.sub(r"[^0-9.,]", "", cell).strip(".,") if isinstance(cell, str) else ""
    marks = re.findall(r"[.,]", bare)
    if not marks:
        return None
    last: Mark = marks[-1]
    other: Mark = "," if last == "." else "."
    if len(set(marks)) == 2:
        return last
    if len(marks) > 1:
        return other  # what stands there twice separates thousands
    after = len(bare) - bare.index(last) - 1
    if after != _THOUSANDS or bare.startswith("0"):
        return last
    return other if places != _THOUSANDS else None

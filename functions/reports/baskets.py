"""What is bought together, from samples of days' baskets, without I/O.

A day's sample at a location is its baskets as long as there are few, else those that a hash of their ids draws: each
basket as likely as the others. One of them then stands for as many as the day had for each that is in the sample.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import combinations

from reports.models import AffinityQuery, AffinityRow
from reports.rules import Sheets, SheetStream, ratio, scaled
from reports.sheets import BASKETS

_PLACES = 3


def counted(samples: SheetStream, days: Sheets) -> tuple[Counter[str], Counter[tuple[str, str]], int, int]:
    """In how many thousandths of orders each product is, and each pair of them; how many orders there are, and how many
    baskets the samples have.
    """
    sold = {key[1:4]: sheet.rows.get("day", {}).get("", Counter())["orders"] for key, sheet in days}
    singles: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    baskets = orders = 0
    for key, sheet in samples:
        sample = sheet.rows.get(BASKETS, {})
        of_day = max(sold.get(key[1:4], 0), len(sample))
        weight = of_day * 10**_PLACES // len(sample) if sample else 0
        orders += of_day
        baskets += len(sample)
        for products in sample.values():
            named = sorted(product for product in products if product)
            singles.update(dict.fromkeys(named, weight))
            pairs.update(dict.fromkeys(combinations(named, 2), weight))
    return singles, pairs, orders, baskets


def rows(
    wanted: AffinityQuery, singles: Mapping[str, int], pairs: Mapping[tuple[str, str], int], orders: int
) -> list[AffinityRow]:
    """The pairs that are wanted, the first ones first."""
    least = wanted.min_orders * 10**_PLACES
    found = [_row(*pair, count, singles, orders) for pair, count in _with(wanted.product, pairs) if count >= least]
    return sorted(found, key=lambda row: (-getattr(row, wanted.sort), row.product, row.with_product))[: wanted.limit]


def _with(product: str | None, pairs: Mapping[tuple[str, str], int]) -> Iterator[tuple[tuple[str, str], int]]:
    for (one, other), count in pairs.items():
        if product is None or one == product:
            yield (one, other), count
        elif other == product:
            yield (other, one), count


def _row(one: str, other: str, count: int, singles: Mapping[str, int], orders: int) -> AffinityRow:
    whole = orders * 10**_PLACES

    def percent(of: int) -> Decimal:
        return ratio(count, of, 100) or Decimal(0)

    return AffinityRow(
        product=one,
        with_product=other,
        orders=scaled(count, _PLACES),
        support_percent=percent(whole),
        of_product_percent=percent(singles[one]),
        of_with_product_percent=percent(singles[other]),
        lift=ratio(count * whole, singles[one] * singles[other]) or Decimal(0),
    )

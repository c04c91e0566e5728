"""What the projection of sales into totals costs: write units by the real rules, from real baskets, on no database.

A busy day (all stores of the data as one) and 410 sales of a quiet store, in rounds of 1, 10 and 50 sales; with what is
written for movements of stock and samples of baskets, and without.
"""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from bench import groceries
from bench.groceries import Basket
from pos import dynamo
from pos.clock import timestamp
from pos.ids import derived_id
from reports import effects
from reports.models import Sale, StockMovement
from reports.sheets import EMPTY, Posting, Sheet, SheetKey, sheet_after

_KEY_BYTES = 150
_LOCATION, _ACTOR = derived_id("loc", "bench"), derived_id("stf", "bench")
_CATEGORIES = 300

type Sold = tuple[Sale, list[StockMovement]]


def main() -> None:
    """Print write units a sale."""
    week = list(groceries.iterate_baskets(groceries.select(week=20)))
    days = Counter(basket.sold_at.date() for basket in week)
    busiest = days.most_common(1)[0][0]
    _report("busy day", [basket for basket in week if basket.sold_at.date() == busiest])
    quiet, _ = Counter(basket.store_id for basket in week).most_common(40)[-1]
    _report("quiet store", list(groceries.iterate_baskets(groceries.select(store=quiet, baskets=410))))


def _report(name: str, baskets: Sequence[Basket]) -> None:
    sold = [sale_of(basket) for basket in sorted(baskets, key=lambda basket: basket.sold_at)]
    days = len({sale.business_date for sale, _ in sold})
    print(f"{name}: {len(sold)} sales, {sum(len(moves) for _, moves in sold)} lines, {days} days")
    for size in (1, 10, 50):
        whole, sales = _units(sold, size, whole=True), _units(sold, size, whole=False)
        books = ", ".join(f"{book} {units / len(sold):.2f}" for book, units in sorted(whole.items()))
        each, alone = whole.total() / len(sold), sales.total() / len(sold)
        print(f"  rounds of {size}: {each:.1f} ({books}); sales alone {alone:.1f}")


def _units(sold: Sequence[Sold], size: int, *, whole: bool) -> Counter[str]:
    """Write units by book, a kilobyte each."""
    sheets: dict[SheetKey, Sheet] = {}
    units: Counter[str] = Counter()
    for page, start in enumerate(range(0, len(sold), size), 1):
        postings: defaultdict[SheetKey, list[Posting]] = defaultdict(list)
        for posting in postings_of(page, sold[start : start + size], whole=whole):
            postings[posting.place.sheet].append(posting)
        for key, some in postings.items():
            before = sheets.get(key, EMPTY)
            sheets[key] = after = sheet_after(before, some, page)
            units[key.book] += 0 if after is before else _weight(after)
        units["checkpoint"] += 1
    return units


def postings_of(page: int, sold: Sequence[Sold], *, whole: bool) -> Iterator[Posting]:
    """What these sales, all on this page of the feed, add to sheets; `whole`: their movements and baskets, too."""
    for sale, movements in sold:
        yield from (one for one in effects.post(page, None, sale) if whole or one.place.sheet.book != "basket")
        for movement in movements if whole else ():
            yield from effects.post_movement(page, movement)


def _weight(sheet: Sheet) -> int:
    packed = dynamo.pack(json.dumps(sheet.rows, separators=(",", ":")).encode())
    return math.ceil((len(packed) + _KEY_BYTES) / 1024)


def sale_of(basket: Basket) -> Sold:
    """A basket as the order and the movements that the API would make of it."""
    at = timestamp(basket.sold_at)
    lines = [_line(number, line) for number, line in enumerate(basket.lines, 1)]
    sums = {name: sum(line[name] for line in lines) for name in ("gross", "discount", "total")}
    sale = Sale.model_validate(
        {
            "id": derived_id("ord", basket.id),
            "location_id": _LOCATION,
            "time_zone": "UTC",
            "business_date": at[:10],
            "completed_at": at,
            "created_at": at,
            "updated_at": at,
            "lines": lines,
            "subtotal": sums["gross"],
            "discount_total": sums["discount"],
            "service_charge_total": 0,
            "taxes": (),
            "tax_total": 0,
            "tip": 0,
            "total": sums["total"],
            "cash_rounding": 0,
            "payments": [{"method": "cash", "amount": sums["total"], "at": at, "actor": _ACTOR}],
            "policy": {"currency": "USD"},
            "history": [{"at": at, "actor": _ACTOR, "action": "created"}],
        }
    )
    return sale, [_movement(sale, line, at) for line in lines]


def _line(number: int, line: groceries.Line) -> dict[str, Any]:
    return {
        "id": f"lin_{number}",
        "variant_id": derived_id("var", line.product_id),
        "category_id": derived_id("cat", line.product_id % _CATEGORIES),
        "quantity": line.quantity,
        "gross": line.paid + line.discount,
        "discount": line.discount,
        "service_charge": 0,
        "tax": 0,
        "total": line.paid,
        "stock_tracked": True,
        "discounts": [{"name": "Shelf", "applied": line.discount}] if line.discount else [],
    }


def _movement(sale: Sale, line: dict[str, Any], at: str) -> StockMovement:
    share = {"variant_id": line["variant_id"], "category_id": line["category_id"], "quantity": -line["quantity"]}
    return StockMovement.model_validate(
        {
            "variant_id": line["variant_id"],
            "location_id": sale.location_id,
            "on_hand": 1234,
            "change": -line["quantity"],
            "unit_cost": "83.3333",
            "average_cost": "83.3333",
            "cause": {
                "type": "sale",
                "id": sale.id,
                "business_date": at[:10],
                "currency": "USD",
                "sold": [share],
            },
            "version": 5,
            "at": at,
        }
    )


if __name__ == "__main__":
    main()

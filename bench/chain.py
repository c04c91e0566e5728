"""What reports take as a chain grows: read units, round trips and CPU, by days and locations.

    PYTHONPATH=functions python -m bench.chain

Every location has the same 150 real baskets a day, made into sheets by the projection's own rules; DynamoDB Local has
them, and the report is made in this process, however many it needs. CPU is this process's own.
"""

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import batched
from typing import Any

from tqdm import tqdm  # type: ignore[import-untyped]

from bench import groceries
from bench.metering import metered
from bench.projection import postings_of, sale_of
from bench.till import opened_till
from pos import dynamo
from pos.ids import new_id
from reports import answering, store
from reports.models import SalesQuery
from reports.sheets import EMPTY, Posting, Sheet, SheetKey, sheet_after

type Json = dict[str, Any]

_BASKETS = 150
_FIRST = date(2026, 1, 1)
_CASES: Sequence[tuple[int, int, str, bool]] = (
    # locations, days, group_by, of one location only
    (1, 31, "day", False),
    (1, 365, "day", False),
    (12, 365, "day", False),
    (30, 365, "day", False),
    (300, 31, "day", False),
    (300, 31, "location", False),
    (300, 31, "day", True),
    (300, 365, "day", True),
    (1, 92, "product", False),
    (4, 92, "product", False),
    (300, 1, "product", False),
    (300, 31, "product", True),
)


def main() -> None:
    """Print a row for each report."""
    day = _sheets_of_a_day()
    print("| locations | days | by | sheets | read units | round trips | CPU s |")
    print("|---|---|---|---|---|---|---|")
    with opened_till(products=1):
        for locations, days, group_by, one in _CASES:
            merchant_id = new_id("mer")
            books = {"day", "product"} if group_by == "product" else {"day"}
            sheets = {key: sheet for key, sheet in day.items() if key.book in books}
            _fill(merchant_id, sheets, locations, days)
            wanted = SalesQuery.model_validate(
                {
                    "from": str(_FIRST),
                    "to": str(_FIRST + timedelta(days=days - 1)),
                    "group_by": group_by,
                    "location_id": _location(1) if one else None,
                }
            )
            where, read = (f"one of {locations}", 1) if one else (str(locations), locations)
            count = read * days * len(sheets)
            print(f"| {where} | {days} | {group_by} | {count} | {_cost(merchant_id, wanted)} |", flush=True)


def _cost(merchant_id: str, wanted: SalesQuery) -> str:
    with metered() as bill:
        begun = time.process_time()
        answering.sales(merchant_id, wanted, most=10**9).json_bytes()
        spent = time.process_time() - begun
    return f"{float(bill.read_units):.0f} | {bill.round_trips} | {spent:.2f}"


def _sheets_of_a_day() -> dict[SheetKey, Sheet]:
    baskets = list(groceries.iterate_baskets(groceries.select(week=20)))[:_BASKETS]
    postings: defaultdict[SheetKey, list[Posting]] = defaultdict(list)
    for posting in postings_of(1, [sale_of(basket) for basket in baskets], whole=True):
        key = posting.place.sheet
        postings[key._replace(day="", location_id="")].append(posting)
    return {key: sheet_after(EMPTY, some, 1) for key, some in postings.items()}


def _fill(merchant_id: str, day: dict[SheetKey, Sheet], locations: int, days: int) -> None:
    """Give each location this day again and again."""
    items = list(_items(merchant_id, day, locations, days))
    for some in tqdm(list(batched(items, 25, strict=False)), leave=False):
        dynamo.batch_put(store.TABLE, some)


def _items(merchant_id: str, day: dict[SheetKey, Sheet], locations: int, days: int) -> Iterator[Json]:
    rows = {key: dynamo.pack(json.dumps(sheet.rows, separators=(",", ":")).encode()) for key, sheet in day.items()}
    for number in range(days):
        for location in range(1, locations + 1):
            for key, packed in rows.items():
                at = f"{_FIRST + timedelta(days=number)}#{_location(location)}#{key.currency}#{key.part}"
                yield {"pk": f"{merchant_id}#{key.book}", "sk": at, "through": 1, "rows": packed}


def _location(number: int) -> str:
    return f"loc_{number:026d}"


if __name__ == "__main__":
    main()

"""What a sale adds to which totals, and what a report makes of them: pure, so that exactness can be proved by trying.

A sheet keeps sums of one business day, location and currency: those by hour, staff and such (the `day` book), those by
category, or those of a share of the products. It knows the last page of the feed that it holds (`through`), so that no
page is ever added to it twice.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pos.clock import business_date
from pos.errors import Invalid
from reports.models import GroupBy, Payment, Sale, SalesFigures, SalesRow, SoldLine

type Figures = Counter[str]
"""Sums by name, as whole numbers: money in minor units, `quantity` in thousandths."""

type Rows = Mapping[str, Mapping[str, Figures]]
"""Dimension -> group -> its sums."""

Book = Literal["day", "category", "product"]

COMPLETED = "order.completed"
CANCELLED = "order.cancelled"
EVENT_TYPES = frozenset({COMPLETED, CANCELLED})
"""The events that change totals."""

_PARTS = 32
"""How many sheets a day's products are spread over: docs/reports.md weighs the number."""

_BOOKS: Mapping[GroupBy, Book] = {"category": "category", "product": "product"}

_ORDER = (
    "orders",
    "cancelled",
    "gross",
    "discount",
    "net",
    "service_charge",
    "tax",
    "tip",
    "total",
    "cash_rounding",
    "paid",
    "quantity",
)
_DAY = (*_ORDER, "cancelled_open")
_LINE = ("orders", "cancelled", "gross", "discount", "net", "service_charge", "tax", "total", "quantity")

_FIGURES: Mapping[GroupBy, Sequence[str]] = {
    "day": _DAY,
    "location": _DAY,
    "hour": _ORDER,
    "staff": _ORDER,
    "payment_method": ("orders", "cancelled", "amount"),
    "tax_rate": ("orders", "cancelled", "base", "amount"),
    "category": _LINE,
    "product": _LINE,
}

_LONGEST = 3 * 366
_LONGEST_OF_PRODUCTS = 92


class SheetKey(NamedTuple):
    """Which sheet: `part` tells the product sheets of a day apart and is 0 elsewhere; `day` is YYYY-MM-DD."""

    book: Book
    day: str
    location_id: str
    currency: str
    part: int = 0


@dataclass(frozen=True, slots=True)
class Posting:
    """What one event, on this page of the feed, adds to one group of one sheet."""

    page: int
    sheet: SheetKey
    dimension: GroupBy
    group: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Sheet:
    """Sums, and the number of the last page of the feed that is in them (0: none yet)."""

    through: int
    rows: Rows


EMPTY = Sheet(0, {})


# --- from events to sheets -------------------------------------------------------------------------------------------


def post(page: int, event_type: str, sale: Sale) -> list[Posting]:
    """What an `order.completed` or `order.cancelled` event adds.

    A cancelled sale is taken off the business day, hour and person that it was added to; an order that was cancelled
    before it was completed was never added, and is only counted, on the day of its cancellation. Raises ValueError or
    LookupError for an order that lacks what its event implies.
    """
    if event_type == CANCELLED and sale.completed_at is None:
        return [_cancelled_open(page, sale)]
    if sale.completed_at is None or sale.business_date is None:
        raise ValueError("a completed order without completed_at or business_date")
    added = [Posting(page, *addition) for addition in _additions(sale, sale.business_date, sale.completed_at)]
    return added if event_type == COMPLETED else [_taken_off(posting) for posting in added]


def sheet_after(sheet: Sheet, postings: Iterable[Posting], through: int) -> Sheet:
    """The sheet with those of all postings up to page `through` that it does not hold yet; itself if there are none."""
    fresh = [posting for posting in postings if posting.page > sheet.through]
    if not fresh:
        return sheet
    rows: dict[str, dict[str, Figures]] = {
        dimension: {group: Counter(figures) for group, figures in groups.items()}
        for dimension, groups in sheet.rows.items()
    }
    for posting in fresh:
        rows.setdefault(posting.dimension, {}).setdefault(posting.group, Counter()).update(posting.figures)
    return Sheet(through, rows)


def _additions(sale: Sale, day: date, completed_at: str) -> Iterator[tuple[SheetKey, GroupBy, str, Figures]]:
    sheet = SheetKey("day", day.isoformat(), sale.location_id, sale.policy.currency)
    payments = [one for one in sale.payments if one.voided_at in (None, sale.cancelled_at)]
    whole = _whole(sale, payments)
    yield sheet, "day", "", whole
    yield sheet, "hour", _hour(completed_at, sale.time_zone), whole
    yield sheet, "staff", _staff(sale), whole
    for method, paid in _grouped(payments, lambda one: one.method):
        yield sheet, "payment_method", method, Counter(orders=1, amount=sum(one.amount for one in paid))
    for rate, taxes in _grouped(sale.taxes, lambda one: f"{one.tax_id}@{one.rate}"):
        base, amount = sum(one.base for one in taxes), sum(one.amount for one in taxes)
        yield sheet, "tax_rate", rate, Counter(orders=1, base=base, amount=amount)
    for category, lines in _grouped(sale.lines, lambda line: line.category_id or ""):
        yield sheet._replace(book="category"), "category", category, _lines(lines)
    for product, lines in _grouped(sale.lines, lambda line: line.variant_id or ""):
        part = zlib.crc32(product.encode()) % _PARTS
        yield sheet._replace(book="product", part=part), "product", product, _lines(lines)


def _cancelled_open(page: int, sale: Sale) -> Posting:
    if sale.cancelled_at is None:
        raise ValueError("a cancelled order without cancelled_at")
    day = business_date(datetime.fromisoformat(sale.cancelled_at), sale.time_zone).isoformat()
    sheet = SheetKey("day", day, sale.location_id, sale.policy.currency)
    return Posting(page, sheet, "day", "", Counter(cancelled_open=1))


def _taken_off(posting: Posting) -> Posting:
    figures = Counter({name: -amount for name, amount in posting.figures.items()})
    figures["cancelled"] = 1
    return replace(posting, figures=figures)


def _whole(sale: Sale, payments: Sequence[Payment]) -> Figures:
    return Counter(
        orders=1,
        gross=sale.subtotal,
        discount=sale.discount_total,
        net=sale.total - sale.tax_total - sale.service_charge_total - sale.tip,
        service_charge=sale.service_charge_total,
        tax=sale.tax_total,
        tip=sale.tip,
        total=sale.total,
        cash_rounding=sale.cash_rounding,
        paid=sum(one.amount for one in payments),
        quantity=_thousandths(sale.lines),
    )


def _lines(lines: Sequence[SoldLine]) -> Figures:
    return Counter(
        orders=1,
        gross=sum(line.gross for line in lines),
        discount=sum(line.discount for line in lines),
        net=sum(line.total - line.tax - line.service_charge for line in lines),
        service_charge=sum(line.service_charge for line in lines),
        tax=sum(line.tax for line in lines),
        total=sum(line.total for line in lines),
        quantity=_thousandths(lines),
    )


def _thousandths(lines: Iterable[SoldLine]) -> int:
    exact = sum((line.quantity for line in lines), Decimal(0)) * 1000
    if exact != int(exact):
        raise ValueError("a quantity with more than 3 places")
    return int(exact)


def _hour(moment: str, time_zone: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(time_zone)):%H}"


def _staff(sale: Sale) -> str:
    """Who completed the sale; one that was complete from the start was completed by who created it."""
    actors = {entry.action: entry.actor for entry in sale.history}
    return actors.get("completed") or actors["created"]


def _grouped[T](things: Iterable[T], group: Callable[[T], str]) -> Iterable[tuple[str, list[T]]]:
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for thing in things:
        groups[group(thing)].append(thing)
    return groups.items()


# --- from sheets to reports ------------------------------------------------------------------------------------------


def check_range(first: date, last: date, group_by: GroupBy) -> None:
    """Refuse (422) days in the wrong order, and more of them than one answer can be made of."""
    if first > last:
        raise Invalid("report.range_invalid", f"from ({first}) is after to ({last}).", "?from")
    longest = _LONGEST_OF_PRODUCTS if group_by == "product" else _LONGEST
    if (last - first).days >= longest:
        raise Invalid("report.range_too_long", f"By {group_by}, a report covers at most {longest} days.", "?to")


def book_of(group_by: GroupBy) -> Book:
    """The book that holds this dimension."""
    return _BOOKS.get(group_by, "day")


def currency_of(sheets: Iterable[SheetKey], wanted: str | None) -> str | None:
    """The one currency to report in: the wanted one, else that of all sheets (None if there are none).

    Refuses (422) to add up different currencies.
    """
    if wanted is not None:
        return wanted
    found = sorted({sheet.currency for sheet in sheets})
    if len(found) > 1:
        detail = f"These days have sales in {', '.join(found)}, which do not add up: name one as currency."
        raise Invalid("report.currency_mixed", detail, "?currency")
    return found[0] if found else None


def summed(sheets: Iterable[tuple[SheetKey, Sheet]], group_by: GroupBy) -> dict[str, Figures]:
    """Group -> its sums over all the sheets, in the order of groups."""
    dimension = "day" if group_by == "location" else group_by
    sums: defaultdict[str, Figures] = defaultdict(Counter)
    for key, sheet in sheets:
        for group, figures in sheet.rows.get(dimension, {}).items():
            name = key.day if group_by == "day" else key.location_id if group_by == "location" else group
            sums[name].update(figures)
    return dict(sorted(sums.items()))


def cursor(group: str) -> str:
    """The cursor that goes on after a group; like the groups themselves, cursors sort."""
    return f"after:{group}"


def row(group_by: GroupBy, group: str, figures: Figures) -> SalesRow:
    """A report's row."""
    named: dict[str, Any] = {group_by: group or None}
    if group_by == "tax_rate":
        named["tax_id"], _, named["tax_rate"] = group.partition("@")
    return SalesRow(**named, **_answered(group_by, figures))


def totals(sheets: Iterable[tuple[SheetKey, Sheet]]) -> SalesFigures:
    """All sales of these day sheets."""
    whole: Figures = Counter()
    for figures in summed(sheets, "day").values():
        whole.update(figures)
    return SalesFigures(**_answered("day", whole))


def _answered(group_by: GroupBy, figures: Figures) -> dict[str, Any]:
    named: dict[str, Any] = {name: figures[name] for name in _FIGURES[group_by]}
    if "quantity" in named:
        named["quantity"] = Decimal(named["quantity"]).scaleb(-3)
    return named

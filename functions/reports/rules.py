"""What an order adds to which totals, and what a report makes of them: pure, so that exactness can be proved by trying.

Totals are the sum of what orders come to (`effect`): each version of an order adds how that differs from the version
before it. A sheet keeps sums of one business day, location and currency: those by hour, staff and such (the `day`
book), those by category, or those of a share of the products. It knows the last page of the feed that it holds
(`through`), so that no page is ever added to it twice.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pos.clock import business_date
from pos.errors import Invalid
from reports.models import GroupBy, Refund, RefundLine, Sale, SalesFigures, SalesRow, SoldLine

type Figures = Counter[str]
"""Sums by name, as whole numbers: money in minor units, quantities in thousandths."""

type Rows = Mapping[str, Mapping[str, Figures]]
"""Dimension -> group -> its sums."""

Book = Literal["day", "category", "product"]

_PARTS = 32
"""How many sheets a day's products are spread over: docs/reports.md weighs the number."""

_BOOKS: Mapping[GroupBy, Book] = {"category": "category", "product": "product"}

_AMOUNTS = ("gross", "discount", "net", "service_charge", "tax", "total", "quantity")
_LINE = ("orders", "cancelled", *_AMOUNTS, "refunds", *(f"refunded_{name}" for name in _AMOUNTS))
_ORDER = (*_LINE, "tip", "cash_rounding", "paid", "refunded_tip", "refunded_cash_rounding", "refunded")
_DAY = (*_ORDER, "cancelled_open")
_QUANTITIES = ("quantity", "refunded_quantity")

_FIGURES: Mapping[GroupBy, Sequence[str]] = {
    "day": _DAY,
    "location": _DAY,
    "hour": _ORDER,
    "staff": _ORDER,
    "payment_method": ("payments", "voided", "amount", "refunds", "refunded"),
    "tax_rate": ("orders", "cancelled", "base", "amount", "refunds", "refunded_base", "refunded_amount"),
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


class Place(NamedTuple):
    """Where figures are summed: in one group of one dimension of a sheet."""

    sheet: SheetKey
    dimension: GroupBy
    group: str


type Shares = Iterator[tuple[Place, Figures]]


@dataclass(frozen=True, slots=True)
class Posting:
    """What one version of an order, told on this page of the feed, adds in one place."""

    page: int
    place: Place
    figures: Figures


@dataclass(frozen=True, slots=True)
class Sheet:
    """Sums, and the number of the last page of the feed that is in them (0: none yet). `build` counts how often they
    were put right by a rebuild.
    """

    through: int
    rows: Rows
    build: int = 0


EMPTY = Sheet(0, {})


# --- from orders to sheets -------------------------------------------------------------------------------------------


def tells_of_order(event_type: str, ordinal: int) -> bool:
    """Whether an event stands for a version of an order: of those that one version makes, the first does."""
    return ordinal == 0 and event_type.startswith("order.")


def post(page: int, before: Sale | None, after: Sale) -> list[Posting]:
    """What a version of an order adds: what the order comes to with it, less what it came to `before` (None: nothing).

    Raises ValueError or LookupError for an order that lacks what it implies.
    """
    sums = effect(after)
    for place, figures in (effect(before) if before else {}).items():
        sums[place].subtract(figures)
    return [Posting(page, place, figures) for place, figures in sums.items() if any(figures.values())]


def effect(sale: Sale) -> defaultdict[Place, Figures]:
    """What an order, as it is, comes to in all totals.

    What it sold belongs to the day, hour and person of its completion, a payment to those of its capture, what was
    given back to those of the refund. A cancelled sale is only counted, where it was sold; an order that was cancelled
    before it was completed, on the day of its cancellation.
    """
    sums: defaultdict[Place, Figures] = defaultdict(Counter)
    for place, figures in (*_sold(sale), *_cancelled_open(sale), *_paid(sale), *_refunded(sale)):
        sums[place].update(figures)
    return sums


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
        _, dimension, group = posting.place
        rows.setdefault(dimension, {}).setdefault(group, Counter()).update(posting.figures)
    return Sheet(through, {dimension: _without_zeros(groups) for dimension, groups in rows.items()}, sheet.build)


def _without_zeros(groups: Mapping[str, Figures]) -> dict[str, Figures]:
    kept = {group: Counter({name: sum for name, sum in figures.items() if sum}) for group, figures in groups.items()}
    return {group: figures for group, figures in kept.items() if figures}


def _sold(sale: Sale) -> Shares:
    if sale.completed_at is None:
        return
    if sale.business_date is None:
        raise ValueError("a completed order without business_date")
    sheet = _sheet(sale, sale.business_date)
    whole = Counter(
        gross=sale.subtotal,
        discount=sale.discount_total,
        net=sale.total - sale.tax_total - sale.service_charge_total - sale.tip,
        service_charge=sale.service_charge_total,
        tax=sale.tax_total,
        tip=sale.tip,
        total=sale.total,
        cash_rounding=sale.cash_rounding,
        quantity=sum(_thousandths(line.quantity) for line in sale.lines),
    )
    shares = [
        *_whole(sheet, _hour(sale, sale.completed_at), _completed_by(sale), whole),
        *((_tax(sheet, tax.tax_id, tax.rate), Counter(base=tax.base, amount=tax.amount)) for tax in sale.taxes),
        *((place, _line(line)) for line in sale.lines for place in _items(sheet, line)),
    ]
    for place, figures in _summed_up(shares):
        yield place, Counter(cancelled=1) if sale.cancelled_at else Counter({"orders": 1, **figures})


def _cancelled_open(sale: Sale) -> Shares:
    merged = not sale.lines  # what went to another order is not lost
    if sale.cancelled_at is None or sale.completed_at is not None or merged:
        return
    yield Place(_sheet(sale, _day(sale, sale.cancelled_at)), "day", ""), Counter(cancelled_open=1)


def _paid(sale: Sale) -> Shares:
    for payment in sale.payments:
        taken = payment.captured_at or (payment.at if payment.status == "captured" else None)
        if taken is None:
            continue  # not taken yet, or never
        sheet = _sheet(sale, _day(sale, taken))
        method = Place(sheet, "payment_method", payment.method)
        if payment.status != "captured":
            yield method, Counter(voided=1)
            continue
        yield method, Counter(payments=1, amount=payment.amount)
        yield from _whole(sheet, _hour(sale, taken), payment.actor or "", Counter(paid=payment.amount))


def _refunded(sale: Sale) -> Shares:
    for refund in sale.refunds:
        sheet = _sheet(sale, refund.business_date)
        given = [tender for tender in refund.tenders if tender.status != "declined"]
        for tender in given:
            yield Place(sheet, "payment_method", tender.method), Counter(refunds=1, refunded=tender.amount)
        money = Counter(refunded=sum(tender.amount for tender in given))
        yield from _whole(sheet, _hour(sale, refund.at), refund.actor, money)
        if not refund.due_again:
            yield from _returned(sale, refund, sheet)


def _returned(sale: Sale, refund: Refund, sheet: SheetKey) -> Shares:
    sold = {line.id: line for line in sale.lines}
    rates = {tax.tax_id: tax.rate for tax in sale.taxes}
    whole: Figures = Counter(tip=refund.tip, total=refund.tip, cash_rounding=refund.cash_rounding)
    for line in refund.lines:
        whole.update(_line(line))
    shares = [
        *_whole(sheet, _hour(sale, refund.at), refund.actor, whole),
        *(
            (_tax(sheet, tax.tax_id, rates[tax.tax_id]), Counter(base=tax.base, amount=tax.amount))
            for line in refund.lines
            for tax in line.taxes
        ),
        *((place, _line(line)) for line in refund.lines for place in _items(sheet, sold[line.line_id])),
    ]
    count = 1 if refund.lines or refund.tip else 0  # else it gives what a provider declined for another one
    for place, figures in _summed_up(shares):
        yield place, Counter({"refunds": count, **{f"refunded_{name}": sum for name, sum in figures.items()}})


def _summed_up(shares: Iterable[tuple[Place, Figures]]) -> Shares:
    """Each place once, so that whatever it has several shares of is counted there once."""
    sums: defaultdict[Place, Figures] = defaultdict(Counter)
    for place, figures in shares:
        sums[place].update(figures)
    yield from sums.items()


def _whole(sheet: SheetKey, hour: str, staff: str, figures: Figures) -> Shares:
    yield Place(sheet, "day", ""), figures
    yield Place(sheet, "hour", hour), figures
    yield Place(sheet, "staff", staff), figures


def _items(sheet: SheetKey, line: SoldLine) -> Iterator[Place]:
    category, product = line.category_id or "", line.variant_id or ""
    part = zlib.crc32(product.encode()) % _PARTS
    yield Place(sheet._replace(book="category"), "category", category)
    yield Place(sheet._replace(book="product", part=part), "product", product)


def _tax(sheet: SheetKey, tax_id: str, rate: str) -> Place:
    return Place(sheet, "tax_rate", f"{tax_id}@{rate}")


def _line(line: SoldLine | RefundLine) -> Figures:
    return Counter(
        gross=line.gross,
        discount=line.discount,
        net=line.total - line.tax - line.service_charge,
        service_charge=line.service_charge,
        tax=line.tax,
        total=line.total,
        quantity=_thousandths(line.quantity),
    )


def _sheet(sale: Sale, day: date) -> SheetKey:
    return SheetKey("day", day.isoformat(), sale.location_id, sale.policy.currency)


def _day(sale: Sale, moment: str) -> date:
    return business_date(datetime.fromisoformat(moment), sale.time_zone)


def _hour(sale: Sale, moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(sale.time_zone)):%H}"


def _thousandths(quantity: Decimal) -> int:
    exact = quantity * 1000
    if exact != int(exact):
        raise ValueError("a quantity with more than 3 places")
    return int(exact)


def _completed_by(sale: Sale) -> str:
    """Who completed the sale; one that was complete from the start was completed by who created it."""
    actors = {entry.action: entry.actor for entry in sale.history}
    return actors.get("completed") or actors["created"]


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
    return named | {name: Decimal(named[name]).scaleb(-3) for name in _QUANTITIES if name in named}

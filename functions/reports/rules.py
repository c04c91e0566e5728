"""What reports make of sheets of totals, without I/O."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pos.errors import Invalid
from pos.money import Rounding, round_ratio
from reports.models import MAX_DAYS, GroupBy, LateFigures, Period, SalesFigures, SalesQuery, SalesRow
from reports.sheets import ANY, LATE, Book, Figures, Sheet, SheetKey, product_dimension

type Sheets = Sequence[tuple[SheetKey, Sheet]]
type SheetStream = Iterable[tuple[SheetKey, Sheet]]
"""Sheets that are taken once, as they are read."""

_BOOKS: Mapping[GroupBy, Book] = {"category": "category", "product": "product", "customer": "customer"}
_DIMENSIONS: Mapping[GroupBy, str] = {"location": "day", "month": "day", "weekday_hour": "hour"}

_AMOUNTS = ("gross", "discount", "net", "service_charge", "tax", "total", "quantity")
_LINE = ("orders", "cancelled", *_AMOUNTS, "refunds", *(f"refunded_{name}" for name in _AMOUNTS))
_OF_ORDERS = ("tip", "cash_rounding", "lines", "customer_orders", "manual_discount", "untracked_net", "paid")
_TAKEN_BACK = ("cancellations", "cancelled_total", "cancelled_open", "cancelled_open_total", "voids", "voided_amount")
_ORDER = (*_LINE, *_OF_ORDERS, *_TAKEN_BACK, "refunded_tip", "refunded_cash_rounding", "refunded")
_COSTS = ("cost", "uncosted")
_DAY = (*_ORDER, *_COSTS)
_ITEM = (*_LINE, "untracked_net", *_COSTS)

_FIGURES: Mapping[GroupBy, Sequence[str]] = {
    "day": _DAY,
    "month": _DAY,
    "location": _DAY,
    "hour": _ORDER,
    "weekday_hour": _ORDER,
    "register": _ORDER,
    "staff": _ORDER,
    "payment_method": ("payments", "voided", "amount", "refunds", "refunded"),
    "tax_rate": ("orders", "cancelled", "base", "amount", "refunds", "refunded_base", "refunded_amount"),
    "discount": ("orders", "cancelled", "times", "amount"),
    "category": _ITEM,
    "product": _ITEM,
    "customer": (*_LINE, "tip", "lines", "refunded_tip"),
}
_PLACES = {"quantity": 3, "refunded_quantity": 3, "uncosted": 3, "cost": 9}
"""How many decimal places a figure has that is no whole number of minor units; sums keep it as a whole number."""

_RATIOS: Mapping[str, tuple[str, str, int]] = {
    "average_total": ("total", "orders", 1),
    "items_per_order": ("quantity", "orders", 1),
    "lines_per_order": ("lines", "orders", 1),
    "discount_percent": ("discount", "gross", 100),
    "manual_discount_percent": ("manual_discount", "gross", 100),
    "refunded_percent": ("refunded_total", "total", 100),
    "cancelled_percent": ("cancelled_total", "total", 100),
}
"""Figure -> what it divides by what, and times what; rounded half up to 2 places."""

_LONGEST = 3 * 366


def check_range(wanted: Period, longest: int) -> None:
    """Refuse (422) days in the wrong order, and more of them than one answer can be made of."""
    if wanted.from_ > wanted.to:
        raise Invalid("report.range_invalid", f"from ({wanted.from_}) is after to ({wanted.to}).", "?from")
    if (wanted.to - wanted.from_).days >= longest:
        raise Invalid("report.range_too_long", f"This report covers at most {longest} days.", "?to")


def check_sales_query(wanted: SalesQuery) -> None:
    """Refuse (422) what cannot be answered: too many days, an order by what the groups do not have, two periods to
    compare with.
    """
    check_range(wanted, MAX_DAYS if book_of(wanted.group_by) in ("product", "customer") else _LONGEST)
    if wanted.sort is not None:
        known = _answered(wanted.group_by, Counter())
        if wanted.sort not in known:
            detail = f"By {wanted.group_by}, rows have: {', '.join(known)}."
            raise Invalid("report.sort_unknown", detail, "?sort")
        if wanted.cursor is not None:
            raise Invalid("report.sort_is_one_page", "A sorted report is one page, of limit rows.", "?cursor")
    if wanted.compare is not None and wanted.compare_from is not None:
        raise Invalid("report.compare_twice", "Give compare or compare_from.", "?compare_from")


def compared_period(wanted: SalesQuery) -> tuple[date, date] | None:
    """The days to compare with, if that is asked for: as many as the report has; 422 for some beyond the calendar."""
    try:
        return _compared_period(wanted)
    except (OverflowError, ValueError):
        detail = "The period to compare with is beyond the calendar."
        raise Invalid("report.range_invalid", detail, "?compare_from" if wanted.compare_from else "?from") from None


def _compared_period(wanted: SalesQuery) -> tuple[date, date] | None:
    length = wanted.to - wanted.from_
    if wanted.compare == "previous_period":
        return wanted.from_ - length - timedelta(days=1), wanted.from_ - timedelta(days=1)
    if wanted.compare == "previous_year":
        first = _year_before(wanted.from_)
        return first, first + length
    return None if wanted.compare_from is None else (wanted.compare_from, wanted.compare_from + length)


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)  # of the day that only leap years have


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


def gathered(sheets: SheetStream, at: Callable[[SheetKey], SheetKey], *dimensions: str) -> Sheets:
    """Some dimensions of sheets, summed where `at` says the same of them.

    What a report holds at a time then does not grow with days that it does not tell apart, nor with locations.
    """
    sums: dict[SheetKey, dict[str, dict[str, Figures]]] = {}
    for key, sheet in sheets:
        rows = sums.setdefault(at(key), {})
        for dimension in dimensions:
            groups = rows.setdefault(dimension, {})
            for group, figures in sheet.rows.get(dimension, {}).items():
                groups.setdefault(group, Counter()).update(figures)
    return [(key, Sheet(0, rows)) for key, rows in sums.items()]


def days_of(sheets: SheetStream, group_by: GroupBy) -> Sheets:
    """What a report by this of what day sheets say needs of them."""
    dimensions = {"day", LATE, _DIMENSIONS.get(group_by, group_by)}
    if group_by == "location":
        return gathered(sheets, lambda key: key._replace(day=ANY), *dimensions)
    return gathered(sheets, lambda key: key._replace(location_id=ANY), *dimensions)


def in_currency(sheets: SheetStream, currency: str | None) -> Iterator[tuple[SheetKey, Sheet]]:
    """Those in a currency, and those that are of none."""
    return ((key, sheet) for key, sheet in sheets if key.currency in (currency, ANY))


def summed(sheets: SheetStream, group_by: GroupBy, currency: str | None) -> dict[str, Figures]:
    """Group -> its sums over all the sheets, in the order of groups."""
    dimension = _DIMENSIONS.get(group_by, group_by)
    if group_by == "product":
        dimension = product_dimension(currency or "")
    sums: defaultdict[str, Figures] = defaultdict(Counter)
    for key, sheet in sheets:
        for group, figures in sheet.rows.get(dimension, {}).items():
            sums[_group(key, group_by, group)].update(figures)
    return dict(sorted(sums.items()))


def _group(key: SheetKey, group_by: GroupBy, group: str) -> str:
    match group_by:
        case "day":
            return key.day
        case "month":
            return key.day[:7]
        case "location":
            return key.location_id
        case "weekday_hour":
            return f"{date.fromisoformat(key.day).isoweekday()}T{group}"
    return group


def beside(wanted: SalesQuery, since: date, groups: Mapping[str, Figures]) -> Mapping[str, Figures]:
    """The groups of a period that begins at `since` under the names that they have in the wanted one: its first day
    stands beside the first.
    """
    if wanted.group_by == "day":
        shift = wanted.from_ - since
        return {(date.fromisoformat(day) + shift).isoformat(): figures for day, figures in groups.items()}
    if wanted.group_by == "month":
        months = (wanted.from_.year - since.year) * 12 + wanted.from_.month - since.month
        return {_months_on(month, months): figures for month, figures in groups.items()}
    return groups


def _months_on(month: str, months: int) -> str:
    count = int(month[:4]) * 12 + int(month[5:]) - 1 + months
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def cursor(group: str) -> str:
    """The cursor that goes on after a group; like the groups themselves, cursors sort."""
    return f"after:{group}"


def page_of(wanted: SalesQuery, groups: Mapping[str, Figures]) -> tuple[list[str], str | None]:
    """The groups of the page that is wanted, and the cursor that goes on behind it."""
    if wanted.sort is not None:
        return _most(wanted, wanted.sort, groups)[: wanted.limit], None
    return page_after(wanted.cursor, wanted.limit, groups)


def page_after(after: str | None, limit: int, groups: Iterable[str]) -> tuple[list[str], str | None]:
    """The next groups, which are sorted, behind a cursor, and the cursor that goes on behind them."""
    left = [group for group in groups if after is None or cursor(group) > after]
    page = left[:limit]
    return page, cursor(page[-1]) if len(left) > len(page) else None


def _most(wanted: SalesQuery, figure: str, groups: Mapping[str, Figures]) -> list[str]:
    """The groups by a figure; those that have none of it come last, equal ones by name."""
    sign = -1 if wanted.order == "desc" else 1
    values = {group: _answered(wanted.group_by, figures)[figure] for group, figures in groups.items()}
    return sorted(groups, key=lambda group: (values[group] is None, sign * (values[group] or 0), group))


def row(group_by: GroupBy, group: str, figures: Figures, compared: Figures | None = None) -> SalesRow:
    """A report's row."""
    named = _named(group_by, group)
    if compared is not None:
        named["compared"] = SalesFigures(**_answered(group_by, compared))
    return SalesRow(**named, **_answered(group_by, figures))


def with_late(rows: Iterable[SalesRow], sheets: SheetStream) -> Iterator[SalesRow]:
    """The rows of days, each with what was changed after the day was over."""
    days: defaultdict[str, Figures] = defaultdict(Counter)
    last: defaultdict[str, str] = defaultdict(str)
    for key, sheet in sheets:
        for hour, figures in sheet.rows.get(LATE, {}).items():
            days[key.day].update(figures)
            last[key.day] = max(last[key.day], hour)
    for row in rows:
        day = str(row.day)
        if day not in days:
            yield row
            continue
        changed = {name: in_units(name, sum) for name, sum in days[day].items() if name in _ORDER and sum}
        late = LateFigures(changes=days[day]["changes"], last=last[day], **changed)  # type: ignore[arg-type]
        yield row.model_copy(update={"late": late})


def _named(group_by: GroupBy, group: str) -> dict[str, Any]:
    match group_by:
        case "tax_rate" if not group:
            return {"tax_rate": None, "tax_id": None, "tax_name": None, "included": None}
        case "tax_rate":
            tax_id, rate, contained, name = group.split("@", 3)
            return {"tax_rate": rate, "tax_id": tax_id, "tax_name": name, "included": contained == "included"}
        case "discount":
            promotion_id, _, name = group.partition("@")
            return {"discount_name": name, "promotion_id": promotion_id or None}
        case "weekday_hour":
            weekday, _, hour = group.partition("T")
            return {"weekday_hour": group, "weekday": int(weekday), "hour": hour}
        case "register":
            return {"register_": group or None}
    return {group_by: group or None}


def totals(sheets: SheetStream) -> SalesFigures:
    """All sales of these day sheets."""
    whole: Figures = Counter()
    for figures in summed(sheets, "day", None).values():
        whole.update(figures)
    return SalesFigures(**_answered("day", whole))


def _answered(group_by: GroupBy, figures: Figures) -> dict[str, Any]:
    names = _FIGURES[group_by]
    exact: dict[str, Any] = {name: in_units(name, figures[name]) for name in names}
    if "cost" in names:
        exact["margin"] = exact["net"] - exact["refunded_net"] - exact["cost"]
        exact["margin_percent"] = ratio(exact["margin"], exact["net"] - exact["refunded_net"], 100)
    for name, (part, whole, times) in _RATIOS.items():
        if part in names and whole in names:
            exact[name] = ratio(exact[part], exact[whole], times)
    return exact


def in_units(name: str, sum: int) -> int | Decimal:
    """A figure as it is answered: minor units, or an exact decimal of them, of pieces, kilograms or litres."""
    return scaled(sum, _PLACES[name]) if name in _PLACES else sum


def scaled(sum: int, places: int) -> Decimal:
    """So many thousandths, or whatever, as a decimal; exact however large."""
    return Decimal((int(sum < 0), tuple(map(int, str(abs(sum)))), -places))


def ratio(part: int | Decimal, whole: int | Decimal, times: int = 1) -> Decimal | None:
    """How much that is of that, half up to 2 places; None of nothing."""
    if not whole:
        return None
    (above, below), (by, under) = Decimal(part).as_integer_ratio(), Decimal(whole).as_integer_ratio()
    numerator, denominator = above * under * times * 100, below * by
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    return Decimal(round_ratio(numerator, denominator, Rounding.HALF_UP)).scaleb(-2)

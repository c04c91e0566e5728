"""What tax returns want of sheets of totals, without I/O.

Indonesia's value added tax (PPN) is declared for each calendar month: the tax base (DPP) and the tax, less those of
returns (nota retur). The tax on food and drink in restaurants (PBJT, formerly and still often called PB1, at most 10 %:
law 1/2022, articles 53 and 58) is a region's own, declared for each month and place. docs/reports.md says more.
"""

import calendar
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date

from pos.errors import Invalid
from reports.models import Period, TaxQuery, TaxRow, TaxTotals
from reports.rules import SheetStream
from reports.sheets import Figures

_LONGEST = 36


def period(wanted: TaxQuery) -> Period:
    """The days of the months that are wanted; 422 for months in the wrong order, or too many."""
    first, last = _first_day(wanted.from_), _first_day(wanted.to)
    if first > last:
        raise Invalid("report.range_invalid", f"from ({wanted.from_}) is after to ({wanted.to}).", "?from")
    if (last.year - first.year) * 12 + last.month - first.month >= _LONGEST:
        raise Invalid("report.range_too_long", f"This report covers at most {_LONGEST} months.", "?to")
    days = calendar.monthrange(last.year, last.month)[1]
    return Period.model_construct(from_=first, to=last.replace(day=days))


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def tax_rows(sheets: SheetStream) -> tuple[TaxRow, ...]:
    """A row for each month, location and tax, a tax once for each rate and name that it had; what has no tax last."""
    sums: defaultdict[tuple[str, str, str], Figures] = defaultdict(Counter)
    for key, sheet in sheets:
        for group, figures in sheet.rows.get("tax_rate", {}).items():
            sums[key.day[:7], key.location_id, group].update(figures)
    ordered = sorted(sums, key=lambda key: (key[0], key[1], not key[2], key[2]))
    return tuple(_row(*key, sums[key]) for key in ordered)


def _row(month: str, location_id: str, group: str, figures: Figures) -> TaxRow:
    tax_id, rate, contained, name = group.split("@", 3) if group else (None, None, None, None)
    return TaxRow(
        month=month,
        location_id=location_id,
        tax_id=tax_id,
        name=name,
        rate=rate,
        included=contained == "included" if contained else None,
        **_declared(figures),
    )


def added(rows: Iterable[TaxRow]) -> TaxTotals:
    """The sums over all rows, of the taxed ones and of the others."""
    taxed: Figures = Counter()
    untaxed = 0
    for row in rows:
        if row.tax_id is None:
            untaxed += row.declared_base
        else:
            taxed.update(tax=row.tax, refunded_tax=row.refunded_tax, declared_tax=row.declared_tax)
    return TaxTotals(
        tax=taxed["tax"],
        refunded_tax=taxed["refunded_tax"],
        declared_tax=taxed["declared_tax"],
        untaxed=untaxed,
    )


def _declared(figures: Figures) -> dict[str, int]:
    return {
        "orders": figures["orders"],
        "base": figures["base"],
        "tax": figures["amount"],
        "refunds": figures["refunds"],
        "refunded_base": figures["refunded_base"],
        "refunded_tax": figures["refunded_amount"],
        "declared_base": figures["base"] - figures["refunded_base"],
        "declared_tax": figures["amount"] - figures["refunded_amount"],
    }

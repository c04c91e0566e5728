"""Books of the same sales kept by different hands, compared figure by figure: equal to the minor unit, or different."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bench.groceries import DayTotal

type Figure = Decimal | int | None

_NOTHING = DayTotal(0, 0)


@dataclass(frozen=True, slots=True)
class Books:
    """One column: what was sold by day, and by variant id the units sold and the units on hand."""

    days: Mapping[date, DayTotal]
    sold: Mapping[str, Decimal]
    on_hand: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of each column, in their order; None where a column lacks it. Money is in cents."""

    name: str
    figures: tuple[Figure, ...]
    money: bool = False

    @property
    def equal(self) -> bool:
        """Whether every column has this figure, and the same."""
        return None not in self.figures and len(set(self.figures)) == 1


def summarize(columns: Sequence[Books]) -> list[Row]:
    """Sales and totals, by day and altogether, and all units sold and on hand."""
    rows = []
    for day in sorted({day for books in columns for day in books.days}):
        totals = [books.days.get(day, _NOTHING) for books in columns]
        rows.append(Row(f"sales on {day}", tuple(total.sales for total in totals)))
        rows.append(Row(f"total on {day}", tuple(total.total for total in totals), money=True))
    days = [books.days.values() for books in columns]
    return [
        *rows,
        Row("sales", tuple(sum(day.sales for day in column) for column in days)),
        Row("total", tuple(sum(day.total for day in column) for column in days), money=True),
        Row("units sold", tuple(sum(books.sold.values()) for books in columns)),
        Row("units on hand", tuple(sum(books.on_hand.values()) for books in columns)),
    ]


def itemize(columns: Sequence[Books], names: Mapping[str, str]) -> list[Row]:
    """Two rows for each variant that any column knows, under its name: units sold and units on hand."""
    variants = sorted({variant_id for books in columns for variant_id in (*books.sold, *books.on_hand)})
    return [
        row
        for id in variants
        for row in (
            Row(f"sold: {names.get(id, id)}", tuple(books.sold.get(id) for books in columns)),
            Row(f"on hand: {names.get(id, id)}", tuple(books.on_hand.get(id) for books in columns)),
        )
    ]


def format_table(heads: Sequence[str], rows: Sequence[Row]) -> str:
    """The rows as text under the columns' heads, unequal ones marked."""
    lines = [f"{'':40}" + "".join(f"{head:>20}" for head in heads)]
    for row in rows:
        figures = "".join(f"{_format_figure(figure, row.money):>20}" for figure in row.figures)
        lines.append(f"{row.name:40.40}{figures}{'' if row.equal else '  <- differs'}")
    return "\n".join(lines)


def _format_figure(figure: Figure, money: bool) -> str:
    if figure is None:
        return "-"
    return f"{Decimal(figure) / 100:,.2f}" if money else f"{Decimal(figure):,}"

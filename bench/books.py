"""Books of the same sales kept by different hands, compared figure by figure: equal to the minor unit, or different."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

type Figure = Decimal | int | None


@dataclass(frozen=True, slots=True)
class Day:
    """What one day brought: sales and refunds by number, and in minor units what sales came to, was paid, went back."""

    sales: int = 0
    total: int = 0
    paid: int = 0
    refunds: int = 0
    refunded: int = 0

    def __sub__(self, other: "Day") -> "Day":
        """What this day brought beyond the other."""
        return Day(*(getattr(self, one.name) - getattr(other, one.name) for one in fields(Day)))


_MONEY = ("total", "paid", "refunded")


@dataclass(frozen=True, slots=True)
class Books:
    """One column: what each day brought, and by variant id the units sold, returned and on hand."""

    days: Mapping[date, Day]
    sold: Mapping[str, Decimal]
    returned: Mapping[str, Decimal]
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
    """Sales, payments and refunds, by day and altogether, and all units sold, returned and on hand."""
    rows = []
    for day in sorted({day for books in columns for day in books.days}):
        rows += _rows([[books.days.get(day, Day())] for books in columns], f" on {day}")
    return [
        *rows,
        *_rows([list(books.days.values()) for books in columns], ""),
        Row("units sold", tuple(sum(books.sold.values()) for books in columns)),
        Row("units returned", tuple(sum(books.returned.values()) for books in columns)),
        Row("units on hand", tuple(sum(books.on_hand.values()) for books in columns)),
    ]


def _rows(columns: Sequence[Sequence[Day]], when: str) -> list[Row]:
    """A row for each figure of these days, added up in each column."""
    return [
        Row(
            f"{one.name}{when}",
            tuple(sum(getattr(day, one.name) for day in days) for days in columns),
            money=one.name in _MONEY,
        )
        for one in fields(Day)
    ]


def itemize(columns: Sequence[Books], names: Mapping[str, str]) -> list[Row]:
    """Three rows for each variant that any column knows, under its name: units sold, returned and on hand."""
    variants = sorted({id for books in columns for id in (*books.sold, *books.returned, *books.on_hand)})
    return [
        row
        for id in variants
        for row in (
            Row(f"sold: {names.get(id, id)}", tuple(books.sold.get(id) for books in columns)),
            Row(f"returned: {names.get(id, id)}", tuple(books.returned.get(id) for books in columns)),
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

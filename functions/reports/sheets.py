"""Sheets of totals: what is summed where, and how a sheet takes in the pages of the feed, each once.

A sheet keeps sums of one business day and location: those by hour, staff and such (the `day` book), those by category,
those of a share of the products or customers, or a sample of the day's baskets. It knows the last page of the feed that
it holds (`through`), so that no page is ever added to it twice.
"""

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

type Figures = Counter[str]
"""Sums by name, as whole numbers: money in minor units, quantities in thousandths, costs in billionths of a minor unit.
"""

type Rows = Mapping[str, Mapping[str, Figures]]
"""Dimension -> group -> its sums."""

Book = Literal["day", "category", "product", "customer", "buyer", "basket"]

ANY = "-"
"""In the key of a sheet that is of no one currency or location."""

LEVELS = "level"
"""The dimension that does not sum: of what is said of a level, its latest version stays."""

BASKETS = "basket"
"""The dimension of a day's baskets, of which a sample stays."""

LATE = "late"
"""The dimension of what changed a day after it was over, by the hour in which it did."""

SAMPLED_BASKETS = 40
"""How many baskets of a day and location a sample holds at most."""

_PARTS: Mapping[Book, int] = {"product": 32, "customer": 8}
"""How many sheets a day's products and customers are spread over: docs/reports.md weighs the numbers."""


class SheetKey(NamedTuple):
    """Which sheet; `day` is YYYY-MM-DD. `part` tells a book's sheets of a day apart: it is "00" where there is one."""

    book: Book
    day: str
    location_id: str
    currency: str
    part: str = "00"


class Place(NamedTuple):
    """Where figures are summed: in one group of one dimension of a sheet."""

    sheet: SheetKey
    dimension: str
    group: str


@dataclass(frozen=True, slots=True)
class Posting:
    """What one event, told on this page of the feed, adds in one place."""

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


def part_of(book: Book, id: str) -> str:
    """Which of a day's sheets of a book something is in."""
    return f"{zlib.crc32(id.encode()) % _PARTS[book]:02d}"


def sheet_after(sheet: Sheet, postings: Iterable[Posting], through: int) -> Sheet:
    """The sheet with those of all postings up to page `through` that it does not hold yet; itself if that changes
    nothing.
    """
    rows: dict[str, dict[str, Figures]] = {
        dimension: {group: Counter(figures) for group, figures in groups.items()}
        for dimension, groups in sheet.rows.items()
    }
    for posting in postings:
        if posting.page > sheet.through:
            _, dimension, group = posting.place
            groups = rows.setdefault(dimension, {})
            groups[group] = _added(dimension, groups.get(group, Counter()), posting.figures)
    kept = {dimension: _kept(dimension, groups) for dimension, groups in rows.items()}
    rows = {dimension: groups for dimension, groups in kept.items() if groups}
    return sheet if rows == sheet.rows else Sheet(through, rows, sheet.build)


def product_sheet(day: str, location_id: str, variant_id: str) -> SheetKey:
    """The sheet of a day that has a variant's sales, in whatever currency, and what else moved its stock."""
    return SheetKey("product", day, location_id, ANY, part_of("product", variant_id))


def product_dimension(currency: str) -> str:
    """The dimension of a product sheet that sums what was sold in a currency."""
    return f"product@{currency}"


def _added(dimension: str, there: Figures, more: Figures) -> Figures:
    if dimension == LEVELS:
        return max(there, more, key=lambda figures: figures["version"])
    return Counter({name: there[name] + more[name] for name in {**there, **more}})


def _kept(dimension: str, groups: Mapping[str, Figures]) -> dict[str, Figures]:
    """The groups without what is 0; of baskets, a sample by a hash of their ids, which takes all of few and does not
    depend on when or in which order they were sold.
    """
    if dimension == LEVELS:
        return dict(groups)
    kept = {group: Counter({name: sum for name, sum in figures.items() if sum}) for group, figures in groups.items()}
    if dimension != BASKETS:
        return {group: figures for group, figures in kept.items() if figures}
    # What was cancelled after it fell out of the sample is taken off what is not there: nothing.
    whole = sorted((group for group, figures in kept.items() if figures.total() > 0), key=_draw)
    return {group: kept[group] for group in whole[:SAMPLED_BASKETS]}


def _draw(basket: str) -> bytes:
    return hashlib.sha256(basket.encode()).digest()

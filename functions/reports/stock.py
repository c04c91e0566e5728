"""What reports make of the movements of stock in sheets of totals, without I/O."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from inventory.models import Level
from reports.models import CauseSum, StockMovementsRow, StockMovementsTotals, StockRow
from reports.rules import Sheets, SheetStream, ratio, scaled
from reports.sheets import LEVELS, Figures

_SALES = ("sale", "cancel", "refund")
_SHRINKAGE = ("count", "adjustment.count", "adjustment.damage", "adjustment.loss", "adjustment.theft")


def moved(sheets: SheetStream) -> dict[str, Figures]:
    """Variant -> what moved it over all the sheets, in the order of variants."""
    sums: defaultdict[str, Figures] = defaultdict(Counter)
    for _, sheet in sheets:
        for variant_id, figures in sheet.rows.get("stock", {}).items():
            sums[variant_id].update(figures)
    return dict(sorted(sums.items()))


def last_levels(sheets: Sheets) -> dict[str, Figures]:
    """Variant -> what the latest movement in the sheets says of its level."""
    last: dict[str, Figures] = {}
    for _, sheet in sheets:
        for variant_id, level in sheet.rows.get(LEVELS, {}).items():
            last[variant_id] = max(last.get(variant_id, level), level, key=lambda one: one["version"])
    return last


def row(variant_id: str, figures: Figures, level: Figures) -> StockMovementsRow:
    """A variant's row: what was there in the end is what its last movement led to, and what was there in the beginning
    is that less all that moved.
    """
    change = sum(_net(name, sum) for name, sum in figures.items())
    known = "average_cost" in level
    return StockMovementsRow(
        variant_id=variant_id,
        opening=scaled(level["on_hand"] - change, 3),
        closing=scaled(level["on_hand"], 3),
        closing_value=scaled(level["on_hand"] * level["average_cost"], 9) if known else None,
        incoming=_by_cause("in", figures),
        outgoing=_by_cause("out", figures),
    )


def totals(rows: Iterable[Figures]) -> StockMovementsTotals:
    """The sums over all variants."""
    whole: Figures = Counter()
    for figures in rows:
        whole.update(figures)
    lost: Figures = Counter()
    for name, amount in whole.items():
        side, cause, *of = name.split(":")
        if cause in _SHRINKAGE:
            lost[of[0] if of else "quantity"] += amount if side == "out" else -amount
    return StockMovementsTotals(
        incoming=_by_cause("in", whole),
        outgoing=_by_cause("out", whole),
        shrinkage=_sum(lost["quantity"], lost["cost"], lost["uncosted"]),
    )


def sold(sheets: SheetStream) -> dict[str, int]:
    """Variant -> how many thousandths left because of sales, less what came back."""
    return {
        variant_id: -sum(_net(name, sum) for name, sum in figures.items() if name.split(":")[1] in _SALES)
        for variant_id, figures in moved(sheets).items()
    }


def covered(level: Level, taken: Mapping[str, int], days: int) -> StockRow:
    """A level with what was sold of it in so many days, and for how many more it lasts at that rate."""
    gone = scaled(taken.get(level.variant_id, 0), 3)
    left = max(level.on_hand, Decimal(0))
    return StockRow(**level.model_dump(), sold=gone, days_of_cover=ratio(left, gone, days) if gone > 0 else None)


def slowest(rows: Iterable[StockRow], limit: int) -> list[StockRow]:
    """Those in stock of which least was sold, the most valuable first where that is equal."""
    there = [row for row in rows if row.on_hand > 0]
    return sorted(there, key=lambda row: (row.sold or 0, -(row.value or 0), row.variant_id))[:limit]


def _by_cause(side: str, figures: Figures) -> dict[str, CauseSum]:
    causes = sorted(name.split(":")[1] for name in figures if name.startswith(f"{side}:") and name.count(":") == 1)
    return {cause: _sum(*(figures[f"{side}:{cause}{of}"] for of in ("", ":cost", ":uncosted"))) for cause in causes}


def _sum(quantity: int, cost: int, uncosted: int) -> CauseSum:
    return CauseSum(quantity=scaled(quantity, 3), cost=scaled(cost, 9), uncosted=scaled(uncosted, 3))


def _net(name: str, sum: int) -> int:
    """How a figure changed what is on hand."""
    if name.count(":") > 1:
        return 0
    return sum if name.startswith("in:") else -sum

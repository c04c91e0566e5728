"""Rules of the inventory, without I/O."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from catalog.models import Sellable, StockPolicy
from inventory.models import (
    MAX_COUNTED,
    AdjustmentLine,
    ArrivedLine,
    Count,
    CountLine,
    FoundLine,
    Level,
    Movement,
    NewCount,
    NewStockReceiptLine,
    StockReceiptLine,
    Transfer,
    TransferLine,
)
from pos.errors import DomainError, Invalid
from pos.money import MAX_AMOUNT, Rounding, round_ratio
from staff.models import Location, Merchant

_COST_PLACES = 6


def stocked(
    variant_ids: Sequence[str], found: Sequence[Sellable | None], pointer: str = "/lines/{}/variant_id"
) -> list[Sellable]:
    """The variants of these ids; refuses, at the `pointer` with its position, one that is unknown, has no stock of its
    own, or is named twice.
    """
    stocked: dict[str, Sellable] = {}
    for position, (id, variant) in enumerate(zip(variant_ids, found, strict=True)):
        at = pointer.format(position)
        if variant is None:
            raise Invalid("variant.unknown", f"There is no variant {id}.", at)
        if variant.components:
            raise Invalid("variant.not_tracked", f"{variant.name} is a bundle; its components have stock.", at)
        if not variant.track_stock:
            raise Invalid("variant.not_tracked", f"The stock of {variant.name} is not tracked.", at)
        if id in stocked:
            raise Invalid("variant.repeated", f"The variant {id} is named twice.", at)
        stocked[id] = variant
    return list(stocked.values())


def check_differences(lines: Sequence[AdjustmentLine]) -> None:
    """Refuse a difference that is none."""
    for position, line in enumerate(lines):
        if line.quantity == 0:
            raise Invalid("adjustment.no_change", "A difference of 0 changes nothing.", f"/lines/{position}/quantity")


def is_low(on_hand: Decimal, threshold: Decimal | None) -> bool:
    """Whether so much is low stock."""
    return threshold is not None and on_hand <= threshold


def became_low(movement: Movement) -> bool:
    """Whether this movement took the level to its threshold or below it from above."""
    before = movement.on_hand - movement.change
    return is_low(movement.on_hand, movement.threshold) and not is_low(before, movement.threshold)


def receipt_lines(given: Sequence[NewStockReceiptLine]) -> tuple[StockReceiptLine, ...]:
    """The lines of a receipt with their amounts; 422 for more money than there is."""
    lines = []
    for position, line in enumerate(given):
        amount = worth(line.quantity, line.unit_cost)
        if amount > MAX_AMOUNT // len(given):
            detail = "This is more money than can be counted."
            raise Invalid("receipt.amount_too_large", detail, f"/lines/{position}/unit_cost")
        lines.append(StockReceiptLine(amount=amount, **line.model_dump()))
    return tuple(lines)


def average_cost(level: Level | None, quantity: Decimal, unit_cost: Decimal) -> Decimal:
    """What one costs after `quantity` came in at `unit_cost`: the moving average, (what is there x its average + what
    comes x its cost) / (what is there + what comes), half up to 6 places.

    Where nothing is on hand, or less, or its cost is not known, it is the cost of what comes, as in ERPNext
    (`get_moving_average_values` in erpnext/stock/stock_ledger.py).
    """
    if level is None or level.on_hand <= 0 or level.average_cost is None:
        return unit_cost
    there, coming = Fraction(level.on_hand), Fraction(quantity)
    exact = (there * Fraction(level.average_cost) + coming * Fraction(unit_cost)) / (there + coming)
    scaled = round_ratio(exact.numerator * 10**_COST_PLACES, exact.denominator, Rounding.HALF_UP)
    return Decimal(scaled).scaleb(-_COST_PLACES)


def stock_policy(variant: Sellable, location: Location, merchant: Merchant) -> StockPolicy:
    """Whether a variant may go below zero at a location: as it says itself, else the location, else the merchant."""
    return variant.stock_policy or location.stock_policy or merchant.stock_policy


def arrived(transfer: Transfer, counted: Sequence[ArrivedLine]) -> tuple[TransferLine, ...]:
    """The lines of a transfer with what arrived; 422 for what was not sent, or is named twice."""
    sent = {line.variant_id for line in transfer.lines}
    found: dict[str, Decimal] = {}
    for position, line in enumerate(counted):
        pointer = f"/lines/{position}/variant_id"
        if line.variant_id not in sent:
            raise Invalid("variant.not_sent", f"{line.variant_id} is not on this transfer.", pointer)
        if line.variant_id in found:
            raise Invalid("variant.repeated", f"The variant {line.variant_id} is named twice.", pointer)
        found[line.variant_id] = line.quantity
    return tuple(_arrived(line, found.get(line.variant_id, line.quantity)) for line in transfer.lines)


def _arrived(line: TransferLine, received: Decimal) -> TransferLine:
    return line.model_copy(update={"received": received, "discrepancy": received - line.quantity})


def check_in_transit(transfer: Transfer) -> None:
    """Refuse to receive or cancel a transfer that has been."""
    if transfer.status != "in_transit":
        raise DomainError("transfer.not_in_transit", f"The transfer was {transfer.status} already.")


def count_lines(new: NewCount, variant_ids: Sequence[str], levels: Sequence[Level | None]) -> tuple[CountLine, ...]:
    """The lines of a count of these variants; 422 for none, or more than one count takes."""
    field = "/variant_ids" if new.variant_ids else "/category_id" if new.category_id else "/all"
    if not variant_ids:
        raise Invalid("count.empty", "There is nothing to count.", field)
    if len(variant_ids) > MAX_COUNTED:
        detail = f"One count takes at most {MAX_COUNTED} variants: count in parts."
        raise Invalid("count.too_many", detail, field)
    lines = tuple(
        CountLine(variant_id=id, expected=there.on_hand if there else Decimal(0))
        for id, there in zip(variant_ids, levels, strict=True)
    )
    return veiled(lines) if new.blind else lines


def check_on_count(count: Count, given: Sequence[FoundLine]) -> None:
    """Refuse what is not on the count, or is named twice."""
    on_count, seen = {line.variant_id for line in count.lines}, set()
    for position, line in enumerate(given):
        pointer = f"/lines/{position}/variant_id"
        if line.variant_id not in on_count:
            raise Invalid("variant.not_on_count", f"{line.variant_id} is not on this count.", pointer)
        if line.variant_id in seen:
            raise Invalid("variant.repeated", f"The variant {line.variant_id} is named twice.", pointer)
        seen.add(line.variant_id)


def counted(line: FoundLine, there: Level | None, at: str, by: str) -> CountLine:
    """What somebody found of a variant, against its level `there` at that moment."""
    expected = there.on_hand if there else Decimal(0)
    return CountLine(
        variant_id=line.variant_id,
        expected=expected,
        counted=line.quantity,
        difference=line.quantity - expected,
        counted_at=at,
        counted_by=by,
    )


def progress(count: Count, recorded: Mapping[str, CountLine]) -> tuple[CountLine, ...]:
    """The lines of a count with what is counted by now."""
    return tuple(recorded.get(line.variant_id, line) for line in count.lines)


def veiled(lines: Sequence[CountLine]) -> tuple[CountLine, ...]:
    """The lines without what would tell what to find."""
    return tuple(line.model_copy(update={"expected": None, "difference": None}) for line in lines)


def not_counting(status: str) -> DomainError:
    """The refusal to change a count that is over."""
    return DomainError("count.not_open", f"The count is {status}; nothing can be counted on it any more.")


def worth(quantity: Decimal, unit_cost: Decimal) -> int:
    """What so much comes to at so much for one, in whole minor units, half up."""
    exact = Fraction(quantity) * Fraction(unit_cost)
    return round_ratio(exact.numerator, exact.denominator, Rounding.HALF_UP)

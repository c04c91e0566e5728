"""Rules of the inventory, without I/O."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from catalog.models import Sellable, StockPolicy
from inventory.models import (
    AdjustmentLine,
    ArrivedLine,
    Level,
    NewReceiptLine,
    ReceiptLine,
    Transfer,
    TransferLine,
)
from pos.errors import DomainError, Invalid
from pos.money import MAX_AMOUNT, Rounding, round_ratio
from staff.models import Location, Merchant

_COST_PLACES = 6


class Line(Protocol):
    """A line that names a variant."""

    @property
    def variant_id(self) -> str:
        """Whose stock it is about."""


def counted(lines: Sequence[Line], variants: Sequence[Sellable | None]) -> list[Sellable]:
    """The variants of these lines; refuses one that is unknown, has no stock of its own, or is named twice."""
    seen: dict[str, Sellable] = {}
    for position, (line, variant) in enumerate(zip(lines, variants, strict=True)):
        pointer = f"/lines/{position}/variant_id"
        if variant is None:
            raise Invalid("variant.unknown", f"There is no variant {line.variant_id}.", pointer)
        if variant.components:
            raise Invalid("variant.not_tracked", f"{variant.name} is a bundle; its components have stock.", pointer)
        if not variant.track_stock:
            raise Invalid("variant.not_tracked", f"The stock of {variant.name} is not tracked.", pointer)
        if line.variant_id in seen:
            raise Invalid("variant.repeated", f"The variant {line.variant_id} is named twice.", pointer)
        seen[line.variant_id] = variant
    return list(seen.values())


def check_differences(lines: Sequence[AdjustmentLine]) -> None:
    """Refuse a difference that is none."""
    for position, line in enumerate(lines):
        if line.quantity == 0:
            raise Invalid("adjustment.no_change", "A difference of 0 changes nothing.", f"/lines/{position}/quantity")


def receipt_lines(given: Sequence[NewReceiptLine]) -> tuple[ReceiptLine, ...]:
    """The lines of a receipt with their amounts; 422 for more money than there is."""
    lines = []
    for position, line in enumerate(given):
        amount = worth(line.quantity, line.unit_cost)
        if amount > MAX_AMOUNT // len(given):
            detail = "This is more money than can be counted."
            raise Invalid("receipt.amount_too_large", detail, f"/lines/{position}/unit_cost")
        lines.append(ReceiptLine(amount=amount, **line.model_dump()))
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


def worth(quantity: Decimal, unit_cost: Decimal) -> int:
    """What so much comes to at so much for one, in whole minor units, half up."""
    exact = Fraction(quantity) * Fraction(unit_cost)
    return round_ratio(exact.numerator, exact.denominator, Rounding.HALF_UP)

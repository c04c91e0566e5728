"""Rules of the inventory, without I/O."""

from collections.abc import Sequence

from catalog.models import Sellable
from inventory.models import AdjustmentLine
from pos.errors import Invalid


def check_lines(lines: Sequence[AdjustmentLine], variants: Sequence[Sellable | None]) -> None:
    """Refuse lines that name an unknown or untracked variant, name one twice, or change nothing."""
    seen: set[str] = set()
    for position, (line, variant) in enumerate(zip(lines, variants, strict=True)):
        pointer = f"/lines/{position}/variant_id"
        if variant is None:
            raise Invalid("variant.unknown", f"There is no variant {line.variant_id}.", pointer)
        if not variant.track_stock:
            raise Invalid("variant.not_tracked", f"The stock of {variant.name} is not tracked.", pointer)
        if line.variant_id in seen:
            raise Invalid("variant.repeated", f"The variant {line.variant_id} is named twice.", pointer)
        if line.quantity == 0:
            raise Invalid("adjustment.no_change", "A difference of 0 changes nothing.", f"/lines/{position}/quantity")
        seen.add(line.variant_id)

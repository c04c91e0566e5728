"""Barcodes that scales print: EAN-13 of the range 20-29, which GS1 leaves to each shop, with a weight or price inside.

The defaults are Odoo's ("Default barcode nomenclature" in its documentation, `21.....{NNDDD}` and `23.....{NNNDD}`): 21
carries a weight in kilograms with three decimals, 23 a price. docs/decisions.md says why.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from catalog.models import ScaleFormat, Sellable
from pos.errors import Invalid

DEFAULT = (
    ScaleFormat(prefix="21", kind="weight", decimals=3),
    ScaleFormat(prefix="23", kind="price"),
)
_EAN13 = re.compile(r"2[0-9]{12}", re.ASCII)
_ITEM_DIGITS = (4, 5, 6)
_GRAM = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Label:
    """What a scale printed: for which plu, and either how much it weighed (`kilograms`) or what it costs (`price`, in
    units of the currency with `decimals` places; None for minor units).
    """

    plu: str
    format: ScaleFormat
    value: int

    def quantity(self, sellable: Sellable, price: int, minor_units: int) -> Decimal:
        """How much of a variant at `price` was on the scale, in the variant's unit, to 3 places.

        From a price label it is reckoned back: 1 if the variant is not sold in fractions or is free.
        """
        if self.format.kind == "weight":
            kilograms = Decimal(self.value).scaleb(-(self.format.decimals or 0))
            return kilograms * 1000 if sellable.unit == "g" else kilograms
        if not sellable.measured or price == 0:
            return Decimal(1)
        return max(_GRAM, (Decimal(self.amount(minor_units) or 0) / price).quantize(_GRAM, ROUND_HALF_UP))

    def amount(self, minor_units: int) -> int | None:
        """What a price label says that it costs, in minor units; None on a weight label."""
        if self.format.kind == "weight":
            return None
        decimals = minor_units if self.format.decimals is None else self.format.decimals
        amount = Decimal(self.value).scaleb(minor_units - decimals)
        if amount != amount.to_integral_value():
            raise Invalid(
                "barcode.price_invalid", "The barcode's price has more decimals than the currency.", "/barcode"
            )
        return int(amount)


def plus(barcode: str) -> list[str]:
    """The plus that a barcode may carry, whatever the merchant's formats are, so that they are read together with
    these; none if no scale prints such a barcode.
    """
    if not _EAN13.fullmatch(barcode):
        return []
    return [plu for plu in (barcode[2 : 2 + digits].lstrip("0") for digits in _ITEM_DIGITS) if plu]


def decode(barcode: str, formats: Sequence[ScaleFormat]) -> Label | None:
    """What a scale's barcode says; None if no format has its prefix. Refuses a wrong check digit and a value of 0."""
    if not _EAN13.fullmatch(barcode):
        return None
    for one in formats:
        if barcode.startswith(one.prefix):
            if _check_digit(barcode[:12]) != int(barcode[12]):
                raise Invalid("barcode.check_digit", f"The check digit of {barcode} is wrong.", "/barcode")
            value = int(barcode[12 - one.value_digits : 12])
            if value == 0:
                raise Invalid("barcode.empty", f"The barcode {barcode} says 0.", "/barcode")
            return Label(barcode[2 : 2 + one.item_digits].lstrip("0"), one, value)
    return None


def _check_digit(digits: str) -> int:
    """The last digit of an EAN-13: weights 1 and 3 from the left (GS1 General Specifications, section 7.9)."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return -total % 10

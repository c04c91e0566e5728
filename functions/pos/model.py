"""What API models share: strict JSON in (unknown fields are refused by name), exact money and quantities, JSON out."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from pos.clock import timestamp
from pos.money import MAX_AMOUNT

_MAX_QUANTITY = Decimal(1_000_000_000)
_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Input(BaseModel):
    """A request body: no unknown fields, no guessing of types (`"5"` is not an amount)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Query(BaseModel):
    """Query parameters: text on the wire, so types are read from it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Output(BaseModel):
    """A document that the API answers and the store keeps; reading an older one ignores what it does not know."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    def json_bytes(self) -> bytes:
        """The JSON that is answered, stored, signed and sent: made once, then only copied."""
        return self.model_dump_json().encode()


class Listing(Query):
    """The parameters of every list."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, StringConstraints(max_length=2000)] | None = None


def _decimal(value: Any) -> Decimal:
    """A plain decimal string only: no JSON number, which is read as a float somewhere on its way, no exponent."""
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise ValueError('must be a decimal string such as "2.5"')
    return Decimal(value)


def _one_line(value: str) -> str:
    # str.isprintable would also refuse the ideographic space and the joiners that names are written with
    if _CONTROL.search(value):
        raise ValueError("must not contain control characters")
    return value


def decimal_text(value: Decimal) -> str:
    """The shortest exact decimal string: `2`, `2.5`, `-0.125`."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _utc(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
        text = timestamp(moment)  # in UTC, the first and the last day of the calendar may overflow
    except (ValueError, OverflowError):
        raise ValueError("must be an RFC 3339 time such as 2026-11-24T09:30:00Z") from None
    if moment.tzinfo is None:
        raise ValueError("must name its offset from UTC, such as Z or +07:00")
    return text


def _schema(pattern: str, example: str) -> WithJsonSchema:
    """How a decimal is described to integrators: as the string that it is in JSON."""
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$", "examples": [example]})


_TEXT = PlainSerializer(decimal_text, return_type=str)

Amount = Annotated[int, Field(ge=0, le=MAX_AMOUNT)]
"""Money: a whole number of the currency's minor units, never a float (IDR 15000 is fifteen thousand rupiah)."""

Difference = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(decimal_places=3, ge=-_MAX_QUANTITY, le=_MAX_QUANTITY),
    _TEXT,
    _schema(r"-?[0-9]{1,9}(\.[0-9]{1,3})?", "-2.5"),
]
"""A change of a quantity: a decimal string with at most 3 places, of either sign."""

Quantity = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(decimal_places=3, gt=0, le=_MAX_QUANTITY),
    _TEXT,
    _schema(r"[0-9]{1,9}(\.[0-9]{1,3})?", "2.5"),
]
"""Pieces, kilograms, litres: a decimal string above 0 with at most 3 places."""

Percent = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(decimal_places=6, gt=0, le=100),
    _TEXT,
    _schema(r"[0-9]{1,3}(\.[0-9]{1,6})?", "10"),
]
"""A percentage: a decimal string, `"11"` for 11 %."""

UnitCost = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(decimal_places=4, ge=0, le=Decimal(1_000_000_000_000)),
    _TEXT,
    _schema(r"[0-9]{1,12}(\.[0-9]{1,4})?", "83.3333"),
]
"""What one piece, kilogram or litre costs: minor units as a decimal string with at most 4 places, for a box of 12 at
1000 is 83.3333 each.
"""

Rate = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(decimal_places=6, ge=0, le=1000),
    _TEXT,
    _schema(r"[0-9]{1,4}(\.[0-9]{1,6})?", "11"),
]
"""A tax rate in percent: a decimal string, 0 allowed."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_one_line)]
"""A name that people read."""

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
"""Free text."""

Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_one_line)]
"""A sku, barcode, reference or another system's id."""

Id = Annotated[str, StringConstraints(pattern=r"^[a-z]{3}_[0-9A-Za-z_-]{4,64}$")]
"""One of Kasir's ids."""

Moment = Annotated[
    str,
    StringConstraints(max_length=40),
    AfterValidator(_utc),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-24T16:30:00+07:00"]}),
]
"""A moment, RFC 3339 with any offset; kept in UTC with milliseconds."""

StoredDecimal = Annotated[Decimal, _TEXT]
"""A decimal that was validated on its way in."""

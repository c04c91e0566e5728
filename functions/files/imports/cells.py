"""What is in a cell, read as a person means it: numbers in their country's way, exactly. Without I/O."""

import re
from datetime import date
from decimal import Decimal

from files import tables
from files.imports.models import Mark
from pos.model import decimal_text
from pos.money import MAX_AMOUNT

type Cell = str | Decimal | bool | None
"""A cell of a CSV file is text; one of a workbook may be a number, or a truth."""

LONGEST = 32_767
"""Characters of a cell (Microsoft, "Excel specifications and limits")."""
_BROKEN = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})
_SYMBOL = r"(?:Rp\.?|RM|[A-Z]{2,3}\$?|[$€£¥₩₫₱฿₹])?"
_SPACES = re.compile(r"[\s\u00a0\u202f'’]")  # noqa: RUF001 - what the Swiss write between thousands
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)
_YES = frozenset({"true", "yes", "y", "1", "ya", "enabled", "shopify"})
_NO = frozenset({"false", "no", "n", "0", "tidak", "disabled"})
_THOUSANDS = 3


class Unreadable(Exception):
    """A cell does not have what its column should. `code` is stable, `detail` for a person."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def text(cell: Cell) -> str | None:
    """What is written in a cell; None if nothing is."""
    match cell:
        case None:
            return None
        case bool():
            return "true" if cell else "false"
        case Decimal():
            return decimal_text(cell)
    written = tables.plain(cell.strip())
    if len(written) > LONGEST:
        raise Unreadable("cell.too_long", f"A cell holds {LONGEST} characters; here are {len(written)}.")
    if written in _BROKEN:
        raise Unreadable("cell.broken_formula", f"The spreadsheet could not compute this cell: {written}.")
    return written or None


def code(cell: Cell) -> str | None:
    """A sku or a barcode; refuses what a spreadsheet has made of a long number."""
    written = text(cell)
    if written is not None and written.startswith("'") and written[1:].isdigit():
        return written[1:]  # so that a spreadsheet leaves its digits alone, as Shopify writes
    if written is not None and _SCIENTIFIC.fullmatch(written):
        detail = f"A spreadsheet cut the digits of this code to {written}. Format the column as text, and fill it anew."
        raise Unreadable("cell.digits_lost", detail)
    return written


def number(cell: Cell, mark: Mark) -> Decimal | None:
    """A number as written where `mark` stands before the parts of one; thousands may be separated by the other mark, by
    spaces or apostrophes. Refuses whatever could mean something else.
    """
    if isinstance(cell, bool):
        raise _no_number(str(cell).lower())
    if isinstance(cell, Decimal):
        return cell
    written = text(cell)
    if written is None:
        return None
    bare = _SPACES.sub("", written)
    other = "," if mark == "." else "."
    grouped = rf"[1-9][0-9]{{0,2}}(?:{re.escape(other)}[0-9]{{3}})+|[0-9]+"
    found = re.fullmatch(
        rf"(?P<minus>-?){_SYMBOL}(?P<sign>[+-]?)(?P<whole>{grouped})(?:{re.escape(mark)}(?P<parts>[0-9]*))?{_SYMBOL}",
        bare,
    )
    if found is None or (found["minus"] and found["sign"]):
        raise _no_number(written)
    whole, parts = found["whole"].replace(other, ""), found["parts"] or ""
    if len(whole) + len(parts) > 20:
        raise _no_number(written)
    negative = "-" in (found["minus"], found["sign"])
    return Decimal(f"{'-' if negative else ''}{whole}{'.' if parts else ''}{parts}")


def money(cell: Cell, mark: Mark, minor_units: int) -> int | None:
    """An amount in minor units, from one in the currency's own units; refuses parts that the currency does not have."""
    found = number(cell, mark)
    if found is None:
        return None
    if isinstance(cell, str) and minor_units != _THOUSANDS and re.search(rf"{re.escape(mark)}[0-9]{{3}}\D*$", cell):
        detail = f"{cell.strip()} may be thousands or parts of one: write it without separators."
        raise Unreadable("cell.ambiguous_number", detail)
    amount = found.scaleb(minor_units)
    if amount != amount.to_integral_value():
        raise Unreadable("cell.too_many_decimals", f"The currency has {minor_units} decimals; here are more.")
    if not 0 <= amount <= MAX_AMOUNT:
        raise Unreadable("cell.out_of_range", "An amount is 0 or above, and below 9 quadrillion minor units.")
    return int(amount)


def quantity(cell: Cell, mark: Mark) -> Decimal | None:
    """A quantity with at most three places, 0 or above."""
    found = number(cell, mark)
    if found is None:
        return None
    if found != round(found, 3):
        raise Unreadable("cell.too_many_decimals", "A quantity has at most 3 decimals.")
    if not 0 <= found <= 1_000_000_000:
        raise Unreadable("cell.out_of_range", "A quantity that was counted is between 0 and 1,000,000,000.")
    return found


def flag(cell: Cell) -> bool | None:
    """Yes or no, in some of the words for it."""
    if isinstance(cell, bool):
        return cell
    written = text(cell)
    if written is None:
        return None
    if written.lower() in _YES:
        return True
    if written.lower() in _NO:
        return False
    raise Unreadable("cell.not_yes_or_no", f"It should be yes or no, not {written[:40]}.")


def day(cell: Cell) -> str | None:
    """A day in ISO 8601; others could be read as two different ones."""
    written = text(cell)
    if written is None:
        return None
    try:
        return date.fromisoformat(written[:10].replace("/", "-")).isoformat()
    except ValueError:
        detail = f"It should be a day such as 1990-02-28, not {written[:40]}."
        raise Unreadable("cell.not_a_day", detail) from None


def _no_number(written: str) -> Unreadable:
    return Unreadable("cell.not_a_number", f"It should be a number, not {written[:40]}.")

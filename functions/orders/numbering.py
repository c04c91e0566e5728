"""Receipt numbers, without I/O: `R1-20261124-0001` is the first of register R1 on that day.

Each register counts each day by itself, from 1. Numbers are given out here, one after the other, or by the register
while it is offline; then its sale brings the number that is printed on the receipt.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from pos.clock import LATEST_DAY_START
from pos.errors import DomainError, Invalid

# No place on earth is farther from UTC: https://data.iana.org/time-zones/tz-link.html
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)
_LATEST = timedelta(hours=int(LATEST_DAY_START[:2]))
_FORM = re.compile(r"(?P<code>[A-Z0-9]{1,8})-(?P<day>[0-9]{8})-(?P<number>[0-9]{4})")


class NumberTaken(Exception):
    """Another sale of the same register was counted at this moment; count anew."""


@dataclass(frozen=True, slots=True)
class Counter:
    """The numbers that a register has given out on a day: 1 to `last`, but for those that it `skipped`, ranges of which
    each begins and ends with a number that nobody has.
    """

    version: int
    day: date
    last: int
    skipped: tuple[tuple[int, int], ...] = ()

    def give(self, register_code: str, number: int | None = None) -> "tuple[Counter, str]":
        """The counter after the register gave out `number`, or the one after its last, and that as receipts show it.
        What was skipped stays the register's, which may have printed it; 409 `order.number_taken` if it did not skip
        `number`, so that another sale has it.
        """
        given = self.last + 1 if number is None else number
        last, skipped = max(self.last, given), self._skipped_after(given)
        counter = replace(self, version=self.version + 1, last=last, skipped=skipped)
        return counter, receipt_number(register_code, self.day, given)

    def _skipped_after(self, given: int) -> tuple[tuple[int, int], ...]:
        if given > self.last:
            between = ((self.last + 1, given - 1),) if given > self.last + 1 else ()
            return (*self.skipped, *between)
        left = tuple(_without(self.skipped, given))
        if left == self.skipped:
            raise DomainError("order.number_taken", "Another sale has this receipt number.", pointer="/number")
        return left


def receipt_number(register_code: str, day: date, number: int) -> str:
    """The number as receipts show it."""
    return f"{register_code}-{day:%Y%m%d}-{number:04d}"


def offline_number(text: str, register_code: str, day: date) -> int:
    """What a register of that code has counted to when it gives out this receipt number on that day; 422
    `order.number_invalid` if it does not give out such numbers then.
    """
    form = _FORM.fullmatch(text)
    number = int(form["number"]) if form else 0
    if number == 0 or text != receipt_number(register_code, day, number):
        wanted = f"{receipt_number(register_code, day, 1)} to {receipt_number(register_code, day, 9999)}"
        detail = f"The register's numbers for a sale of that day are {wanted}."
        raise Invalid("order.number_invalid", detail, "/number")
    return number


def possible_days(moment: datetime) -> list[date]:
    """The two or three business days that it is at that moment somewhere on earth, whenever days start there."""
    first, last = (moment.astimezone(UTC) + _WEST - _LATEST).date(), (moment.astimezone(UTC) + _EAST).date()
    return [first + timedelta(days=day) for day in range((last - first).days + 1)]


def _without(ranges: tuple[tuple[int, int], ...], number: int) -> Iterator[tuple[int, int]]:
    for first, last in ranges:
        if not first <= number <= last:
            yield first, last
            continue
        if first < number:
            yield first, number - 1
        if number < last:
            yield number + 1, last

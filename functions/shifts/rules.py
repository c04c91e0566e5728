"""Rules of shifts, without I/O: what changes between two states of figures, and what a ledger sums to."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from pos.errors import DomainError
from shifts.models import (
    CashCount,
    CashSums,
    CategoryRow,
    CountedDenomination,
    CountedSums,
    Entry,
    EntryType,
    Figures,
    MovementType,
    Report,
    SalesSums,
    Shift,
    StaffRow,
    TaxRow,
    TenderRow,
)

CASH = "cash"
_OUT: tuple[EntryType, ...] = ("paid_out", "drop")


class TaxGroup(NamedTuple):
    """A tax as figures are grouped by it: its definition may change while a shift is open."""

    tax_id: str
    rate: str
    name: str

    @property
    def key(self) -> str:
        """The group's name."""
        return "@".join(self)

    @classmethod
    def of(cls, key: str) -> "TaxGroup":
        """The tax of a group; its name is last, since it may have any character."""
        return cls(*key.split("@", 2))


def added(parts: Iterable[Figures]) -> Figures:
    """The sums of these figures."""
    sums: dict[str, dict[str, Counter[str]]] = {}
    for part in parts:
        for dimension, groups in part.items():
            for group, figures in groups.items():
                sums.setdefault(dimension, {}).setdefault(group, Counter()).update(figures)
    return _without_zeros(sums)


def difference(before: Figures, after: Figures) -> Figures:
    """What has to be added to `before` to come to `after`."""
    return added([after, _negated(before)])


def cash_in(figures: Figures) -> int:
    """What these figures bring into the drawer: cash payments (without their change) less cash refunds."""
    cash = figures.get("tender", {}).get(CASH, {})
    return cash.get("paid", 0) - cash.get("refunded", 0)


def signed(type: MovementType, amount: int) -> int:
    """What a movement does to the drawer."""
    return -amount if type in _OUT else amount


def check_open(shift: Shift) -> None:
    """Refuse to change a shift that is closed."""
    if shift.status == "closed":
        raise DomainError("shift.not_open", f"The shift was closed at {shift.closed_at}.")


def opening_difference(last_counted: int | None, opening_float: int) -> int | None:
    """What the drawer has more than at the register's last close: recorded here, once, and no part of what the shift
    should hold at its end. None if there was no close.
    """
    return None if last_counted is None else opening_float - last_counted


def denominations(counted: CashCount) -> tuple[CountedDenomination, ...]:
    """What was counted, as a shift keeps it."""
    return tuple(CountedDenomination(value=one.value, count=one.count) for one in counted.denominations or ())


def report(
    shift: Shift, entries: Sequence[Entry], at: str, *, z_number: int | None = None, counted: int | None = None
) -> Report:
    """The X report of a shift with these entries; the Z report if it has a number."""
    figures = added(entry.figures for entry in entries)
    totals = figures.get("totals", {})
    return Report(
        kind="x" if z_number is None else "z",
        z_number=z_number,
        shift_id=shift.id,
        location_id=shift.location_id,
        register_id=shift.register_id,
        currency=shift.currency,
        minor_units=shift.minor_units,
        opened_at=shift.opened_at,
        at=at,
        entries=len(entries),
        sales=SalesSums(**totals.get("sales", {})),
        refunds=SalesSums(**totals.get("refunds", {})),
        cancellations=CountedSums(**totals.get("cancellations", {})),
        voided_payments=CountedSums(**totals.get("voided_payments", {})),
        tenders=tuple(_tender(method, sums) for method, sums in _sorted(figures, "tender")),
        taxes=tuple(_tax(TaxGroup.of(key), sums) for key, sums in _sorted(figures, "tax")),
        categories=tuple(_category(key, sums) for key, sums in _sorted(figures, "category")),
        staff=tuple(StaffRow(actor=actor, **sums) for actor, sums in _sorted(figures, "staff")),
        cash=_drawer(shift, entries, figures, counted),
    )


def _drawer(shift: Shift, entries: Sequence[Entry], figures: Figures, counted: int | None) -> CashSums:
    moved = Counter[str]()
    for entry in entries:
        moved[entry.type] += abs(entry.cash)
    cash = figures.get("tender", {}).get(CASH, {})
    expected = shift.opening_float + sum(entry.cash for entry in entries)
    return CashSums(
        opening_float=shift.opening_float,
        sales=cash.get("paid", 0),
        refunds=cash.get("refunded", 0),
        paid_in=moved["paid_in"],
        paid_out=moved["paid_out"],
        drops=moved["drop"],
        no_sales=sum(entry.type == "no_sale" for entry in entries),
        expected=expected,
        counted=counted,
        difference=None if counted is None else counted - expected,
    )


def _tender(method: str, sums: Mapping[str, int]) -> TenderRow:
    return TenderRow(method=method, net=sums.get("paid", 0) - sums.get("refunded", 0), **sums)


def _tax(tax: TaxGroup, sums: Mapping[str, int]) -> TaxRow:
    return TaxRow(tax_id=tax.tax_id, name=tax.name, rate=tax.rate, **sums)


def _category(key: str, sums: Mapping[str, int]) -> CategoryRow:
    rest = {name: amount for name, amount in sums.items() if name != "quantity"}
    return CategoryRow(category_id=key or None, quantity=Decimal(sums.get("quantity", 0)).scaleb(-3), **rest)


def _sorted(figures: Figures, dimension: str) -> list[tuple[str, dict[str, int]]]:
    return sorted(figures.get(dimension, {}).items())


def _negated(figures: Figures) -> Figures:
    return {
        dimension: {group: {name: -amount for name, amount in sums.items()} for group, sums in groups.items()}
        for dimension, groups in figures.items()
    }


def _without_zeros(sums: Mapping[str, Mapping[str, Mapping[str, int]]]) -> Figures:
    """The same, without what is 0: nothing changed if nothing is left."""
    figures: Figures = {}
    for dimension, groups in sums.items():
        for group, named in groups.items():
            kept = {name: amount for name, amount in named.items() if amount}
            if kept:
                figures.setdefault(dimension, {})[group] = kept
    return figures

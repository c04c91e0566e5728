"""Rows of a file as the records that they tell: a customer, a count, a price, or a product with its variants. Without
I/O.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from files.imports import cells
from files.imports.cells import Cell, Unreadable
from files.imports.guessing import AT_A_LOCATION
from files.imports.models import FieldName, Import, ImportType, RowProblem
from files.imports.reading import Row

OF_VARIANTS = ("sku", "barcode", "plu", "price", "cost", "unit", "weighed", "track_stock")
OPTIONS = (1, 2, 3)
_CODES = frozenset({"product_id", "variant_id", "customer_id", "external_id", "handle", "parent", "sku", "barcode"})
_FLAGS = frozenset({"weighed", "track_stock"})
_NO_OPTION = "default title"
"""What Shopify calls the only variant of a product."""
_ONLY_VARIANT = "regular"
"""What Square calls it."""


class Value(NamedTuple):
    """What a cell says (None: nothing), and in which column."""

    value: Any
    column: int


type Values = dict[str, Value]
"""What a row says, by field; that of one location is `price@loc_…`."""


@dataclass(slots=True)
class Part:
    """A row of a record."""

    line: int
    values: Values
    problems: list[RowProblem] = field(default_factory=list)

    def get(self, name: str) -> Any:
        """What the row says of a field; None if it says nothing."""
        found = self.values.get(name)
        return None if found is None else found.value


@dataclass(slots=True)
class Record:
    """What some rows say together, of a product, or one row of its own thing; with `problems` it is refused. `whole` is
    what they say of it all, `variants` are the rows that tell of one.
    """

    number: int
    line: int
    whole: Values
    variants: list[Part]
    problems: list[RowProblem]

    def get(self, name: str) -> Any:
        """What the record says of all of it; None if it says nothing."""
        found = self.whole.get(name)
        return None if found is None else found.value


class _Column(NamedTuple):
    position: int
    heading: str
    name: str
    read: Callable[[Cell], Any]


def records(job: Import, rows: Iterable[Row]) -> list[Record]:
    """The records of a file, in its order: always the same ones of the same file, by the same settings."""
    columns = [
        _Column(
            at, one.heading, f"{one.field}@{one.location_id}" if one.location_id else one.field, _reader(job, one.field)
        )
        for at, one in enumerate(job.columns)
        if one.field is not None
    ]
    parts = [_part(job, row, columns) for row in rows if row.line > job.settings.header_row]
    match job.type:
        case "products":
            groups = _products(parts)
        case "stock_counts":
            groups = [[one] for part in parts for one in _of_locations(part)]
        case _:
            groups = [[part] for part in parts]
    found = [_record(number, group) for number, group in enumerate(groups)]
    _refuse_repeats(job, found)
    return found


def problem(job: Import, line: int, column: int | None, code: str, detail: str) -> RowProblem:
    """Something wrong with a line, and the column at fault."""
    heading = job.columns[column].heading if column is not None else None
    return RowProblem(line=line, column=column, heading=heading, code=code, detail=detail)


# --- rows ------------------------------------------------------------------------------------------------------------


def _reader(job: Import, name: FieldName) -> Callable[[Cell], Any]:
    mark = job.settings.decimal_mark
    if name in ("price", "cost"):
        return lambda cell: cells.money(cell, mark, job.minor_units)
    if name == "quantity":
        return lambda cell: cells.quantity(cell, mark)
    if name == "birthday":
        return cells.day
    if name in _FLAGS:
        return cells.flag
    return cells.code if name in _CODES else cells.text


def _part(job: Import, row: Row, columns: Sequence[_Column]) -> Part:
    part = Part(row.line, {})
    for column in columns:
        cell = row.cells[column.position] if column.position < len(row.cells) else None
        try:
            part.values[column.name] = Value(column.read(cell), column.position)
        except Unreadable as refused:
            part.values[column.name] = Value(None, column.position)
            part.problems.append(problem(job, row.line, column.position, refused.code, refused.detail))
    currency = part.values.get("currency")
    if currency is not None and currency.value not in (None, job.currency):
        detail = f"This amount is in {currency.value}, and the shop's are in {job.currency}."
        part.problems.append(problem(job, row.line, currency.column, "cell.other_currency", detail))
    return part


def _of_locations(part: Part) -> Iterator[Part]:
    """A row that counts at several locations, as one for each of those that it says something of."""
    counted = {name: value for name, value in part.values.items() if name.split("@")[0] in AT_A_LOCATION}
    rest = {name: value for name, value in part.values.items() if name not in counted}
    filled = {name: value for name, value in counted.items() if value.value is not None}
    for name, value in (filled or dict(list(counted.items())[:1])).items():
        _, _, location_id = name.partition("@")
        at = {"location_id": Value(location_id, value.column)} if location_id else {}
        yield Part(part.line, {**rest, "quantity": value, **at}, part.problems)


def _record(number: int, group: Sequence[Part]) -> Record:
    whole: Values = {}
    for part in group:
        for name, value in part.values.items():
            if name not in whole or (whole[name].value is None and value.value is not None):
                whole[name] = value
    variants = [part for part in group if _tells_a_variant(part)]
    return Record(number, group[0].line, whole, variants, [one for part in group for one in part.problems])


# --- products --------------------------------------------------------------------------------------------------------


def _products(parts: Sequence[Part]) -> list[list[Part]]:
    """Rows by product: those of one parent, one id, one handle; or, if a column names variants, one name."""
    groups: dict[Any, list[Part]] = {}
    aliases: dict[str, Any] = {}
    for part in parts:
        if part.get("parent") is None:
            key = _key(part)
            groups.setdefault(key, []).append(part)
            aliases |= {name: key for name in (f"id:{part.get('external_id')}", part.get("sku")) if name}
    for part in parts:
        parent = part.get("parent")
        if parent is not None:
            key = aliases.get(parent, ("parent", parent))
            groups.setdefault(key, []).append(part)
            _tell_of_a_child(groups[key], part)
    return list(groups.values())


def _key(part: Part) -> Any:
    for name in ("product_id", "handle"):
        if part.get(name) is not None:
            return name, part.get(name)
    named = part.get("name")
    by_name = (
        named is not None and ({"variant_name", "option1_value"} & part.values.keys()) and "parent" not in part.values
    )
    return ("name", named) if by_name else ("line", part.line)


def _tell_of_a_child(group: Sequence[Part], child: Part) -> None:
    """A product that has rows for its variants (as WooCommerce writes them) is none itself, and they are not it."""
    head = group[0]
    if head is not child:
        head.values = {name: value for name, value in head.values.items() if not _is_of_variants(name)}
    child.values = {name: value for name, value in child.values.items() if name not in ("name", "external_id")}


def _is_of_variants(name: str) -> bool:
    return (
        name.split("@")[0] in OF_VARIANTS or name == "variant_id" or name.startswith("option") or name == "variant_name"
    )


def _tells_a_variant(part: Part) -> bool:
    """Whether a row says anything that a variant has; of products, some only have a picture."""
    return any(value.value is not None for name, value in part.values.items() if _is_of_variants(name))


def options_of(record: Record, part: Part) -> dict[str, str]:
    """The options that make a variant what it is; their names may be in the first row only."""
    found: dict[str, str] = {}
    for number in OPTIONS:
        value = part.get(f"option{number}_value")
        name = part.get(f"option{number}_name") or record.get(f"option{number}_name")
        if value is not None and name is not None and value.lower() != _NO_OPTION:
            found[name] = value
    return found


def variant_name(record: Record, part: Part) -> str | None:
    """What a variant is called: as the file says, else by its options."""
    said: str | None = part.get("variant_name")
    if said is not None and (len(record.variants) > 1 or said.lower() != _ONLY_VARIANT):
        return said
    return " / ".join(options_of(record, part).values()) or None


# --- twice in one file -----------------------------------------------------------------------------------------------

_NAMES: Mapping[ImportType, Sequence[str]] = {
    "products": ("variant_id", "sku", "barcode", "plu"),
    "price_changes": ("variant_id", "sku", "barcode"),
    "stock_counts": ("variant_id", "sku", "barcode"),
    "customers": ("customer_id", "external_id", "phone", "email"),
}


def _refuse_repeats(job: Import, found: Sequence[Record]) -> None:
    """Refuse the second of two rows that tell of the same thing: which of them is right, nobody can know."""
    seen: dict[Any, int] = {}
    for record in found:
        for part in record.variants if job.type == "products" else [Part(record.line, record.whole)]:
            place = part.get("location_id") or part.get("location")
            for name in _NAMES[job.type]:
                value = part.get(name)
                if value is None:
                    continue
                first = seen.setdefault((name, value, place), part.line)
                if first != part.line:
                    detail = f"Line {first} has this {name.replace('_', ' ')} too."
                    record.problems.append(problem(job, part.line, part.values[name].column, "row.repeated", detail))
                    break

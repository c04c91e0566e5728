"""What things are called, beside their ids: nobody knows their own products by `var_01…`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalog import store as catalog
from customers import store as customers
from pos import dynamo
from pos.dynamo import Ref
from pos.errors import DomainError
from staff import store as staff

_AT_ONCE = 500


def with_names(merchant_id: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, with a name beside each id that is in them; what is gone has none."""
    columns = {name for row in rows[:1] for name in row}
    named = [dict(row) for row in rows]
    for field in ("variant_id", "product", "with_product"):
        if field in columns:
            _name_variants(merchant_id, field, named)
    for field, refs in _REFS.items():
        if field in columns:
            names = _names(refs(merchant_id, {row[field] for row in named if row[field]}))
            column = f"{field.removesuffix('_id')}_name"
            for row in named:
                row[column] = names.get(row[field])
    return named


def _name_variants(merchant_id: str, field: str, rows: Sequence[dict[str, Any]]) -> None:
    prefix = "with_" if field == "with_product" else ""
    called: dict[str, tuple[str, str | None]] = {}
    ids = list(dict.fromkeys(row[field] for row in rows if row[field]))
    for start in range(0, len(ids), _AT_ONCE):
        for product in catalog.products_of(merchant_id, ids[start : start + _AT_ONCE]):
            for variant in product.variants:
                whole = f"{product.name} {variant.name}" if variant.name else product.name
                called[variant.id] = whole, variant.sku
    for row in rows:
        row[f"{prefix}product_name"], row[f"{prefix}sku"] = called.get(row[field], (None, None))


def _locations(merchant_id: str, ids: Iterable[str]) -> Mapping[str, Ref[Any]]:
    return {id: staff.location_ref(merchant_id, id) for id in ids}


def _registers(merchant_id: str, ids: Iterable[str]) -> Mapping[str, Ref[Any]]:
    return {id: staff.register_ref(merchant_id, id) for id in ids}


def _categories(merchant_id: str, ids: Iterable[str]) -> Mapping[str, Ref[Any]]:
    return {id: catalog.category_ref(merchant_id, id) for id in ids}


def _customers(merchant_id: str, ids: Iterable[str]) -> Mapping[str, Ref[Any]]:
    return {id: customers.customer_ref(merchant_id, id) for id in ids}


def _members(merchant_id: str, ids: Iterable[str]) -> Mapping[str, Ref[Any]]:
    return {id: staff.member_ref(merchant_id, id) for id in ids}


_REFS = {
    "location": _locations,
    "location_id": _locations,
    "register": _registers,
    "register_id": _registers,
    "category": _categories,
    "category_id": _categories,
    "customer": _customers,
    "customer_id": _customers,
    "staff": _members,
}


def _names(refs: Mapping[str, Ref[Any]]) -> dict[str, str | None]:
    found = dynamo.fetch(refs.values())
    return {id: _name(ref, found) for id, ref in refs.items()}


def _name(ref: Ref[Any], found: Mapping[Any, Any]) -> str | None:
    try:
        thing = dynamo.resolve(ref, found)
    except DomainError:  # there is none such any more
        return None
    thing = getattr(thing, "member", thing)
    name: str | None = getattr(thing, "name", None)
    return name

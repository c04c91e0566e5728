"""Products as flat fields, and back: what synchronisation compares, and what it makes of the outcome.

`name` and the like are fields of the product, `variants/<part>` says that there is a variant, `variants/<part>/price`
is a field of it. A part is the name that the source has for a variant; variants that the source does not know are no
part of the comparison, and stay.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from catalog import rules as catalog
from catalog.models import NewVariant, Product, ProductChange, Variant
from pos.clock import timestamp
from pos.documents import stamp
from pos.errors import Invalid
from pos.http import Call, refusal
from pos.ids import new_id
from sync.models import ProductRecord, VariantRecord
from sync.rules import Fields, segment

_OWN = ("name", "category_id", "tax_ids", "modifier_groups", "image_urls", "active_from", "active_until")
_OF_VARIANTS = tuple(name for name in NewVariant.model_fields if name != "id")


def parts(record: ProductRecord, before: Product | None, known: Mapping[str, str]) -> dict[str, str | None]:
    """The record's variants by their names in paths, with the ids that they have here (None: new ones), in order.

    Refuses two variants of one name.
    """
    named: dict[str, str | None] = {}
    free = {variant.id: variant for variant in before.variants if variant.id not in known.values()} if before else {}
    for position, variant in enumerate(record.variants):
        name = part_name(variant, position)
        if name in named:
            raise Invalid("variant.repeated", f"Two variants are {name}.", f"/variants/{position}")
        named[name] = known.get(name) or _same(variant, free.values())
        free.pop(named[name] or "", None)
    return named


def part_name(variant: VariantRecord, position: int) -> str:
    """What a variant is called in paths: as the source names it, else by its sku or barcode, else by its place."""
    return segment(variant.external_id or variant.sku or variant.barcode or str(position))


def told(record: ProductRecord, base: Fields) -> dict[str, Any]:
    """The fields that a record tells. Its list of variants is whole: those of the base that it lacks are gone."""
    values = _json(record)
    fields = {name: values[name] for name in _OWN if name in record.model_fields_set}
    if "variants" not in record.model_fields_set:
        return fields
    gone = {path: False for path in base if _is_variant(path)}
    there: dict[str, Any] = {}
    for position, variant in enumerate(record.variants):
        path = f"variants/{part_name(variant, position)}"
        there[path] = True
        there |= {
            f"{path}/{name}": values["variants"][position][name]
            for name in _OF_VARIANTS
            if name in variant.model_fields_set
        }
    return fields | gone | there


def flat(product: Product, known: Mapping[str, str | None]) -> dict[str, Any]:
    """A product's fields as paths, with those of its variants that have a name in `known` (name -> id)."""
    values = _json(product)
    fields = {name: values[name] for name in _OWN}
    variants = {variant["id"]: variant for variant in values["variants"]}
    for name, id in known.items():
        variant = variants.get(id or "")
        fields[f"variants/{name}"] = variant is not None
        if variant is not None:
            fields |= {f"variants/{name}/{field}": variant[field] for field in _OF_VARIANTS}
    return fields


def changed(
    call: Call[Any, Any], before: Product | None, fields: Fields, known: Mapping[str, str | None]
) -> tuple[Product, dict[str, str]]:
    """The product with these fields changed (a new one if there is none before), and its variants' ids by their names.

    Refuses what the catalog refuses. References to other things are not looked up here.
    """
    own = {name: value for name, value in fields.items() if name in _OWN}
    if before is None and not own.get("name"):
        raise Invalid("product.nameless", "A new product needs a name.", "/name")
    named, rows = _rows(before, fields, known)
    try:
        change = ProductChange.model_validate_json(json.dumps(own | {"variants": rows}))
    except ValidationError as error:
        raise refusal(error) from None
    variants = catalog.variants(change.variants, before.variants if before else ())
    ids = {name: variant.id for name, variant in zip(named, variants, strict=True) if name is not None}
    if before is not None:
        product = before.changed(call.now, **{name: getattr(change, name) for name in own}, variants=variants)
    else:
        blank = {name: getattr(change, name) for name in (*_OWN, "external_ids")}
        product = Product(**{**blank, "variants": variants}, id=new_id("prd"), **stamp(call.now))
    catalog.check_period(product)
    catalog.check_modifiers(product.modifier_groups)
    return product, ids


def _rows(
    before: Product | None, fields: Fields, known: Mapping[str, str | None]
) -> tuple[list[str | None], list[dict[str, Any]]]:
    """The variants that the product shall have, as JSON, each with the source's name for it: those that the source
    names, then the others.
    """
    present = {variant.id: _json(variant) for variant in before.variants} if before else {}
    named: list[str | None] = []
    rows: list[dict[str, Any]] = []
    for name, id in known.items():
        path = f"variants/{name}"
        row = present.pop(id, {}) if id is not None else {}
        if not fields.get(path, bool(row)):
            continue
        told = {field: fields[f"{path}/{field}"] for field in _OF_VARIANTS if f"{path}/{field}" in fields}
        if not row and "price" not in told:
            raise Invalid("variant.priceless", f"The new variant {name} needs a price.", "/variants")
        named.append(name)
        rows.append(row | told)
    return [*named, *(None for _ in present)], [*rows, *present.values()]


def completed(change: Fields, told: Fields) -> dict[str, Any]:
    """A change with all that is told of the variants that it adds, agreed on or not: here they have nothing yet."""
    added = {path for path, value in change.items() if _is_variant(path) and value}
    return {**{path: value for path, value in told.items() if path.rpartition("/")[0] in added}, **change}


def pruned(base: Fields) -> dict[str, Any]:
    """What was agreed on, without the fields of variants that are gone."""
    gone = {path for path, value in base.items() if _is_variant(path) and not value}
    return {path: value for path, value in base.items() if path.rpartition("/")[0] not in gone}


def variant_names(fields: Fields) -> list[str]:
    """The variants that there are, by their names in paths."""
    return [path.removeprefix("variants/") for path, value in fields.items() if _is_variant(path) and value]


def retired(call: Call[Any, Any], product: Product) -> Product:
    """The product's tombstone."""
    return product.changed(call.now, deleted_at=timestamp(call.now))


def _same(variant: VariantRecord, free: Iterable[Variant]) -> str | None:
    if variant.id is not None:
        return variant.id
    for one in free:
        if (variant.sku and variant.sku == one.sku) or (variant.barcode and variant.barcode == one.barcode):
            return one.id
    return None


def _is_variant(path: str) -> bool:
    return path.startswith("variants/") and path.count("/") == 1


def _json(model: Any) -> dict[str, Any]:
    """A model's values as JSON has them, so that both sides of a comparison are alike."""
    values: dict[str, Any] = model.model_dump(mode="json")
    return values

"""Products as flat fields, and back: what synchronisation compares, and what it makes of the outcome.

`name` and the like are fields of the product, `variants/<part>` says that there is a variant, `variants/<part>/price`
is a field of it. A part is the name that the source has for a variant; variants that the source does not know are no
part of the comparison, and stay.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from catalog import rules as catalog
from catalog import store
from catalog.models import NewVariant, Product, ProductChange, Variant
from pos import dynamo
from pos.clock import timestamp
from pos.documents import stamp
from pos.dynamo import Guarded, Ref
from pos.errors import Invalid
from pos.http import Call, refusal
from pos.ids import new_id
from sync.kinds import Kind, Parts, values_of
from sync.models import EntityKind, ProductRecord, VariantRecord
from sync.rules import Fields, segment

_OWN = ("name", "category_id", "tax_ids", "modifier_groups", "image_urls", "active_from", "active_until")
_OF_VARIANTS = tuple(name for name in NewVariant.model_fields if name != "id")


class Products(Kind[ProductRecord, Product]):
    """Products, whose parts are variants."""

    name: EntityKind = "product"
    record = ProductRecord

    def ref(self, merchant_id: str, id: str) -> Ref[Product | None]:
        """The product, or its tombstone."""
        return store.product_ref(merchant_id, id)

    def claim(self, merchant_id: str, source: str, external_id: str) -> Ref[str | None]:
        """Whose this external id is."""
        return store.external_ref(merchant_id, source, external_id)

    def alike(self, merchant_id: str, match_by: Collection[Any], records: Sequence[ProductRecord]) -> Mapping[str, str]:
        """The products that have the sku or the barcode of a record's first variant."""
        codes = [
            (record.external_id, store.sellable_ref(merchant_id, by, value))
            for record in records
            for first in record.variants[:1]
            for by in match_by
            if (value := getattr(first, by))
        ]
        found = dynamo.fetch(ref for _, ref in codes)
        sold = [(external_id, dynamo.resolve(ref, found)) for external_id, ref in reversed(codes)]
        return {external_id: one.product_id for external_id, one in sold if one is not None}

    def named(self, record: ProductRecord) -> Mapping[str, tuple[EntityKind, str]]:
        """The category, if it is named by the source's id for it."""
        external_id = record.category_external_id
        return {"category_id": ("category", external_id)} if external_id is not None else {}

    def names_within(self, record: ProductRecord, known: Mapping[str, str]) -> Sequence[str]:
        """The variants that the source has a name of their own for, but for those `known`."""
        names = [variant.external_id for variant in record.variants if variant.external_id is not None]
        return [name for name in names if name != record.external_id and segment(name) not in known]

    def told(self, record: ProductRecord, base: Fields) -> dict[str, Any]:
        """The fields that a record tells. Its list of variants is whole: those of the base that it lacks are gone."""
        values = values_of(record)
        fields = {name: values[name] for name in _OWN if name in record.model_fields_set}
        if "variants" not in record.model_fields_set:
            return fields
        gone = {path: False for path in base if _is_variant(path)}
        there: dict[str, Any] = {}
        for position, variant in enumerate(record.variants):
            path = f"variants/{_part_name(variant, position)}"
            there[path] = True
            there |= {
                f"{path}/{name}": values["variants"][position][name]
                for name in _OF_VARIANTS
                if name in variant.model_fields_set
            }
        return fields | gone | there

    def flat(self, entity: Product, known: Parts) -> dict[str, Any]:
        """A product's fields as paths, with those of its variants that have a name in `known` (name -> id)."""
        values = values_of(entity)
        fields = {name: values[name] for name in _OWN}
        variants = {variant["id"]: variant for variant in values["variants"]}
        for name, id in known.items():
            variant = variants.get(id or "")
            fields[f"variants/{name}"] = variant is not None
            if variant is not None:
                fields |= {f"variants/{name}/{field}": variant[field] for field in _OF_VARIANTS}
        return fields

    def parts(self, record: ProductRecord, before: Product | None, known: Mapping[str, str]) -> dict[str, str | None]:
        """The record's variants by their names in paths, with the ids that they have here (None: new ones), in order.

        Refuses two variants of one name.
        """
        named: dict[str, str | None] = {}
        free = (
            {variant.id: variant for variant in before.variants if variant.id not in known.values()} if before else {}
        )
        for position, variant in enumerate(record.variants):
            name = _part_name(variant, position)
            if name in named:
                raise Invalid("variant.repeated", f"Two variants are {name}.", f"/variants/{position}")
            named[name] = known.get(name) or _same(variant, free.values())
            free.pop(named[name] or "", None)
        return named

    def parts_in(self, fields: Fields) -> Sequence[str]:
        """The variants that there are, by their names in paths."""
        return [path.removeprefix("variants/") for path, value in fields.items() if _is_variant(path) and value]

    def changed(
        self, call: Call[Any, Any], before: Product | None, fields: Fields, known: Parts
    ) -> tuple[Product, dict[str, str]]:
        """The product with these fields changed (a new one if there is none before), and its variants' ids by name.

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

    def marked(self, entity: Product, source: str, external_id: str) -> Product:
        """The product with the source's id for it."""
        if entity.external_ids.get(source) == external_id:
            return entity
        return entity.model_copy(update={"external_ids": {**entity.external_ids, source: external_id}})

    def completed(self, change: Fields, told: Fields) -> dict[str, Any]:
        """A change with all that is told of the variants that it adds, agreed on or not: here they have nothing yet."""
        added = {path for path, value in change.items() if _is_variant(path) and value}
        return {**{path: value for path, value in told.items() if path.rpartition("/")[0] in added}, **change}

    def pruned(self, base: Fields) -> dict[str, Any]:
        """What was agreed on, without the fields of variants that are gone."""
        gone = {path for path, value in base.items() if _is_variant(path) and not value}
        return {path: value for path, value in base.items() if path.rpartition("/")[0] not in gone}

    def retired(self, call: Call[Any, Any], entity: Product) -> Product:
        """The product's tombstone."""
        return entity.changed(call.now, deleted_at=timestamp(call.now))

    def check(self, merchant_id: str, entity: Product, before: Product | None) -> None:
        """Refuse (422) a product that would name what is not there."""
        changed = before is None or _references(entity) != _references(before)
        if changed and (entity.tax_ids or len(store.reference_refs(merchant_id, entity)) > 1):  # not the taxes alone
            store.check_references(merchant_id, entity)

    def save(
        self, call: Call[Any, Any], entity: Product, before: Product | None, event: str, also: Sequence[Guarded]
    ) -> None:
        """Keep the product's new version with its look-ups."""
        store.save_product(call, entity, before, event, 200, also)

    def label(self, entity: Product) -> str:
        """Its name."""
        return entity.name


PRODUCTS = Products()


def _references(product: Product) -> Any:
    return product.tax_ids, product.variants, product.modifier_groups


def _part_name(variant: VariantRecord, position: int) -> str:
    """What a variant is called in paths: as the source names it, else by its sku or barcode, else by its place."""
    return segment(variant.external_id or variant.sku or variant.barcode or str(position))


def _rows(before: Product | None, fields: Fields, known: Parts) -> tuple[list[str | None], list[dict[str, Any]]]:
    """The variants that the product shall have, as JSON, each with the source's name for it: those that the source
    names, then the others.
    """
    present = {variant.id: values_of(variant) for variant in before.variants} if before else {}
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


def _same(variant: VariantRecord, free: Iterable[Variant]) -> str | None:
    if variant.id is not None:
        return variant.id
    for one in free:
        if (variant.sku and variant.sku == one.sku) or (variant.barcode and variant.barcode == one.barcode):
            return one.id
    return None


def _is_variant(path: str) -> bool:
    return path.startswith("variants/") and path.count("/") == 1

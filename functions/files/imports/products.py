"""Products and prices that a file tells, against the catalog: by its own rules, each in one transaction of its own."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from pydantic import ValidationError

from catalog import rules, store
from catalog.models import Category, NewVariant, Product, ProductChange, Sellable
from files.imports import journal, plans
from files.imports.journal import Mark
from files.imports.models import FieldChange, Import
from files.imports.plans import Kind, Plan, Undone, Work
from files.imports.records import OF_VARIANTS, Part, Record, options_of, variant_name
from pos import documents, dynamo, http, outbox
from pos.clock import timestamp
from pos.documents import stamp
from pos.dynamo import Guarded, Item
from pos.errors import DomainError, Invalid
from pos.ids import derived_id
from pos.words import fold

_LEVELS = ">"
"""What stands between a category and what is inside of it (`Drinks > Hot`)."""
_CATEGORIES_A_PAGE = 500

type _By = Literal["variant", "sku", "barcode"]
type _Found = Mapping[tuple[str, tuple[str, str]], Item]

_CODES: Mapping[str, _By] = {"variant_id": "variant", "sku": "sku", "barcode": "barcode"}


# --- categories ------------------------------------------------------------------------------------------------------


class Categories:
    """The merchant's categories by their names: a name alone, if only one has it, or the path down to it."""

    def __init__(self, merchant_id: str) -> None:
        self._names: dict[str, tuple[str, str | None]] = {}
        cursor = None
        while True:
            page = store.list_categories(merchant_id, _CATEGORIES_A_PAGE, cursor)
            for item in page.items:
                category = documents.read(Category, item)
                if category.deleted_at is None:
                    self._names[category.id] = (category.name, category.parent_id)
            cursor = page.next_cursor
            if cursor is None:
                break
        self._by_path = {tuple(map(fold, self._path(id))): id for id in self._names}
        self._by_name: dict[str, list[str]] = {}
        for id, (name, _) in self._names.items():
            self._by_name.setdefault(fold(name), []).append(id)

    def find(self, path: Sequence[str]) -> str | None:
        """The category of that path; None if there is none. 422 for a name that several have."""
        exact = self._by_path.get(tuple(map(fold, path)))
        if exact is not None or len(path) > 1:
            return exact
        named = self._by_name.get(fold(path[0]), [])
        if len(named) > 1:
            detail = f"{len(named)} categories are called {path[0]}: write where it is, as Drinks > Hot."
            raise Invalid("category.ambiguous", detail, "/category")
        return named[0] if named else None

    def name(self, id: str) -> str | None:
        """What a category is called; None if there is none such."""
        return self._names[id][0] if id in self._names else None

    def label(self, id: str | None) -> str | None:
        """What a person knows a category by."""
        return f" {_LEVELS} ".join(self._path(id)) if id in self._names else id

    def _path(self, id: str | None) -> list[str]:
        path: list[str] = []
        while id in self._names and len(path) <= rules.MAX_DEPTH:
            name, id = self._names[id]
            path.insert(0, name)
        return path


def _path(written: str) -> tuple[str, ...]:
    """The path in a cell; of several categories (WooCommerce separates them by commas), the first."""
    first = written.split(",")[0] if _LEVELS in written else written
    return tuple(part.strip() for part in first.split(_LEVELS) if part.strip())


# --- what is there ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _There:
    """What a batch of records may mean of what there is."""

    work: Work
    found: _Found
    categories: Categories

    def sold(self, name: str, value: str) -> Sellable | None:
        return dynamo.resolve(store.sellable_ref(self.work.merchant_id, _CODES[name], value), self.found)

    def product(self, id: str) -> Product | None:
        product = dynamo.resolve(store.product_ref(self.work.merchant_id, id), self.found)
        return product if product is not None and product.deleted_at is None else None


def read_variants(work: Work, batch: Sequence[Record]) -> "_There":
    """The variants that records of one row each name."""
    return _read(work, (), [Part(record.line, record.whole) for record in batch])


def _read(work: Work, batch: Sequence[Record], parts: Iterable[Part]) -> _There:
    """The products that records name: two rounds of reads, a request for each hundred items."""
    merchant_id = work.merchant_id
    codes = [(name, part.get(name)) for part in parts for name in _CODES if part.get(name)]
    looked_up = [store.sellable_ref(merchant_id, _CODES[name], value) for name, value in codes]
    external = [
        store.external_ref(merchant_id, work.job.settings.source, id) for record in batch if (id := _external(record))
    ]
    found = dict(dynamo.fetch([*looked_up, *external]))
    ids = {sold.product_id for ref in looked_up if (sold := dynamo.resolve(ref, found))}
    ids |= {id for ref in external if (id := dynamo.resolve(ref, found))}
    ids |= {id for record in batch if (id := record.get("product_id"))}
    found |= dynamo.fetch(store.product_ref(merchant_id, id) for id in ids)
    return _There(work, found, Categories(merchant_id))


def _external(record: Record) -> str | None:
    id: str | None = record.get("handle") or record.get("external_id")
    return id


def _product_of(there: _There, record: Record, parts: Sequence[Part]) -> str | None:
    """The product that a record means: by our id, else by its variants' ids, skus and barcodes, else by its maker's id.

    422 if its codes are of different products, or an id is of none.
    """
    id = record.get("product_id")
    if id is not None:
        if there.product(id) is None:
            raise Invalid("product.unknown", f"There is no product {id}.", "/product_id")
        return str(id)
    for name in _CODES:
        named = [(part, sold) for part in parts if part.get(name) and (sold := there.sold(name, part.get(name)))]
        ids = {sold.product_id for _, sold in named}
        if len(ids) > 1:
            raise Invalid("product.ambiguous", f"These rows have the {name} of different products.", f"/{name}")
        if ids:
            return ids.pop()
    external = _external(record)
    if external is None:
        return None
    ref = store.external_ref(there.work.merchant_id, there.work.job.settings.source, external)
    claimed = dynamo.resolve(ref, there.found)
    return claimed if claimed and there.product(claimed) else None


# --- products --------------------------------------------------------------------------------------------------------


class Products(Kind):
    """Products with their variants; categories that are not there yet are made."""

    def plans(self, work: Work, batch: Sequence[Record]) -> list[Plan]:
        """What each of these products comes to."""
        there = _read(work, batch, (part for record in batch for part in record.variants))
        planned = [self._plan(there, record) for record in batch]
        return _checked(work, planned)

    def prepare(self, work: Work, plans: Sequence[Plan]) -> bool:
        """Make the categories that these products are in."""
        needed = dict.fromkeys(plan.needs for plan in plans if plan.needs)
        lines = {plan.needs: plan.record.line for plan in reversed(plans)}
        for path in needed:
            for depth in range(1, len(path) + 1):
                _make_category(work, path[:depth], lines[path])
        return bool(needed)

    def undo(self, work: Work, mark: Mark) -> Undone:
        """Take back what was done to a product, or a category."""
        return _undo_category(work, mark) if mark.kind == Category.KIND else _undo_product(work, mark)

    def _plan(self, there: _There, record: Record) -> "Plan | _Draft":
        work = there.work
        if record.problems:
            return plans.refused(record.problems, record)
        try:
            id = _product_of(there, record, record.variants)
            before = there.product(id) if id is not None else None
            if before is None and not work.job.settings.create_missing:
                raise Invalid("product.unknown", "There is no such product, and none is to be made.", "/name")
            return self._draft(there, record, before)
        except DomainError as error:
            return plans.refusal(work.job, record, error, partial(_where, record, record.variants))

    def _draft(self, there: _There, record: Record, before: Product | None) -> "Plan | _Draft":
        work = there.work
        category_id, needs = _category(there.categories, record, before)
        own = _given(work.job, record.whole, ("name",), before is None)
        rows, parts = _variants(work, record, before)
        external = _external(record)
        external_ids = dict(before.external_ids) if before else {}
        if external is not None:
            external_ids[work.job.settings.source] = external
        values = {**own, "category_id": category_id, "variants": rows, "external_ids": external_ids}
        if before is None:
            if not own.get("name"):
                raise Invalid("product.nameless", "A new product needs a name.", "/name")
            if not rows:
                raise Invalid("variant.priceless", "A new product needs a price.", "/price")
            values["tax_ids"] = work.job.settings.tax_ids
        try:
            product = _changed(work, record, before, values)
        except DomainError as error:
            return plans.refusal(work.job, record, error, partial(_at, record, parts))
        return _Draft(record, before, product, parts, needs, there.categories)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A product as it shall be; `parts` are the rows of its variants, by their places in it."""

    record: Record
    before: Product | None
    product: Product
    parts: Mapping[str, Part]
    needs: tuple[str, ...] | None
    categories: Categories


def _category(
    categories: Categories, record: Record, before: Product | None
) -> tuple[str | None, tuple[str, ...] | None]:
    """The category, and its path if it is not there yet."""
    id, written = record.get("category_id"), record.get("category")
    path = _path(written) if written else ()
    if id is not None:
        name = categories.name(id)
        if name is None:
            raise Invalid("category.unknown", f"There is no category {id}.", "/category_id")
        if not path or fold(path[-1]) == fold(name):
            return str(id), None  # else somebody wrote another name beside the id, and means that
    if not path:
        return before.category_id if before else None, None
    found = categories.find(path)
    return (found, None) if found is not None else (None, path)


def _given(job: Import, values: Mapping[str, Any], names: Sequence[str], new: bool) -> dict[str, Any]:
    """What a row says of these fields: of empty cells nothing, unless they are to clear what is there."""
    clear = job.settings.empty_cells == "clear" and not new
    return {
        name: values[name].value
        for name in names
        if name in values and (values[name].value is not None or (clear and name in _CLEARABLE))
    }


_CLEARABLE = frozenset({"sku", "barcode", "plu", "cost", "unit", "variant_name"})


def _variants(work: Work, record: Record, before: Product | None) -> tuple[list[dict[str, Any]], dict[str, Part]]:
    """The product's variants as JSON, those that there are first; and the file's rows, by place in that list."""
    present = [one.model_dump(mode="json") for one in before.variants] if before else []
    rows = [dict(one) for one in present]
    taken: dict[int, Part] = {}
    for part in record.variants:
        at = _same(rows[: len(present)], taken, part, record)
        if at is None:
            at = len(rows)
            rows.append(_new_variant(work, part))
        taken[at] = part
        told = _told(work, record, part, new=at >= len(present))
        rows[at] |= told | {"prices": {**rows[at].get("prices", {}), **told.get("prices", {})}}
    return rows, {str(at): part for at, part in taken.items()}


def _new_variant(work: Work, part: Part) -> dict[str, Any]:
    if part.get("variant_id") is not None:
        raise Invalid("variant.unknown", f"There is no variant {part.get('variant_id')}.", "/variant_id")
    if part.get("price") is None:
        raise Invalid(
            "variant.priceless", f"Line {part.line} tells a new variant: it needs a price.", f"/{part.line}/price"
        )
    return {}


def _same(present: Sequence[Mapping[str, Any]], taken: Mapping[int, Part], part: Part, record: Record) -> int | None:
    """Which of the present variants a row means: by id, code, options or name; or as the only one there is."""
    free = [at for at in range(len(present)) if at not in taken]
    for field, name in (("id", "variant_id"), ("sku", "sku"), ("barcode", "barcode"), ("plu", "plu")):
        value = part.get(name)
        if value is not None:
            found = next((at for at in free if present[at][field] == value), None)
            if found is not None:
                return found
    if part.get("variant_id") is not None:
        return None
    named = variant_name(record, part)
    if named is not None:
        found = next((at for at in free if fold(present[at]["name"] or "") == fold(named)), None)
        if found is not None:
            return found
    return free[0] if len(present) == len(record.variants) == 1 and free else None


def _told(work: Work, record: Record, part: Part, *, new: bool) -> dict[str, Any]:
    """What a row says of a variant, as JSON."""
    told = _given(work.job, part.values, OF_VARIANTS, new)
    for name, value in part.values.items():
        field, _, location_id = name.partition("@")
        if field == "price" and location_id and value.value is not None:
            told.setdefault("prices", {})[location_id] = value.value
    named = variant_name(record, part)
    if named is not None:
        told["name"] = named
    options = options_of(record, part)
    return told | ({"options": options} if options else {})


def _changed(work: Work, record: Record, before: Product | None, values: Mapping[str, Any]) -> Product:
    """The product with these values, by the catalog's rules; new things get ids that a repeat makes again."""
    rows = [_merged(row) for row in values["variants"]]
    try:
        change = ProductChange.model_validate_json(json.dumps({**values, "variants": rows}))
    except ValidationError as error:
        raise http.refusal(error) from None
    variants = rules.variants(change.variants, before.variants if before else ())
    named = tuple(
        one.model_copy(update={"id": _derived(work, "var", record, at)}) if given.id is None else one
        for at, (one, given) in enumerate(zip(variants, change.variants, strict=True))
    )
    given = {name: getattr(change, name) for name in values if name != "variants"} | {"variants": named}
    if before is not None:
        product = before.changed(work.call.now, **given)
        return product if _values(product) != _values(before) else before
    blank = {name: getattr(change, name) for name in ("modifier_groups", "image_urls", "active_from", "active_until")}
    return Product(**{**blank, **given}, id=_derived(work, "prd", record), **stamp(work.call.now))


def _merged(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in NewVariant.model_fields}


def _derived(work: Work, prefix: str, record: Record, *more: int) -> str:
    return derived_id(prefix, work.merchant_id, work.job.id, record.number, *more)


def _values(product: Product) -> dict[str, Any]:
    return product.model_dump(exclude={"version", "updated_at"})


def _where(record: Record, parts: Sequence[Part], pointer: str) -> tuple[int, int | None]:
    """The line and the column that a pointer into a product means."""
    steps = pointer.strip("/").split("/")
    if steps[0].isdigit():
        part = next((one for one in parts if one.line == int(steps[0])), None)
        return int(steps[0]), _column(part, steps[-1]) if part else None
    field = "category" if steps[0] == "category_id" and steps[0] not in record.whole else steps[-1]
    value = record.whole.get(field)
    return record.line, value.column if value is not None else None


def _column(part: Part, field: str) -> int | None:
    value = part.values.get({"name": "variant_name"}.get(field, field))
    return value.column if value is not None else None


def _checked(work: Work, planned: Sequence[Plan | _Draft]) -> list[Plan]:
    """The plans, of which those are refused that name what is not there, or whose codes others have."""
    drafts = [one for one in planned if isinstance(one, _Draft)]
    refs = [ref for one in drafts for ref in store.reference_refs(work.merchant_id, one.product)]
    gained = [ref for one in drafts for ref in _codes(work, one)]
    found = dynamo.fetch([*refs, *(ref for _, _, ref in gained)])
    checked: list[Plan] = []
    for one in planned:
        if isinstance(one, Plan):
            checked.append(one)
            continue
        try:
            if one.product is not one.before:
                store.check_found(work.merchant_id, one.product, found)
                _check_codes(work, one, found)
                rules.check_period(one.product)
            checked.append(_plan(work, one))
        except DomainError as error:
            where = partial(_at, one.record, one.parts)
            checked.append(plans.refusal(work.job, one.record, error, where))
    return checked


def _at(record: Record, parts: Mapping[str, Part], pointer: str) -> tuple[int, int | None]:
    """The line and the column that a pointer into the product as it shall be means."""
    steps = pointer.strip("/").split("/")
    if steps[0] == "variants" and len(steps) > 1:
        part = parts.get(steps[1])
        return (part.line, _column(part, steps[2]) if len(steps) > 2 else None) if part else (record.line, None)
    return _where(record, record.variants, pointer)


def _codes(work: Work, draft: _Draft) -> list[tuple[str, str, Any]]:
    """What the product's variants are found by that they were not before."""
    if draft.product is draft.before:
        return []
    old = rules.sellables(draft.before) if draft.before else {}
    new = [lookup for lookup in rules.sellables(draft.product) if lookup not in old and lookup[0] != "variant"]
    return [(by, value, store.sellable_ref(work.merchant_id, by, value)) for by, value in new]  # type: ignore[arg-type]


def _check_codes(work: Work, draft: _Draft, found: _Found) -> None:
    """Refuse a code that another product has: storing would, but the preview stores nothing."""
    for by, value, ref in _codes(work, draft):
        other = dynamo.resolve(ref, found)
        if other is not None and other.product_id != draft.product.id:
            raise rules.taken(draft.product, by, value)


def _plan(work: Work, draft: _Draft) -> Plan:
    record, before, product = draft.record, draft.before, draft.product
    name = product.name
    if product is before and draft.needs is None:
        return Plan("unchanged", record, product.id, name, product.version, product.version)
    if product is before:  # all that changes is that it goes into a category that is not there yet
        product = product.changed(work.call.now)
    event = "product.created" if before is None else "product.updated"

    def write(also: Sequence[Guarded]) -> None:
        store.save_product(work.call, product, before, event, 200, also)

    return Plan(
        "created" if before is None else "updated",
        record,
        product.id,
        name,
        before.version if before else 0,
        product.version,
        tuple(_changes(draft, product)),
        do=write,
        needs=draft.needs,
    )


def _changes(draft: _Draft, product: Product) -> Iterable[FieldChange]:
    """What differs, by the lines that say so."""
    before, record = draft.before, draft.record
    if before is None or before.name != product.name:
        yield FieldChange(line=record.line, field="name", before=before.name if before else None, after=product.name)
    was = draft.categories.label(before.category_id) if before else None
    now = f" {_LEVELS} ".join(draft.needs) if draft.needs else draft.categories.label(product.category_id)
    if was != now:
        yield FieldChange(line=record.line, field="category", before=was, after=now)
    old = dict(before.external_ids) if before else {}
    for source, id in product.external_ids.items():
        if old.get(source) != id:
            yield FieldChange(line=record.line, field="external_id", before=old.get(source), after=id)
    present = {variant.id: variant.model_dump(mode="json") for variant in before.variants} if before else {}
    for at, variant in enumerate(product.variants):
        part = draft.parts.get(str(at))
        if part is not None:
            yield from _variant_changes(part, present.get(variant.id, {}), variant.model_dump(mode="json"))


_SHOWN = ("name", *OF_VARIANTS)
_UNSAID = {"weighed": False, "track_stock": True}


def _variant_changes(part: Part, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[FieldChange]:
    for name in _SHOWN:
        before, after = old.get(name), new[name]
        if before != after and not (not old and after == _UNSAID.get(name)):
            shown = "variant_name" if name == "name" else name
            yield FieldChange(line=part.line, field=shown, before=before, after=after)
    for place, price in new["prices"].items():
        before = old.get("prices", {}).get(place)
        if before != price:
            yield FieldChange(line=part.line, field=f"price@{place}", before=before, after=price)
    if old.get("options", {}) != new["options"]:
        was, now = (
            ", ".join(f"{key}: {value}" for key, value in one.items())
            for one in (old.get("options", {}), new["options"])
        )
        yield FieldChange(line=part.line, field="options", before=was or None, after=now or None)


# --- prices ----------------------------------------------------------------------------------------------------------


class Prices(Products):
    """Prices and costs of variants that there are; nothing else of them is touched, and nothing is made."""

    def plans(self, work: Work, batch: Sequence[Record]) -> list[Plan]:
        """What each of these prices comes to."""
        there = read_variants(work, batch)
        return _checked(work, [self._plan(there, record) for record in batch])

    def _plan(self, there: _There, record: Record) -> Plan | _Draft:
        work, part = there.work, Part(record.line, record.whole)
        if record.problems:
            return plans.refused(record.problems, record)
        try:
            sold = variant_of(there, part)
            before = there.product(sold.product_id)
            if before is None:
                raise Invalid("variant.unknown", "This product is not there any more.", "")
            rows = [one.model_dump(mode="json") for one in before.variants]
            at = next(at for at, row in enumerate(rows) if row["id"] == sold.variant_id)
            told = _told_prices(work, part)
            rows[at] |= told | {"prices": {**rows[at]["prices"], **told.get("prices", {})}}
            product = _changed(work, record, before, {"variants": rows})
        except DomainError as error:
            return plans.refusal(work.job, record, error, partial(_where, record, [part]))
        return _Draft(record, before, product, {str(at): part}, None, there.categories)


def variant_of(there: _There, part: Part) -> Sellable:
    """The variant that a row names; 422 if there is none, or its codes are of different ones."""
    found = {sold.variant_id: sold for name in _CODES if part.get(name) and (sold := there.sold(name, part.get(name)))}
    if len(found) > 1:
        raise Invalid("variant.ambiguous", "The codes of this row are of different variants.", "/sku")
    if not found:
        named = next((name for name in _CODES if part.get(name)), "sku")
        detail = (
            f"There is no variant with the {named.removesuffix('_id')} {part.get(named)}."
            if part.get(named)
            else ("The row names no variant: it needs an id, a SKU or a barcode.")
        )
        raise Invalid("variant.unknown", detail, f"/{named}")
    return next(iter(found.values()))


def _told_prices(work: Work, part: Part) -> dict[str, Any]:
    told = _given(work.job, part.values, ("price", "cost"), new=True)
    prices = {
        name.partition("@")[2]: value.value
        for name, value in part.values.items()
        if name.startswith("price@") and value.value is not None
    }
    if not told and not prices:
        raise Invalid("price.missing", "The row has no price.", "/price")
    return told | ({"prices": prices} if prices else {})


# --- making categories, and taking all of it back --------------------------------------------------------------------


def _make_category(work: Work, path: Sequence[str], line: int) -> None:
    """Make a category where it is missing, its mark with it."""
    known = Categories(work.merchant_id)
    if known.find(path) is not None:
        return
    parent_id = known.find(path[:-1]) if len(path) > 1 else None
    id = derived_id("cat", work.merchant_id, work.job.id, *map(fold, path))
    category = Category(id=id, name=path[-1], parent_id=parent_id, **stamp(work.call.now))
    tree = rules.planted(dynamo.get(store.tree_ref(work.merchant_id)), category)
    mark = Mark(f"{journal.BEFORE_RECORDS}{len(path)}-{id}", line, "created", Category.KIND, id, 0, 1)
    also = [journal.write(work.merchant_id, work.job.id, mark, work.job.expires_at)]
    store.add_category(work.call, category, tree, also)


def _undo_category(work: Work, mark: Mark) -> Undone:
    """Remove a category that the import made, if nothing is in it and nobody changed it."""
    category = dynamo.get(store.category_ref(work.merchant_id, mark.id))
    if category is None or category.deleted_at is not None:
        return Undone("left_alone", plans.LEFT["gone"])
    if category.version != mark.after:
        return Undone("left_alone", plans.LEFT["changed"])
    tree = rules.pruned(dynamo.get(store.tree_ref(work.merchant_id)), category.id)
    tombstone = category.changed(work.call.now, deleted_at=timestamp(work.call.now))
    also = [journal.take_back(work.merchant_id, work.job.id, mark, "removed")]
    store.delete_category(work.call, tombstone, tree, also)
    return Undone("removed")


def _undo_product(work: Work, mark: Mark) -> Undone:
    current = dynamo.get(store.product_ref(work.merchant_id, mark.id))
    if current is None or current.deleted_at is not None:
        return Undone("left_alone", plans.LEFT["gone"])
    if mark.outcome == "created":
        if current.version != mark.after:
            return Undone("left_alone", plans.LEFT["changed"])
        tombstone = current.changed(work.call.now, deleted_at=timestamp(work.call.now))
        also = [journal.take_back(work.merchant_id, work.job.id, mark, "removed")]
        store.save_product(work.call, tombstone, current, "product.deleted", 200, also)
        return Undone("removed")
    before, after = (
        Product.model_validate_json(outbox.data_of(work.merchant_id, mark.id, version))
        for version in (mark.before, mark.after)
    )
    product, whole = plans.restored(current, before, after)
    if _values(product) == _values(current):
        return Undone("left_alone", plans.LEFT["changed"])
    outcome: Literal["restored", "left_alone"] = "restored" if whole else "left_alone"
    also = [journal.take_back(work.merchant_id, work.job.id, mark, outcome)]
    kept = product.changed(work.call.now)
    store.check_references(work.merchant_id, kept)
    store.save_product(work.call, kept, current, "product.updated", 200, also)
    return Undone(outcome, None if whole else plans.LEFT["changed"])

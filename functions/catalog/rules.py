"""Rules of the catalog, without I/O."""

from collections.abc import Container, Mapping, Sequence

from catalog.models import (
    Category,
    CategoryTree,
    Component,
    ModifierGroup,
    NewVariant,
    Product,
    ScaleFormat,
    Sellable,
    Tax,
    Variant,
)
from pos.errors import Invalid
from pos.ids import new_id
from pos.words import tokens

_CODES = ("sku", "barcode", "plu")

MAX_DEPTH = 8
"""How many categories may be inside of each other."""


def check_taxes(tax_ids: Sequence[str], known: Mapping[str, Tax]) -> None:
    """Refuse a tax that the merchant does not have, or one named twice."""
    for position, tax_id in enumerate(tax_ids):
        if tax_id not in known:
            raise Invalid("tax.unknown", f"There is no tax {tax_id}.", f"/tax_ids/{position}")
        if tax_id in tax_ids[:position]:
            raise Invalid("tax.repeated", f"The tax {tax_id} is named twice.", f"/tax_ids/{position}")


def planted(tree: CategoryTree, category: Category) -> CategoryTree:
    """The tree with a category where it says it is, new or moved with all that is inside of it.

    Refuses a parent that is not there, that is inside of the category, or that would make the tree too deep.
    """
    above = _path(tree, category.parent_id)
    if category.id in above:
        detail = f"The category {category.parent_id} is inside of {category.id}."
        raise Invalid("category.cycle", detail, "/parent_id")
    below = [path.index(category.id) for path in (_path(tree, id) for id in tree.parents) if category.id in path]
    if len(above) + 1 + max(below, default=0) > MAX_DEPTH:
        detail = f"Categories are at most {MAX_DEPTH} deep."
        raise Invalid("category.too_deep", detail, "/parent_id")
    return CategoryTree(version=tree.version + 1, parents={**tree.parents, category.id: category.parent_id})


def pruned(tree: CategoryTree, category_id: str) -> CategoryTree:
    """The tree without an empty category."""
    kept = {id: parent for id, parent in tree.parents.items() if id != category_id}
    return CategoryTree(version=tree.version + 1, parents=kept)


def _path(tree: CategoryTree, category_id: str | None) -> list[str]:
    """A category and what it is inside of, up to the top."""
    path: list[str] = []
    while category_id is not None:
        if category_id not in tree.parents:
            raise Invalid("category.unknown", f"There is no category {category_id}.", "/parent_id")
        path.append(category_id)
        category_id = tree.parents[category_id]
    return path


def check_formats(formats: Sequence[ScaleFormat]) -> None:
    """Refuse two formats of one prefix."""
    prefixes = [one.prefix for one in formats]
    for position, prefix in enumerate(prefixes):
        if prefix in prefixes[:position]:
            detail = f"Two formats have the prefix {prefix}."
            raise Invalid("scale_formats.repeated", detail, f"/formats/{position}/prefix")


def check_modifiers(groups: Sequence[ModifierGroup]) -> None:
    """Refuse two groups, or two modifiers, with one id."""
    seen: set[tuple[str, str]] = set()
    for position, group in enumerate(groups):
        named = [("group", group.id, f"/modifier_groups/{position}/id")]
        for index, modifier in enumerate(group.modifiers):
            named.append(("modifier", modifier.id, f"/modifier_groups/{position}/modifiers/{index}/id"))
        for kind, id, pointer in named:
            if (kind, id) in seen:
                raise Invalid(
                    "modifier.repeated", f"Two modifiers or groups of this product have the id {id}.", pointer
                )
            seen.add((kind, id))


def check_period(product: Product) -> None:
    """Refuse a product that is never sold."""
    if product.active_from and product.active_until and product.active_from >= product.active_until:
        raise Invalid("product.period_invalid", "It ends before it begins.", "/active_until")


def words(product: Product | None) -> list[str]:
    """What a product is found by: words of its name, its variants' names, options and skus; none of a tombstone's."""
    if product is None or product.deleted_at is not None:
        return []
    texts = [product.name]
    for variant in product.variants:
        texts += [variant.name or "", *variant.options.values(), variant.sku or ""]
    return tokens(" ".join(texts))


def check_locations(product: Product, known: Container[str]) -> None:
    """Refuse a price for a location that the merchant does not have."""
    for position, variant in enumerate(product.variants):
        for location_id in variant.prices:
            if location_id not in known:
                pointer = f"/variants/{position}/prices/{location_id}"
                raise Invalid("location.unknown", f"There is no location {location_id}.", pointer)


def check_components(product: Product, found: Mapping[str, Sellable | None]) -> None:
    """Refuse bundles and modifiers that take what is not there, is not counted, or is a bundle itself, and bundles sold
    in fractions.
    """
    for position, variant in enumerate(product.variants):
        if variant.components and (variant.weighed or variant.unit not in (None, "piece")):
            raise Invalid("bundle.not_whole", "A bundle is sold in whole pieces.", f"/variants/{position}/unit")
    for pointer, components in taking(product).items():
        for index, component in enumerate(components):
            named = f"{pointer}/components/{index}/variant_id"
            id, part = component.variant_id, found[component.variant_id]
            if part is None:
                raise Invalid("variant.unknown", f"There is no variant {id}.", named)
            if part.components:
                raise Invalid("bundle.nested", f"{part.name} is a bundle itself.", named)
            if not part.track_stock:
                raise Invalid("bundle.not_tracked", f"The stock of {part.name} is not tracked.", named)
            if id in [earlier.variant_id for earlier in components[:index]]:
                raise Invalid("bundle.repeated", f"{part.name} is named twice; add the quantities.", named)


def taking(product: Product) -> dict[str, tuple[Component, ...]]:
    """What its variants and its modifiers take from the stock of others, by the pointers to them."""
    modifiers = {
        f"/modifier_groups/{position}/modifiers/{index}": modifier.components
        for position, group in enumerate(product.modifier_groups)
        for index, modifier in enumerate(group.modifiers)
    }
    bundles = {f"/variants/{position}": variant.components for position, variant in enumerate(product.variants)}
    return bundles | modifiers


def variants(wanted: Sequence[NewVariant], present: Sequence[Variant]) -> tuple[Variant, ...]:
    """The variants that a product shall have: those with an id keep it, the others get one.

    Refuses an id that the product does not have, and an id or code that is there twice. A variant is a bundle from its
    start or never, so that what is a component of others never becomes one.
    """
    known = {variant.id: variant for variant in present}
    seen: set[tuple[str, str]] = set()
    for position, variant in enumerate(wanted):
        if variant.id is not None and variant.id not in known:
            detail = f"This product has no variant {variant.id}; leave the id out to add one."
            raise Invalid("variant.unknown", detail, f"/variants/{position}/id")
        if variant.id is not None and bool(known[variant.id].components) != bool(variant.components):
            detail = "What is a bundle stays one, and what is none never becomes one; add a variant instead."
            raise Invalid("bundle.fixed", detail, f"/variants/{position}/components")
        for field in ("id", *_CODES):
            value = getattr(variant, field)
            if value is not None and (field, value) in seen:
                detail = f"Two variants have the {field} {value}."
                raise Invalid(f"variant.{field}_taken", detail, f"/variants/{position}/{field}")
            if value is not None:
                seen.add((field, value))
    return tuple(Variant(**{**variant.model_dump(), "id": variant.id or new_id("var")}) for variant in wanted)


def taken(product: Product, field: str, value: str) -> Invalid:
    """The refusal of a sku or barcode that another product's variant has."""
    position = next(index for index, variant in enumerate(product.variants) if getattr(variant, field) == value)
    pointer = f"/variants/{position}/{field}"
    return Invalid(f"variant.{field}_taken", f"Another variant has the {field} {value}.", pointer)


def sellables(product: Product) -> dict[tuple[str, str], Sellable]:
    """What each variant of a product is found by, (`variant` | `sku` | `barcode` | `plu`, value), and what is found."""
    found: dict[tuple[str, str], Sellable] = {}
    for variant in product.variants if product.deleted_at is None else ():
        sellable = Sellable(
            variant_id=variant.id,
            product_id=product.id,
            category_id=product.category_id,
            name=f"{product.name} {variant.name}" if variant.name else product.name,
            sku=variant.sku,
            barcode=variant.barcode,
            price=variant.price,
            prices=variant.prices,
            cost=variant.cost,
            tax_ids=product.tax_ids,
            unit=variant.unit,
            weighed=variant.weighed,
            track_stock=variant.track_stock,
            stock_policy=variant.stock_policy,
            components=variant.components,
            modifier_groups=product.modifier_groups,
            active_from=product.active_from,
            active_until=product.active_until,
        )
        found["variant", variant.id] = sellable
        for field in _CODES:
            value = getattr(variant, field)
            if value is not None:
                found[field, value] = sellable
    return found

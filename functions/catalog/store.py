"""The catalog table.

taxes      pk <merchant>                     sk taxes      all taxes of the merchant in one item
promotions pk <merchant>                     sk promotions  all promotions of the merchant in one item
category   pk <merchant>                     sk category#<id>
tree       pk <merchant>                     sk categories  the parent of each category
members    pk <merchant>#<category>          sk members    how many categories and products are inside
scales     pk <merchant>                     sk scale_formats
product    pk <merchant>#<product>           sk product    index by_update: pk <merchant>, sk <updated_at>#<product>
word       pk <merchant>#word#<first letter> sk <word>#<product>   pos/search.py
look-up    pk <merchant>#variant#<id>        sk variant    what a sale needs to know of a variant,
           pk <merchant>#sku#<sku>           sk variant    so that each of the four is one key read;
           pk <merchant>#barcode#<barcode>   sk variant    the latter three also make sku, barcode
           pk <merchant>#plu#<plu>           sk variant    and plu unique
claim      pk <merchant>#external_id#<source>:<id>  sk product  which product has this id of another system
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from catalog import promotions, rules, scales
from catalog.models import (
    Category,
    CategoryTree,
    Product,
    Promotion,
    PromotionTable,
    ScaleFormats,
    Sellable,
    Tax,
    TaxTable,
)
from catalog.scales import Label
from pos import documents, dynamo, outbox, search
from pos.dynamo import Guarded, Item, Page, Ref
from pos.errors import DomainError, Invalid, NotFound
from pos.http import Answer, Call
from staff import store as staff

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TABLE = "catalog"
_MAX_TAXES = 200
_MAX_CATEGORIES = 2000
_MAX_PACKED_PROMOTIONS = 60_000  # every sale reads them
_MAX_EXTRA_WRITES = 97  # a transaction takes 100: the product, its event and the caller's record are three


def taxes_ref(merchant_id: str) -> Ref[TaxTable]:
    """All taxes of the merchant."""
    return Ref(TABLE, (merchant_id, "taxes"), _read_taxes)


def sellable_ref(merchant_id: str, by: Literal["variant", "sku", "barcode", "plu"], value: str) -> Ref[Sellable | None]:
    """What is sold under this variant id, sku, barcode or plu; None if nothing is."""
    return Ref(TABLE, _lookup_key(merchant_id, by, value), _read_sellable)


def scale_formats_ref(merchant_id: str) -> Ref[ScaleFormats]:
    """What the merchant's scales print."""
    return Ref(TABLE, (merchant_id, "scale_formats"), _read_scale_formats)


def save_scale_formats(call: Call[Any, Any], formats: ScaleFormats) -> Answer:
    """Keep what the merchant's scales print."""
    return documents.save(call, TABLE, (call.merchant_id, "scale_formats"), formats, ["scale_formats.updated"])


def barcode_refs(merchant_id: str, barcode: str) -> list[Ref[Any]]:
    """All that may say what a barcode is, for one round trip: the variant that has it, and if a scale may have printed
    it, the merchant's formats and the variants of the plus that it may carry.
    """
    exact = sellable_ref(merchant_id, "barcode", barcode)
    numbers = [sellable_ref(merchant_id, "plu", plu) for plu in scales.plus(barcode)]
    return [exact, scale_formats_ref(merchant_id), *numbers] if numbers else [exact]


def scanned(
    merchant_id: str, barcode: str, found: Mapping[tuple[str, tuple[str, str]], Item]
) -> tuple[Sellable | None, Label | None]:
    """What a barcode is, once its `barcode_refs` are found: a variant, and what the scale says if one printed it. A
    variant that has the whole barcode wins. 422 for a scale's barcode that is not sound.
    """
    exact = dynamo.resolve(sellable_ref(merchant_id, "barcode", barcode), found)
    if exact is not None:
        return exact, None
    formats = dynamo.resolve(scale_formats_ref(merchant_id), found).formats
    label = scales.decode(barcode, formats)
    if label is None:
        return None, None
    return dynamo.resolve(sellable_ref(merchant_id, "plu", label.plu), found), label


def add_tax(call: Call[Any, Any], tax: Tax) -> Answer:
    """Keep a new tax."""
    table = dynamo.get(taxes_ref(call.merchant_id))
    if len(table.taxes) >= _MAX_TAXES:
        raise DomainError("tax.too_many", f"A merchant has at most {_MAX_TAXES} taxes.")
    grown = TaxTable(version=table.version + 1, taxes=(*table.taxes, tax))
    return _save_in(call, "taxes", grown, tax, "tax.created", 201)


def promotions_ref(merchant_id: str) -> Ref[PromotionTable]:
    """All promotions of the merchant."""
    return Ref(TABLE, (merchant_id, "promotions"), _read_promotions)


def save_promotion(
    call: Call[Any, Any], table: PromotionTable, promotion: Promotion, event: str, status: int = 200
) -> Answer:
    """Keep a promotion's new version by the `table` that has it; 413 if that would be too much for every sale to
    read.
    """
    if len(dynamo.pack(table.json_bytes())) > _MAX_PACKED_PROMOTIONS:
        detail = "The promotions name too much in all; name categories in place of products and variants."
        raise DomainError("promotion.too_large", detail, status=413)
    return _save_in(call, "promotions", table, promotion, event, status)


def check_named(merchant_id: str, promotion: Promotion) -> None:
    """Refuse (422) a promotion that names locations, categories, products or variants which are not there."""
    named = promotions.named(promotion)
    refs: dict[str, Ref[Any]] = {
        **{id: staff.location_ref(merchant_id, id) for _, id in named["location"]},
        **{id: documents.ref(TABLE, _product_key(merchant_id, id), Product) for _, id in named["product"]},
        **{id: sellable_ref(merchant_id, "variant", id) for _, id in named["variant"]},
    }
    tree = tree_ref(merchant_id)
    found = dynamo.fetch([tree, *refs.values()])
    known = {
        id
        for id, ref in refs.items()
        if (ref.table, ref.key) in found and getattr(dynamo.resolve(ref, found), "deleted_at", None) is None
    }
    promotions.check_known(promotion, known | dynamo.resolve(tree, found).parents.keys())


def tree_ref(merchant_id: str) -> Ref[CategoryTree]:
    """Where each of the merchant's categories is."""
    return Ref(TABLE, (merchant_id, "categories"), _read_tree)


def category_ref(merchant_id: str, category_id: str) -> Ref[Category | None]:
    """A category, or its tombstone."""
    return documents.ref(TABLE, _category_key(merchant_id, category_id), Category)


def get_category(merchant_id: str, category_id: str) -> Category:
    """The category; 404 if there is none, or only its tombstone."""
    category = dynamo.get(category_ref(merchant_id, category_id))
    if category is None or category.deleted_at is not None:
        raise NotFound("category", category_id)
    return category


def add_category(call: Call[Any, Any], category: Category, tree: CategoryTree, also: Sequence[Guarded] = ()) -> Answer:
    """Keep a new category and the `tree` that has it, and what is to be written `also`."""
    if len(tree.parents) > _MAX_CATEGORIES:
        raise DomainError("category.too_many", f"A merchant has at most {_MAX_CATEGORIES} categories.")
    pk, sk = _members_key(call.merchant_id, category.id)
    members = dynamo.put(TABLE, {"pk": pk, "sk": sk, "members": 0})
    extra = [
        _tree_put(call.merchant_id, tree),
        Guarded(members, _conflict("categories")),
        *_regrouped(call.merchant_id, None, category.parent_id, "/parent_id"),
        *also,
    ]
    key = _category_key(call.merchant_id, category.id)
    return documents.save(call, TABLE, key, category, ["category.created"], status=201, extra=extra)


def save_category(
    call: Call[Any, Any],
    category: Category,
    before: Category,
    tree: CategoryTree | None,
    also: Sequence[Guarded] = (),
) -> Answer:
    """Keep a changed category, the `tree` if it was moved, and what is to be written `also`."""
    extra = [*_regrouped(call.merchant_id, before.parent_id, category.parent_id, "/parent_id"), *also]
    if tree is not None:
        extra.append(_tree_put(call.merchant_id, tree))
    key = _category_key(call.merchant_id, category.id)
    return documents.save(call, TABLE, key, category, ["category.updated"], extra=extra)


def delete_category(
    call: Call[Any, Any], tombstone: Category, tree: CategoryTree, also: Sequence[Guarded] = ()
) -> Answer:
    """Keep a category's tombstone, the `tree` without it, and what is to be written `also`; 409 while categories or
    products are in it.
    """
    gone = dynamo.delete(
        TABLE, _members_key(call.merchant_id, tombstone.id), condition="members = :none", values={":none": 0}
    )
    detail = "There are categories or products in this category; move or delete them first."
    extra = [
        Guarded(gone, DomainError("category.not_empty", detail)),
        _tree_put(call.merchant_id, tree),
        *_regrouped(call.merchant_id, tombstone.parent_id, None, ""),
        *also,
    ]
    key = _category_key(call.merchant_id, tombstone.id)
    return documents.save(call, TABLE, key, tombstone, ["category.deleted"], extra=extra)


def list_categories(merchant_id: str, limit: int, cursor: str | None) -> Page:
    """The merchant's categories, tombstones too, oldest first."""
    return dynamo.query(TABLE, merchant_id, between=("category#", "category#~"), limit=limit, cursor=cursor)


def get_product(merchant_id: str, product_id: str) -> Product:
    """The product; 404 if there is none, or only its tombstone."""
    product = dynamo.get(product_ref(merchant_id, product_id))
    if product is None or product.deleted_at is not None:
        raise NotFound("product", product_id)
    return product


def product_ref(merchant_id: str, product_id: str) -> Ref[Product | None]:
    """A product, or its tombstone."""
    return documents.ref(TABLE, _product_key(merchant_id, product_id), Product)


def products_of(merchant_id: str, variant_ids: Sequence[str]) -> list[Product]:
    """The products that have these variants, each once, in the order of the first of them, but for retired ones."""
    refs = [sellable_ref(merchant_id, "variant", id) for id in dict.fromkeys(variant_ids)]
    found = dynamo.fetch(refs)
    sold = [dynamo.resolve(ref, found) for ref in refs]
    ids = dict.fromkeys(sellable.product_id for sellable in sold if sellable is not None)
    products = [product_ref(merchant_id, id) for id in ids]
    found = dynamo.fetch(products)
    return [product for ref in products if (product := dynamo.resolve(ref, found)) and product.deleted_at is None]


def external_ref(merchant_id: str, source: str, external_id: str) -> Ref[str | None]:
    """The id of the product that has this id in another system; None if none has."""
    return Ref(TABLE, _claim_key(merchant_id, source, external_id), lambda item: item["product_id"] if item else None)


def save_product(
    call: Call[Any, Any],
    product: Product,
    before: Product | None,
    event: str,
    status: int,
    also: Sequence[Guarded] = (),
) -> Answer:
    """Keep a product's new version with the look-ups of its variants, and what is to be written `also`; 422 if its
    category is not there, or a sku, a barcode or an external id is another product's.
    """
    category = product.category_id if product.deleted_at is None else None
    extra = [
        *_lookup_writes(call.merchant_id, product, before),
        *search.writes(TABLE, call.merchant_id, product.id, rules.words(before), rules.words(product)),
        *_regrouped(call.merchant_id, before.category_id if before else None, category, "/category_id"),
        *_claim_writes(call.merchant_id, product, before),
        *also,
    ]
    if len(extra) > _MAX_EXTRA_WRITES:
        detail = "This changes too many variants at once; change some of them first."
        raise DomainError("product.too_many_changes", detail, status=422, pointer="/variants")
    return documents.save(
        call,
        TABLE,
        _product_key(call.merchant_id, product.id),
        product,
        [event],
        status=status,
        attributes={"updated_pk": call.merchant_id, "updated_sk": f"{product.updated_at}#{product.id}"},
        extra=extra,
    )


def check_references(merchant_id: str, product: Product) -> None:
    """Refuse (422) a product that names taxes, locations or components which are not there."""
    check_found(merchant_id, product, dynamo.fetch(reference_refs(merchant_id, product)))


def reference_refs(merchant_id: str, product: Product) -> list[Ref[Any]]:
    """All that a product names, to be read for `check_found`."""
    return [taxes_ref(merchant_id), *_locations(merchant_id, product).values(), *_parts(merchant_id, product).values()]


def check_found(merchant_id: str, product: Product, found: Mapping[tuple[str, tuple[str, str]], Item]) -> None:
    """Refuse (422) a product that names what was not found."""
    locations, parts = _locations(merchant_id, product), _parts(merchant_id, product)
    rules.check_taxes(product.tax_ids, dynamo.resolve(taxes_ref(merchant_id), found).by_id())
    rules.check_locations(product, {id for id, ref in locations.items() if (ref.table, ref.key) in found})
    rules.check_components(product, {id: dynamo.resolve(ref, found) for id, ref in parts.items()})


def _locations(merchant_id: str, product: Product) -> dict[str, Ref[Any]]:
    return {id: staff.location_ref(merchant_id, id) for variant in product.variants for id in variant.prices}


def _parts(merchant_id: str, product: Product) -> dict[str, Ref[Sellable | None]]:
    return {
        one.variant_id: sellable_ref(merchant_id, "variant", one.variant_id)
        for components in rules.taking(product).values()
        for one in components
    }


def list_products(merchant_id: str, updated_after: str | None, limit: int, cursor: str | None) -> Page:
    """The merchant's products, tombstones too, in the order of their last change, after a time if one is given."""
    low = f"{updated_after}$" if updated_after else ""  # "$" sorts right behind the "#" that follows the time
    keys = dynamo.query(
        TABLE,
        merchant_id,
        index="by_update",
        key_names=("updated_pk", "updated_sk"),
        between=(low or " ", "~"),
        limit=limit,
        cursor=cursor,
    )
    refs = [documents.ref(TABLE, (key["pk"], key["sk"]), Product) for key in keys.items]
    found = dynamo.fetch(refs)
    return Page([found[ref.table, ref.key] for ref in refs if (ref.table, ref.key) in found], keys.next_cursor)


def _regrouped(merchant_id: str, before: str | None, now: str | None, pointer: str) -> list[Guarded]:
    """One member less in one category and one more in another; 422 at `pointer` if that one is not there."""
    changes = [] if before == now else [(before, -1), (now, 1)]
    return [
        Guarded(
            dynamo.update(
                TABLE,
                _members_key(merchant_id, category_id),
                "ADD members :one",
                {":one": by},
                condition="attribute_exists(pk)",
            ),
            Invalid("category.unknown", f"There is no category {category_id}.", pointer),
        )
        for category_id, by in changes
        if category_id is not None
    ]


def _tree_put(merchant_id: str, tree: CategoryTree) -> Guarded:
    return _table_put(merchant_id, "categories", tree)


def _save_in(
    call: Call[Any, Any],
    name: str,
    table: TaxTable | PromotionTable,
    document: Tax | Promotion,
    event: str,
    status: int,
) -> Answer:
    """Write the next version of one of the merchant's tables, and the event of the document in it that changed."""
    body = document.json_bytes()
    answer = Answer(status, body, document.version)
    entity = outbox.Entity(document.KIND, document.id, document.version)
    dynamo.commit(
        [
            _table_put(call.merchant_id, name, table),
            Guarded(outbox.write(call.merchant_id, entity, [event], body, call.now)),
            *map(Guarded, call.once(answer)),
        ]
    )
    return answer


def _table_put(merchant_id: str, name: str, table: TaxTable | PromotionTable | CategoryTree) -> Guarded:
    item = {"pk": merchant_id, "sk": name, "version": table.version, "doc": dynamo.pack(table.json_bytes())}
    return Guarded(dynamo.put(TABLE, item, version=table.version - 1), _conflict(name))


def _conflict(things: str) -> DomainError:
    return DomainError("request.conflict", f"The {things} were changed by somebody else at this moment; try again.")


def search_products(
    merchant_id: str, wanted: Sequence[str], limit: int, cursor: str | None
) -> tuple[list[Product], str | None]:
    """Products that have words which begin as the wanted ones (at least one)."""

    def ref(product_id: str) -> Ref[Product | None]:
        return documents.ref(TABLE, _product_key(merchant_id, product_id), Product)

    return search.find(TABLE, merchant_id, wanted, ref, rules.words, limit=limit, cursor=cursor)


def _lookup_writes(merchant_id: str, product: Product, before: Product | None) -> list[Guarded]:
    now, old = rules.sellables(product), rules.sellables(before) if before else {}
    added = [
        Guarded(_lookup_put(_lookup_key(merchant_id, *lookup), sellable), partial(_taken, product, lookup))
        for lookup, sellable in now.items()
        if old.get(lookup) != sellable
    ]
    gone = [lookup for lookup in old if lookup not in now]
    return added + [Guarded(dynamo.delete(TABLE, _lookup_key(merchant_id, *lookup))) for lookup in gone]


def _claim_writes(merchant_id: str, product: Product, before: Product | None) -> list[Guarded]:
    """The external ids that a product gains, each one product's only, and those that it gives back."""
    now = dict(product.external_ids) if product.deleted_at is None else {}
    old = dict(before.external_ids) if before is not None and before.deleted_at is None else {}
    gained = [
        Guarded(
            dynamo.put(TABLE, {"pk": pk, "sk": sk, "product_id": product.id}),
            Invalid(
                "product.external_id_taken",
                f"Another product has the {source} id {external_id}.",
                f"/external_ids/{source}",
            ),
        )
        for source, external_id in now.items()
        if old.get(source) != external_id
        for pk, sk in [_claim_key(merchant_id, source, external_id)]
    ]
    given_back = [
        Guarded(dynamo.delete(TABLE, _claim_key(merchant_id, source, external_id)))
        for source, external_id in old.items()
        if now.get(source) != external_id
    ]
    return gained + given_back


def _taken(product: Product, lookup: tuple[str, str], _found: Item | None) -> Invalid:
    return rules.taken(product, *lookup)


def _lookup_put(key: tuple[str, str], sellable: Sellable) -> "TransactWriteItemTypeDef":
    item = {
        "pk": key[0],
        "sk": key[1],
        "product_id": sellable.product_id,
        "doc": dynamo.pack(sellable.json_bytes()),
    }
    write = dynamo.put(TABLE, item, version=None)
    write["Put"] |= {
        # Within a product a sku may go from one variant to another: the product's own version guards that.
        "ConditionExpression": "attribute_not_exists(pk) OR product_id = :product_id",
        "ExpressionAttributeValues": dynamo.encode({":product_id": sellable.product_id}),
    }
    return write


def _category_key(merchant_id: str, category_id: str) -> tuple[str, str]:
    return merchant_id, f"category#{category_id}"


def _members_key(merchant_id: str, category_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{category_id}", "members"


def _product_key(merchant_id: str, product_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{product_id}", "product"


def _lookup_key(merchant_id: str, by: str, value: str) -> tuple[str, str]:
    return f"{merchant_id}#{by}#{value}", "variant"


def _claim_key(merchant_id: str, source: str, external_id: str) -> tuple[str, str]:
    return f"{merchant_id}#external_id#{source}:{external_id}", "product"


def _read_taxes(item: Item | None) -> TaxTable:
    return TaxTable() if item is None else TaxTable.model_validate_json(dynamo.unpack(item["doc"]))


def _read_promotions(item: Item | None) -> PromotionTable:
    return PromotionTable() if item is None else PromotionTable.model_validate_json(dynamo.unpack(item["doc"]))


def _read_scale_formats(item: Item | None) -> ScaleFormats:
    if item is None:
        return ScaleFormats(id="scale_formats", version=0, created_at="", updated_at="", formats=scales.DEFAULT)
    return documents.read(ScaleFormats, item)


def _read_tree(item: Item | None) -> CategoryTree:
    return CategoryTree() if item is None else CategoryTree.model_validate_json(dynamo.unpack(item["doc"]))


def _read_sellable(item: Item | None) -> Sellable | None:
    return None if item is None else Sellable.model_validate_json(dynamo.unpack(item["doc"]))

"""The catalog table.

taxes      pk <merchant>                     sk taxes      all taxes of the merchant in one item
product    pk <merchant>#<product>           sk product    index by_update: pk <merchant>, sk <updated_at>#<product>
look-up    pk <merchant>#variant#<id>        sk variant    what a sale needs to know of a variant,
           pk <merchant>#sku#<sku>           sk variant    so that each of the three is one key read;
           pk <merchant>#barcode#<barcode>   sk variant    the latter two also make sku and barcode unique
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from catalog import rules
from catalog.models import Product, Sellable, Tax, TaxTable
from pos import documents, dynamo, outbox
from pos.dynamo import ConditionFailed, Item, Page, Ref
from pos.errors import DomainError, NotFound
from pos.http import Answer, Call

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TABLE = "catalog"
_MAX_TAXES = 200
_MAX_LOOKUP_WRITES = 90


def taxes_ref(merchant_id: str) -> Ref[TaxTable]:
    """All taxes of the merchant."""
    return Ref(TABLE, (merchant_id, "taxes"), _read_taxes)


def sellable_ref(merchant_id: str, by: Literal["variant", "sku", "barcode"], value: str) -> Ref[Sellable | None]:
    """What is sold under this variant id, sku or barcode; None if nothing is."""
    return Ref(TABLE, _lookup_key(merchant_id, by, value), _read_sellable)


def add_tax(call: Call[Any, Any], tax: Tax) -> Answer:
    """Keep a new tax."""
    table = dynamo.get(taxes_ref(call.merchant_id))
    if len(table.taxes) >= _MAX_TAXES:
        raise DomainError("tax.too_many", f"A merchant has at most {_MAX_TAXES} taxes.")
    grown = TaxTable(version=table.version + 1, taxes=(*table.taxes, tax))
    item = {
        "pk": call.merchant_id,
        "sk": "taxes",
        "version": grown.version,
        "doc": dynamo.pack(grown.json_bytes()),
    }
    body = tax.json_bytes()
    answer = Answer(201, body, tax.version)
    try:
        dynamo.transact(
            [
                dynamo.put(TABLE, item, version=table.version),
                outbox.write(call.merchant_id, outbox.Entity("tax", tax.id, 1), ["tax.created"], body, call.now),
                *call.once(answer),
            ]
        )
    except ConditionFailed as failed:
        if 0 not in failed.failures:
            raise
        detail = "The taxes were changed by somebody else at this moment; try again."
        raise DomainError("request.conflict", detail) from failed
    return answer


def get_product(merchant_id: str, product_id: str) -> Product:
    """The product; 404 if there is none, or only its tombstone."""
    product = dynamo.get(documents.ref(TABLE, _product_key(merchant_id, product_id), Product))
    if product is None or product.deleted_at is not None:
        raise NotFound("product", product_id)
    return product


def save_product(call: Call[Any, Any], product: Product, before: Product | None, event: str, status: int) -> Answer:
    """Keep a product's new version with the look-ups of its variants; 422 if a sku or barcode is another product's."""
    lookups = _lookup_writes(call.merchant_id, product, before)
    if len(lookups) > _MAX_LOOKUP_WRITES:
        detail = "This changes too many variants at once; change some of them first."
        raise DomainError("product.too_many_changes", detail, status=422, pointer="/variants")
    attributes = {"updated_pk": call.merchant_id, "updated_sk": f"{product.updated_at}#{product.id}"}
    try:
        return documents.save(
            call,
            TABLE,
            _product_key(call.merchant_id, product.id),
            product,
            [event],
            status=status,
            attributes=attributes,
            extra=[write for _, write in lookups],
        )
    except ConditionFailed as failed:
        for position, (lookup, _) in enumerate(lookups, start=documents.FIRST_EXTRA):
            if position in failed.failures:
                raise rules.taken(product, *lookup) from failed
        raise


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


def _lookup_writes(
    merchant_id: str, product: Product, before: Product | None
) -> "list[tuple[tuple[str, str], TransactWriteItemTypeDef]]":
    now, old = rules.sellables(product), rules.sellables(before) if before else {}
    writes = [
        (lookup, _lookup_put(_lookup_key(merchant_id, *lookup), sellable))
        for lookup, sellable in now.items()
        if old.get(lookup) != sellable
    ]
    gone: Sequence[tuple[str, str]] = [lookup for lookup in old if lookup not in now]
    return writes + [(lookup, dynamo.delete(TABLE, _lookup_key(merchant_id, *lookup))) for lookup in gone]


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


def _product_key(merchant_id: str, product_id: str) -> tuple[str, str]:
    return f"{merchant_id}#{product_id}", "product"


def _lookup_key(merchant_id: str, by: str, value: str) -> tuple[str, str]:
    return f"{merchant_id}#{by}#{value}", "variant"


def _read_taxes(item: Item | None) -> TaxTable:
    return TaxTable() if item is None else TaxTable.model_validate_json(dynamo.unpack(item["doc"]))


def _read_sellable(item: Item | None) -> Sellable | None:
    return None if item is None else Sellable.model_validate_json(dynamo.unpack(item["doc"]))

"""GET /v1/products"""

from catalog import store
from catalog.models import Product, ProductListing, Sellable
from pos import dynamo
from pos.documents import read
from pos.errors import Invalid, NotFound
from pos.http import Answer, Call, listing, operation
from pos.words import tokens


@operation(permission="catalog:read", query=ProductListing, answer=Product)
def handler(call: Call[None, ProductListing]) -> Answer:
    """The product with a sku, an external id or a barcode, also a scale's (none or one); those of some variants; those
    found by `q`; or all by last change.

    A product that changes while a reader pages moves to the end, where the reader meets it again: none is missed.
    """
    wanted = call.query
    if wanted.sku is not None:
        return _one(call, _product_id(dynamo.get(store.sellable_ref(call.merchant_id, "sku", wanted.sku))))
    if wanted.barcode is not None:
        return _one(call, _product_id(_scanned(call.merchant_id, wanted.barcode)))
    if wanted.external_id is not None:
        source, _, external_id = wanted.external_id.partition(":")
        return _one(call, dynamo.get(store.external_ref(call.merchant_id, source, external_id)))
    if wanted.variant_ids is not None:
        products = store.products_of(call.merchant_id, wanted.variant_ids)
        return listing([product.json_bytes() for product in products], None)
    if wanted.q is not None:
        return _search(call, tokens(wanted.q))
    page = store.list_products(call.merchant_id, wanted.updated_after, wanted.limit, wanted.cursor)
    products = [read(Product, item) for item in page.items]
    shown = [product.json_bytes() for product in products if wanted.include_deleted or product.deleted_at is None]
    return listing(shown, page.next_cursor)


def _search(call: Call[None, ProductListing], words: list[str]) -> Answer:
    if not words:
        return listing([], None)
    products, next_cursor = store.search_products(call.merchant_id, words, call.query.limit, call.query.cursor)
    return listing([product.json_bytes() for product in products], next_cursor)


def _scanned(merchant_id: str, barcode: str) -> Sellable | None:
    found = dynamo.fetch(store.barcode_refs(merchant_id, barcode))
    try:
        return store.scanned(merchant_id, barcode, found)[0]
    except Invalid as unsound:
        raise Invalid(unsound.code, unsound.detail, "?barcode") from unsound


def _product_id(sellable: Sellable | None) -> str | None:
    return None if sellable is None else sellable.product_id


def _one(call: Call[None, ProductListing], product_id: str | None) -> Answer:
    if product_id is None:
        return listing([], None)
    try:
        product = store.get_product(call.merchant_id, product_id)
    except NotFound:  # it was retired between the two reads
        return listing([], None)
    return listing([product.json_bytes()], None)

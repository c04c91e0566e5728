"""Records of a source, and what becomes of them."""

from typing import Any

from catalog import get_product, update_product
from sync import (
    create_source,
    create_sync_run,
    get_sync_run,
    list_conflicts,
    resolve_conflict,
    sync_categories,
    sync_customers,
    sync_products,
    sync_stock_levels,
)
from tests.support.shop import Reply, Shop


def record(external_id: str = "P-1", **fields: Any) -> dict[str, Any]:
    """A product as a source tells it, of one variant."""
    told = {"name": "Kopi Susu", "variants": [{"external_id": "V-1", "sku": "ES-KOPI", "price": 18000}]}
    return {"external_id": external_id, **told, **fields}


def variant(price: int = 18000, **fields: Any) -> dict[str, Any]:
    """The variant of `record`."""
    return {"external_id": "V-1", "sku": "ES-KOPI", "price": price, **fields}


def tell(shop: Shop, *records: Any, **options: Any) -> Reply:
    """Have the source `erp` tell these records."""
    return shop.call(sync_products.handler, {"source": "erp", "records": list(records), **options})


def told(shop: Shop, *records: Any, **options: Any) -> Any:
    """The one result of the first record."""
    return tell(shop, *records, **options).json["results"][0]


def tell_category(shop: Shop, external_id: str = "C-1", **fields: Any) -> Any:
    """Have the source tell one category; its result."""
    return one_of(shop.call(sync_categories.handler, _body(external_id, {"name": "Coffee", **fields})))


def tell_customer(shop: Shop, external_id: str = "K-1", **fields: Any) -> Any:
    """Have the source tell one customer; its result."""
    return one_of(shop.call(sync_customers.handler, _body(external_id, {"name": "Dewi", **fields})))


def tell_stock(shop: Shop, quantity: str, external_id: str = "V-1", **fields: Any) -> Any:
    """Have the source tell what it counts of one variant at the shop's location; its result."""
    told = {"location_id": shop.location_id, "quantity": quantity, **fields}
    return one_of(shop.call(sync_stock_levels.handler, _body(external_id, told)))


def begin_run(shop: Shop, **fields: Any) -> Any:
    """Begin a run of the source, a snapshot of products if nothing else is said."""
    reply = shop.call(create_sync_run.handler, {"source": "erp", "type": "product", "snapshot": True, **fields})
    assert reply.status == 201, reply.text
    return reply.json


def run_of(shop: Shop, run_id: str) -> Any:
    """A run as it is."""
    return shop.call(get_sync_run.handler, id=run_id).json


def one_of(reply: Reply) -> Any:
    """The one result that there is."""
    assert reply.status == 200, reply.text
    [result] = reply.json["results"]
    return result


def _body(external_id: str, fields: Any) -> Any:
    options = {name: fields.pop(name) for name in ("match_by", "dry_run", "run_id") if name in fields}
    return {"source": "erp", "records": [{"external_id": external_id, **fields}], **options}


def edit(shop: Shop, product_id: str, **change: Any) -> Any:
    """Change a product here."""
    reply = shop.call(update_product.handler, change, id=product_id)
    assert reply.status == 200, reply.text
    return reply.json


def product(shop: Shop, product_id: str) -> Any:
    """A product as it is here."""
    return shop.call(get_product.handler, id=product_id).json


def own(shop: Shop, kind: str = "product", **owners: str) -> None:
    """Set who owns which field; `variants__price` is `variants.price`, `others` is `*`."""
    named = {name.replace("__", ".").replace("others", "*"): owner for name, owner in owners.items()}
    assert shop.call(create_source.handler, {"source": "erp", "ownership": {kind: named}}).status == 201


def conflicts(shop: Shop, status: str = "open") -> list[Any]:
    """The conflicts."""
    items: list[Any] = shop.call(list_conflicts.handler, query={"status": status}).json["items"]
    return items


def decide(shop: Shop, conflict_id: str, resolution: str, **more: Any) -> Reply:
    """End a conflict."""
    return shop.call(resolve_conflict.handler, {"resolution": resolution, **more}, id=conflict_id)


def contest(shop: Shop) -> tuple[str, Any]:
    """A product whose price both sides changed: its id, and the result that says so."""
    made = told(shop, record())
    price_here(shop, made["id"], 20000)
    return made["id"], told(shop, record(variants=[variant(19000)]))


def price_here(shop: Shop, product_id: str, price: int) -> Any:
    """Change the price of a product's first variant here."""
    before = product(shop, product_id)["variants"]
    return edit(shop, product_id, variants=[{**before[0], "price": price}, *before[1:]])

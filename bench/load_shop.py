"""Fill a shop with real products and stock, through the HTTP API.

    python -m bench.load_shop --stack .local/stack.json --products 200

It may be run again: a product whose sku the shop has is kept, and stock goes to those only that have none on record.
"""

import argparse
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import batched
from pathlib import Path

from tqdm import tqdm  # type: ignore[import-untyped]

from bench import groceries
from bench.api import Api
from bench.groceries import Product

DEFAULT_STACK = Path(".local/stack.json")
_OPENING_STOCK = Decimal(100)
_CLIENTS = 4
_LINES_PER_RECEIPT = 50


def ensure_categories(api: Api, products: Sequence[Product]) -> dict[str, str]:
    """Have a category for each department of the data that the products are of; its id by the department."""
    ids = {category["name"]: category["id"] for category in api.pages("/v1/categories", limit="200")}
    departments = {product.department: product.department.capitalize() for product in products}
    for name in sorted(set(departments.values()) - ids.keys()):
        ids[name] = api.post("/v1/categories", {"name": name}).body["id"]
    return {department: ids[name] for department, name in departments.items()}


def ensure_products(api: Api, products: Sequence[Product]) -> dict[int, str]:
    """Create those of the products that the shop lacks; the variant id of each by its product id."""
    categories = ensure_categories(api, products)
    variants = {
        variant["sku"]: variant["id"]
        for product in api.pages("/v1/products", limit="200")
        for variant in product["variants"]
    }
    missing = [product for product in products if product.sku not in variants]
    with ThreadPoolExecutor(_CLIENTS) as pool:
        created = pool.map(lambda product: _create_product(api, product, categories[product.department]), missing)
        for product, variant_id in zip(missing, tqdm(created, "products", len(missing)), strict=True):
            variants[product.sku] = variant_id
    return {product.id: variants[product.sku] for product in products}


def receive_stock(api: Api, location_id: str, quantities: Mapping[str, Decimal]) -> None:
    """Receive these quantities, by variant id, at the location."""
    receipts = list(batched(sorted(quantities.items()), _LINES_PER_RECEIPT, strict=False))
    for receipt in tqdm(receipts, "receipts"):
        lines = [{"variant_id": variant_id, "quantity": str(quantity)} for variant_id, quantity in receipt]
        api.post("/v1/inventory/adjustments", {"location_id": location_id, "reason": "receipt", "lines": lines})


def read_levels(api: Api, location_id: str) -> dict[str, Decimal]:
    """What is on hand at the location, by variant id, of everything that has a level."""
    levels = api.pages("/v1/inventory/levels", location_id=location_id, limit="200")
    return {level["variant_id"]: Decimal(level["on_hand"]) for level in levels}


def load_shop(api: Api, products: Sequence[Product]) -> None:
    """Have these products in the shop, each with stock at its first location."""
    location_id = api.get("/v1/locations")["items"][0]["id"]
    variants = ensure_products(api, products)
    levels = read_levels(api, location_id)
    receive_stock(api, location_id, {id: _OPENING_STOCK for id in variants.values() if id not in levels})


def _create_product(api: Api, product: Product, category_id: str) -> str:
    variant = {
        "sku": product.sku,
        "barcode": product.barcode,
        "price": product.price,
        "weighed": product.measured,
        "track_stock": True,
    }
    body = {"name": product.name, "category_id": category_id, "tax_ids": [], "variants": [variant]}
    variant_id: str = api.post("/v1/products", body).body["variants"][0]["id"]
    return variant_id


def main() -> None:
    """Load the best sellers of the data into the shop of a stack."""
    parser = argparse.ArgumentParser(description="Fill a shop with real products and stock.")
    parser.add_argument("--stack", type=Path, default=DEFAULT_STACK, help="the file that `make up` wrote")
    parser.add_argument("--products", type=int, default=200, help="how many of the best sellers")
    args = parser.parse_args()
    load_shop(Api.from_stack(args.stack, connections=_CLIENTS), groceries.list_best_sellers(args.products))


if __name__ == "__main__":
    main()

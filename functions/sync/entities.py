"""All kinds of entities that are synchronised field by field, and all tellers: for what deals with any of them."""

from collections.abc import Mapping
from typing import Any

from sync import stock, telling
from sync.categories import CATEGORIES
from sync.customers import CUSTOMERS
from sync.kinds import Kind
from sync.models import EntityKind
from sync.products import PRODUCTS
from sync.telling import Teller

ENTITIES: Mapping[EntityKind, Kind[Any, Any]] = {kind.name: kind for kind in (PRODUCTS, CATEGORIES, CUSTOMERS)}

TELLERS: Mapping[EntityKind, Teller[Any, Any]] = {
    **{name: telling.teller(kind) for name, kind in ENTITIES.items()},
    "stock_level": stock.TELLER,
}
"""How each kind is told: `telling.tell(call, ProductsSync(source="shop", records=[…]), TELLERS["product"])`."""

"""A shop that a connector reaches, in memory: it does what Medusa was seen to do, and fails as it is told to."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from catalog.models import Product
from pos import aws, clock, dynamo
from pos.clock import timestamp
from sync import create_source, get_source, run_connectors, run_source, start_connectors
from sync.connectors import shops, store
from sync.connectors.interface import Change, Origin, Page, RemoteLevel, RemoteLine, RemoteOrder, RemoteProduct
from tests.support.access import acting_as, acting_as_nobody
from tests.support.shop import Reply, Shop
from webhooks import store as feed

type Json = dict[str, Any]

CONNECTOR: Json = {
    "kind": "medusa",
    "url": "https://shop.example.com",
    "api_key": "sk_of_a_test",
    "remote_location_id": "sloc_1",
}


@dataclass(slots=True)
class FakeShop:
    """Products of one variant each, their stock, and orders. `raises` is what the next calls raise, by method;
    `meanwhile` happens once, in the middle of a run.
    """

    products_there: dict[str, Json] = field(default_factory=dict)
    stock: dict[str, Decimal] = field(default_factory=dict)
    orders_there: dict[str, RemoteOrder] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    raises: dict[str, Exception] = field(default_factory=dict)
    pushed: list[Change] = field(default_factory=list)
    created: dict[str, Origin] = field(default_factory=dict)
    set_levels: list[tuple[str, Decimal]] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None
    clock: Iterator[int] = field(default_factory=lambda: count(1))

    def make(self, id: str = "P1", price: Any = 18000, stock: int = 10, **fields: Any) -> None:
        """A product of one variant, with stock."""
        variant = {"external_id": f"{id}-V", "sku": f"SKU-{id}", "name": "Plain", "price": price}
        self.products_there[id] = {"external_id": id, "name": f"Kopi {id}", "variants": [variant], **fields}
        self.stock[f"{id}-V"] = Decimal(stock)
        self.changed[id] = next(self.clock)

    def change(self, id: str, *, name: str | None = None, price: int | None = None) -> None:
        """Change a product there."""
        if name is not None:
            self.products_there[id]["name"] = name
        if price is not None:
            self.products_there[id]["variants"][0]["price"] = price
        self.changed[id] = next(self.clock)

    def order(self, id: str = "O1", *, product: str = "P1", quantity: int = 2, paid: bool = True, **more: Any) -> None:
        """What a customer does: the stock there is promised at once."""
        line = RemoteLine("Kopi", Decimal(quantity), 18000, product_id=product, variant_id=f"{product}-V")
        figures: Json = {"total": 18000 * quantity, "currency": "IDR", "lines": (line,), "number": f"#{id}"} | more
        self.orders_there[id] = RemoteOrder(external_id=id, placed_at=timestamp(clock.now()), paid=paid, **figures)
        if f"{product}-V" in self.stock:
            self.stock[f"{product}-V"] -= quantity

    # --- what a run asks ---------------------------------------------------------------------------------------------

    def check(self) -> None:
        self._may("check")

    def products(self, cursor: str | None) -> Page[RemoteProduct]:
        self._may("products")
        since = int(cursor or 0)
        found = sorted((at, id) for id, at in self.changed.items() if at > since)
        return Page([self.product(id) for _, id in found], str(max([since, *self.changed.values()])), True)

    def product(self, external_id: str) -> RemoteProduct:
        if external_id not in self.products_there:
            return RemoteProduct(external_id, "", {"external_id": external_id, "deleted": True})
        record = self.products_there[external_id]
        told = {**record, "variants": [dict(record["variants"][0])]}
        return RemoteProduct(external_id, record["name"], told, origin=self.created.get(external_id))

    def create(self, product: Product) -> RemoteProduct:
        self._may("create")
        known = [id for id, origin in self.created.items() if origin.product_id == product.id]
        if not known:
            [variant], id = product.variants, f"C{len(self.created) + 1}"
            self.make(id, variant.price, stock=0, name=product.name)
            self.products_there[id]["variants"][0] |= {"sku": variant.sku, "name": variant.name}
            self.created[id] = Origin(product.id, product.version, {f"{id}-V": variant.id})
            known = [id]
        self._may("after create")
        return self.product(known[0])

    def missing(self, external_ids: Sequence[str]) -> Sequence[str]:
        return [id for id in external_ids if id not in self.products_there]

    def push(self, change: Change) -> None:
        self._may("push")
        self.pushed.append(change)
        for path, value in change.fields.items():
            product = self.products_there[change.external_id]
            (product["variants"][0] if "/" in path else product)[path.split("/")[-1]] = value
        self.changed[change.external_id] = next(self.clock)

    def levels(self, cursor: str | None) -> Page[RemoteLevel]:
        self._may("levels")
        return Page([RemoteLevel(id.removesuffix("-V"), id, left) for id, left in self.stock.items()], "", True)

    def set_level(self, level: RemoteLevel, available: Decimal) -> None:
        self._may("set_level")
        self.set_levels.append((level.variant_id, available))
        self.stock[level.variant_id] = available
        self._may("after set_level")

    def from_moment(self, moment: str) -> str:
        return moment

    def orders(self, cursor: str) -> Page[RemoteOrder]:
        self._may("orders")
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            with acting_as_nobody():
                happens()
        return Page(list(self.orders_there.values()), cursor, True)

    def orders_of(self, external_ids: Sequence[str]) -> Sequence[RemoteOrder]:
        return [self.orders_there[id] for id in external_ids]

    def _may(self, method: str) -> None:
        if method in self.raises:
            raise self.raises[method]


@dataclass(slots=True)
class Connection:
    """A merchant, its shop elsewhere, and what is queued between them."""

    shop: Shop
    there: FakeShop
    queued: list[Json] = field(default_factory=list)

    def connect(self, **changes: Any) -> Reply:
        """Set the connector up."""
        connector = {**CONNECTOR, "location_id": self.shop.location_id, **changes}
        return self.shop.call(create_source.handler, {"source": "web", "name": "Web shop", "connector": connector})

    def run(self, *, again: bool = True) -> Json:
        """A worker takes a message, once the feed has what was changed here; the connector's status after it."""
        self.publish()
        self.work({"merchant_id": self.shop.merchant_id, "source_id": "src_web", "again": again})
        return self.status

    def publish(self) -> None:
        """What the stream does: each change gets its place in the feed."""
        scan = aws.dynamodb().scan(TableName=dynamo.table("events"))
        items = [dynamo.decode(item) for item in scan["Items"]]
        stored = sorted((one for one in items if one.get("kind") == "outbox"), key=lambda one: one["at"])
        refs = [ref for one in stored for ref in feed.feed_refs(one) if ref.merchant_id == self.shop.merchant_id]
        feed.place(self.shop.merchant_id, refs, clock.now())

    def work(self, message: Json) -> None:
        """Give a message to the worker."""
        with acting_as("RunConnectors"):
            run_connectors.handler({"Records": [{"body": json.dumps(message)}]}, None)

    def tick(self) -> int:
        """The schedule's minute: how many runs it queued."""
        before = len(self.queued)
        with acting_as("StartConnectors"):
            start_connectors.handler({}, None)
        return len(self.queued) - before

    @property
    def status(self) -> Json:
        """How the connector is getting on."""
        status: Json = self.shop.call(get_source.handler, id="src_web").json["connector_status"]
        return status

    def run_now(self, **body: Any) -> Reply:
        """Somebody asks for a run."""
        return self.shop.call(run_source.handler, body, id="src_web")


@contextmanager
def connection(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A merchant with a shop elsewhere, not connected yet."""
    one = Connection(shop, FakeShop())

    def wake(runs: Any, seconds: int = 0, *, again: bool = False) -> None:
        one.queued += [
            {"merchant_id": id, "source_id": source, "again": again, "after": seconds} for id, source in runs
        ]

    monkeypatch.setattr(store, "wake", wake)
    monkeypatch.setattr(shops, "connect", lambda *_: one.there)
    yield one


def later(monkeypatch: pytest.MonkeyPatch, **by: float) -> None:
    """Let time pass."""
    moment = clock.now() + timedelta(**by)
    monkeypatch.setattr(clock, "now", lambda: moment)

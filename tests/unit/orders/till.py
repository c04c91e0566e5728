"""What the tests of orders and inventory do again and again: stock a shop, sell, and look at what is stored."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3
import pytest

from catalog import create_product, create_tax
from inventory import create_adjustment, list_levels
from orders import cancel_order, create_order, get_order, preview_order, update_order_status
from pos import aws, clock
from tests.support.shop import Reply, Shop

type Json = dict[str, Any]


class Killed(BaseException):
    """The function's process ends here: nothing catches it."""


@dataclass(frozen=True, slots=True)
class Till:
    """A shop and someone who sells there."""

    shop: Shop

    def tax(self, rate: str = "11", **fields: Any) -> str:
        """A tax of the shop; its id."""
        return str(self.shop.call(create_tax.handler, {"name": f"Tax {rate}", "rate": rate, **fields}).json["id"])

    def product(
        self, price: int = 10_000, *, stock: str | None = None, tax_ids: tuple[str, ...] = (), **variant: Any
    ) -> str:
        """A product with one variant, of which `stock` is at hand; the variant's id."""
        body = {"name": "Kopi", "tax_ids": tax_ids, "variants": [{"price": price, **variant}]}
        made = self.shop.call(create_product.handler, body)
        assert made.status == 201, made.text
        variant_id: str = made.json["variants"][0]["id"]
        if stock is not None:
            assert self.adjust(variant_id, stock).status == 201
        return variant_id

    def adjust(self, variant_id: str, quantity: str) -> Reply:
        """Change the stock of a variant."""
        lines = [{"variant_id": variant_id, "quantity": quantity}]
        body = {"location_id": self.shop.location_id, "reason": "receipt", "lines": lines}
        return self.shop.call(create_adjustment.handler, body)

    def body(self, *lines: Json, **fields: Any) -> Json:
        """An order with these lines."""
        return {"location_id": self.shop.location_id, "lines": lines, **fields}

    def sell(self, *lines: Json, headers: dict[str, str] | None = None, **fields: Any) -> Reply:
        """Create an order with these lines."""
        return self.shop.call(create_order.handler, self.body(*lines, **fields), headers=headers)

    def preview(self, *lines: Json, **fields: Any) -> Reply:
        """Preview an order with these lines."""
        return self.shop.call(preview_order.handler, self.body(*lines, **fields))

    def move(self, order_id: str, status: str, **request: Any) -> Reply:
        """Move an order to a status."""
        return self.shop.call(update_order_status.handler, {"status": status}, id=order_id, **request)

    def cancel(self, order_id: str, **request: Any) -> Reply:
        """Cancel an order."""
        return self.shop.call(cancel_order.handler, {"reason": "Changed their mind"}, id=order_id, **request)

    def get(self, order_id: str) -> Reply:
        """Read an order."""
        return self.shop.call(get_order.handler, id=order_id)

    def on_hand(self, variant_id: str) -> str | None:
        """What the API says is at hand; None if nothing was ever moved."""
        query = {"location_id": self.shop.location_id, "variant_id": variant_id}
        items = self.shop.call(list_levels.handler, query=query).json["items"]
        return items[0]["on_hand"] if items else None


def piece(variant_id: str, quantity: str = "1", **fields: Any) -> Json:
    """A line that sells a variant."""
    return {"variant_id": variant_id, "quantity": quantity, **fields}


def custom(price: int = 10_000, quantity: str = "1", *, tax_ids: tuple[str, ...] = (), **fields: Any) -> Json:
    """A line that sells something outside of the catalog."""
    return {"custom": {"name": "Kue", "price": price, "tax_ids": tax_ids}, "quantity": quantity, **fields}


def stored() -> dict[str, list[Any]]:
    """Everything in every table."""
    client = boto3.client("dynamodb")
    return {
        name: sorted(client.scan(TableName=name)["Items"], key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
        for name in client.list_tables()["TableNames"]
    }


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Let it be that moment (RFC 3339) from now on."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Stopped":
            return cls.fromisoformat(moment).astimezone(tz)

    monkeypatch.setattr(clock, "datetime", Stopped)


def calls_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make moto fit for threads: its transactions are not isolated from each other, as DynamoDB's are, unless they come
    one at a time. Between its calls a handler still meets what the others wrote.
    """
    client: Any = aws.dynamodb()
    original, lock = client._make_api_call, threading.Lock()

    def locked(*args: Any) -> Any:
        with lock:
            return original(*args)

    monkeypatch.setattr(client, "_make_api_call", locked)


def at_each_transaction(
    monkeypatch: pytest.MonkeyPatch,
    *,
    before: Callable[[], None] | None = None,
    after: Callable[[], None] | None = None,
) -> None:
    """Let something happen right before or after every transaction."""
    client: Any = aws.dynamodb()
    original = client.transact_write_items

    def transact(**request: Any) -> Any:
        if before:
            before()
        answer = original(**request)
        if after:
            after()
        return answer

    monkeypatch.setattr(client, "transact_write_items", transact)


def crash_at(monkeypatch: pytest.MonkeyPatch, call: int, *, after: bool) -> None:
    """Let the process die right before or after its AWS call number `call` (1, 2, 3 …)."""
    client: Any = aws.dynamodb()
    original, calls = client._make_api_call, itertools.count(1)

    def counted(*args: Any) -> Any:
        last = next(calls) == call
        if last and not after:
            raise Killed
        answer = original(*args)
        if last:
            raise Killed
        return answer

    monkeypatch.setattr(client, "_make_api_call", counted)


def many_variants(till: Till, count: int, *, stock: str | None = None, **variant: Any) -> list[str]:
    """So many different variants, each of the same stock."""
    ids: list[str] = []
    while len(ids) < count:
        variants = [{"price": 100, **variant}] * min(20, count - len(ids))
        made = till.shop.call(create_product.handler, {"name": "Many", "variants": variants})
        ids += [one["id"] for one in made.json["variants"]]
    if stock is not None:
        for start in range(0, count, 50):
            lines = [{"variant_id": id, "quantity": stock} for id in ids[start : start + 50]]
            body = {"location_id": till.shop.location_id, "reason": "receipt", "lines": lines}
            assert till.shop.call(create_adjustment.handler, body).status == 201
    return ids


def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an order go in steps of two levels as soon as it moves more than two."""
    monkeypatch.setattr("orders.store.MAX_MOVES", 2)
    monkeypatch.setattr("orders.drafts._STEP", 2)


def levels(till: Till) -> dict[str, str]:
    """What is at hand of every variant that ever moved."""
    items = till.shop.call(list_levels.handler, query={"location_id": till.shop.location_id, "limit": "200"}).json
    return {item["variant_id"]: item["on_hand"] for item in items["items"]}


def drafts() -> list[Any]:
    """The drafts of orders that are on their way."""
    return [item for item in stored()["test-orders"] if item["sk"]["S"] == "draft"]

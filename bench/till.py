"""A till to measure at: a shop with real products on DynamoDB Local, its handlers called in this process."""

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from bench import dynamodb_local, groceries
from catalog import create_product, create_tax
from infra.local.settings import AWS_ENVIRONMENT
from inventory import create_adjustment
from orders import preview_order
from pos.http import Operation
from pos.log import logger
from tests.support.aws import STACK_NAME, deployed
from tests.support.shop import Shop
from tests.support.tables import tables_on

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Till:
    """A shop in dollars with a sales tax, and its variants, each with more than enough on hand."""

    shop: Shop
    variants: Sequence[str]
    numbers: Iterator[int]

    def body(self, lines: int, *, register: bool) -> Json:
        """A sale of so many different things, completed at once and paid in cash."""
        body: Json = {
            "location_id": self.shop.location_id,
            "lines": [{"variant_id": variant, "quantity": "1"} for variant in self.variants[:lines]],
            "complete": True,
        }
        if register:
            body["register_id"] = self.shop.register_id
        total = self.call(preview_order.handler, body)["total"]
        return body | {"payments": [{"method": "cash", "amount": total, "tendered": total + 1000}]}

    def key(self) -> dict[str, str]:
        """A new Idempotency-Key, of a usual length."""
        return {"Idempotency-Key": f"0199b1f4-{next(self.numbers):04d}-7000-8000-000000000000"}

    def call(self, handler: Operation[Any, Any], body: Any = None, **request: Any) -> Json:
        """Call an operation, which must succeed; its answer."""
        reply = self.shop.call(handler, body, **request)
        if reply.status >= 300:
            raise RuntimeError(reply.text)
        answer: Json = reply.json
        return answer


@contextmanager
def opened_till(*, products: int, moto: bool = True) -> Iterator[Till]:
    """A till with the best sellers of the data. Queues and keys are on moto, which takes CPU at each request to AWS."""
    with ExitStack() as stack:
        # The line that each request logs is made, as on Lambda, but not shown.
        handler = logger.registered_handler
        handler.setStream(stack.enter_context(open(os.devnull, "w")))  # type: ignore[attr-defined] # noqa: PTH123
        url = stack.enter_context(dynamodb_local.running())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        if moto:
            stack.enter_context(deployed(patch))
        else:
            for name, value in {**AWS_ENVIRONMENT, "STACK_NAME": STACK_NAME}.items():
                patch.setenv(name, value)
        stack.enter_context(tables_on(url, patch))
        shop = Shop.open(currency="USD", time_zone="America/New_York")
        yield Till(shop, list(_stocked(shop, products)), itertools.count())


def _stocked(shop: Shop, products: int) -> Iterator[str]:
    tax = shop.call(create_tax.handler, {"name": "Sales tax", "rate": "8.875"}).json["id"]
    for product in groceries.list_best_sellers(products):
        variant = {"sku": product.sku, "barcode": product.barcode, "price": max(product.price, 1)}
        made = shop.call(create_product.handler, {"name": product.name, "tax_ids": [tax], "variants": [variant]})
        variant_id: str = made.json["variants"][0]["id"]
        lines = [{"variant_id": variant_id, "quantity": "100000"}]
        shop.call(create_adjustment.handler, {"location_id": shop.location_id, "reason": "opening", "lines": lines})
        yield variant_id

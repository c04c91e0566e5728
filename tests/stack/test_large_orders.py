"""A basket that no single transaction holds: the largest of the year, sold on the deployed stack, crashes included."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from itertools import batched
from typing import Any

import boto3
import pytest

from bench import groceries
from bench.groceries import Basket
from infra.local.settings import ROOT
from tests.stack.support import Json, LocalRun, Shop, client_options, eventually

pytestmark = pytest.mark.stack

STORE, WEEK, LINES = 31782, 22, 161
OPENING_STOCK = Decimal(10)

type Levels = dict[str, Decimal]


@pytest.fixture(scope="module")
def basket() -> Basket:
    """The basket of the year with the most different things in it."""
    largest = max(groceries.iterate_baskets(groceries.select(store=STORE, week=WEEK)), key=lambda one: len(one.lines))
    assert len(largest.lines) == LINES
    return largest


@pytest.fixture(scope="module")
def supermarket(open_shop: Callable[..., Shop], basket: Basket) -> Shop:
    """A shop in dollars that sells all of it by sku, and has some of each."""
    shop = open_shop(currency="USD", time_zone="America/New_York")
    variants: list[str] = []
    for lines in batched(basket.lines, 20, strict=False):
        body = {"name": "Groceries", "variants": [{"sku": str(line.product_id), "price": line.price} for line in lines]}
        answer = shop.api.post("/v1/products", body)
        assert answer.status == 201, answer
        variants += [variant["id"] for variant in answer.json["variants"]]
    for some in batched(variants, 50, strict=False):
        received = [{"variant_id": variant, "quantity": str(OPENING_STOCK)} for variant in some]
        body = {"location_id": shop.location_id, "reason": "receipt", "lines": received}
        assert shop.api.post("/v1/inventory/adjustments", body).status == 201
    return shop


def sale(shop: Shop, basket: Basket, **more: Any) -> Json:
    """The basket as its register would sell it."""
    lines = [
        {
            "sku": str(line.product_id),
            "quantity": str(line.quantity),
            "discounts": [{"name": "Loyalty card", "amount": line.discount}] if line.discount else [],
        }
        for line in basket.lines
    ]
    return shop.order(*lines, payments=[{"method": "card", "amount": basket.paid}], complete=True, **more)


def levels(shop: Shop) -> Levels:
    """What there is of everything."""
    answer = shop.api.get("/v1/inventory/levels", location_id=shop.location_id, limit="200")
    assert answer.json["next_cursor"] is None
    return {item["variant_id"]: Decimal(item["on_hand"]) for item in answer.json["items"]}


def less(before: Levels, order: Json) -> Levels:
    """What is left of it after an order."""
    taken = {line["variant_id"]: Decimal(line["quantity"]) for line in order["lines"]}
    return {variant: quantity - taken.get(variant, Decimal(0)) for variant, quantity in before.items()}


class Orders:
    """The orders table of the deployed stack, for what no operation shows: how far a sale in steps has come."""

    def __init__(self, stack: Mapping[str, str]) -> None:
        self._table = f"{stack['stack_name']}-orders"
        self._client = boto3.client("dynamodb", **client_options(stack["aws_endpoint_url"]))

    def draft(self, shop: Shop, order_id: str) -> Any:
        """The draft of an order; None if there is none."""
        return self._client.get_item(TableName=self._table, Key=self._key(shop, order_id)).get("Item")

    def abandon(self, shop: Shop, order_id: str) -> None:
        """Let a draft be long begun."""
        self._client.update_item(
            TableName=self._table,
            Key=self._key(shop, order_id),
            UpdateExpression="SET draft_sk = :begun",
            ExpressionAttributeValues={":begun": {"S": "2026-01-01T00:00:00.000Z"}},
        )

    def _key(self, shop: Shop, order_id: str) -> Any:
        return {"pk": {"S": f"{shop.merchant_id}#{order_id}"}, "sk": {"S": "draft"}}


@pytest.fixture(scope="module")
def orders(stack: dict[str, Any]) -> Orders:
    return Orders(stack)


@contextmanager
def killed_when(condition: Callable[[], bool], processes: Sequence[int]) -> Iterator[None]:
    """Meanwhile, as soon as this holds, these processes are killed; it may come to its end before."""
    over = threading.Event()

    def watch() -> bool:
        while not over.is_set():
            if condition():
                for process in processes:
                    os.kill(process, signal.SIGKILL)
                return True
        return False

    with ThreadPoolExecutor(1) as watchman:
        watched = watchman.submit(watch)
        try:
            yield
        finally:
            over.set()
        watched.result()  # what went wrong there is wrong here


def workers(local_run: LocalRun, function: str) -> list[int]:
    """The processes in which this stack's emulator runs a function."""
    folder = re.escape(f"{ROOT / local_run.settings['KASIR_LOCAL_DIR']}")
    pattern = rf"^ *(\d+) .*{folder}/[^ ]*-{function}-[^/ ]*/_worker\.py"
    processes = subprocess.run(["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout  # noqa: S607
    return [int(process) for process in re.findall(pattern, processes, re.MULTILINE)]


def crashed_sale(orders: Orders, local_run: LocalRun, shop: Shop, basket: Basket, name: str) -> Json:
    """The body of a sale whose process died after its first step. One that is done before it can be killed is taken
    back, and another tried.
    """
    for number in range(8):
        body = sale(shop, basket, id=f"ord_{name}-{number}")

        def begun(id: str = body["id"]) -> bool:
            draft = orders.draft(shop, id)
            return bool(draft and int(draft["done"]["N"]) > 0)

        shop.api.post("/v1/orders", {})  # for there to be a worker
        running = workers(local_run, "CreateOrder")
        assert running
        with killed_when(begun, running):
            answer = shop.api.post("/v1/orders", body)
        if answer.status >= 500:
            return body
        assert shop.api.post(f"/v1/orders/{body['id']}/cancel", {"reason": "Too quick"}).status == 200
    raise AssertionError("no sale could be killed between its steps")


def test_the_largest_basket_of_the_year_sells_whole_and_cancels_whole(supermarket: Shop, basket: Basket) -> None:
    shop, before = supermarket, levels(supermarket)

    sold = shop.api.post("/v1/orders", sale(shop, basket), idempotency_key="basket-1")

    assert sold.status == 201, sold
    order = sold.json
    assert (len(order["lines"]), order["total"], order["paid"]) == (LINES, basket.paid, basket.paid)
    assert [line["total"] for line in order["lines"]] == [line.paid for line in basket.lines]
    assert levels(shop) == less(before, order)
    eventually(lambda: order["id"] in [event["entity"]["id"] for event in shop.events(types="order.completed")])

    again = shop.api.post("/v1/orders", sale(shop, basket), idempotency_key="basket-1")
    assert (again.headers["idempotent-replayed"], again.json) == ("true", order)
    assert levels(shop) == less(before, order)

    cancelled = shop.api.post(f"/v1/orders/{order['id']}/cancel", {"reason": "Forgot the purse"})
    assert (cancelled.status, cancelled.json["status"]) == (200, "cancelled")
    assert levels(shop) == before


def test_a_sale_that_crashes_between_its_steps_is_finished_by_its_repeat(
    supermarket: Shop, basket: Basket, orders: Orders, local_run: LocalRun
) -> None:
    shop, before = supermarket, levels(supermarket)

    body = crashed_sale(orders, local_run, shop, basket, "crashed-and-repeated")

    assert shop.api.get(f"/v1/orders/{body['id']}").status == 404
    assert before != levels(shop)
    repeated = shop.api.post("/v1/orders", body)
    assert repeated.status == 201, repeated
    assert repeated.json["total"] == basket.paid
    assert levels(shop) == less(before, repeated.json)
    assert orders.draft(shop, body["id"]) is None


def test_a_sale_that_crashes_between_its_steps_and_is_not_repeated_never_was(
    supermarket: Shop, basket: Basket, orders: Orders, local_run: LocalRun
) -> None:
    shop, before = supermarket, levels(supermarket)
    body = crashed_sale(orders, local_run, shop, basket, "crashed-for-good")
    assert before != levels(shop)
    orders.abandon(shop, body["id"])

    local_run("invoke", "RecoverOrders", str(ROOT / "events" / "orders" / "recover_orders.json"))

    assert levels(shop) == before
    assert orders.draft(shop, body["id"]) is None
    assert shop.api.get(f"/v1/orders/{body['id']}").status == 404
    told = [event["entity"]["id"] for event in shop.events(types="order.*")]
    assert body["id"] not in told

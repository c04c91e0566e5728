"""What each operation asks of DynamoDB: round trips, units and item sizes, exactly.

    PYTHONPATH=functions python -m bench.write_units

It runs the handlers on DynamoDB Local with real products (bench/groceries.py) and prints the tables of
docs/performance.md.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from bench.metering import Bill, metered
from bench.till import Till, opened_till
from catalog import create_product
from inventory import create_adjustment, create_stock_receipt, record_movements
from orders import cancel_order, create_order, get_order, list_orders, preview_order, update_order_status
from payments import create_payment, create_refund
from pos.http import Operation
from reports import project_totals
from tests.dynamodb_local.engine import stream
from tests.support.aws import STACK_NAME
from webhooks import create_endpoint, publish_events

type Json = dict[str, Any]

_BASKETS = (1, 3, 10, 50, 90)
_BATCH = 100
_EVENTS = 3 * _BATCH
"""A sale makes order.created, order.completed and payment.created."""
_PLENTY_OF_TIME: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
_TABLES = ("orders", "events", "inventory", "catalog", "idempotency", "webhooks", "reports")


# --- what is measured ------------------------------------------------------------------------------------------------


def bills_of_operations(till: Till) -> Iterator[tuple[str, Bill]]:
    """One bill for each operation, as the first table shows them."""
    for lines in _BASKETS:
        name = f"`create_order`, {lines} line{'s' if lines > 1 else ''}"
        yield name, _bill_of(till, create_order.handler, till.body(lines, register=False))[0]
        bill, _ = _bill_of(till, create_order.handler, till.body(lines, register=True), headers=till.key())
        yield f"{name}, register and Idempotency-Key", bill
    body = till.body(3, register=True)
    yield "`preview_order`, 3 lines", _bill_of(till, preview_order.handler, body)[0]
    bill, order = _bill_of(till, create_order.handler, body | {"complete": False}, headers=till.key())
    yield "`create_order`, 3 lines, left open", bill
    yield "`get_order`, 3 lines", _bill_of(till, get_order.handler, id=order["id"])[0]
    yield "`list_orders`, 10 of them", _bill_of(till, list_orders.handler, query={"limit": "10"})[0]
    for status in ("preparing", "ready", "completed"):
        bill, _ = _bill_of(till, update_order_status.handler, {"status": status}, id=order["id"])
        yield f"`update_order_status`, 3 lines, to {status}", bill
    yield "`cancel_order`, 3 lines", _bill_of(till, cancel_order.handler, {"reason": "demo"}, id=order["id"])[0]
    received = [{"variant_id": variant, "quantity": "5"} for variant in till.variants[:10]]
    adjustment = {"location_id": till.shop.location_id, "reason": "receipt", "lines": received}
    yield "`create_adjustment`, 10 lines", _bill_of(till, create_adjustment.handler, adjustment)[0]
    receipt = {"location_id": till.shop.location_id, "lines": [{**line, "unit_cost": "250"} for line in received]}
    yield "`create_stock_receipt`, 10 lines", _bill_of(till, create_stock_receipt.handler, receipt)[0]
    variant = {"sku": "sku-1", "barcode": "8991234567890", "price": 500}
    product = {"name": "Kopi susu gula aren", "variants": [variant]}
    yield "`create_product`, one variant with sku and barcode", _bill_of(till, create_product.handler, product)[0]


def bills_of_consumers(till: Till) -> Iterator[tuple[str, int, Bill]]:
    """One bill for each consumer of a stream: what it was given, and how many of it."""
    with _new_records("inventory") as movements:
        sales = _sell(till)
    yield "`record_movements`, a movement", len(movements), _bill(record_movements.handler, movements)
    with _new_records("events", "page") as pages:
        yield "`publish_events`, an event, no endpoint", _EVENTS, _bill(publish_events.handler, sales)
    project_totals.handler({"Records": pages}, _PLENTY_OF_TIME)
    till.call(create_endpoint.handler, {"url": "https://example.com/hook", "event_types": ["order.created"]})
    sales = _sell(till)
    with _new_records("events", "page") as pages:
        bill = _bill(publish_events.handler, sales)
    yield "`publish_events`, an event, a third of them for an endpoint", _EVENTS, bill
    yield f"`project_totals`, a sale, {_BATCH} at once", _BATCH, _bill(project_totals.handler, pages)
    with _new_pages() as pages:
        orders = _orders(till, paid=False)
    _bill(project_totals.handler, pages)
    with _new_pages() as pages:
        for order in orders:
            till.call(create_payment.handler, {"method": "card", "amount": order["total"]}, id=order["id"])
    yield (
        f"`project_totals`, a payment that comes later, {_BATCH} at once",
        _BATCH,
        _bill(project_totals.handler, pages),
    )
    with _new_pages() as pages:
        for order in orders:
            line = {"line_id": order["lines"][0]["id"], "quantity": "1"}
            till.call(create_refund.handler, {"reason": "Broken", "lines": [line]}, id=order["id"])
    yield f"`project_totals`, a refund of a line, {_BATCH} at once", _BATCH, _bill(project_totals.handler, pages)


def _sell(till: Till) -> list[Json]:
    """A batch of sales of three things each; the stream's records of them."""
    with _new_records("events", "outbox") as changes:
        _orders(till, paid=True)
    return changes


def _orders(till: Till, *, paid: bool) -> list[Json]:
    """A batch of sales of three things each."""
    bodies = (till.body(3, register=True) | ({} if paid else {"payments": []}) for _ in range(_BATCH))
    return [till.call(create_order.handler, body) for body in bodies]


@contextmanager
def _new_pages() -> Iterator[list[Json]]:
    """The records of the pages that the feed gets by what happens meanwhile."""
    with _new_records("events", "page") as pages:
        with _new_records("events", "outbox") as changes:
            yield pages
        _bill(publish_events.handler, changes)


@contextmanager
def _new_records(table: str, kind: str = "level") -> Iterator[list[Json]]:
    """The records of a kind that come into a table's stream meanwhile; they are in the list at the end."""
    before, new = len(stream(table)), list[Json]()
    yield new
    new += [one for one in stream(table)[before:] if one["dynamodb"]["NewImage"].get("kind") == {"S": kind}]


def _bill_of(till: Till, handler: Operation[Any, Any], body: Any = None, **request: Any) -> tuple[Bill, Json]:
    with metered() as bill:
        return bill, till.call(handler, body, **request)


def _bill(consumer: Callable[[Json, Any], None], records: Sequence[Json]) -> Bill:
    with metered() as bill:
        for batch in itertools.batched(records, _BATCH, strict=False):
            consumer({"Records": list(batch)}, _PLENTY_OF_TIME)
    return bill


# --- what is printed -------------------------------------------------------------------------------------------------


def main() -> None:
    """Print both tables."""
    with opened_till(products=max(_BASKETS)) as till:
        print("| operation | round trips | read units | write units: tables | indexes | largest item |")
        print("|---|---|---|---|---|---|")
        for name, bill in bills_of_operations(till):
            row = (name, bill.round_trips, f"{float(bill.read_units):g}", bill.table_units, bill.index_units)
            print("|", " | ".join(map(str, (*row, _sizes(bill)))), "|")
        print("\n| consumer, for each | round trips | read units | write units | largest item |")
        print("|---|---|---|---|---|")
        for name, number, bill in bills_of_consumers(till):
            each = [f"{float(units) / number:.2f}" for units in (bill.round_trips, bill.read_units, bill.write_units)]
            print("|", " | ".join((name, *each, _sizes(bill))), "|")


def _sizes(bill: Bill) -> str:
    sizes = {table: bill.largest.get(f"{STACK_NAME}-{table}") for table in _TABLES}
    return ", ".join(f"{table} {size} B" for table, size in sizes.items() if size) or "none"


if __name__ == "__main__":
    main()

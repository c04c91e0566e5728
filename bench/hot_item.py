"""How sales get in each other's way when they all take the same thing.

    PYTHONPATH=functions python -m bench.hot_item

DynamoDB Local itself lets transactions wait for each other, so conflicts are made by AWS's rule
(tests/dynamodb_local/engine.py). What this shows is a ratio: transactions attempted for each sale that happened. The
second table is of deliveries of that thing, each of which reads its level before it writes it.
"""

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.till import Till, opened_till
from inventory import create_stock_receipt
from orders import create_order
from tests.dynamodb_local.engine import Conflicts

_TILLS = (1, 2, 4, 8, 16)
_SALES = 96
_ROUNDS = 3
_DELIVERIES = 12


def main() -> None:
    """Print a row for each number of tills that sell without a pause."""
    print("| tills | transactions a sale | told to try again | median ms | longest ms |")
    print("|---|---|---|---|---|")
    with opened_till(products=1) as till, pytest.MonkeyPatch.context() as patch:
        conflicts = Conflicts()
        conflicts.happen(patch)
        for tills in _TILLS:
            rows = [_sell(till, tills, conflicts) for _ in range(_ROUNDS)]
            attempts, busy, median, longest = (statistics.median(column) for column in zip(*rows, strict=True))
            print(f"| {tills} | {attempts:.2f} | {busy:.0%} | {median:.0f} | {longest:.0f} |")
        print("\n| tills | told to try again | median ms | longest ms |")
        print("|---|---|---|---|")
        for tills in _TILLS:
            deliveries = [_receive(till, tills) for _ in range(_ROUNDS)]
            busy, median, longest = (statistics.median(column) for column in zip(*deliveries, strict=True))
            print(f"| {tills} | {busy:.0%} | {median:.0f} | {longest:.0f} |")


def _receive(till: Till, tills: int) -> tuple[float, float, float]:
    """Take in one delivery after the other while so many tills sell the same thing without a pause."""
    sale = till.body(1, register=False)
    line = {"variant_id": till.variants[0], "quantity": "10", "unit_cost": "250"}
    delivery = {"location_id": till.shop.location_id, "lines": [line]}
    over = threading.Event()

    def sell() -> None:
        while not over.is_set():
            till.shop.call(create_order.handler, sale)

    with ThreadPoolExecutor(tills) as pool:
        selling = [pool.submit(sell) for _ in range(tills)]
        replies, times = [], []
        for _ in range(_DELIVERIES):
            started = time.perf_counter()
            replies.append(till.shop.call(create_stock_receipt.handler, delivery).status)
            times.append((time.perf_counter() - started) * 1000)
        over.set()
        for one in selling:
            one.result()
    if not set(replies) <= {201, 503}:
        raise RuntimeError("a delivery was neither taken in nor put off")
    return replies.count(503) / _DELIVERIES, statistics.median(times), max(times)


def _sell(till: Till, tills: int, conflicts: Conflicts) -> tuple[float, float, float, float]:
    body = till.body(1, register=False)
    conflicts.transactions = 0

    def sell(_: int) -> tuple[int, float]:
        started = time.perf_counter()
        reply = till.shop.call(create_order.handler, body)
        return reply.status, (time.perf_counter() - started) * 1000

    with ThreadPoolExecutor(tills) as pool:
        sales = list(pool.map(sell, range(_SALES)))
    sold = [ms for status, ms in sales if status == 201]
    busy = sum(status == 503 for status, _ in sales)
    if len(sold) + busy < _SALES:
        raise RuntimeError("a sale was neither made nor put off")
    return conflicts.transactions / len(sold), busy / _SALES, statistics.median(sold), max(sold)


if __name__ == "__main__":
    main()

"""The CPU that a warm function spends on a request: the handler in this process, DynamoDB Local in another.

    PYTHONPATH=functions python -m bench.request_cpu

It counts this process's CPU only: validation, pricing, JSON, compression, the log line and botocore, but neither
DynamoDB's work nor waiting. It says nothing about how Kasir compares to a shop system that is called over HTTP.
"""

import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from bench.till import Till, opened_till
from orders import create_order, get_order, preview_order
from pos.http import Operation
from tests.support.shop import request_event

type Request = tuple[str, Operation[Any, Any], dict[str, Any]]

_BASKETS = (3, 10, 50)
_WARM_UP = 30
_CALLS = 200


def main() -> None:
    """Print a row for each request."""
    print("| operation | CPU ms |\n|---|---|")
    with opened_till(products=max(_BASKETS), moto=False) as till:
        for name, handler, event in _requests(till):
            print(f"| {name} | {_median_cpu(handler, event):.2f} |")


def _requests(till: Till) -> Iterator[Request]:
    merchant_id = till.shop.merchant_id
    for lines in _BASKETS:
        body = till.body(lines, register=True)
        order = till.call(create_order.handler, body)
        yield f"`create_order`, {lines} lines", create_order.handler, request_event(merchant_id, body=body)
        yield f"`preview_order`, {lines} lines", preview_order.handler, request_event(merchant_id, body=body)
        event = request_event(merchant_id, path={"id": order["id"]})
        yield f"`get_order`, {lines} lines", get_order.handler, event


def _median_cpu(handler: Operation[Any, Any], event: dict[str, Any]) -> float:
    samples = []
    for _ in range(_WARM_UP + _CALLS):
        begun = time.process_time()
        status = handler(event, None)["statusCode"]
        samples.append((time.process_time() - begun) * 1000)
        if status >= 300:
            raise RuntimeError(f"{handler.name} answered {status}")
    return median(samples[_WARM_UP:])


if __name__ == "__main__":
    main()

"""What shifts ask of DynamoDB, and how long a long one takes to be summed.

    PYTHONPATH=functions python -m bench.shifts

It sells in a shift on DynamoDB Local with real products (bench/groceries.py) and prints the tables of
docs/performance.md.
"""

import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

from bench.metering import Bill, metered
from bench.till import Json, Till, opened_till
from orders import cancel_order, close_shift, create_order, update_order_status
from pos import dynamo
from pos.http import Operation
from shifts import create_cash_movement, get_shift_report, list_shift_entries, open_shift, store
from tests.support.aws import STACK_NAME

_BASKETS = (1, 3, 10, 50)
_LONG = 2_000
_COUNTED: Json = {"counted": {"total": 0}}


def bills_of_sales(till: Till) -> Iterator[tuple[str, Bill, Bill]]:
    """What is asked of DynamoDB without a shift and with one."""
    for lines in _BASKETS:
        without = _sale(till, lines)[0]
        shift_id = _opened(till)
        yield f"`create_order`, {lines} line{'s' if lines > 1 else ''}", without, _sale(till, lines)[0]
        till.call(close_shift.handler, _COUNTED, id=shift_id)
    (without, _), (cancelled, _) = _completion(till), _cancellation(till)
    shift_id = _opened(till)
    yield "`update_order_status`, 3 lines, to completed", without, _completion(till)[0]
    yield "`cancel_order`, 3 lines", cancelled, _cancellation(till)[0]
    till.call(close_shift.handler, _COUNTED, id=shift_id)


def bills_of_shifts(till: Till) -> Iterator[tuple[str, Bill, float, int]]:
    """What a shift of many sales of 3 lines is asked for: the bill, the seconds, and the bytes at the peak."""
    opening = {"register_id": till.shop.register_id, "opening_float": {"total": 20_000}}
    yield "`open_shift`", *_measured(till, open_shift.handler, body=opening)
    drawer = dynamo.get(store.drawer_ref(till.shop.merchant_id, till.shop.register_id))
    movement = {"type": "paid_in", "amount": 500, "reason": "Change"}
    yield "`create_cash_movement`", *_measured(till, create_cash_movement.handler, id=drawer.shift_id, body=movement)
    body = till.body(3, register=True)
    for _ in range(_LONG - 1):
        till.call(create_order.handler, body)
    for name, handler, request in (
        ("`list_shift_entries`, 50 of them", list_shift_entries.handler, {}),
        (f"`get_shift_report`, X of {_LONG:,} entries", get_shift_report.handler, {}),
        (f"`close_shift`, Z of {_LONG:,} entries", close_shift.handler, {"body": _COUNTED}),
        ("`get_shift_report`, Z", get_shift_report.handler, {}),
    ):
        yield name, *_measured(till, handler, id=drawer.shift_id, **request)


def _measured(till: Till, handler: Operation[Any, Any], **request: Any) -> tuple[Bill, float, int]:
    tracemalloc.start()
    started = time.perf_counter()
    with metered() as bill:
        till.call(handler, **request)
    seconds, (_, peak) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return bill, seconds, peak


def _opened(till: Till) -> str:
    body = {"register_id": till.shop.register_id, "opening_float": {"total": 20_000}}
    return str(till.call(open_shift.handler, body)["id"])


def _sale(till: Till, lines: int) -> tuple[Bill, Json]:
    body = till.body(lines, register=True)
    with metered() as bill:
        return bill, till.call(create_order.handler, body, headers=till.key())


def _completion(till: Till) -> tuple[Bill, Json]:
    order = till.call(create_order.handler, till.body(3, register=True) | {"complete": False})
    with metered() as bill:
        return bill, till.call(update_order_status.handler, {"status": "completed"}, id=order["id"])


def _cancellation(till: Till) -> tuple[Bill, Json]:
    order = till.call(create_order.handler, till.body(3, register=True))
    with metered() as bill:
        return bill, till.call(cancel_order.handler, {"reason": "bench"}, id=order["id"])


def main() -> None:
    """Print both tables."""
    with opened_till(products=max(_BASKETS)) as till:
        print(
            "| operation | round trips | read units | write units | in a shift: round trips | read | write | largest |"
        )
        print("|---|---|---|---|---|---|---|---|")
        for name, without, inside in bills_of_sales(till):
            print("|", " | ".join([name, *_units(without), *_units(inside), _largest(inside)]), "|")
        print("\n| operation | round trips | read units | write units | largest item | seconds | memory |")
        print("|---|---|---|---|---|---|---|")
        for name, bill, seconds, peak in bills_of_shifts(till):
            print("|", " | ".join([name, *_units(bill), _largest(bill), f"{seconds:.2f}", f"{peak / 1e6:.1f} MB"]), "|")


def _units(bill: Bill) -> list[str]:
    return [str(bill.round_trips), f"{float(bill.read_units):g}", str(bill.write_units)]


def _largest(bill: Bill) -> str:
    size = bill.largest.get(f"{STACK_NAME}-{store.TABLE}")
    return f"{size} B" if size else "none"


if __name__ == "__main__":
    main()

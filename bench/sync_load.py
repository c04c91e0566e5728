"""What it takes to load a catalog through synchronisation, and to go on after a break.

    make bench BENCH=sync_load                              100,000 products, handlers on DynamoDB Local
    make bench BENCH=sync_load ARGS="--products 5000"       fewer
    make bench BENCH=sync_load ARGS="--api"                 the 68,260 products that the data sells, by the API

The first meters a few calls (write units for a product, by what it was told), then loads all in a snapshot run from a
process of its own, which is killed half way; another begins from the start. The catalog is the data's own products
(bench/groceries.py), and once these are used up the same ones under other ids.
"""

import argparse
import itertools
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import groceries
from bench.api import Api
from bench.metering import metered
from bench.till import opened_till
from pos.http import Operation
from sync import (
    create_sync_run,
    finish_sync_run,
    get_sync_run,
    sync_categories,
    sync_products,
    sync_stock_levels,
    telling,
)
from tests.support.shop import Shop

type Json = dict[str, Any]

_SOURCE = "erp"
_A_CALL = 1000
_ALL = 68_509
_METERED = 50
_AFRESH = 100_000_000
"""What is added to a product's id to make another one of it."""


class _OneByOne:
    """Does what a pool of threads does without threads: what is metered must not run at once."""

    map = staticmethod(map)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=None, help="how many; 100,000, or with --api all of the data")
    parser.add_argument("--api", action="store_true", help="through the API of the stack that is up")
    parser.add_argument("--stack", type=Path, default=Path(".local/stack.json"))
    options = parser.parse_args()
    if options.api:
        _over_http(options.stack, options.products)
        return
    with opened_till(products=0) as till:
        _metered(till.shop)
        _loaded(till.shop, options.products or 100_000)


def _catalog(count: int | None) -> list[groceries.Product]:
    return groceries.list_best_sellers(count or _ALL)


def _records(products: Sequence[groceries.Product], count: int) -> Iterator[Json]:
    """So many products as a source tells them."""
    for place, product in enumerate(itertools.islice(itertools.cycle(products), count)):
        id = product.id + place // len(products) * _AFRESH
        codes = {"sku": str(id), "barcode": groceries.derive_barcode(id)} if id == product.id else {"sku": str(id)}
        variant = {"external_id": str(id), "price": max(product.price, 1), **codes}
        yield {
            "external_id": str(id),
            "name": product.name,
            "category_external_id": product.department,
            "variants": [variant],
        }


def _categories(products: Sequence[groceries.Product]) -> list[Json]:
    return [{"external_id": one, "name": one} for one in sorted({product.department for product in products})]


# --- units -----------------------------------------------------------------------------------------------------------


def _metered(shop: Shop) -> None:
    products = _catalog(_METERED)
    records = list(_records(products, _METERED))
    telling._threads, threads = _OneByOne(), telling._threads  # type: ignore[assignment]
    telling.SECONDS, seconds = 3600, telling.SECONDS  # weighing takes its time
    changed = [
        {**one, "variants": [{**one["variants"][0], "price": one["variants"][0]["price"] + 1}]} for one in records
    ]
    stock = [{"external_id": one["external_id"], "location_id": shop.location_id, "quantity": "5"} for one in records]
    sold = [{**one, "quantity": "4"} for one in stock]
    print(f"For a record, in calls of {_METERED}:")
    print("| | write units | of them indexes | read units | round trips |")
    print("|---|---|---|---|---|")
    tell = _teller(shop)
    tell("categories", _categories(products))
    for name, kind, told in (
        ("a new product", "products", records),
        ("told again", "products", records),
        ("another price", "products", changed),
        ("stock for the first time", "stock_levels", stock),
        ("stock told again", "stock_levels", stock),
        ("stock that moved", "stock_levels", sold),
    ):
        with metered() as bill:
            tell(kind, told)
        each = (bill.write_units, bill.index_units, bill.read_units, bill.round_trips)
        print(f"| {name} | " + " | ".join(f"{float(total) / _METERED:.2f}" for total in each) + " |")
    telling._threads, telling.SECONDS = threads, seconds
    tell("products", [{"external_id": one["external_id"], "deleted": True} for one in records])


def _teller(shop: Shop) -> Callable[..., Json]:
    handlers: dict[str, Operation[Any, Any]] = {
        "categories": sync_categories.handler,
        "products": sync_products.handler,
        "stock_levels": sync_stock_levels.handler,
    }

    def tell(kind: str, records: Sequence[Json], **more: Any) -> Json:
        reply = shop.call(handlers[kind], {"source": _SOURCE, "records": list(records), **more})
        if reply.status != 200:
            raise RuntimeError(reply.text)
        answer: Json = reply.json
        return answer

    return tell


# --- the load, and a kill ---------------------------------------------------------------------------------------------


def _loaded(shop: Shop, count: int) -> None:
    products = _catalog(min(count, _ALL))
    _teller(shop)("categories", _categories(products))
    run = shop.call(create_sync_run.handler, {"source": _SOURCE, "type": "product", "snapshot": True}).json
    own_process = multiprocessing.get_context("spawn")
    first = own_process.Process(target=_load, args=(shop, run["id"], count))
    started = time.monotonic()
    first.start()
    while _counts(shop, run["id"]).total() < count // 2:
        time.sleep(1)
    first.kill()
    first.join()
    half = time.monotonic() - started
    by_then = _counts(shop, run["id"])
    print(f"killed after {half:.0f} s: {dict(by_then)}", flush=True)
    started = time.monotonic()
    second = own_process.Process(target=_load, args=(shop, run["id"], count))
    second.start()
    second.join()
    resumed = time.monotonic() - started
    print(f"all told again from the start in {resumed:.0f} s: {dict(_counts(shop, run['id']) - by_then)}", flush=True)
    started, calls = time.monotonic(), 0
    while True:
        reply = shop.call(finish_sync_run.handler, {}, id=run["id"])
        calls += 1
        if reply.status != 200:
            raise RuntimeError(reply.text)
        if reply.json["status"] == "finished":
            break
    done = reply.json
    print(f"finished by {calls} calls in {time.monotonic() - started:.0f} s:")
    print({name: done[name] for name in ("told", "known", "missing", "retired")})


def _counts(shop: Shop, run_id: str) -> Counter[str]:
    return Counter(shop.call(get_sync_run.handler, id=run_id).json["counts"])


def _load(shop: Shop, run_id: str, count: int) -> None:
    """Tell all, a call after the other; in a process of its own."""
    tell = _teller(shop)
    records = _records(_catalog(min(count, _ALL)), count)
    started, told = time.monotonic(), 0
    while batch := list(itertools.islice(records, _A_CALL)):
        _insist(lambda left: tell("products", left, run_id=run_id), batch)
        told += len(batch)
        if told % 10_000 == 0:
            print(f"  {told} told after {time.monotonic() - started:.0f} s", flush=True)


def _insist(tell: Callable[[list[Json]], Json], batch: list[Json]) -> Counter[str]:
    """Tell a batch, and what was deferred of it again."""
    counts: Counter[str] = Counter()
    while batch:
        results = tell(batch)["results"]
        counts += Counter(result["result"] for result in results)
        if wrong := [result for result in results if result["result"] == "invalid"]:
            raise RuntimeError(str(wrong[:3]))
        batch = [record for record, result in zip(batch, results, strict=True) if result["result"] == "deferred"]
    return counts


# --- the deployed stack -----------------------------------------------------------------------------------------------


def _over_http(stack: Path, count: int | None) -> None:
    api = Api.from_stack(stack)
    products = _catalog(count)
    _insist(lambda left: _post(api, "categories", left), _categories(products))
    run = api.post("/v1/sync/runs", {"source": _SOURCE, "type": "product", "snapshot": True}).body
    for name in ("told", "told again"):
        started, calls = time.monotonic(), 0
        counts: Counter[str] = Counter()
        records = _records(products, len(products))
        while batch := list(itertools.islice(records, _A_CALL)):
            counts += _insist(
                lambda left: _post(api, "products", left, run_id=run["id"], match_by=["sku"]),  # the demo shop has some
                batch,
            )
            calls += 1
        seconds = time.monotonic() - started
        print(
            f"{name}: {dict(counts)} in {seconds:.0f} s ({len(products) / seconds:.0f} a second), {calls} batches",
            flush=True,
        )
    done = run
    while done["status"] != "finished":
        done = api.post(f"/v1/sync/runs/{run['id']}/finish", {"retire_at_most": 100}).body
    print({name: done[name] for name in ("counts", "told", "known", "missing", "retired")})


def _post(api: Api, kind: str, records: list[Json], **more: Any) -> Json:
    return api.post(f"/v1/sync/{kind}", {"source": _SOURCE, "records": records, **more}).body


if __name__ == "__main__":
    main()

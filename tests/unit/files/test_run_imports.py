"""The worker reads, shows, does and takes back what a file says, and goes on where another one stopped."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest

from catalog import list_categories
from customers import create_customer, list_customers
from files import apply_import, create_import, run_imports, store, undo_import
from files.imports import working
from inventory import record_movements
from pos import dynamo
from tests.support.aws import take_messages
from tests.support.contract import all_pages
from tests.support.samples import sample
from tests.support.shop import Shop
from tests.unit.files.imports import counted, give, preview, products, told, work
from tests.unit.files.test_preview_import import product
from tests.unit.inventory.stream import follow
from tests.unit.orders.till import Till, levels
from tests.unit.reports.sales import Crash, calls

MENU = "Name,SKU,Category,Price\nKopi susu,K,Minuman > Panas,18000\nTeh,T,Minuman,15000\nRoti,R,,x\n"


def message(shop: Shop, id: str, *, receives: int = 1) -> dict[str, Any]:
    body = json.dumps({"merchant_id": shop.merchant_id, "kind": "import", "id": id})
    return {"Records": [{"body": body, "attributes": {"ApproximateReceiveCount": str(receives)}}]}


def test_the_sample_takes_a_turn(shop: Shop) -> None:
    id = give(shop, "products", MENU).json["id"]

    run_imports.handler(sample("files", "run_imports", shop) | message(shop, id), None)

    assert told(shop, id)["status"] == "ready"


def categories(shop: Shop) -> dict[str, int]:
    """The version of each category, by name."""
    return {one["name"]: one["version"] for one in all_pages(shop, list_categories.handler, 100)}


def dies_at(shop: Shop, id: str, number: int) -> bool:
    """Let the worker take its turn, which ends at its nth request to AWS, when that is done; whether it did."""
    take_messages("imports")

    def on_call(current: int, do_it: Callable[[], Any]) -> Any:
        answer = do_it()
        if current >= number:
            raise Crash
        return answer

    try:
        with calls(on_call), mock.patch.object(working, "_threads", ThreadPoolExecutor(1)):
            run_imports.handler(message(shop, id), None)
    except Crash:
        return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("step", ["reading", "applying", "undoing"])
def test_a_worker_that_dies_anywhere_loses_and_doubles_nothing(aws: None, step: str) -> None:
    deaths = 0
    for number in range(1, 300):
        shop = Shop.open()
        kopi = product(shop, "Kopi", {"sku": "K", "price": 5})
        id = give(shop, "products", MENU).json["id"]
        if step != "reading":
            work()
            shop.call(apply_import.handler, id=id)
        if step == "undoing":
            work()
            shop.call(undo_import.handler, id=id)
        died = dies_at(shop, id, number)
        deaths += died
        run_imports.handler(message(shop, id), None)
        work()
        shown = told(shop, id)
        made = products(shop)
        assert shown["preview"] == counted(created=1, updated=1, invalid=1), number
        match step:
            case "reading":
                assert (shown["status"], made) == ("ready", {"Kopi": kopi})
            case "applying":
                assert shown["applied"] == counted(created=1, updated=1, invalid=1), number
                assert {name: one["version"] for name, one in made.items()} == {"Kopi susu": 2, "Teh": 1}
                assert categories(shop) == {"Minuman": 1, "Panas": 1}
            case _:
                assert shown["undone"] == {"removed": 1, "restored": 1, "left_alone": 0}, number
                assert {name: one["version"] for name, one in made.items()} == {"Kopi": 3}
                assert categories(shop) == {}
        if not died:
            break
    assert deaths > 8


@pytest.mark.slow
@pytest.mark.parametrize("step", ["applying", "undoing"])
def test_a_worker_that_dies_anywhere_counts_once(till: Till, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    stream = follow(monkeypatch)
    shop, deaths = till.shop, 0
    for number in range(1, 200):
        variant = till.product(stock="10", sku=f"S{number}")
        id = preview(shop, "stock_counts", f"SKU,Qty\nS{number},4\n")["id"]
        shop.call(apply_import.handler, id=id)
        if step == "undoing":
            work()
            record_movements.handler({"Records": stream}, None)
            shop.call(undo_import.handler, id=id)
        died = dies_at(shop, id, number)
        deaths += died
        record_movements.handler({"Records": stream}, None)
        run_imports.handler(message(shop, id), None)
        work()
        shown = told(shop, id)
        assert shown["applied"] == counted(updated=1), number
        assert levels(till)[variant] == ("4" if step == "applying" else "10"), number
        if not died:
            break
    assert deaths > 4


def test_a_repeated_step_counts_what_was_done_from_its_marks(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "BATCH", 2)
    rows = "".join(f"P{number},p{number}@example.com\n" for number in range(5))
    shop.call(create_customer.handler, {"name": "Old", "email": "p3@example.com"})
    id = preview(shop, "customers", f"Name,Email\n{rows}")["id"]
    shop.call(apply_import.handler, id=id)
    assert dies_at(shop, id, 12)

    run_imports.handler(message(shop, id), None)

    assert told(shop, id)["applied"] == counted(created=4, updated=1)
    found = {one["name"]: one["version"] for one in all_pages(shop, list_customers.handler, 100)}
    assert found == {"P0": 1, "P1": 1, "P2": 1, "P3": 2, "P4": 1}


def test_what_passes_is_tried_again_and_what_does_not_is_given_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any) -> Any:
        raise dynamo.Busy

    id = give(shop, "products", MENU).json["id"]
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(working.Turn, "step", busy)
        with pytest.raises(dynamo.Busy):
            work()
        assert told(shop, id)["status"] == "running"
        run_imports.handler(message(shop, id, receives=5), None)
    shown = told(shop, id)
    assert (shown["status"], shown["failure_code"]) == ("failed", "internal")


def test_a_file_that_kills_the_worker_each_time_is_given_up_unread(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    id = give(shop, "products", MENU).json["id"]
    take_messages("imports")
    monkeypatch.setattr(working, "Turn", None)

    run_imports.handler(message(shop, id, receives=6), None)

    assert told(shop, id)["failure_code"] == "internal"


def test_what_was_interrupted_for_good_can_be_applied_to_its_end_or_taken_back(shop: Shop) -> None:
    id = preview(shop, "products", MENU)["id"]
    shop.call(apply_import.handler, id=id)
    running = store.IMPORTS.load(shop.merchant_id, id)
    run_imports.handler(message(shop, id), None)
    failed = store.IMPORTS.load(shop.merchant_id, id)
    store.IMPORTS.save(failed.with_(failed.work, status="failed", failure="…", failure_code="internal"))
    assert running.job.status == "running"

    assert shop.call(apply_import.handler, id=id).status == 202
    work()

    assert told(shop, id)["applied"] == counted(created=2, invalid=1)
    assert {one["version"] for one in products(shop).values()} == {1}
    assert shop.call(undo_import.handler, id=id).status == 202
    work()
    assert products(shop) == {}


def test_a_message_of_an_import_that_there_is_not_is_let_go(shop: Shop) -> None:
    run_imports.handler(message(shop, "imp_none"), None)

    assert take_messages("imports") == []


def test_a_message_of_an_import_that_waits_for_its_file_does_nothing(shop: Shop) -> None:
    id = shop.call(create_import.handler, {"type": "products", "file_name": "a.csv", "size": 5}).json["id"]

    run_imports.handler(message(shop, id), None)

    assert told(shop, id)["status"] == "awaiting_file"

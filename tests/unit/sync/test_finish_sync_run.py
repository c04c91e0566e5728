"""finish_sync_run"""

from types import SimpleNamespace
from typing import Any

import pytest

from catalog import list_products
from sync import finish_sync_run, finishing, sync_categories, telling
from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Reply, Shop, send
from tests.unit.sync.records import (
    begin_run,
    edit,
    record,
    run_of,
    tell,
    tell_category,
    tell_customer,
    tell_stock,
    told,
)


def plain(number: int, **fields: Any) -> Any:
    return record(f"P-{number:02}", name=f"Product {number}", variants=[{"price": 100}], **fields)


def finish(shop: Shop, run: Any, **body: Any) -> Reply:
    return shop.call(finish_sync_run.handler, body, id=run["id"])


def names(shop: Shop) -> list[str]:
    items = shop.call(list_products.handler, query={"limit": "200"}).json["items"]
    return sorted(item["external_ids"].get("erp", "ours") for item in items)


def test_the_sample_event_finishes_a_run(shop: Shop) -> None:
    run = begin_run(shop, snapshot=False)
    tell(shop, plain(1), run_id=run["id"])

    reply = send(finish_sync_run.handler, sample("sync", "finish_sync_run", shop, id=run["id"]))

    assert reply.status == 200, reply.text
    assert (reply.json["status"], reply.json["counts"], reply.json["retired"]) == ("finished", {"created": 1}, {})
    assert [event["type"] for event in events_of(shop, run["id"])] == ["sync_run.created", "sync_run.finished"]
    assert tell(shop, plain(1), run_id=run["id"]).code == "sync_run.not_open"
    assert finish(shop, run).json == reply.json


def test_a_snapshot_retires_what_the_source_told_before_and_not_in_it(shop: Shop) -> None:
    tell(shop, *(plain(number) for number in range(6)))
    shop.call(sync_categories.handler, {"source": "erp", "records": [{"external_id": "C", "name": "C"}]})
    run = begin_run(shop)
    tell(shop, *(plain(number) for number in range(3)), run_id=run["id"])
    tell(shop, plain(3), {"external_id": "P-04", "name": 5}, run_id=run["id"])

    done = finish(shop, run).json

    assert (done["status"], done["told"], done["known"], done["missing"]) == ("finished", 5, 6, 1)
    assert done["retired"] == {"deleted": 1}
    assert names(shop) == ["P-00", "P-01", "P-02", "P-03", "P-04"]  # 04 was refused, and told nevertheless
    assert tell_category(shop, "C", name="C")["result"] == "unchanged"


def test_what_we_changed_meanwhile_is_a_conflict_and_what_others_told_stays(shop: Shop) -> None:
    contested = told(shop, plain(1))
    tell(shop, plain(2), source="erp")
    tell(shop, record("X", variants=[{"price": 1}]), source="shopify")
    edit(shop, contested["id"], name="Ours")
    run = begin_run(shop)

    done = finish(shop, run).json

    assert done["retired"] == {"conflict": 1, "deleted": 1}
    assert names(shop) == ["P-01", "ours"]


def test_what_was_told_beside_the_run_after_it_began_stays(shop: Shop) -> None:
    run = begin_run(shop)
    tell(shop, plain(1))

    assert finish(shop, run).json["missing"] == 0
    assert names(shop) == ["P-01"]


def test_an_empty_export_is_refused_and_the_run_goes_on(shop: Shop) -> None:
    tell(shop, *(plain(number) for number in range(12)))
    run = begin_run(shop)
    tell(shop, plain(0), run_id=run["id"])

    refused = finish(shop, run)

    assert (refused.status, refused.code) == (409, "sync_run.retires_too_much")
    assert "11 of 12" in refused.json["detail"]
    assert len(names(shop)) == 12
    assert (run_of(shop, run["id"])["status"], run_of(shop, run["id"])["missing"]) == ("running", 11)
    tell(shop, plain(1), run_id=run["id"])
    assert finish(shop, run, retire_at_most=100).json["retired"] == {"deleted": 10}
    assert names(shop) == ["P-00", "P-01"]


def test_a_finish_that_takes_long_goes_on_with_the_next_call(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(shop, *(plain(number) for number in range(9)))
    run = begin_run(shop)
    monkeypatch.setattr(finishing, "_COUNTED", 2)
    monkeypatch.setattr(finishing, "_RETIRED", 2)
    ticks = iter(range(1_000_000))
    monkeypatch.setattr("sync.finishing.time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    monkeypatch.setattr("sync.telling.time", SimpleNamespace(monotonic=lambda: 0.0))
    monkeypatch.setattr(telling, "SECONDS", 3)

    statuses = []
    for _ in range(30):
        reply = finish(shop, run, retire_at_most=100)
        assert reply.status == 200, reply.text
        statuses.append(reply.json["status"])
        if statuses[-1] == "finished":
            break

    assert statuses[-1] == "finished"
    assert statuses.count("finishing") > 1
    done = run_of(shop, run["id"])
    assert (done["known"], done["missing"], done["retired"]["deleted"]) == (9, 9, 9)
    assert names(shop) == []


def test_what_is_told_again_after_a_break_is_unchanged(shop: Shop) -> None:
    run = begin_run(shop)
    tell(shop, *(plain(number) for number in range(4)), run_id=run["id"])

    again = tell(shop, *(plain(number) for number in range(6)), run_id=run["id"])

    assert again.json["counts"] == {"unchanged": 4, "created": 2}
    assert finish(shop, run).json["missing"] == 0


def test_snapshots_of_categories_customers_and_stock_retire_likewise(shop: Shop) -> None:
    tell_category(shop, "A", name="A")
    tell_category(shop, "B", name="B", parent_external_id="A")
    tell_customer(shop)
    told(shop, record())
    tell_stock(shop, "10")

    retired = {
        kind: finish(shop, begin_run(shop, type=kind), retire_at_most=100).json["retired"]
        for kind in ("category", "customer", "stock_level")
    }

    assert retired == {"category": {"deleted": 2}, "customer": {"deleted": 1}, "stock_level": {"deleted": 1}}
    assert tell_stock(shop, "0")["result"] == "unchanged"


def test_it_needs_its_permission(shop: Shop) -> None:
    assert_needs("sync:write", shop, finish_sync_run.handler, {}, id=begin_run(shop)["id"])

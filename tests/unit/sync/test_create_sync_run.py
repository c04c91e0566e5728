"""create_sync_run, and calls that are part of a run"""

from typing import Any

from sync import create_sync_run, sync_products
from tests.support.contract import assert_needs, events_of
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.sync.records import begin_run, record, run_of, tell


def test_the_sample_event_begins_a_run(shop: Shop) -> None:
    reply = send(create_sync_run.handler, sample("sync", "create_sync_run", shop))

    assert reply.status == 201, reply.text
    assert (reply.json["status"], reply.json["calls"], reply.json["counts"]) == ("running", 0, {})
    assert [event["type"] for event in events_of(shop, reply.json["id"])] == ["sync_run.created"]


def test_calls_are_counted_on_their_run(shop: Shop) -> None:
    run = begin_run(shop)

    tell(shop, record("P-1"), record("P-2", variants=[{"price": 1}]), run_id=run["id"])
    tell(shop, record("P-1"), {"external_id": "P-3", "name": 5}, run_id=run["id"])

    now = run_of(shop, run["id"])
    assert (now["calls"], now["counts"]) == (2, {"created": 2, "invalid": 1, "unchanged": 1})


def test_a_call_names_a_run_of_its_own_source_and_kind(shop: Shop) -> None:
    run, other = begin_run(shop), begin_run(shop, type="category")

    def refused(run_id: str, source: str = "erp") -> tuple[int, str, list[str]]:
        body: Any = {"source": source, "run_id": run_id, "records": [record()]}
        reply = shop.call(sync_products.handler, body)
        return reply.status, reply.code, reply.pointers

    assert refused("syr_nowhere") == (422, "sync_run.unknown", ["/run_id"])
    assert refused(run["id"], "shopify") == (422, "sync_run.other", ["/run_id"])
    assert refused(other["id"]) == (422, "sync_run.other", ["/run_id"])
    assert tell(shop, record(), run_id=run["id"], dry_run=True).status == 422
    assert run_of(shop, run["id"])["calls"] == 0


def test_it_needs_its_permission(shop: Shop) -> None:
    assert_needs("sync:write", shop, create_sync_run.handler, {"source": "erp", "type": "product"})

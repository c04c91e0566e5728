"""get_sync_run"""

from sync import get_sync_run
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.sync.records import begin_run


def test_the_sample_event_reads_a_run(shop: Shop) -> None:
    run = begin_run(shop)

    reply = send(get_sync_run.handler, sample("sync", "get_sync_run", shop, id=run["id"]))

    assert (reply.status, reply.json) == (200, run)


def test_there_is_no_run_of_another_id(shop: Shop) -> None:
    assert shop.call(get_sync_run.handler, id="syr_nowhere").code == "sync_run.not_found"


def test_it_needs_its_permission(shop: Shop) -> None:
    assert_needs("sync:read", shop, get_sync_run.handler, id=begin_run(shop)["id"])

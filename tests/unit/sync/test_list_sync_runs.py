"""list_sync_runs"""

from sync import list_sync_runs
from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.sync.records import begin_run, own, record, tell


def test_the_sample_event_lists_runs_newest_first_with_their_counts(shop: Shop) -> None:
    own(shop)  # a source lies beside the runs
    first, second = begin_run(shop), begin_run(shop)
    tell(shop, record(), run_id=first["id"])

    reply = send(list_sync_runs.handler, sample("sync", "list_sync_runs", shop))

    assert reply.status == 200
    assert [(run["id"], run["counts"]) for run in reply.json["items"]] == [
        (second["id"], {}),
        (first["id"], {"created": 1}),
    ]


def test_it_needs_its_permission(shop: Shop) -> None:
    assert_needs("sync:read", shop, list_sync_runs.handler)

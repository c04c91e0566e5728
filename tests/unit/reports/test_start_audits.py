"""Each night has every merchant audited."""

import json
from datetime import timedelta

from pos import clock
from reports import start_audits, store
from tests.support.aws import take_messages
from tests.support.samples import sample
from tests.support.shop import Shop
from tests.unit.reports import ledger


def test_every_merchant_that_has_totals_is_audited_over_the_last_days(shop: Shop) -> None:
    other = Shop.open()
    for one in (shop, other):
        store.advance_checkpoint(one.merchant_id, 1, clock.now())
    store.advance_checkpoint(shop.merchant_id, 2, clock.now())

    start_audits.handler(sample("reports", "start_audits", shop), None)

    messages = [json.loads(body) for body in take_messages("report-jobs")]
    assert {one["merchant_id"] for one in messages} == {shop.merchant_id, other.merchant_id}
    assert len(messages) == 2
    today = clock.now().date()
    assert {(one["kind"], one["from"], one["to"]) for one in messages} == {
        ("audit", str(today - timedelta(days=7)), str(today))
    }


def test_an_operator_may_start_a_rebuild_of_one_merchant(shop: Shop) -> None:
    event = {"kind": "rebuild", "from": "2026-11-24", "to": "2026-11-25", "merchant_ids": [shop.merchant_id]}

    start_audits.handler(event, None)
    ledger.work()

    job = ledger.newest(shop.merchant_id)
    assert (job["kind"], job["status"], job["from"], job["to"]) == ("rebuild", "done", "2026-11-24", "2026-11-25")

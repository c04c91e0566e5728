"""A job is read by whose it is."""

from reports import create_rebuild, get_report_job
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.reports import ledger

DAYS = {"from": "2026-11-24", "to": "2026-11-24"}


def test_a_job_says_how_far_it_is_and_when_it_was_done(shop: Shop) -> None:
    job_id = shop.call(create_rebuild.handler, DAYS).json["id"]
    assert shop.call(get_report_job.handler, id=job_id).json["status"] == "running"

    ledger.work()

    job = shop.call(get_report_job.handler, id=job_id).json
    assert (job["status"], job["days_done"]) == ("done", 1) and job["finished_at"]


def test_another_merchants_job_is_not_found(shop: Shop) -> None:
    job_id = shop.call(create_rebuild.handler, DAYS).json["id"]

    assert Shop.open().call(get_report_job.handler, id=job_id).status == 404


def test_the_sample_asks_for_a_job(shop: Shop) -> None:
    job_id = shop.call(create_rebuild.handler, DAYS).json["id"]

    assert send(get_report_job.handler, sample("reports", "get_report_job", shop, id=job_id)).json["id"] == job_id

"""The worker takes a turn at a job, and leaves the rest to the next one."""

from typing import Any

import pytest

from reports import jobs, run_report_jobs
from tests.support.aws import take_messages
from tests.support.samples import sample
from tests.support.shop import Shop
from tests.unit.reports import ledger


def test_the_sample_begins_an_audit_and_does_it(shop: Shop) -> None:
    run_report_jobs.handler(sample("reports", "run_report_jobs", shop), None)

    job = ledger.newest(shop.merchant_id)
    assert (job["kind"], job["status"], job["created_by"]) == ("audit", "done", "schedule")


def test_what_a_turn_does_not_end_the_next_one_goes_on_with(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    event = sample("reports", "run_report_jobs", shop)
    with monkeypatch.context() as hurried:
        hurried.setattr(run_report_jobs, "_SECONDS", 0)
        run_report_jobs.handler(event, None)
    assert ledger.newest(shop.merchant_id)["status"] == "running"

    ledger.work()

    assert ledger.newest(shop.merchant_id)["status"] == "done"


def test_a_message_of_a_job_that_there_is_not_is_let_go(shop: Shop) -> None:
    body = f'{{"merchant_id": "{shop.merchant_id}", "job_id": "job_none"}}'
    event: Any = {"Records": [{"body": body, "attributes": {"ApproximateReceiveCount": "1"}}]}

    run_report_jobs.handler(event, None)

    assert take_messages("report-jobs") == []


def test_a_job_that_is_done_is_not_done_again(shop: Shop) -> None:
    run_report_jobs.handler(sample("reports", "run_report_jobs", shop), None)
    before = ledger.newest(shop.merchant_id)

    ledger.work()

    assert ledger.newest(shop.merchant_id) == before
    assert len(jobs.newest(shop.merchant_id)) == 1


def test_totals_that_never_stand_still_fail_the_job_at_last(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsettled(_: Any) -> Any:
        raise jobs.Unsettled

    monkeypatch.setattr(run_report_jobs, "_KINDS", {"audit": lambda _: unsettled})
    monkeypatch.setattr(run_report_jobs, "_WAITS", 3)
    run_report_jobs.handler(sample("reports", "run_report_jobs", shop), None)
    assert ledger.newest(shop.merchant_id)["status"] == "running"

    ledger.work()

    assert ledger.newest(shop.merchant_id)["status"] == "failed"

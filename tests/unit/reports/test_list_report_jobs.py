"""Jobs are listed newest first, each merchant its own."""

from reports import create_rebuild, get_audit, list_report_jobs
from tests.support.samples import sample
from tests.support.shop import Shop, send

DAYS = {"from": "2026-11-24", "to": "2026-11-24"}


def test_jobs_are_listed_newest_first(shop: Shop) -> None:
    first = shop.call(create_rebuild.handler, DAYS).json["id"]
    second = shop.call(get_audit.handler, query=DAYS).json["id"]

    page = shop.call(list_report_jobs.handler, query={"limit": "1"}).json
    rest = shop.call(list_report_jobs.handler, query={"cursor": page["next_cursor"]}).json

    assert [job["id"] for job in (*page["items"], *rest["items"])] == [second, first]
    assert Shop.open().call(list_report_jobs.handler).json["items"] == []


def test_the_sample_lists_jobs(shop: Shop) -> None:
    assert send(list_report_jobs.handler, sample("reports", "list_report_jobs", shop)).json["items"] == []

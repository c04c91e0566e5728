"""list_exports"""

from files import list_exports
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.files.exports import ask


def test_the_sample_lists_the_newest_first(shop: Shop) -> None:
    asked = [ask(shop, dataset).json["id"] for dataset in ("sales_report", "order_lines")]

    listed = send(list_exports.handler, sample("files", "list_exports", shop)).json

    assert [one["id"] for one in listed["items"]] == asked[::-1]
    assert listed["next_cursor"] is None


def test_pages_lead_to_all_of_them(shop: Shop) -> None:
    asked = [ask(shop, "sales_report").json["id"] for _ in range(3)]

    assert [one["id"] for one in all_pages(shop, list_exports.handler, 2)] == asked[::-1]


def test_what_the_caller_may_not_read_is_left_out(shop: Shop) -> None:
    asked = [ask(shop, dataset).json["id"] for dataset in ("sales_report", "customers_report")]

    listed = shop.call(list_exports.handler, permissions="exports:read reports:read").json

    assert [one["id"] for one in listed["items"]] == asked[:1]


def test_it_needs_its_permission(shop: Shop) -> None:
    assert_needs("exports:read", shop, list_exports.handler)

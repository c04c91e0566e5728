"""list_imports"""

from files import list_imports
from tests.support.contract import all_pages, assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.files.imports import give


def test_the_sample_lists_the_newest_first(shop: Shop) -> None:
    given = [give(shop, type, "Name\nKopi\n").json["id"] for type in ("products", "customers")]

    listed = send(list_imports.handler, sample("files", "list_imports", shop)).json

    assert [one["id"] for one in listed["items"]] == given[::-1]


def test_pages_lead_to_all_of_them(shop: Shop) -> None:
    given = [give(shop, "products", "Name\nKopi\n").json["id"] for _ in range(3)]

    assert [one["id"] for one in all_pages(shop, list_imports.handler, 2)] == given[::-1]


def test_what_the_caller_may_not_read_is_left_out(shop: Shop) -> None:
    given = [give(shop, type, "Name\nKopi\n").json["id"] for type in ("products", "customers")]

    listed = shop.call(list_imports.handler, permissions="imports:read catalog:read").json

    assert [one["id"] for one in listed["items"]] == given[:1]


def test_it_needs_its_permission(shop: Shop) -> None:
    assert_needs("imports:read", shop, list_imports.handler)

"""get_import"""

import requests

from files import get_import
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.files.imports import give, preview, work


def test_the_sample_tells_how_far_it_is(shop: Shop) -> None:
    asked = give(shop, "products", "Name,Price\nKopi,5\n").json

    reply = send(get_import.handler, sample("files", "get_import", shop, id=asked["id"]))

    del asked["upload"]
    assert (reply.status, reply.json) == (200, asked | {"problems_file": None})


def test_rows_with_problems_come_as_a_file_with_what_is_wrong(shop: Shop) -> None:
    shown = preview(shop, "products", "Name;Price;Note\nKopi;5;\n=Teh;x;hot\n;7;\n")
    download = shown["problems_file"]

    got = requests.get(download["url"], timeout=10)

    assert (len(got.content), download["file_name"]) == (download["size"], "file_problems.csv")
    assert got.content.decode("utf-8-sig").splitlines() == [
        "Line,Column,Problem,Name,Price,Note",
        '3,Price,"It should be a number, not x.",\'=Teh,x,hot',
        "4,Name,A new product needs a name.,,7",
    ]


def test_whoever_may_not_read_what_is_imported_sees_nothing_of_it(shop: Shop) -> None:
    asked = give(shop, "customers", "Name\nBudi\n").json
    work()

    assert shop.call(get_import.handler, id=asked["id"], permissions="imports:read catalog:read").status == 403
    assert shop.call(get_import.handler, id=asked["id"], permissions="imports:read customers:read").status == 200


def test_it_needs_its_permission(shop: Shop) -> None:
    id = give(shop, "products", "Name\nKopi\n").json["id"]

    assert shop.call(get_import.handler, id=id, permissions="imports:write catalog:read").status == 403

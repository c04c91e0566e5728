"""create_import"""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from files import create_import, get_import, preview_import
from tests.support.aws import take_messages
from tests.support.contract import logged
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.files.imports import give, products, told, work

KOPI = "Name,SKU,Price\nKopi susu,KOPI-S,18000\n"


def test_the_sample_is_looked_at_and_changes_nothing(shop: Shop) -> None:
    reply = send(create_import.handler, sample("files", "create_import", shop))
    work()

    assert (reply.status, reply.json["status"], reply.json["step"], reply.json["upload"]) == (
        202,
        "running",
        "reading",
        None,
    )
    shown = told(shop, reply.json["id"])
    assert (shown["status"], shown["preview"]["created"]) == ("ready", 2)
    assert products(shop) == {}


def test_a_larger_file_is_put_by_a_link_that_is_nowhere_else(shop: Shop) -> None:
    headers = {"Idempotency-Key": "menu"}
    body = {"type": "products", "file_name": "menu.csv", "size": len(KOPI)}
    with logged() as lines:
        reply = shop.call(create_import.handler, body, headers=headers)
        again = shop.call(create_import.handler, body, headers=headers)
    upload = reply.json["upload"]

    assert (reply.json["status"], upload["method"], take_messages("imports")) == ("awaiting_file", "PUT", [])
    assert requests.put(upload["url"], data=KOPI.encode(), timeout=10).status_code == 200
    assert (again.json["id"], again.json["upload"]) == (reply.json["id"], None)
    signed = parse_qs(urlsplit(upload["url"]).query)
    assert "content-length" in signed["X-Amz-SignedHeaders"][0]
    assert signed["X-Amz-Signature"][0] not in lines.getvalue()
    assert shop.call(preview_import.handler, {}, id=reply.json["id"]).status == 202
    work()
    assert told(shop, reply.json["id"])["preview"]["created"] == 1


def test_a_file_that_was_never_put_there_fails_until_it_is(shop: Shop) -> None:
    made = shop.call(create_import.handler, {"type": "products", "file_name": "menu.csv", "size": 50}).json
    shop.call(preview_import.handler, {}, id=made["id"])
    work()

    shown = told(shop, made["id"])
    assert (shown["status"], shown["failure_code"]) == ("failed", "import.file_missing")
    requests.put(made["upload"]["url"], data=KOPI.encode(), timeout=10)
    shop.call(preview_import.handler, {}, id=made["id"])
    work()
    assert told(shop, made["id"])["status"] == "ready"


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({}, ""),
        ({"content": "S29waQ==", "size": 4}, ""),
        ({"size": 20 * 1024 * 1024 + 1}, "/size"),
        ({"size": 0}, "/size"),
        ({"content": "no base64!"}, "/content"),
        ({"content": "é\U0001f600"}, "/content"),
        ({"content": ""}, "/content"),
        ({"content": "S29waQ==", "file_name": "a/../b.csv"}, "/file_name"),
        ({"content": "S29waQ==", "type": "orders"}, "/type"),
    ],
)
def test_what_is_no_file_is_refused(shop: Shop, more: dict[str, object], pointer: str) -> None:
    reply = shop.call(create_import.handler, {"type": "products", "file_name": "menu.csv", **more})

    assert (reply.status, reply.pointers) == (422, [pointer])
    assert take_messages("imports") == []


def test_more_than_a_request_holds_is_refused(shop: Shop) -> None:
    content = base64.b64encode(b"x" * (3 * 1024 * 1024 + 1)).decode()
    body = {"type": "products", "file_name": "menu.csv", "content": content}

    assert shop.call(create_import.handler, body).status == 422


@pytest.mark.parametrize(
    ("type", "permission"),
    [
        ("products", "catalog:write"),
        ("price_changes", "catalog:write"),
        ("customers", "customers:write"),
        ("stock_counts", "inventory:write"),
    ],
)
def test_who_imports_must_be_allowed_to_change_that(shop: Shop, type: str, permission: str) -> None:
    assert give(shop, type, KOPI, permissions="imports:write").status == 403
    assert give(shop, type, KOPI, permissions=permission).status == 403
    assert give(shop, type, KOPI, permissions=f"imports:write {permission}").status == 202


def test_many_at_once_are_refused_until_one_is_done(shop: Shop) -> None:
    assert [give(shop, "products", KOPI).status for _ in range(6)] == [202] * 5 + [409]

    work()

    assert give(shop, "products", KOPI).status == 202


def test_anothers_import_is_not_there(shop: Shop) -> None:
    id = give(shop, "products", KOPI).json["id"]

    assert Shop.open(name="Toko Lain").call(get_import.handler, id=id).code == "import.not_found"


def test_what_is_no_request_is_refused(shop: Shop) -> None:
    assert shop.call(create_import.handler, "{").code == "request.malformed_json"
    assert shop.call(create_import.handler, []).pointers == [""]
    body = {"type": "products", "file_name": "menu.csv", "size": 5, "owner": "mer_other"}
    assert shop.call(create_import.handler, body).pointers == ["/owner"]
    assert shop.call(create_import.handler, body | {"content": "x" * (5 * 1024 * 1024)}).status == 413

"""The Python client, as it is made from the description of the API."""

import importlib
import inspect
import json
import re
import sys
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import standardwebhooks
import urllib3

from clients.python import generate
from tests.support.python_client import make_client

type Json = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Any:
    return generate.described()


@pytest.fixture(scope="module")
def client(document: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = make_client(document, tmp_path_factory.mktemp("client"))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield importlib.import_module("kasir_client")
    for name in [name for name in sys.modules if name.split(".")[0] == "kasir_client"]:
        del sys.modules[name]


@dataclass
class Api:
    """Answers in the place of the API, and keeps what it was asked."""

    answers: list[urllib3.HTTPResponse] = field(default_factory=list)
    asked: list[Json] = field(default_factory=list)

    def request(self, method: str, url: str, *, body: bytes | None, headers: Json) -> urllib3.HTTPResponse:
        self.asked.append({"method": method, "url": url, "body": body, "headers": headers})
        return self.answers.pop(0)


def says(status: int, body: Any) -> urllib3.HTTPResponse:
    kind = "application/json" if status < 400 else "application/problem+json"
    return urllib3.HTTPResponse(json.dumps(body).encode(), {"content-type": kind}, status)


@pytest.fixture
def kasir(client: ModuleType) -> Any:
    made = client.Kasir("https://api.example.com", "kasir_sk_secret")
    made._pool = Api()
    return made


SIGNED_BY_OTHERS = {"receive_inbound_event"}


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    """The operations that are for Kasir's own clients."""
    for path, by_method in document["paths"].items():
        for method, operation in by_method.items():
            if operation["operationId"] in SIGNED_BY_OTHERS:
                continue
            yield method.upper(), path, operation


def test_it_has_a_method_for_every_operation_and_no_other(client: ModuleType, document: Any) -> None:
    made = {name for name, value in vars(client.Kasir).items() if inspect.isfunction(value)}

    assert made == {operation["operationId"] for _, _, operation in operations(document)}


def test_all_its_types_mean_something(client: ModuleType) -> None:
    for value in vars(client.operations).values():
        if inspect.isclass(value):
            typing.get_type_hints(value)
    for method in vars(client.Kasir).values():
        if inspect.isfunction(method):
            assert "return" in typing.get_type_hints(method)


def test_every_method_asks_what_the_description_says(kasir: Any, document: Any) -> None:
    for method, path, operation in operations(document):
        name = operation["operationId"]
        given: Json = {}
        for parameter in operation["parameters"]:
            if parameter.get("in") == "path":
                given[parameter["name"]] = "a/b"
            elif parameter.get("required"):
                given[parameter["name"] + ("_" if parameter["name"] == "from" else "")] = "x"
        body = None
        if "requestBody" in operation:
            given["body"] = body = operation["requestBody"]["content"]["application/json"]["example"]
        kasir._pool.answers = [says(200, {"items": [1], "next_cursor": None})]

        answer = getattr(kasir, name)(**given)
        if name.startswith("list_"):
            assert list(answer) == [1]

        asked = kasir._pool.asked[-1]
        url = urlsplit(asked["url"])
        assert (asked["method"], url.path) == (method, re.sub(r"{\w+}", "a%2Fb", path))
        assert dict(parse_qsl(url.query)) == {
            parameter["name"]: "x"
            for parameter in operation["parameters"]
            if parameter.get("in") == "query" and parameter["required"]
        }
        assert (None if asked["body"] is None else json.loads(asked["body"])) == body
        takes_key = {"$ref": "#/components/parameters/idempotency_key"} in operation["parameters"]
        assert ("idempotency-key" in asked["headers"]) == takes_key


def test_a_list_goes_on_until_there_is_no_cursor(kasir: Any) -> None:
    kasir._pool.answers = [
        says(200, {"items": [1, 2], "next_cursor": "c1"}),
        says(200, {"items": [], "next_cursor": "c2"}),
        says(200, {"items": [3], "next_cursor": None}),
    ]

    assert list(kasir.list_products(limit=2, barcode="x")) == [1, 2, 3]
    asked = [dict(parse_qsl(urlsplit(one["url"]).query)) for one in kasir._pool.asked]
    assert asked == [
        {"limit": "2", "barcode": "x"} | ({"cursor": cursor} if cursor else {}) for cursor in ("", "c1", "c2")
    ]


def test_queries_are_sent_as_the_api_reads_them(kasir: Any) -> None:
    kasir._pool.answers = [says(200, {"items": [], "next_cursor": None})] * 2

    list(kasir.list_orders(active=True))
    list(kasir.list_events(types=["order.completed", "order.cancelled"]))

    assert [urlsplit(one["url"]).query for one in kasir._pool.asked] == [
        "active=true",
        "types=order.completed%2Corder.cancelled",
    ]


def test_approvals_go_with_the_request_that_needs_them(kasir: Any) -> None:
    kasir._pool.answers = [says(200, {"id": "ord_1"}), says(200, {"id": "ord_1"})]

    kasir.cancel_order("ord_1", {"reason": "Left"}, approvals=["apv_1234", "apv_5678"])
    kasir.cancel_order("ord_1", {"reason": "Left"})

    assert [one["headers"].get("approval") for one in kasir._pool.asked] == ["apv_1234,apv_5678", None]


def test_a_version_that_was_seen_goes_as_if_match(kasir: Any) -> None:
    kasir._pool.answers = [says(200, {})]

    kasir.update_product("prd_1", {"name": "Es teh"}, if_match=3, idempotency_key="mine")

    headers = kasir._pool.asked[0]["headers"]
    assert (headers["if-match"], headers["idempotency-key"]) == ('"3"', "mine")


def test_a_refusal_is_raised_with_all_that_it_says(client: ModuleType, kasir: Any) -> None:
    told = {
        "code": "variant.unknown",
        "detail": "No such.",
        "request_id": "r1",
        "errors": [{"pointer": "/lines/0/sku"}],
    }
    kasir._pool.answers = [says(422, told), says(401, {"message": "Unauthorized"})]

    with pytest.raises(client.Problem) as refused:
        kasir.preview_order({})
    problem = refused.value
    assert (problem.status, problem.code, problem.request_id) == (422, "variant.unknown", "r1")
    assert problem.errors == [{"pointer": "/lines/0/sku"}]
    with pytest.raises(client.Problem, match="401 gateway: Unauthorized"):
        kasir.get_merchant()


def test_a_webhook_is_an_event_only_with_its_signature(client: ModuleType) -> None:
    secret = "whsec_" + "A" * 32
    now = datetime.now(UTC)
    body = b'{"id":"evt_1"}'
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": standardwebhooks.Webhook(secret).sign("evt_1", now, body.decode()),
    }

    assert client.verified(secret, headers, body) == {"id": "evt_1"}
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        client.verified(secret, headers, body + b" ")

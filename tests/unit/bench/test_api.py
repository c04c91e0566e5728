import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bench.api import Api, ApiError


class Server(ThreadingHTTPServer):
    """Answers what `answers` holds, in turn, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, Any, dict[str, str]]] = []
        self.asked: list[tuple[str, dict[str, str], bytes]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((f"{self.command} {self.path}", headers, body))
        status, content, answered = self.server.answers.pop(0)
        data = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        described = {"content-length": str(len(data)), "content-type": "application/problem+json; charset=utf-8"}
        for name, value in {**described, **answered}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = _handle  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    api = Api(f"http://shop.localhost:{server.server_port}", "key_1")
    yield api
    api.close()


def test_a_localhost_name_reaches_loopback_under_its_own_host_header(server: Server, api: Api) -> None:
    server.answers = [(200, {"name": "Shop"}, {})]
    assert api.get("/v1/merchant") == {"name": "Shop"}
    _, headers, _ = server.asked[0]
    assert headers["host"] == f"shop.localhost:{server.server_port}"
    assert headers["authorization"] == "Bearer key_1"


def test_a_list_is_read_to_its_last_page(server: Server, api: Api) -> None:
    server.answers = [
        (200, {"items": [{"n": 1}, {"n": 2}], "next_cursor": "a=b&"}, {}),
        (200, {"items": [{"n": 3}], "next_cursor": None}, {}),
    ]
    assert [item["n"] for item in api.pages("/v1/products", limit="2")] == [1, 2, 3]
    assert [request for request, *_ in server.asked] == [
        "GET /v1/products?limit=2",
        "GET /v1/products?limit=2&cursor=a%3Db%26",
    ]


def test_a_write_that_meets_a_busy_server_is_sent_again_under_the_same_key(server: Server, api: Api) -> None:
    server.answers = [(503, {}, {}), (201, {"id": "ord_1"}, {"idempotent-replayed": "true"})]
    answer = api.post("/v1/orders", {"id": "ord_1"})
    assert answer.body == {"id": "ord_1"} and answer.replayed
    first, second = server.asked
    assert first == second
    assert first[1]["idempotency-key"]


def test_writes_have_different_keys_unless_told(server: Server, api: Api) -> None:
    server.answers = [(201, {}, {})] * 3
    api.post("/v1/taxes", {})
    api.post("/v1/taxes", {})
    assert not api.post("/v1/taxes", {}, key="mine").replayed
    keys = [headers["idempotency-key"] for _, headers, _ in server.asked]
    assert len(set(keys)) == 3 and keys[2] == "mine"


def test_a_refusal_is_raised_with_its_code(server: Server, api: Api) -> None:
    server.answers = [(409, {"code": "order.not_open", "detail": "It is completed."}, {})]
    with pytest.raises(ApiError, match=r"cancel: 409 order\.not_open: It is completed") as raised:
        api.post("/v1/orders/ord_1/cancel", {})
    assert (raised.value.status, raised.value.code) == (409, "order.not_open")


def test_a_refusal_by_something_before_the_api_is_raised_too(server: Server, api: Api) -> None:
    server.answers = [(403, {"message": "Forbidden"}, {}), (413, "too large", {"content-type": "text/html"})]
    with pytest.raises(ApiError, match="403 None: Forbidden"):
        api.get("/v1/merchant")
    with pytest.raises(ApiError, match="413"):
        api.post("/v1/orders", {})


def test_an_answer_without_a_body_is_success(server: Server, api: Api) -> None:
    server.answers = [(204, None, {})]
    api.delete("/v1/webhooks/endpoints/whe_1")
    assert server.asked[0][0] == "DELETE /v1/webhooks/endpoints/whe_1"

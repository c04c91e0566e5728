"""Asking a shop's API (sync.connectors.client)"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pos import outbound
from sync.connectors import client
from sync.connectors.client import Client, NotThere
from sync.connectors.interface import Refused, Unauthorized, Unreachable


class Server(ThreadingHTTPServer):
    """A shop that answers what it is told to, one after the other, and the last of it for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[tuple[int, dict[str, str], bytes]] = [(200, {}, b"{}")]
        self.asked: list[tuple[str, str, dict[str, str]]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.asked.append(
            (self.command, self.path, {name.lower(): value for name, value in self.headers.items()})
        )
        answers = self.server.answers
        status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("ALLOW_LOOPBACK_WEBHOOKS", "true")
    monkeypatch.setattr("sync.connectors.client.time.sleep", lambda _: None)
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()
        outbound._manager().clear()
        outbound._manager.cache_clear()


def ask(shop: Server, **query: Any) -> Any:
    return Client(f"http://127.0.0.1:{shop.server_port}/", {"authorization": "Basic x"}).get("/things", **query)


def test_it_asks_with_its_key_and_reads_json(shop: Server) -> None:
    shop.answers = [(200, {}, json.dumps({"ok": [1]}).encode())]

    assert ask(shop, limit=2, fields="*a") == {"ok": [1]}
    [(method, path, headers)] = shop.asked
    assert (method, path, headers["authorization"]) == ("GET", "/things?limit=2&fields=%2Aa", "Basic x")


@pytest.mark.parametrize("status", [500, 503, 429])
def test_what_a_retry_can_cure_is_asked_again(shop: Server, status: int) -> None:
    shop.answers = [(status, {}, b""), (200, {}, b'{"ok":1}')]

    assert ask(shop) == {"ok": 1}


def test_a_shop_that_stays_broken_is_unreachable_in_words(shop: Server) -> None:
    shop.answers = [(502, {}, b"<html>")]

    with pytest.raises(Unreachable, match=r"trouble of its own \(502\)"):
        ask(shop)
    assert len(shop.asked) == 3


def test_a_shop_that_asks_to_wait_long_is_left_alone_for_that_long(shop: Server) -> None:
    shop.answers = [(429, {"retry-after": "120"}, b"")]

    with pytest.raises(Unreachable) as waiting:
        ask(shop)

    assert (len(shop.asked), waiting.value.seconds) == (1, 120)


@pytest.mark.parametrize("status", [401, 403])
def test_who_is_not_let_in_asks_once(shop: Server, status: int) -> None:
    shop.answers = [(status, {}, b'{"message":"Unauthorized"}')]

    with pytest.raises(Unauthorized, match=f"{status}.*Unauthorized"):
        ask(shop)
    assert len(shop.asked) == 1


def test_what_is_wrong_with_one_thing_says_what_the_shop_says(shop: Server) -> None:
    shop.answers = [(400, {}, b'{"message":"Too dear."}'), (404, {}, b"")]

    with pytest.raises(Refused, match=r"refused it \(400\). Too dear."):
        ask(shop)
    with pytest.raises(NotThere):
        ask(shop)


def test_what_is_no_json_or_too_much_is_refused(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.answers = [(200, {}, b"<html>")]
    with pytest.raises(Unreachable, match="is the URL right"):
        ask(shop)

    monkeypatch.setattr(client, "_MOST", 10)
    shop.answers = [(200, {}, b'"' + b"x" * 100 + b'"')]
    with pytest.raises(Refused, match="more than Kasir takes"):
        ask(shop)


def test_it_follows_no_redirect(shop: Server) -> None:
    shop.answers = [(302, {"location": "http://169.254.169.254/"}, b"")]

    with pytest.raises(Refused, match="302"):
        ask(shop)


def test_a_shop_at_an_address_that_is_not_public_is_not_asked(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW_LOOPBACK_WEBHOOKS", "false")

    with pytest.raises(Unreachable, match="not public"):
        ask(shop)
    assert shop.asked == []

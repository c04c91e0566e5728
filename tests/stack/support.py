"""The local run's program, a client of the HTTP API, a receiver of webhooks, and patience."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import urllib3

from infra.local.settings import AWS_ENVIRONMENT, ROOT

type Json = dict[str, Any]

_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class LocalRun:
    """`python -m infra.local`, with these settings on top of the environment."""

    settings: dict[str, str]

    def __call__(self, *command: str, fails: bool = False) -> str:
        """What the program prints; the test fails unless it ends as expected."""
        done = subprocess.run(
            [sys.executable, "-m", "infra.local", *command],
            cwd=ROOT,
            env=os.environ | self.settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert (done.returncode != 0) == fails, f"infra.local {' '.join(command)}:\n{done.stdout}"
        return done.stdout


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said: `json` is None if the body is not JSON; names of headers do not mind their case."""

    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes
    json: Any

    @property
    def code(self) -> str | None:
        """The code of a refusal that is a problem document; None for any other answer."""
        code: str | None = self.json["code"] if "problem" in self.headers.get("content-type", "") else None
        return code

    @property
    def pointers(self) -> list[str]:
        """Where in the request the refusal sees its reasons."""
        return [error["pointer"] for error in self.json.get("errors", [])]


class Api:
    """The HTTP API, called with one key, or without one if it is None. It never raises over a status."""

    def __init__(self, url: str, key: str | None) -> None:
        self.url = url
        self.key = key
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(40), retries=False, maxsize=8)

    def with_key(self, key: str | None) -> "Api":
        """The same API, called with another key."""
        return Api(self.url, key)

    def get(self, path: str, **query: str) -> Answer:
        """Read."""
        return self.send("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """Write; headers are given as in idempotency_key="k1"."""
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Answer:
        """Change; headers are given as in if_match="1"."""
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        """Remove."""
        return self.send("DELETE", path, **headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Any request. A body of bytes goes as it is, anything else as JSON."""
        all_headers = self._headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            all_headers = {"content-type": "application/json"} | all_headers
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self._pool.request(method, f"{self.url}{path}", body=body, headers=all_headers)
        is_json = "json" in answer.headers.get("content-type", "")
        return Answer(answer.status, answer.headers, answer.data, answer.json() if is_json else None)


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant of a test's own, reached with its own key. What these do has to succeed; refusals go through `api`."""

    api: Api
    merchant_id: str
    location_id: str

    def make_product(self, *, price: int = 5000, stock: str | None = None, **variant: Any) -> Json:
        """A product of one variant, received into stock if told so; what the API answered."""
        body = {"name": "Kopi bubuk", "variants": [{"price": price} | variant]}
        product: Json = self._ok(self.api.post("/v1/products", body), 201)
        if stock is not None:
            self.receive(product["variants"][0]["id"], stock)
        return product

    def receive(self, variant_id: str, quantity: str) -> None:
        """Put goods on the shelf."""
        lines = [{"variant_id": variant_id, "quantity": quantity}]
        body = {"location_id": self.location_id, "reason": "receipt", "lines": lines}
        self._ok(self.api.post("/v1/inventory/adjustments", body), 201)

    def order(self, *lines: Json, **more: Any) -> Json:
        """The body of an order at this location; a line is of one piece unless it says otherwise."""
        return {"location_id": self.location_id, "lines": [{"quantity": "1"} | line for line in lines]} | more

    def sell(self, *lines: Json, **more: Any) -> Json:
        """Make an order; what the API answered."""
        order: Json = self._ok(self.api.post("/v1/orders", self.order(*lines, **more)), 201)
        return order

    def on_hand(self, variant_id: str) -> str | None:
        """What there is of it, as the API says; None where nothing ever moved."""
        levels = self.api.get("/v1/inventory/levels", location_id=self.location_id, variant_id=variant_id).json["items"]
        return levels[0]["on_hand"] if levels else None

    def events(self, **query: str) -> list[Json]:
        """The first page of the feed, as far as it is by now."""
        items: list[Json] = self._ok(self.api.get("/v1/events", limit="200", **query), 200)["items"]
        return items

    @staticmethod
    def _ok(answer: Answer, status: int) -> Any:
        assert answer.status == status, answer
        return answer.json


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request that a receiver got: header names in lower case, and the very bytes of the body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Json:
        """The body as JSON."""
        event: Json = json.loads(self.body)
        return event


@dataclass(slots=True)
class Receiver:
    """An HTTP server on 127.0.0.1 that keeps what it gets and answers `status`, which may be set at any time."""

    status: int = 204
    deliveries: list[Delivery] = field(default_factory=list)
    _server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.deliveries.append(Delivery(self.path, headers, body))
                self.send_response(receiver.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: pytest shows what matters."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def at(self, path: str) -> list[Delivery]:
        """What has come to a path so far."""
        return [delivery for delivery in list(self.deliveries) if delivery.path == path]

    def wait(self, enough: Callable[[list[Delivery]], object]) -> list[Delivery]:
        """What has come in, once it is enough. Raises TimeoutError when it never is."""
        eventually(lambda: enough(list(self.deliveries)))
        return list(self.deliveries)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def eventually[T](attempt: Callable[[], T], seconds: float = _PATIENCE_SECONDS) -> T:
    """The first answer that is not falsy, asking again and again. Raises TimeoutError when none comes."""
    deadline = time.monotonic() + seconds
    while not (answer := attempt()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"still {answer!r} after {seconds} seconds")
        time.sleep(0.1)
    return answer


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def client_options(endpoint_url: str) -> Json:
    """What `boto3.client` needs besides the service's name to speak with an emulator, whatever the environment says."""
    return {
        "endpoint_url": endpoint_url,
        "region_name": AWS_ENVIRONMENT["AWS_REGION"],
        "aws_access_key_id": AWS_ENVIRONMENT["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": AWS_ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
    }

"""A third party's webhook consumer: it keeps its own books from Kasir's webhooks and from nothing else.

It is written as an integrator would write it, with the published `standardwebhooks` package and nothing of Kasir's, and
follows the two rules that the webhook documentation asks of one: an event whose `webhook-id` it has seen is not applied
again, and a state is applied only when its `entity.version` is higher than the one held; a body that was too long to be
sent is asked of the API. Events may thus be repeated
and come in any order.

    python -m bench.consumer --port 8123 --secret whsec_...

POST / takes webhooks, GET /ledger answers the books as JSON.
"""

import argparse
import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from standardwebhooks import Webhook, WebhookVerificationError

from bench.api import Api

_MAX_BODY = 1_000_000
"""Bytes; far above any event, far below what could hurt."""


@dataclass(slots=True)
class DayBook:
    """What a day came to, or one order or payment on it: sales and refunds by number, money in minor units (of sales
    their total, what was paid, what went back), units by variant id.
    """

    sales: int = 0
    total: int = 0
    paid: int = 0
    refunds: int = 0
    refunded: int = 0
    sold: dict[str, Decimal] = field(default_factory=dict)
    returned: dict[str, Decimal] = field(default_factory=dict)

    def add(self, entry: "DayBook") -> None:
        """Add what one order or payment came to."""
        self.sales += entry.sales
        self.total += entry.total
        self.paid += entry.paid
        self.refunds += entry.refunds
        self.refunded += entry.refunded
        _add_units(self.sold, entry.sold.items())
        _add_units(self.returned, entry.returned.items())

    def dump(self) -> dict[str, Any]:
        """As JSON, decimals as strings."""
        return {
            name: {variant: str(units) for variant, units in figure.items()} if isinstance(figure, dict) else figure
            for name, figure in asdict(self).items()
        }


type Entries = Iterator[tuple[date, DayBook]]


class Ledger:
    """Days at the shop and stock by (variant id, location id), kept from events alone: sales and refunds from those of
    orders, what was paid from those of payments. Safe to share between threads.
    """

    def __init__(self, time_zone: tzinfo) -> None:
        """`time_zone` is the shop's: it decides on which day something was paid."""
        self.time_zone = time_zone
        self.received = 0
        self.duplicates = 0
        self.outdated = 0
        self._seen: set[str] = set()
        self._versions: dict[tuple[str, str], int] = {}
        self._entries: dict[str, list[tuple[date, DayBook]]] = {}
        self._stock: dict[tuple[str, str], Decimal] = {}
        self._lock = threading.Lock()

    def apply(self, event_id: str, event: Mapping[str, Any]) -> None:
        """Take one verified event into the books, unless it was seen before or is older than what is held."""
        with self._lock:
            self.received += 1
            if event_id in self._seen:
                self.duplicates += 1
                return
            entity = event["entity"]
            key = (entity["type"], entity["id"])
            if entity["version"] > self._versions.get(key, 0):
                self._record(event["type"], event["data"])
                self._versions[key] = entity["version"]
            else:
                self.outdated += 1
            self._seen.add(event_id)

    def days(self) -> dict[date, DayBook]:
        """What each day came to, by the orders and payments as they are now."""
        days: defaultdict[date, DayBook] = defaultdict(DayBook)
        with self._lock:
            for entries in self._entries.values():
                for day, entry in entries:
                    days[day].add(entry)
        return dict(days)

    def stock(self) -> dict[tuple[str, str], Decimal]:
        """What is on hand, by (variant id, location id), of everything that has moved."""
        with self._lock:
            return dict(self._stock)

    def dump(self) -> dict[str, Any]:
        """The books as JSON: decimals as strings, days as YYYY-MM-DD."""
        days = {str(day): book.dump() for day, book in sorted(self.days().items())}
        stock = [
            {"variant_id": variant, "location_id": location, "on_hand": str(on_hand)}
            for (variant, location), on_hand in sorted(self.stock().items())
        ]
        counts = {"received": self.received, "duplicates": self.duplicates, "outdated": self.outdated}
        return {**counts, "days": days, "stock": stock}

    def _record(self, event_type: str, data: Mapping[str, Any]) -> None:
        if event_type == "inventory.updated":
            self._stock[data["variant_id"], data["location_id"]] = Decimal(data["on_hand"])
        elif event_type.startswith("order."):
            self._entries[data["id"]] = [*_sales(data), *_refunds(data)]
        elif event_type.startswith("payment."):
            self._entries[data["id"]] = list(_payments(data, self.time_zone))


def _sales(order: Mapping[str, Any]) -> Entries:
    if order["status"] == "completed":
        sold = _add_units({}, ((line["variant_id"], Decimal(line["quantity"])) for line in order["lines"]))
        yield date.fromisoformat(order["business_date"]), DayBook(sales=1, total=order["total"], sold=sold)


def _refunds(order: Mapping[str, Any]) -> Entries:
    variants = {line["id"]: line["variant_id"] for line in order["lines"]}
    for refund in order.get("refunds", []):
        given = sum(tender["amount"] for tender in refund["tenders"] if tender["status"] != "declined")
        units = _add_units({}, ((variants[line["line_id"]], Decimal(line["quantity"])) for line in refund["lines"]))
        # What goes back before the order is completed is due again: no refund of a sale.
        book = DayBook(refunds=not refund["due_again"], refunded=given, returned=units)
        yield date.fromisoformat(refund["business_date"]), book


def _payments(payment: Mapping[str, Any], time_zone: tzinfo) -> Entries:
    if payment["status"] == "captured":
        day = datetime.fromisoformat(payment["captured_at"]).astimezone(time_zone).date()
        yield day, DayBook(paid=payment["amount"])


def _add_units(units: dict[str, Decimal], more: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    for variant_id, quantity in more:
        units[variant_id] = units.get(variant_id, Decimal(0)) + quantity
    return units


class Consumer(ThreadingHTTPServer):
    """The HTTP server around a ledger. It listens from its creation on; what arrives waits for `serve_forever`.

    The secret may be set after creation, as an endpoint must have an address before Kasir gives it a secret: without
    one every webhook is refused. `fail_first` (0 to 1) is the share of events whose first delivery is answered 500,
    chosen by their id, to see the sender retry. `fetch` answers a path of the API: that of an event whose body was too
    long to be sent.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        ledger: Ledger,
        fetch: Callable[[str], Mapping[str, Any]],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        secret: str = "",
        fail_first: float = 0,
    ) -> None:
        """Listen on `port`, or on a free one when it is 0. Raises OSError where the port is taken."""
        super().__init__((host, port), _Handler)
        self.ledger = ledger
        self.fetch = fetch
        self.secret = secret
        self.fail_first = fail_first
        self.rejected = 0
        self._failed: set[str] = set()
        self._lock = threading.Lock()

    @property
    def failed(self) -> int:
        """Deliveries answered with 500 on purpose."""
        return len(self._failed)

    def receive(self, headers: Mapping[str, str], body: bytes) -> HTTPStatus:
        """Verify one delivery (header names in lower case) and enter it into the ledger; the status to answer."""
        event = self._verify(headers, body)
        if event is None:
            with self._lock:
                self.rejected += 1
            return HTTPStatus.UNAUTHORIZED
        event_id = headers["webhook-id"]
        if self._fails_now(event_id):
            return HTTPStatus.INTERNAL_SERVER_ERROR
        if event["data"] is None:
            event = event | {"data": self.fetch(event["data_url"])["data"]}
        self.ledger.apply(event_id, event)
        return HTTPStatus.NO_CONTENT

    def _verify(self, headers: Mapping[str, str], body: bytes) -> Any:
        if not self.secret:
            return None
        try:
            return Webhook(self.secret).verify(body, dict(headers))
        except (WebhookVerificationError, ValueError):  # ValueError: a header that is not even base64 or text
            return None

    def _fails_now(self, event_id: str) -> bool:
        if int.from_bytes(sha256(event_id.encode()).digest()[:4]) >= self.fail_first * 2**32:
            return False
        with self._lock:
            if event_id in self._failed:
                return False
            self._failed.add(event_id)
            return True


class _Handler(BaseHTTPRequestHandler):
    server: Consumer
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > _MAX_BODY:
            self.close_connection = True
            self._answer(HTTPStatus.BAD_REQUEST)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._answer(self.server.receive(headers, self.rfile.read(int(length))))

    def do_GET(self) -> None:
        if self.path != "/ledger":
            self._answer(HTTPStatus.NOT_FOUND)
            return
        self._answer(HTTPStatus.OK, json.dumps(self.server.ledger.dump()).encode())

    def _answer(self, status: HTTPStatus, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if body:
            self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: the ledger tells what came."""


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="Keep a ledger from Kasir's webhooks.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret", required=True, help="the endpoint's whsec_ secret")
    parser.add_argument("--time-zone", type=ZoneInfo, default=ZoneInfo("UTC"), help="the shop's, such as Asia/Jakarta")
    parser.add_argument("--fail-first", type=float, default=0, help="share of events to answer with 500 at first")
    parser.add_argument("--stack", type=Path, default=Path(".local/stack.json"), help="the file that `make up` wrote")
    args = parser.parse_args()
    api = Api.from_stack(args.stack)
    with Consumer(
        Ledger(args.time_zone), api.get, port=args.port, secret=args.secret, fail_first=args.fail_first
    ) as consumer:
        print(f"listening on http://127.0.0.1:{consumer.server_port}, the ledger is at /ledger")
        try:
            consumer.serve_forever()
        except KeyboardInterrupt:
            print(json.dumps(consumer.ledger.dump(), indent=2))


if __name__ == "__main__":
    main()

"""A consumer of Kasir's webhooks: it verifies them, drops repeats, keeps each entity's newest version, and proves that
it has every event. Run it with KASIR_API, KASIR_KEY (events:read) and KASIR_SECRET (whsec_…); its endpoint takes `*`.

    pip install standardwebhooks && python consumer.py 8080 books.db
"""

import json
import os
import sqlite3
import sys
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import Request, urlopen

from standardwebhooks import Webhook, WebhookVerificationError

books = sqlite3.connect(sys.argv[2])
books.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, type TEXT, timestamp TEXT)")
books.execute("CREATE TABLE IF NOT EXISTS entities (id TEXT PRIMARY KEY, version INTEGER, data TEXT)")


def ask(path):
    request = Request(os.environ["KASIR_API"] + path, headers={"authorization": f"Bearer {os.environ['KASIR_KEY']}"})
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)


def take(event):
    if event["data"] is None:  # too long to be sent
        event = ask(event["data_url"])
    entity, data = event["entity"], json.dumps(event["data"])
    with books:  # one transaction: an event is noted and applied, or neither
        new = books.execute("INSERT OR IGNORE INTO events VALUES (:id, :type, :timestamp)", event).rowcount
        if new:
            apply = "INSERT INTO entities VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET (version, data) = "
            apply += "(excluded.version, excluded.data) WHERE excluded.version > version"
            books.execute(apply, (f"{entity['type']}/{entity['id']}", entity["version"], data))


def differences(start, end):
    """The types of which we do not have the very events that Kasir has, with [count, sum] of theirs and of ours."""
    theirs, ours, query = {}, {}, {"from": start, "to": end}
    while True:
        part = ask("/v1/events/digest?" + urlencode(query))
        for one in part["items"]:
            count, total = theirs.get(one["type"], (0, 0))
            theirs[one["type"]] = count + one["count"], (total + int(one["sum"], 16)) % 2**256
        if part["next_cursor"] is None:
            break
        query["cursor"] = part["next_cursor"]
    for id, kind in books.execute("SELECT id, type FROM events WHERE timestamp >= ? AND timestamp < ?", (start, end)):
        count, total = ours.get(kind, (0, 0))
        ours[kind] = count + 1, (total + int.from_bytes(sha256(id.encode()).digest())) % 2**256
    return {kind: [theirs.get(kind), ours.get(kind)] for kind in theirs | ours if theirs.get(kind) != ours.get(kind)}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            take(Webhook(os.environ["KASIR_SECRET"]).verify(body, dict(self.headers)))
            self.answer(204)
        except WebhookVerificationError:
            self.answer(401)

    def do_GET(self):  # /differences?from=…&to=…
        query = dict(parse_qsl(urlsplit(self.path).query))
        self.answer(200, json.dumps(differences(query["from"], query["to"])).encode())

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

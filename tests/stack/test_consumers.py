"""The consumers of examples/ against the deployed stack, and what others publish to verify webhooks."""

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook

from infra.local.settings import ROOT
from tests.stack.support import Api, Delivery, Json, Receiver, Shop, eventually, free_port

pytestmark = [pytest.mark.stack, pytest.mark.slow]

_VERIFY = """
import * as published from "PACKAGE";
import { createPublicKey, verify } from "node:crypto";
const { secret, publicKey, headers, body } = JSON.parse(process.argv[1]);
const { Webhook } = published.default ?? published;
new Webhook(secret).verify(body, headers);
try { new Webhook(secret).verify(body + " ", headers); process.exit(3); } catch {}
const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(publicKey.slice(5), "base64")]);
const key = createPublicKey({ key: der, format: "der", type: "spki" });
const signed = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
const signatures = headers["webhook-signature"].split(" ").filter((one) => one.startsWith("v1a,"));
if (!signatures.some((one) => verify(null, signed, key, Buffer.from(one.slice(4), "base64")))) process.exit(4);
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples with what they need of npm's, as they pin it."""
    folder = tmp_path_factory.mktemp("examples")
    for name in ("consumer.mjs", "package.json"):
        shutil.copy(ROOT / "examples" / name, folder)
    npm = shutil.which("npm")
    assert npm is not None, "npm brings what the consumer in JavaScript needs"
    subprocess.run([npm, "install", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
    return folder


def subscribe(shop: Shop, url: str) -> Json:
    """An endpoint for all events."""
    answer = shop.api.post("/v1/webhooks/endpoints", {"url": url, "event_types": ["*"]})
    assert answer.status == 201, answer
    endpoint: Json = answer.json
    return endpoint


@contextmanager
def consuming(shop: Shop, command: list[str], port: int) -> Iterator[str]:
    """A consumer of its own endpoint, which runs meanwhile; where it listens."""
    url = f"http://127.0.0.1:{port}"
    secret = subscribe(shop, url)["secret"]
    settings = {"KASIR_API": shop.api.url, "KASIR_KEY": str(shop.api.key), "KASIR_SECRET": secret}
    with subprocess.Popen(command, env=os.environ | settings, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: answers(f"{url}/differences?from=2000-01-01T00:00:00Z&to=2000-01-02T00:00:00Z"))
            yield url
        finally:
            process.terminate()


def answers(url: str) -> bool:
    """Whether somebody listens there."""
    try:
        return urllib3.request("GET", url, retries=False, timeout=30).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def test_both_hold_what_kasir_holds_and_can_prove_it(shop: Shop, node: Path, tmp_path: Path) -> None:
    books = tmp_path / "books.db"
    python, javascript = free_port(), free_port()
    commands = [
        [sys.executable, str(ROOT / "examples/consumer.py"), str(python), str(books)],
        ["node", str(node / "consumer.mjs"), str(javascript)],
    ]
    with ExitStack() as stack:
        consumers = [
            stack.enter_context(consuming(shop, command, port))
            for command, port in zip(commands, (python, javascript), strict=True)
        ]
        start = datetime.now(UTC)  # what was before the endpoints is not for them
        product = shop.make_product(stock="100")
        variant = {"variant_id": product["variants"][0]["id"]}
        orders = [shop.sell(variant, complete=True) for _ in range(3)]
        orders.append(shop.sell(*({"custom": {"name": "Kue" * 60, "price": 1000 + n}} for n in range(60))))
        shop.api.post(f"/v1/orders/{orders[-1]['id']}/cancel", {"reason": "gone"})
        shop.api.delete(f"/v1/products/{product['id']}")
        query = {"from": start.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        query["to"] = (start + timedelta(days=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        eventually(lambda: shop.events(entity_id=product["id"], types="product.deleted"))
        eventually(lambda: len(shop.events(types="order.cancelled")) == 1)

        for url in consumers:
            eventually(lambda url=url: _differences(url, query) == [])  # type: ignore[misc]
        held = urllib3.request("GET", f"{consumers[1]}/entities").json()

    for order in orders:
        now = shop.api.get(f"/v1/orders/{order['id']}").json
        assert held[f"order/{order['id']}"] == {"version": now["version"], "data": now}
    with closing(sqlite3.connect(books)) as held_too:
        rows = dict(held_too.execute("SELECT id, data FROM entities WHERE id NOT LIKE 'endpoint/%'"))
    assert {name: json.loads(data) for name, data in rows.items()} == {
        name: entity["data"] for name, entity in held.items() if not name.startswith("endpoint/")
    }
    assert held[f"product/{product['id']}"]["data"]["deleted_at"] is not None


def _differences(url: str, query: dict[str, str]) -> Any:
    return urllib3.request("GET", f"{url}/differences", fields=query).json()


def _signed(shop: Shop, receiver: Receiver, *, rotated: bool) -> list[tuple[Json, Delivery]]:
    """Webhooks of an endpoint, each with an answer whose secret and public key must hold for it."""
    endpoint = subscribe(shop, receiver.url)
    shown = [endpoint]
    if rotated:
        shown.append(shop.api.post(f"/v1/webhooks/endpoints/{endpoint['id']}/rotate_secret", {}).json)
    tried = shop.api.post(f"/v1/webhooks/endpoints/{endpoint['id']}/test")
    assert tried.json["delivered"], tried
    shop.sell({"custom": {"name": "Teh ☕", "price": 3000}})
    deliveries = receiver.wait(lambda found: any(one.event["type"] == "order.created" for one in found))
    later = [one for one in deliveries if one.event["type"] in ("webhook.test", "order.created")]
    return [(one, delivery) for one in shown for delivery in later]


@pytest.mark.parametrize("rotated", [False, True])
def test_what_is_published_to_verify_webhooks_accepts_them(
    api: Api, shop: Shop, receiver: Receiver, node: Path, rotated: bool
) -> None:
    for shown, delivery in _signed(shop, receiver, rotated=rotated):
        Webhook(shown["secret"]).verify(delivery.body, delivery.headers)
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(shown["public_key"].removeprefix("whpk_")))
        assert any(_holds(key, signature, delivery) for signature in delivery.headers["webhook-signature"].split(" "))
        given = json.dumps(
            {
                "secret": shown["secret"],
                "publicKey": shown["public_key"],
                "headers": delivery.headers,
                "body": delivery.body.decode(),
            }
        )
        for package in ("standardwebhooks", "svix"):
            command = ["node", "--input-type=module", "--eval", _VERIFY.replace("PACKAGE", package), given]
            done = subprocess.run(command, cwd=node, capture_output=True, text=True)
            assert done.returncode == 0, (package, done.stderr)


def _holds(key: Ed25519PublicKey, signature: str, delivery: Delivery) -> bool:
    version, _, text = signature.partition(",")
    if version != "v1a":
        return False
    headers = delivery.headers
    try:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + delivery.body
        key.verify(base64.b64decode(text), signed)
    except InvalidSignature:
        return False
    return True

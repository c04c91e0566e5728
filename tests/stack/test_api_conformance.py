"""The API holds to its own description, whatever is sent to it: schemathesis over every operation, on the local stack.

It gets the description as it is served, but for ids: where samples name things, they name things of a merchant that has
them, so that most of what is made up meets a product, an order, a shift, and not only the refusal of an unknown id.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.stack.support import Shop

pytestmark = [pytest.mark.stack, pytest.mark.slow]

type Json = dict[str, Any]

EXAMPLES = 20
"""At most so many made-up requests of each kind for each operation, besides those that its schema's edges call for."""
LEAST_PER_OPERATION = 40
"""Fewer requests than this for an operation, on average, would mean that something was left out."""

_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)

_UNKNOWN = "unknown-0001"


@pytest.fixture
def things(shop: Shop) -> dict[str, str]:
    """One of everything that a merchant has, by the name that a path or a body gives it."""

    def made(path: str, body: Json) -> Any:
        answer = shop.api.post(path, body)
        assert answer.status in (200, 201), answer
        return answer.json

    product = shop.make_product(price=15_000, stock="1000", sku="KOPI-S")
    variant_id = product["variants"][0]["id"]
    register_id = shop.api.get("/v1/registers").json["items"][0]["id"]
    other = made("/v1/locations", {"name": "Cabang"})["id"]
    order = shop.sell({"variant_id": variant_id}, payments=[{"method": "cash", "amount": 5_000}])
    moved = {"from_location_id": shop.location_id, "to_location_id": other}
    return {
        "location_id": shop.location_id,
        "from_location_id": shop.location_id,
        "to_location_id": other,
        "register_id": register_id,
        "variant_id": variant_id,
        "sku": "KOPI-S",
        "from_order_id": shop.sell({"variant_id": variant_id})["id"],
        "line_id": order["lines"][0]["id"],
        "payment_id": order["payments"][0]["id"],
        "customer_id": made("/v1/customers", {"name": "Siti"})["id"],
        "category_id": made("/v1/categories", {"name": "Minuman"})["id"],
        "code": made("/v1/vouchers", {"amount": 100_000})["code"],
        "/v1/products": product["id"],
        "/v1/categories": made("/v1/categories", {"name": "Makanan"})["id"],
        "/v1/promotions": made("/v1/promotions", {"name": "Sore", "percent_off": {"percent": "5"}})["id"],
        "/v1/customers": made("/v1/customers", {"name": "Budi"})["id"],
        "/v1/orders": order["id"],
        "/v1/shifts": made("/v1/shifts", {"register_id": register_id, "opening_float": {"total": 1000}})["id"],
        "/v1/inventory/counts": made("/v1/inventory/counts", {"location_id": shop.location_id, "all": True})["id"],
        "/v1/inventory/receipts": made(
            "/v1/inventory/receipts",
            {"location_id": other, "lines": [{"variant_id": variant_id, "quantity": "5", "unit_cost": "100"}]},
        )["id"],
        "/v1/inventory/transfers": made(
            "/v1/inventory/transfers", moved | {"lines": [{"variant_id": variant_id, "quantity": "5"}]}
        )["id"],
        "staff_id": made("/v1/staff", {"name": "Sari", "role": "cashier", "pin": "274913"})["id"],
        "/v1/staff": made("/v1/staff", {"name": "Budi", "role": "manager"})["id"],
        "/v1/roles": made("/v1/roles", {"name": "Gudang", "permissions": ["inventory:*"]})["id"],
        "/v1/api_keys": made("/v1/api_keys", {"name": "Toko web", "permissions": ["orders:read"]})["id"],
        "/v1/locations": other,
        "/v1/registers": register_id,
        "/v1/webhooks/endpoints": made(
            "/v1/webhooks/endpoints", {"url": "https://shop.example.com/hooks", "event_types": ["order.*"]}
        )["id"],
    }


def naming(things: Mapping[str, str], document: Json) -> Json:
    """The document with these things in the place of made-up ids: in half of the requests, or so."""
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for parameter in operation["parameters"]:
                if parameter.get("in") == "path":
                    name = path.split("/{id}")[0] if parameter["name"] == "id" else parameter["name"]
                    if name in things:
                        parameter["schema"] = {"enum": [things[name], _UNKNOWN]}
                        parameter["example"] = things[name]
    named: Json = _named(things, document)
    return named


def _named(things: Mapping[str, str], node: Any) -> Any:
    if isinstance(node, list):
        return [_named(things, one) for one in node]
    if not isinstance(node, dict):
        return node
    changed = {name: _named(things, value) for name, value in node.items()}
    for name, schema in changed.get("properties", {}).items():
        if name in things and "pattern" in json.dumps(schema):
            changed["properties"][name] = {"anyOf": [{"enum": [things[name]]}, schema]}
    return changed


@pytest.mark.parametrize("which", ["--exclude-method", "--include-method"], ids=["all-but-deletions", "deletions"])
def test_whatever_is_sent_the_api_answers_as_it_says(
    shop: Shop, things: dict[str, str], which: str, tmp_path: Path
) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(naming(things, shop.api.get("/v1/openapi.json").json)))
    report = tmp_path / "report.json"
    command = (
        *(Path(sys.executable).with_name("st"), "run", document, "--url", shop.api.url),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1", "--no-shrink"),
        *("--continue-on-failure", "--checks", ",".join(_CHECKS), "--request-timeout", "60"),
        *(which, "DELETE", "--report", "json", "--report-json-path", report, "--warnings", "off"),
    )
    # The key goes by the environment: arguments are seen by everybody on the machine.
    (tmp_path / "schemathesis.toml").write_text('headers = { Authorization = "Bearer ${KASIR_KEY}" }\n')

    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | {"KASIR_KEY": shop.api.key or ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    assert done.returncode == 0, re.sub(r"(?s).*?(?=={3,} (FAILURES|ERRORS))", "", done.stdout, count=1)
    told = json.loads(report.read_text())
    assert told["operations"]["tested"] == told["operations"]["selected"] > 0
    cases = told["test_cases"]["generated"]
    assert cases >= LEAST_PER_OPERATION * told["operations"]["tested"]

"""Who may call what, held for every route that the template has, so that a new one cannot be forgotten."""

import copy
import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import uuid4

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from pos import aws as clients
from pos import outbox
from pos.http import Operation
from tests.support import access
from tests.support.aws import ROOT, deployed
from tests.support.shop import Reply, Shop, send
from tests.support.template import resources
from tests.unit.sync.records import contest
from webhooks import fan_out
from webhooks import store as feed

type Json = dict[str, Any]


class Route(NamedTuple):
    """A route of the template, and what it runs."""

    key: str
    service: str
    operation: str
    needs_key: bool

    @property
    def permission(self) -> str:
        """What it needs; empty for a route that needs no key."""
        return self.handler.permission or ""

    @property
    def handler(self) -> Operation[Any, Any]:
        """What answers it."""
        found: Operation[Any, Any] = importlib.import_module(f"{self.service}.{self.operation}").handler
        return found


def _routes() -> Iterator[Route]:
    for resource in resources("template.yaml").values():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        service, operation, _ = resource["Properties"]["Handler"].split(".")
        for event in resource["Properties"].get("Events", {}).values():
            if event["Type"] == "HttpApi":
                given = event["Properties"]
                key = f"{given['Method']} {given['Path']}" if "Path" in given else "$default"
                yield Route(key, service, operation, "Auth" not in given)


ROUTES = list(_routes())
KEYED = [pytest.param(route, id=route.key) for route in ROUTES if route.needs_key]
WITH_IDS = [pytest.param(route, id=route.key) for route in ROUTES if route.needs_key and "{" in route.key]
APPROVABLE = [
    pytest.param(route, id=route.key)
    for route in ROUTES
    if route.needs_key and route.permission in route.handler.approvable
]
PERMISSIONS = {route.permission for route in ROUTES if route.needs_key}

NEEDS_NO_KEY = {
    "$default": "refuses what no route answers",
    "GET /v1/docs": "anybody may read the documentation",
    "GET /v1/openapi.json": "anybody may read the documentation",
    "POST /v1/inbound/{id}": "an outside application has no key: its signature is the proof",
    "POST /v1/registers/pair": "a device has no key yet: its one-time code is one",
}
"""Routes that are no part of this matrix, each with its reason."""

SAMPLES_NEED_MORE = {
    "POST /v1/orders/{id}/cancel": "orders:cancel",
    "POST /v1/exports": "reports:read",
    "GET /v1/exports/{id}": "reports:read",
    "POST /v1/imports": "catalog:write",
    "GET /v1/imports/{id}": "catalog:read",
    "POST /v1/imports/{id}/preview": "catalog:write",
    "POST /v1/imports/{id}/apply": "catalog:write",
    "POST /v1/imports/{id}/undo": "catalog:write",
    "GET /v1/sync/snapshot": "catalog:read",
}
"""Routes whose samples do what takes another permission, too: the order that is cancelled is paid, what is exported or
in a snapshot has to be read, and what is imported to be read or changed.
"""

_CREATE_ORDER = Route("POST /v1/orders", "orders", "create_order", True)

_MAKERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("staff/create_api_key", {"key_sample0001": "/id"}),
    ("staff/create_location", {"loc_other": "/id"}),
    ("staff/create_role", {"rol_sample0001": "/id"}),
    ("staff/create_staff_member", {"stf_sample0001": "/id"}),
    ("catalog/create_category", {"cat_sample": "/id"}),
    ("catalog/create_product", {"prd_sample": "/id", "var_sample": "/variants/0/id"}),
    ("catalog/create_promotion", {"prm_sample": "/id"}),
    ("customers/create_customer", {"cus_sample": "/id"}),
    ("inventory/create_adjustment", {}),
    ("inventory/create_count", {"cnt_sample": "/id"}),
    ("inventory/create_stock_receipt", {"rcp_sample": "/id"}),
    ("inventory/create_transfer", {"trf_sample": "/id"}),
    ("shifts/open_shift", {"shf_sample": "/id"}),
    ("orders/create_order", {"lin_1": "/lines/0/id", "pay_sample0001": "/payments/0/id"}),
    ("vouchers/create_voucher", {"GIFT-2026-SAMPLE": "/code"}),
    ("webhooks/create_endpoint", {"whe_sample0001": "/id"}),
    ("sync/create_source", {}),
    ("sync/create_sync_run", {"syr_sample": "/id"}),
    ("reports/create_rebuild", {"job_sample": "/id"}),
    ("files/create_export", {"exp_sample": "/id"}),
    ("files/create_import", {"imp_sample": "/id"}),
)
"""Sample events that make what others name, in an order in which each finds what it needs; and where in its answer
stands what the samples call so. An order has the id that its sample gives it.
"""


@dataclass(frozen=True, slots=True)
class World:
    """A merchant that has whatever the sample events name, and a stranger who has nothing."""

    owner: Shop
    stranger: Shop
    names: dict[str, str]

    def event(self, route: Route) -> Json:
        """The route's sample event, naming the owner's things."""
        text = (ROOT / "events" / route.service / f"{route.operation}.json").read_text()
        for sample, name in self.names.items():
            text = text.replace(sample, name)
        event: Json = json.loads(text)
        event["headers"]["idempotency-key"] = uuid4().hex  # each sample is one request of its own
        return event

    def send(self, route: Route, shop: Shop, permissions: str = "*", **caller: str) -> Reply:
        """That event, as this shop would send it."""
        event = self.event(route)
        event["requestContext"]["authorizer"]["lambda"] |= {
            "merchant_id": shop.merchant_id,
            "permissions": permissions,
            **caller,
        }
        return send(route.handler, event)


@pytest.fixture(scope="module")
def populated() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, deployed(patch):
        access.watch(patch)
        patch.setenv("RECEIPT_SENDER", "shop@example.com")
        boto3.client("sesv2").create_email_identity(EmailIdentity="shop@example.com")
        owner = Shop.open()
        names = {"mer_sample": owner.merchant_id, "loc_sample": owner.location_id, "reg_sample": owner.register_id}
        names["cnf_sample"] = contest(owner)[1]["conflict_id"]  # before the samples say who decides prices
        world = World(owner, Shop.open(name="Toko Lain"), names | {"ord_sample0001": "ord_owners0001"})
        for maker, found in _MAKERS:
            service, operation = maker.split("/")
            reply = world.send(Route(maker, service, operation, True), owner)
            assert reply.status in (201, 202), (maker, reply.text)
            for sample, pointer in found.items():
                world.names[sample] = _at(reply.json, pointer)
        world.names["evt_sample0001"] = _published(owner, "ord_owners0001")
        world.names["dlv_sample0001_1_0"] = f"dlv_{world.names['whe_sample0001'].removeprefix('whe_')}_1_0"
        replayed = world.send(Route("", "webhooks", "replay_endpoint", True), owner)
        world.names["rpl_sample0001"] = replayed.json["id"]
        another = World(owner, world.stranger, world.names | {"ord_sample0001": "ord_owners0002"})
        assert another.send(_CREATE_ORDER, owner).status == 201
        world.names["ord_sample0002"] = "ord_owners0002"
        yield world


def _published(shop: Shop, order_id: str) -> str:
    """The id of the order's first event, which is in the feed from now on."""
    refs = feed.feed_refs(outbox.history(shop.merchant_id, order_id, 1, None).items[0])
    fan_out.publish(shop.merchant_id, refs)
    return refs[0].id


def _at(document: Any, pointer: str) -> str:
    for part in pointer.split("/")[1:]:
        document = document[int(part)] if part.isdecimal() else document[part]
    return str(document)


@pytest.fixture
def world(populated: World) -> Iterator[World]:
    """The two merchants as they were made, whatever the tests before did to them."""
    tables = dynamodb_backends[DEFAULT_ACCOUNT_ID][clients.dynamodb().meta.region_name].tables
    kept = {name: copy.deepcopy(table.items) for name, table in tables.items()}
    yield populated
    for name, items in kept.items():
        tables[name].items = items


def owned(world: World) -> dict[str, list[str]]:
    """Everything that is stored of the owner."""
    tables = dynamodb_backends[DEFAULT_ACCOUNT_ID][clients.dynamodb().meta.region_name].tables
    return {
        name: sorted(text for item in table.all_items() if world.owner.merchant_id in (text := str(item.to_json())))
        for name, table in tables.items()
    }


def test_what_needs_no_key_is_known_with_its_reason() -> None:
    assert {route.key for route in ROUTES if not route.needs_key} == set(NEEDS_NO_KEY)


@pytest.mark.parametrize("route", KEYED)
def test_nobody_is_refused(world: World, route: Route) -> None:
    event = world.event(route)
    event["requestContext"]["authorizer"] = {"lambda": {}}

    reply = send(route.handler, event)

    assert (reply.status, reply.code) == (401, "auth.invalid_key")
    assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("route", KEYED)
def test_every_permission_but_its_own_is_not_enough(world: World, route: Route) -> None:
    others = " ".join(sorted(PERMISSIONS - {route.permission}))

    refused = world.send(route, world.owner, others)

    assert (refused.status, refused.code) == (403, "auth.forbidden")
    enough = f"{route.permission} {SAMPLES_NEED_MORE.get(route.key, '')}"
    assert world.send(route, world.owner, enough).status not in (401, 403)


@pytest.mark.parametrize("route", APPROVABLE)
def test_who_may_ask_for_an_approval_is_told_of_it_and_does_nothing_without(world: World, route: Route) -> None:
    others = sorted(PERMISSIONS - {*route.handler.approvable})
    before = owned(world)

    refused = world.send(route, world.owner, " ".join(others), register_id=world.owner.register_id)

    assert (refused.status, refused.code) == (403, "approval.required")
    assert refused.json["approval"]["permission"] == route.permission
    assert owned(world) == before


@pytest.mark.parametrize("route", WITH_IDS)
def test_what_is_anothers_is_not_there(world: World, route: Route) -> None:
    reply = world.send(route, world.stranger)

    assert reply.status == 404, reply.text
    found = world.send(route, world.owner)
    assert found.status < 500 and found.status not in (401, 403, 404), f"shows nothing: {found.text}"


@pytest.mark.parametrize("route", KEYED)
def test_a_stranger_learns_and_changes_nothing(world: World, route: Route) -> None:
    asked = json.dumps(world.event(route))
    before = owned(world)

    reply = world.send(route, world.stranger)

    assert owned(world) == before
    assert not {name for name in world.names.values() if name in reply.text and name not in asked}
    named = {name for name in world.names.values() if name in _said(world.event(route)) and "_" in name}
    if named:
        assert reply.status in (404, 409, 422) or (reply.status == 200 and _finds_nothing(reply.json)), reply.text


def _finds_nothing(answer: Json) -> bool:
    """A list of nothing, or records of which each was refused."""
    return answer["items"] == [] if "items" in answer else set(answer["counts"]) == {"invalid"}


def _said(event: Json) -> str:
    return json.dumps([event.get("body"), event.get("queryStringParameters"), event.get("pathParameters")])

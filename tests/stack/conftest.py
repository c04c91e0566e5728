"""Fixtures of the tests that see the deployed local stack as a client does: over HTTP, and through AWS's own API."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest

from infra.local.settings import ROOT, recorded_port
from tests.stack.support import Api, LocalRun, Receiver, Shop, client_options, free_port

# Beside a developer's own stack in .local.
_FOLDER = ".local/test"


@pytest.fixture(scope="session")
def local_run() -> LocalRun:
    """The local run's program, working on a stack of the tests' own."""
    port = recorded_port(ROOT / _FOLDER) or free_port()
    return LocalRun({"KASIR_LOCAL_DIR": _FOLDER, "PORT": str(port)})


@pytest.fixture(scope="session")
def stack(local_run: LocalRun) -> Iterator[dict[str, Any]]:
    """What stack.json says of a stack of the tests' own, which runs what the sources say.

    It is dropped at the end, unless KASIR_KEEP_STACK=1 keeps it for the next run, which then starts in a second.
    """
    local_run("up", "--no-shop")
    yield json.loads((ROOT / _FOLDER / "stack.json").read_text())
    if os.environ.get("KASIR_KEEP_STACK") != "1":
        local_run("reset")


@pytest.fixture(scope="session")
def api(stack: dict[str, Any]) -> Api:
    """The HTTP API with the demo merchant's key. Tests make data of their own: the merchant is everybody's."""
    return Api(stack["api_url"], stack["api_key"])


@pytest.fixture(scope="session")
def open_shop(stack: dict[str, Any]) -> Callable[..., Shop]:
    """Makes a merchant with nothing but a location and a register; takes the settings of `CreateMerchant`."""
    emulator = client_options(stack["aws_endpoint_url"])
    create = boto3.client("cloudformation", **emulator).describe_stack_resource(
        StackName=stack["stack_name"], LogicalResourceId="CreateMerchant"
    )["StackResourceDetail"]["PhysicalResourceId"]
    functions = boto3.client("lambda", **emulator)  # in this process: a program of its own takes a second

    def open_shop(**settings: str) -> Shop:
        event = json.dumps({"name": "Toko Uji"} | settings).encode()
        answer = functions.invoke(FunctionName=create, Payload=event)
        made = json.load(answer["Payload"])
        assert "FunctionError" not in answer, made
        return Shop(Api(stack["api_url"], made["api_key"]), made["merchant_id"], made["location_id"])

    return open_shop


@pytest.fixture
def shop(open_shop: Callable[..., Shop]) -> Shop:
    """A merchant of the test's own, in rupiah."""
    return open_shop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A third party that webhooks can be sent to; it answers 204 until it is told otherwise."""
    with closing(Receiver()) as receiver:
        yield receiver

"""What the template lets each function do, held against what it does: moto and the local AWS enforce no permissions.

Every request that an operation makes in a test is checked: a function that lacks a permission fails here, not on AWS.
"""

import functools
import importlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from pos import aws
from pos.http import Operation
from tests.support.aws import STACK_NAME
from tests.support.template import resources

_UPLOADING = {"CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"}
"""What S3 allows to who may `s3:PutObject`."""
_own = threading.local()


def watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, hold every request against what the function that makes it may do."""
    aws._session().register("provide-client-params", check, unique_id="access")
    monkeypatch.setattr(ThreadPoolExecutor, "submit", _submit_for_who_acts)
    for function, resource in resources("template.yaml").items():
        if resource["Type"] == "AWS::Serverless::Function":
            _watch_triggered(monkeypatch, function, resource["Properties"]["Handler"].removesuffix(".handler"))


_submit = ThreadPoolExecutor.submit


def _submit_for_who_acts(pool: ThreadPoolExecutor, work: Callable[..., Any], *args: Any, **named: Any) -> Future[Any]:
    """What a function has done by other threads is its own work, whoever acts beside it."""
    function = _who_acts()
    if function is None:
        return _submit(pool, work, *args, **named)

    def acting() -> Any:
        with acting_as(function):
            return work(*args, **named)

    return _submit(pool, acting)


def _watch_triggered(monkeypatch: pytest.MonkeyPatch, function: str, module_name: str) -> None:
    module = importlib.import_module(module_name)
    run = module.handler
    if isinstance(run, Operation):
        return  # `send` says who acts

    @functools.wraps(run)
    def acting(event: Any, context: Any) -> Any:
        with acting_as(function):
            return run(event, context)

    monkeypatch.setattr(module, "handler", acting)


@contextmanager
def acting_as(function: str) -> Iterator[None]:
    """Hold every request to AWS in this block against what `function` (its name in the template) may do."""
    before = _who_acts()
    _own.acting = function
    try:
        yield
    finally:
        _own.acting = before


@contextmanager
def acting_as_nobody() -> Iterator[None]:
    """Hold no request in this block against anything: it is the test's own, in the middle of a function's."""
    before = _who_acts()
    _own.acting = None
    try:
        yield
    finally:
        _own.acting = before


def check(**request: Any) -> None:
    """Fail if the function that acts may not make this request; a hook for botocore's `provide-client-params`."""
    function = _who_acts()
    if function is None:
        return
    model = request["model"]
    missing = _needed(model.service_model.signing_name, model.name, request["params"]) - _allowed(function)
    if missing:
        raise AssertionError(f"{function} lacks {sorted(missing)}: see template.yaml and infra/access.yaml")


def _who_acts() -> str | None:
    """The function that this thread acts for."""
    own: str | None = getattr(_own, "acting", None)
    return own


def _needed(service: str, request: str, params: dict[str, Any]) -> set[tuple[str, str]]:
    if service == "s3":
        action = {"HeadObject": "GetObject"}.get(request, "PutObject" if request in _UPLOADING else request)
        return {(f"s3:{action}", params["Key"].split("/")[0])}
    if service != "dynamodb":
        action = "SendMessage" if request == "SendMessageBatch" else request
        return {(f"{service}:{action}", service)}
    if request == "TransactWriteItems":
        writes = [(kind, write[kind]["TableName"]) for write in params["TransactItems"] for kind in write]
        return {(f"dynamodb:{kind.removesuffix('Item')}Item", _table(name)) for kind, name in writes}
    if request in ("BatchGetItem", "BatchWriteItem"):
        return {(f"dynamodb:{request}", _table(name)) for name in params["RequestItems"]}
    return {(f"dynamodb:{request}", _table(params["TableName"]) + ("/index" if "IndexName" in params else ""))}


def _table(name: str) -> str:
    return name.removeprefix(f"{STACK_NAME}-")


@functools.cache
def _allowed(function: str) -> frozenset[tuple[str, str]]:
    properties = resources("template.yaml")[function]["Properties"]
    access = resources("infra/access.yaml")
    if "Role" in properties:
        policies = access[properties["Role"].split(".")[-1]]["Properties"]["ManagedPolicyArns"]
    else:
        policies = [policy.split(".")[-1] for policy in properties["Policies"]]
    allowed = set()
    for policy in policies:
        for statement in access[policy]["Properties"]["PolicyDocument"]["Statement"]:
            for action in _listed(statement["Action"]):
                allowed |= {(action, _resource(action, arn)) for arn in _listed(statement["Resource"])}
    return frozenset(allowed)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _resource(action: str, arn: str) -> str:
    if action.startswith("s3:"):
        return arn.split("/")[-2]
    if not action.startswith("dynamodb:"):
        return action.split(":")[0]
    return arn.rsplit("${Prefix}-", 1)[-1].removesuffix("/*")

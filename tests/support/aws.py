"""Tables, queues, keys and buckets on moto, made by deploying infra/*.yaml there."""

import functools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from pos import aws
from tests.support import quick_moto

ROOT = Path(__file__).parents[2]
STACK_NAME = "test"

_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "ap-southeast-3",
    "AWS_DEFAULT_REGION": "ap-southeast-3",
    "AWS_ENDPOINT_URL": "",
    "STACK_NAME": STACK_NAME,
    "ALLOW_LOOPBACK_WEBHOOKS": "true",
    "ALLOW_SIMULATED_PROVIDER": "true",
}


@contextmanager
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An AWS with this project's tables, queues and keys, and nothing in them."""
    for name, value in _ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    _deploy()
    monkeypatch.setenv("FILES_BUCKET", _output("storage", "FilesBucket"))
    monkeypatch.setenv("ANALYTICS_BUCKET", _output("storage", "AnalyticsBucket"))
    empty()
    forget_clients()
    yield
    forget_clients()


@functools.cache
def _deploy() -> None:
    """Deploy the templates, once a process: it takes longer than most tests."""
    quick_moto.install()
    mock_aws().start()
    cloudformation = boto3.client("cloudformation")
    named: dict[str, str] = {"Prefix": STACK_NAME}
    protected = {"DeletionProtection": "false"}
    stacks: dict[str, dict[str, str]] = {"tables": named | protected, "messaging": named, "storage": {}}
    for name, parameters in stacks.items():
        create = _ignoring("AWS::S3::BucketPolicy", cloudformation.create_stack)
        create(
            StackName=name,
            TemplateBody=(ROOT / "infra" / f"{name}.yaml").read_text(),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )


def _ignoring(resource: str, create: Callable[..., Any]) -> Callable[..., Any]:
    """Create a stack without what moto does not know, of which it would warn."""

    def quietly(**stack: Any) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", f"Tried to parse {resource}")
            create(**stack)

    return quietly


@functools.cache
def _output(stack: str, name: str) -> str:
    [described] = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return next(output["OutputValue"] for output in described["Outputs"] if output["OutputKey"] == name)


def empty() -> None:
    """Take everything out of moto's tables and queues; emptying them through AWS's API would take as long as a test."""
    region = _ENVIRONMENT["AWS_REGION"]
    for table in dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables.values():
        table.items.clear()
        if table.stream_shard is not None:
            table.stream_shard.items.clear()  # moto copies all of it at each transaction
    for bucket in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.values():
        bucket.keys.clear()
        bucket.multiparts.clear()
    for queue in sqs_backends[DEFAULT_ACCOUNT_ID][region].queues.values():
        queue._messages.clear()
        queue.pending_messages.clear()


def take_messages(queue: str) -> list[str]:
    """The bodies of all messages of one of our queues, also of those that are not due yet; it is empty then."""
    messages = sqs_backends[DEFAULT_ACCOUNT_ID][_ENVIRONMENT["AWS_REGION"]].queues[f"{STACK_NAME}-{queue}"]._messages
    bodies = [message.body for message in messages]
    messages.clear()
    return bodies


def forget_clients() -> None:
    """Let the next use make new clients: those of an earlier test talk to an earlier AWS."""
    for client in (aws.dynamodb, aws.sqs, aws.kms, aws.s3, aws.sesv2):
        client.cache_clear()

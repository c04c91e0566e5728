"""Tables, queues and keys on moto, made by deploying infra/*.yaml there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from pos import aws

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
}


@contextmanager
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS with this project's tables, queues and keys."""
    for name, value in _ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        forget_clients()
        cloudformation = boto3.client("cloudformation")
        for name, parameters in (("tables", {"DeletionProtection": "false"}), ("messaging", {})):
            cloudformation.create_stack(
                StackName=name,
                TemplateBody=(ROOT / "infra" / f"{name}.yaml").read_text(),
                Parameters=[
                    {"ParameterKey": key, "ParameterValue": value}
                    for key, value in {"Prefix": STACK_NAME, **parameters}.items()
                ],
            )
        yield
    forget_clients()


def forget_clients() -> None:
    """Let the next use make new clients: those of an earlier test talk to an earlier AWS."""
    for client in (aws.dynamodb, aws.sqs, aws.kms):
        client.cache_clear()

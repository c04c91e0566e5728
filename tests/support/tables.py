"""The tables of infra/tables.yaml, made in another DynamoDB than moto's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
import yaml
from botocore.config import Config

from pos import aws
from tests.support.aws import ROOT, STACK_NAME, forget_clients

_PARAMETERS = {"Prefix": STACK_NAME}
_CREATION = {"AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema", "TableName"}


@contextmanager
def tables_on(endpoint_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let functions have empty tables on the DynamoDB at this URL."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", endpoint_url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", endpoint_url)
    patient = aws._CONFIG.merge(Config(connect_timeout=60, read_timeout=60))  # a slow machine is not a failed test
    make = aws._client
    monkeypatch.setattr(aws, "_client", lambda service, config=patient: make(service, config))
    client = boto3.client("dynamodb")
    for table in creations():
        client.create_table(**table)
    forget_clients()
    try:
        yield
    finally:
        for table in creations():
            client.delete_table(TableName=table["TableName"])
        forget_clients()


def creations() -> list[dict[str, Any]]:
    """What `create_table` takes, for each table of the template; without what has no meaning outside of AWS."""
    template = yaml.load((ROOT / "infra/tables.yaml").read_text(), _TemplateLoader)  # noqa: S506 - a SafeLoader
    return [_creation(resource["Properties"]) for resource in template["Resources"].values()]


def _creation(properties: dict[str, Any]) -> dict[str, Any]:
    creation = {name: value for name, value in properties.items() if name in _CREATION}
    if "StreamSpecification" in properties:
        creation["StreamSpecification"] = {**properties["StreamSpecification"], "StreamEnabled": True}
    return creation


class _TemplateLoader(yaml.SafeLoader):
    """YAML with the few of CloudFormation's functions that the template's tables use."""


def _substituted(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    text: str = node.value
    for name, value in _PARAMETERS.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def _tagged(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> str:
    return f"!{tag}"  # its value is not needed: it is in nothing that a table is created from here


_TemplateLoader.add_constructor("!Sub", _substituted)
_TemplateLoader.add_multi_constructor("!", _tagged)

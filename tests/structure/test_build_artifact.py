"""What `make build` makes: complete, compiled, small, and still able to speak with AWS after the layer was cut down."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.local import emulator
from infra.local.build import BUILD, build
from infra.local.settings import AWS_ENVIRONMENT, ROOT, Settings
from tests.stack.support import client_options, free_port

pytestmark = pytest.mark.stack

_LAYER = "DependenciesLayer"
_UNCHECKED_HASH = 0b01  # PEP 552: hash-based, and not to be checked against the source
_MEGABYTE = 1 << 20


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    """What a local stack runs, which on Linux x86_64 is what AWS gets."""
    build(for_lambda=False)


@pytest.fixture(scope="module")
def endpoint_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulator with a table and a queue, both named `contract`."""
    settings = Settings(tmp_path_factory.mktemp("ministack"), free_port())
    emulator.start(settings)
    options = client_options(settings.endpoint_url)
    boto3.client("dynamodb", **options).create_table(
        TableName="contract",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    boto3.client("sqs", **options).create_queue(QueueName="contract")
    yield settings.endpoint_url
    emulator.stop(settings)


def test_every_source_file_has_bytecode_that_lambda_will_use() -> None:
    sources = list(BUILD.rglob("*.py"))
    assert sources
    unusable = [str(source.relative_to(BUILD)) for source in sources if not _has_usable_bytecode(source)]
    assert unusable == []


def _has_usable_bytecode(source: Path) -> bool:
    try:
        bytecode = Path(importlib.util.cache_from_source(str(source))).read_bytes()
    except FileNotFoundError:
        return False
    return bytecode[:4] == importlib.util.MAGIC_NUMBER and int.from_bytes(bytecode[4:8], "little") == _UNCHECKED_HASH


def test_every_function_ships_our_own_code_and_only_that() -> None:
    functions = [folder for folder in BUILD.iterdir() if folder.is_dir() and (folder / "pos").exists()]
    assert len(functions) > 20
    ours = {path.name for path in (ROOT / "functions").iterdir() if not path.name.startswith((".", "__"))}
    assert [folder.name for folder in functions if {path.name for path in folder.iterdir()} != ours] == []


def test_the_layer_stays_small() -> None:
    """Each cold start reads of it, and each of the emulator's workers unpacks all of it."""
    size = sum(path.stat().st_size for path in (BUILD / _LAYER).rglob("*") if path.is_file())
    assert size < 29 * _MEGABYTE


_PROGRAM = """
import json, sys
import aws_lambda_powertools, boto3, botocore.session, pydantic
from botocore.exceptions import ClientError

layer, options = sys.argv[1], json.loads(sys.argv[2])
for module in (aws_lambda_powertools, boto3, botocore, pydantic):
    assert module.__file__.startswith(layer), module.__file__

dynamodb, sqs = boto3.client("dynamodb", **options), boto3.client("sqs", **options)
put = {"Put": {"TableName": "contract", "Item": {"id": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(id)"}}
dynamodb.transact_write_items(TransactItems=[put])
try:
    dynamodb.transact_write_items(TransactItems=[put])
except dynamodb.exceptions.TransactionCanceledException as cancelled:
    codes = [reason["Code"] for reason in cancelled.response["CancellationReasons"]]
url = sqs.get_queue_url(QueueName="contract")["QueueUrl"]
sqs.send_message(QueueUrl=url, MessageBody="hello")
[message] = sqs.receive_message(QueueUrl=url)["Messages"]
services = botocore.session.get_session().get_available_services()
for service in services:
    boto3.client(service, **options)
print(json.dumps({"codes": codes, "message": message["Body"], "services": services}))
"""


def test_the_layer_alone_can_transact_and_queue_and_knows_its_services(endpoint_url: str) -> None:
    layer = str(BUILD / _LAYER / "python")
    # -S leaves out site-packages: what the layer lacks cannot come from the tests' own environment.
    done = subprocess.run(
        [sys.executable, "-S", "-c", _PROGRAM, layer, json.dumps(client_options(endpoint_url))],
        env=AWS_ENVIRONMENT | {"PYTHONPATH": layer},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["codes"] == ["ConditionalCheckFailed"]
    assert said["message"] == "hello"
    assert {"dynamodb", "kms", "sqs"} <= set(said["services"])
    assert len(said["services"]) < 20


_RECEIPTS = """
import babel
from receipts.wording import WORDS, Wording

assert babel.__file__.startswith(sys.argv[1]), babel.__file__
words = [Wording(language, "IDR", 0) for language in sorted(WORDS)]
print(json.dumps([[one.money(15000), one.moment("2026-11-24T20:05:00+07:00")] for one in words]))
"""


def test_the_layer_alone_writes_receipts_in_each_language() -> None:
    layer = str(BUILD / _LAYER / "python")
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import json, sys" + _RECEIPTS, layer],
        env=AWS_ENVIRONMENT | {"PYTHONPATH": f"{layer}:{BUILD / 'GetReceipt'}"},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert json.loads(done.stdout) == [
        ["IDR\u00a015,000", "Nov 24, 2026 8:05\u202fPM"],
        ["Rp\u00a015.000", "24 Nov 2026 20.05"],
    ]


def test_a_trimmed_layer_keeps_each_packages_name_version_and_licence() -> None:
    for metadata in (BUILD / _LAYER / "python").glob("*.dist-info"):
        kept = [path.name.upper() for path in metadata.rglob("*") if path.is_file()]
        assert "METADATA" in kept
        assert any(name.startswith("LICEN") for name in kept), metadata.name

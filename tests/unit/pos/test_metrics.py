"""Metrics in log lines, as CloudWatch's embedded metric format has them."""

import json
import re
from typing import Any

import pytest
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from pos import log, metrics
from tests.support.aws import ROOT
from tests.support.contract import logged


@pytest.fixture(autouse=True)
def nothing_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_NAME", "test")
    metrics.taken()


def line() -> Any:
    with logged() as written:
        log.summary("request", operation="create_order", currency="IDR")
    [only] = map(json.loads, written.getvalue().splitlines())
    return only


def test_counts_are_summed_and_times_kept_one_by_one() -> None:
    for value in (1, 2):
        metrics.add("transaction_retries", value)
        metrics.add("delivery_age", value * 100)

    told = line()

    assert (told["transaction_retries"], told["delivery_age"]) == (3, [100, 200])
    assert "_aws" not in line()


def test_a_line_says_it_as_powertools_would() -> None:
    provider = AmazonCloudWatchEMFProvider(namespace="Kasir", metric_set={}, dimension_set={}, metadata_set={})
    provider.add_metric("server_errors", "Count", 2)
    provider.add_dimension("stack", "test")
    provider.add_dimension("operation", "create_order")
    expected: Any = provider.serialize_metric_set()
    metrics.add("server_errors", 2)

    told = line()

    assert told["_aws"]["CloudWatchMetrics"] == expected["_aws"]["CloudWatchMetrics"]
    assert all(isinstance(moment["_aws"]["Timestamp"], int) for moment in (told, expected))
    for name in ("stack", "operation"):
        assert told[name] == expected[name]
    assert [told["server_errors"]] == expected["server_errors"]


def test_each_metric_is_told_apart_by_no_more_than_it_says() -> None:
    for name in metrics.METRICS:
        metrics.add(name, 1)

    told = line()

    dimensions = {
        metric["Name"]: directive["Dimensions"]
        for directive in told["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }
    assert dimensions == {name: [["stack", *metric.by]] for name, metric in metrics.METRICS.items()}
    assert all(name in told for [names] in dimensions.values() for name in names)


def test_a_line_holds_no_more_values_than_cloudwatch_takes() -> None:
    for _ in range(3):
        metrics.add("delivery_age", *range(40))

    assert len(line()["delivery_age"]) == 100


def test_a_metric_that_nobody_declared_is_refused() -> None:
    with pytest.raises(KeyError):
        metrics.add("sale", 1)


def test_the_documentation_has_every_metric() -> None:
    named = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)

    assert set(named) == set(metrics.METRICS)

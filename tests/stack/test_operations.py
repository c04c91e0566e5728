"""What whoever runs Kasir sees: lines that carry metrics, alarms, a dashboard; and what a key that is too loud sees."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

from tests.stack.support import Json, Shop, client_options, eventually
from tests.support.template import resources

pytestmark = pytest.mark.stack


@pytest.fixture
def clients(stack: Json) -> Any:
    """Makes clients of the stack's AWS."""
    return lambda service: boto3.client(service, **client_options(stack["aws_endpoint_url"]))


@contextmanager
def limited(functions: Any, name: str, rate: str) -> Iterator[None]:
    """Meanwhile, this function has a limit for each key."""
    settings = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    def configure(variables: Json) -> None:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})

    configure(settings | {"REQUESTS_PER_SECOND_PER_KEY": rate})
    yield
    configure(settings)


def function(clients: Any, logical_id: str) -> str:
    """The full name of a function."""
    [found] = clients("cloudformation").describe_stack_resources(StackName="local", LogicalResourceId=logical_id)[
        "StackResources"
    ]
    return str(found["PhysicalResourceId"])


def test_a_sale_is_one_line_of_its_functions_log_with_its_metrics(shop: Shop, clients: Any) -> None:
    answer = shop.api.post(
        "/v1/orders", shop.order({"custom": {"name": "Es teh", "price": 8000, "tax_ids": []}}, complete=True)
    )
    request_id = answer.headers["x-request-id"]
    group = f"/aws/lambda/{function(clients, 'CreateOrder')}"

    def lines() -> list[Json]:
        events = clients("logs").filter_log_events(logGroupName=group, filterPattern=f'"{request_id}"')["events"]
        return [json.loads(event["message"]) for event in events]

    [line] = eventually(lines)
    assert (line["operation"], line["status"], line["merchant_id"]) == ("create_order", 201, shop.merchant_id)
    assert (line["sales"], line["sales_amount"], line["stack"]) == (1, 8000, "local")
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["stack", "currency"]]


def test_alarms_and_dashboard_are_deployed(clients: Any) -> None:
    made = [one for one in resources("infra/observability.yaml").values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    alarms = {alarm["AlarmName"] for alarm in clients("cloudwatch").describe_alarms(MaxRecords=100)["MetricAlarms"]}
    dashboard = json.loads(clients("cloudwatch").get_dashboard(DashboardName="local")["DashboardBody"])

    assert {alarm["Properties"]["AlarmName"].replace("${Prefix}", "local") for alarm in made} <= alarms
    assert dashboard["widgets"] and "${" not in json.dumps(dashboard)


def test_a_key_that_is_too_loud_is_told_when_to_go_on_and_others_are_not(shop: Shop, api: Any, clients: Any) -> None:
    with limited(clients("lambda"), function(clients, "GetMerchant"), "1"):

        def loud() -> list[int]:
            answers = [shop.api.get("/v1/merchant") for _ in range(20)]
            refused = [answer for answer in answers if answer.status == 429]
            assert all(answer.code == "request.too_many" for answer in refused)
            assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
            return [answer.status for answer in refused]

        assert eventually(loud)
        assert api.get("/v1/merchant").status == 200

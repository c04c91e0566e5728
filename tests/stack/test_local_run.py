"""`make up` and its relatives, on the stack that the other tests use as well."""

import json
import socket
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.local.settings import ROOT
from tests.stack.support import Api, LocalRun, client_options
from tests.support.template import resources

pytestmark = pytest.mark.stack


def test_the_api_has_every_route_of_the_template_and_no_other(stack: dict[str, Any]) -> None:
    events = [
        event["Properties"]
        for resource in resources("template.yaml").values()
        for event in resource.get("Properties", {}).get("Events", {}).values()
        if event["Type"] == "HttpApi"
    ]
    gateway = boto3.client("apigatewayv2", **client_options(stack["aws_endpoint_url"]))
    routes = gateway.get_routes(ApiId=stack["api_url"].rsplit("/", 1)[1])["Items"]
    assert events
    assert {route["RouteKey"] for route in routes} == {
        f"{event['Method']} {event['Path']}" if "Path" in event else "$default" for event in events
    }


def test_a_second_up_changes_nothing(local_run: LocalRun, stack: dict[str, Any]) -> None:
    said = local_run("up", "--no-shop")
    assert "Deploying" not in said
    assert stack["api_key"] in said
    assert _stack_file(local_run).stat().st_mode & 0o777 == 0o600
    assert json.loads(_stack_file(local_run).read_text()) == stack


def test_down_and_up_keep_the_data(local_run: LocalRun, stack: dict[str, Any], api: Api) -> None:
    location = api.post("/v1/locations", {"name": "Kept"}, idempotency_key="test_down_and_up").json
    local_run("down")
    assert "make up" in local_run("status", fails=True)
    local_run("up", "--no-shop")
    assert location["id"] in [kept["id"] for kept in api.get("/v1/locations", limit="200").json["items"]]
    assert json.loads(_stack_file(local_run).read_text()) == stack


def test_a_port_that_is_taken_is_explained(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = LocalRun({"KASIR_LOCAL_DIR": str(tmp_path), "PORT": str(port)})("up", fails=True)
    assert f"Port {port} on 127.0.0.1 is taken" in said
    assert "make up PORT=" in said


def test_another_port_than_that_of_the_data_is_refused(local_run: LocalRun, stack: dict[str, Any]) -> None:
    elsewhere = LocalRun(local_run.settings | {"PORT": "1"})
    assert f"bound to port {local_run.settings['PORT']}" in elsewhere("up", fails=True)


def test_invoke_prints_what_the_function_answers(local_run: LocalRun, stack: dict[str, Any], tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"name": "Invoked"}))
    answer = json.loads(local_run("invoke", "CreateMerchant", str(event)))
    assert answer["merchant_id"].startswith("mer_")
    assert answer["merchant_id"] != stack["merchant_id"]


def test_invoke_fails_when_the_function_raises(local_run: LocalRun, stack: dict[str, Any], tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"name": 1}))
    assert "CreateMerchant raised" in local_run("invoke", "CreateMerchant", str(event), fails=True)


def test_invoke_names_the_functions_there_are(local_run: LocalRun, stack: dict[str, Any], tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text("{}")
    assert "CreateOrder" in local_run("invoke", "SellEverything", str(event), fails=True)


def test_logs_show_what_functions_log_with_their_names(local_run: LocalRun, api: Api) -> None:
    assert api.get("/v1/merchant").status == 200
    [line, *_] = [line for line in local_run("logs").splitlines() if " GetMerchant {" in line]
    assert '"operation":"get_merchant"' in line


def _stack_file(local_run: LocalRun) -> Path:
    return ROOT / local_run.settings["KASIR_LOCAL_DIR"] / "stack.json"

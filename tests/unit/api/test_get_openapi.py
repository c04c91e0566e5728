import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from api.event_data import EVENT_DATA
from api.get_openapi import handler
from api.routes import routes
from tests.support.aws import ROOT
from tests.support.shop import send
from tests.support.template import resources
from webhooks.models import EVENT_TYPES


@cache
def _document() -> Any:
    answer = send(handler, json.loads((ROOT / "events/api/get_openapi.json").read_text()))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["x-request-id"] == "sample-request-0001"
    return answer.json


@pytest.fixture
def document() -> Any:
    return _document()


def described(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path, operation


def test_it_is_an_openapi_document(document: Any) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_it_describes_every_route_and_which_need_no_key(document: Any) -> None:
    deployed = {
        (event["Properties"]["Method"], event["Properties"]["Path"], "Auth" in event["Properties"])
        for resource in resources("template.yaml").values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "HttpApi" and "Path" in event["Properties"]
    }

    open_to_all = {(method, path, operation.get("security") == []) for method, path, operation in described(document)}
    assert open_to_all == deployed


def test_every_answer_and_event_has_an_example_that_its_schema_allows(document: Any) -> None:
    def contents() -> Iterator[tuple[str, Any]]:
        for method, path, operation in described(document):
            for status, answer in operation["responses"].items():
                if status.startswith("2") and "application/json" in answer.get("content", {}):
                    yield f"{method} {path}", answer["content"]["application/json"]
        for event, webhook in document["webhooks"].items():
            yield event, webhook["post"]["requestBody"]["content"]["application/json"]

    described_here = dict(contents())
    assert len(described_here) > len(document["paths"])
    for name, content in described_here.items():
        schema = content["schema"] | {"components": document["components"]}
        errors = [error.message for error in OAS31Validator(schema).iter_errors(content["example"])]
        assert not errors, (name, errors)


def test_examples_speak_of_the_same_things(document: Any) -> None:
    order = document["paths"]["/v1/orders"]["post"]["responses"]["201"]["content"]["application/json"]["example"]

    assert order["lines"][0]["variant_id"] == "var_sample"
    assert order["id"] == "ord_sample0001"


def test_every_operation_says_its_permission_and_what_it_is_for(document: Any) -> None:
    for method, path, operation in described(document):
        assert operation["summary"], (method, path)
        needs = "Needs no key." if operation.get("security") == [] else "Needs the permission `"
        assert needs in operation["description"], (method, path)


def test_every_body_has_an_example_that_its_operation_takes(document: Any) -> None:
    bodies = {route.operation.name: route.operation.body for route in routes()}
    for _, _, operation in described(document):
        model = bodies[operation["operationId"]]
        if not isinstance(model, type) or not issubclass(model, BaseModel):
            assert "requestBody" not in operation
            continue
        example = operation["requestBody"]["content"]["application/json"]["example"]
        model.model_validate_json(json.dumps(example))


def test_every_parameter_of_a_path_has_an_example(document: Any) -> None:
    for method, path, operation in described(document):
        for parameter in operation["parameters"]:
            if parameter.get("in") == "path":
                assert parameter["example"], (method, path)


def test_every_type_of_event_is_a_webhook_with_its_data(document: Any) -> None:
    assert set(document["webhooks"]) == EVENT_TYPES == set(EVENT_DATA)
    for event, webhook in document["webhooks"].items():
        body = webhook["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert body["properties"]["type"] == {"const": event}
        assert body["properties"]["data"]["anyOf"][0]["$ref"].startswith("#/components/schemas/")


def test_money_is_a_whole_number_and_a_quantity_a_decimal_string(document: Any) -> None:
    line = document["components"]["schemas"]["OrderLine"]["properties"]
    assert line["total"]["type"] == "integer"
    assert line["quantity"]["type"] == "string"
    given = document["components"]["schemas"]["LineInput"]["properties"]["quantity"]["anyOf"]
    assert [kind["type"] for kind in given] == ["string", "null"]


def test_a_list_is_a_page_and_says_what_stands_beside_its_items(document: Any) -> None:
    def page(path: str) -> Any:
        return document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]

    assert page("/v1/taxes")["properties"]["items"]["items"] == {"$ref": "#/components/schemas/Tax"}
    assert page("/v1/taxes")["required"] == ["items", "next_cursor"]
    assert page("/v1/events")["properties"]["position"]["anyOf"] == [{"type": "string"}, {"type": "null"}]
    assert page("/v1/customers/{id}/points")["properties"]["balance"] == {"type": "integer"}
    assert page("/v1/sync/snapshot")["required"] == ["items", "next_cursor", "position"]


def test_every_list_is_read_by_a_cursor(document: Any) -> None:
    for method, path, operation in described(document):
        if not operation["operationId"].startswith("list_"):
            continue
        assert method == "GET", path
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert {"items", "next_cursor"} <= set(schema["required"]), path


def test_only_what_changes_something_takes_an_idempotency_key(document: Any) -> None:
    key = {"$ref": "#/components/parameters/idempotency_key"}

    assert key in document["paths"]["/v1/orders"]["post"]["parameters"]
    assert key not in document["paths"]["/v1/orders/preview"]["post"]["parameters"]
    assert all(key not in operation["parameters"] for method, _, operation in described(document) if method == "GET")


def test_examples_of_a_query_have_its_types(document: Any) -> None:
    parameters = document["paths"]["/v1/locations"]["get"]["parameters"]

    assert [one["example"] for one in parameters if one["name"] == "limit"] == [20]


def test_what_api_gateway_refuses_by_itself_is_described(document: Any) -> None:
    for status, headers in (("401", {"WWW-Authenticate"}), ("429", {"Retry-After"}), ("503", {"Retry-After"})):
        refusal = document["components"]["responses"][status]
        assert set(refusal["content"]) == {"application/problem+json", "application/json"}
        assert set(refusal["headers"]) == headers | {"X-Request-Id"}
    assert set(document["components"]["responses"]["422"]["content"]) == {"application/problem+json"}

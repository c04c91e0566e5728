"""What the template asks of API Gateway before a request reaches a function."""

from typing import Any

from tests.support.template import resources

API = resources("template.yaml")["Api"]["Properties"]


def routes() -> dict[str, Any]:
    """The HTTP events of all functions, by their route's key."""
    events = [
        event["Properties"]
        for resource in resources("template.yaml").values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "HttpApi"
    ]
    return {f"{event['Method']} {event['Path']}" if "Path" in event else "$default": event for event in events}


def test_every_route_is_throttled_at_a_rate_that_is_a_parameter() -> None:
    assert API["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": "RequestsPerSecond",
        "ThrottlingBurstLimit": "RequestsPerSecond",
    }


def test_a_route_with_a_limit_of_its_own_exists() -> None:
    assert set(API["RouteSettings"]) <= set(routes())


def test_what_needs_no_key_has_a_limit_of_its_own() -> None:
    open_to_all = {key for key, route in routes().items() if "Auth" in route}

    assert open_to_all and open_to_all <= set(API["RouteSettings"])


def test_only_the_pages_of_one_origin_may_call_from_a_browser_and_read_what_they_need() -> None:
    cors = API["CorsConfiguration"]

    assert cors["AllowOrigins"] == ["UiOrigin"]
    assert {method for key in routes() if (method := key.split()[0]) != "$default"} == set(cors["AllowMethods"])
    assert "*" not in str(cors)
    assert "AllowCredentials" not in cors

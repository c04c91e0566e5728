import json

from api.refuse_unknown_route import handler
from tests.support.aws import ROOT


def test_what_no_route_answers_is_refused_by_a_problem_that_names_it() -> None:
    answer = handler(json.loads((ROOT / "events/api/refuse_unknown_route.json").read_text()), None)

    problem = json.loads(answer["body"])
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (404, "application/problem+json")
    assert (problem["code"], problem["request_id"]) == ("request.unknown_route", "sample-request-0001")
    assert "GET /v1/order" in problem["detail"]

"""What no route answers."""

from typing import Any

from pos import log
from pos.errors import DomainError
from pos.http import problem


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Refuse (404) a method and path that the API does not have; API Gateway's own refusal would be no problem
    details.
    """
    asked = f"{event['requestContext']['http']['method']} {event['rawPath']}"
    detail = f"There is no {asked[:200]}: GET /v1/docs has what there is."
    unknown = DomainError("request.unknown_route", detail, status=404)
    request_id = event["requestContext"]["requestId"]
    log.summary("request", operation="refuse_unknown_route", request_id=request_id, code=unknown.code, status=404)
    return problem(unknown, request_id)

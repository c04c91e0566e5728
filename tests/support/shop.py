"""A merchant in the tables, and its operations called as API Gateway calls them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pos.http import Operation
from staff import create_merchant
from tests.support.access import acting_as


@dataclass(frozen=True, slots=True)
class Reply:
    """What an operation answered."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The problem's code."""
        code: str = self.json["code"]
        return code

    @property
    def pointers(self) -> list[str]:
        """The fields that the problem names."""
        return [error["pointer"] for error in self.json.get("errors", [])]


def request_event(
    merchant_id: str,
    *,
    body: Any = None,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    permissions: str = "*",
) -> dict[str, Any]:
    """An API Gateway request (payload format 2.0) as the authorizer let it through; a `str` body is sent as it is."""
    return {
        "version": "2.0",
        "headers": {name.lower(): value for name, value in (headers or {}).items()},
        "pathParameters": dict(path or {}),
        "queryStringParameters": dict(query or {}),
        "requestContext": {
            "requestId": "test-request",
            "authorizer": {
                "lambda": {"merchant_id": merchant_id, "actor": "key_test", "permissions": permissions},
            },
        },
        "body": body if isinstance(body, str) or body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def send(handler: Operation[Any, Any], event: dict[str, Any]) -> Reply:
    """Give an event to a handler."""
    function = "".join(word.title() for word in handler.name.split("_"))
    with acting_as(function):
        response = handler(event, None)
    return Reply(response["statusCode"], response["headers"], response.get("body", ""))


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant with a location and a register."""

    merchant_id: str
    location_id: str
    register_id: str
    api_key: str

    @classmethod
    def open(cls, **settings: Any) -> "Shop":
        """A new merchant; `settings` are fields of NewMerchant."""
        made = create_merchant.handler({"name": "Toko Maju", **settings}, None)
        return cls(made["merchant_id"], made["location_id"], made["register_id"], made["api_key"])

    def call(self, handler: Operation[Any, Any], body: Any = None, **request: Any) -> Reply:
        """Call an operation as this merchant; `id=` is its path parameter, the rest goes to `request_event`."""
        if "id" in request:
            request["path"] = {"id": request.pop("id")}
        return send(handler, request_event(self.merchant_id, body=body, **request))

"""API keys as the tests of them use them."""

from datetime import datetime
from typing import Any

import pytest

from pos import clock
from staff import authorize_request, create_api_key
from tests.support.shop import Shop


def make_key(shop: Shop, **fields: Any) -> Any:
    """A new key of the shop with its secret."""
    reply = shop.call(create_api_key.handler, {"name": "Web shop", "permissions": ["orders:read"], **fields})
    assert reply.status == 201, reply.text
    return reply.json


def opens(secret: str) -> Any:
    """Whom a request with this token is let through as: the authorizer's context, empty for nobody."""
    asked = {"headers": {"authorization": f"Bearer {secret}"}, "requestContext": {"requestId": "test-request"}}
    answer = authorize_request.handler(asked, None)
    assert answer["isAuthorized"] is True
    return answer["context"]


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Let it be that moment (RFC 3339) from now on."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Stopped":
            return cls.fromisoformat(moment).astimezone(tz)

    monkeypatch.setattr(clock, "datetime", Stopped)

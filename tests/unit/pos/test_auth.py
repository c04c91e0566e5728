"""Callers and what they may do."""

import pytest

from pos.auth import Caller
from pos.errors import DomainError


@pytest.mark.parametrize(
    ("held", "allowed"),
    [
        ("catalog:write", True),
        ("catalog:*", True),
        ("*", True),
        ("orders:write catalog:write", True),
        ("catalog:read", False),
        ("catalog", False),
        ("catalog:w*", False),
        ("orders:*", False),
        ("", False),
    ],
)
def test_a_permission_is_held_by_name_by_service_or_altogether(held: str, allowed: bool) -> None:
    assert Caller("mer_1", "key_1", frozenset(held.split())).may("catalog:write") is allowed


@pytest.mark.parametrize(
    "context", [{}, {"authorizer": None}, {"authorizer": {"lambda": None}}, {"authorizer": {"lambda": {}}}]
)
def test_whom_the_authorizer_did_not_name_is_nobody(context: dict[str, object]) -> None:
    with pytest.raises(DomainError) as refused:
        Caller.from_event({"requestContext": context})

    assert (refused.value.status, refused.value.code) == (401, "auth.invalid_key")

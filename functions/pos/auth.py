"""Who calls: what the authorizer established, as handlers see it. Handlers never look at tokens."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pos.errors import DomainError

ASK_APPROVAL = "approvals:write"


def allows(granted: Iterable[str], permission: str) -> bool:
    """Whether what is granted has this permission in it, by name or by `service:*` or `*`."""
    return not {permission, permission.split(":")[0] + ":*", "*"}.isdisjoint(granted)


@dataclass(frozen=True, slots=True)
class Caller:
    """The merchant, the actor (the id of an API key, a device or a person) and what they may do (`orders:write`,
    `catalog:*`, `*`); devices and people are at a register.
    """

    merchant_id: str
    actor: str
    permissions: frozenset[str]
    register_id: str | None = None

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> "Caller":
        """The caller that the Lambda authorizer named in an API Gateway event; 401 if the token is nobody's."""
        context = (event["requestContext"].get("authorizer") or {}).get("lambda") or {}
        if not context.get("merchant_id"):
            detail = "This needs a key that holds: Authorization: Bearer …"
            raise DomainError("auth.invalid_key", detail, status=401)
        permissions = frozenset(context["permissions"].split())
        return cls(context["merchant_id"], context["actor"], permissions, context.get("register_id"))

    def may(self, permission: str) -> bool:
        """Whether the caller holds this permission, by name or by `service:*` or `*`."""
        return allows(self.permissions, permission)

    @property
    def may_ask(self) -> bool:
        """Whether somebody else may approve, at the same register, what the caller may not do."""
        return self.register_id is not None and self.may(ASK_APPROVAL)

    def require(self, permission: str) -> None:
        """Refuse (403) a caller without this permission."""
        if not self.may(permission):
            raise DomainError("auth.forbidden", f"This needs the permission {permission}.", status=403)


NOBODY = Caller(merchant_id="", actor="", permissions=frozenset())
"""Who calls what needs no key."""

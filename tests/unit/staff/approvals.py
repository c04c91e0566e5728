"""People who need the approval of others, as the tests of that use them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pos.http import Operation
from staff import create_approval, list_audit_entries
from staff.permissions import ROLES
from tests.support.contract import all_pages
from tests.support.shop import Reply, Shop, request_event, send
from tests.unit.staff.people import PIN, employ

MANAGER_PIN = "862104"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in at a register of the shop, in a role."""

    shop: Shop
    id: str
    role: str
    register_id: str

    @classmethod
    def hired(cls, shop: Shop, role: str = "cashier", register_id: str | None = None) -> "Person":
        """A new person, signed in at the shop's register unless another is named."""
        made = employ(shop, role=role, pin=MANAGER_PIN if role in ("manager", "owner") else PIN)
        return cls(shop, made["id"], role, register_id or shop.register_id)

    def call(
        self, handler: Operation[Any, Any], body: Any = None, approvals: Sequence[str] = (), **request: Any
    ) -> Reply:
        """Call an operation as this person, with these approvals."""
        if "id" in request:
            request["path"] = {"id": request.pop("id")}
        headers = dict(request.pop("headers", None) or {})
        if approvals:
            headers["Approval"] = ",".join(approvals)
        event = request_event(
            self.shop.merchant_id, body=body, headers=headers, permissions=" ".join(ROLES[self.role]), **request
        )
        event["requestContext"]["authorizer"]["lambda"] |= {"actor": self.id, "register_id": self.register_id}
        return send(handler, event)

    def ask(self, other: "Person", permission: str, entity_id: str, amount: int = 0, pin: str = MANAGER_PIN) -> Reply:
        """Have somebody else approve something by their PIN."""
        body = {
            "staff_id": other.id,
            "pin": pin,
            "permission": permission,
            "entity_id": entity_id,
            "amount": amount,
        }
        return self.call(create_approval.handler, body)

    def approved(self, other: "Person", permission: str, entity_id: str, amount: int = 0) -> str:
        """The id of an approval by somebody else."""
        reply = self.ask(other, permission, entity_id, amount)
        assert reply.status == 201, reply.text
        return str(reply.json["id"])


def trail(shop: Shop, **query: str) -> list[Any]:
    """What the owner is told, newest first; without what was told of setting up staff."""
    entries = all_pages(shop, list_audit_entries.handler, 50, **query)
    return [entry for entry in entries if entry["action"] != "staff_member.created"]

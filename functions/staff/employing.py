"""What employing, changing and dismissing staff have in common."""

import secrets
from collections.abc import Sequence
from typing import Any

from pos import dynamo
from pos.errors import DomainError, Invalid
from pos.http import Call
from staff import pins, store, vault
from staff.permissions import ROLES, beyond


def check_place(call: Call[Any, Any], role: str | None, location_ids: Sequence[str] | None) -> None:
    """Refuse (422) a role or locations that the merchant does not have, and a role that may do more than who gives
    it.
    """
    if role is not None:
        permissions = permissions_of(call.merchant_id, role)
        if permissions is None:
            raise Invalid("role.unknown", f"There is no role {role}.", "/role")
        if beyond(call.caller.may, permissions) is not None:
            raise Invalid("role.beyond_caller", f"The role {role} may do more than who gives it.", "/role")
    refs = [store.location_ref(call.merchant_id, one) for one in location_ids or ()]
    found = dynamo.fetch(refs)
    for position, ref in enumerate(refs):
        try:
            dynamo.resolve(ref, found)
        except Invalid as unknown:
            raise Invalid(unknown.code, unknown.detail, f"/location_ids/{position}") from None


def check_outranks(call: Call[Any, Any], role: str) -> None:
    """Refuse (409) to change a person whose role may do more than the caller: who sets a PIN can sign in with it."""
    if beyond(call.caller.may, permissions_of(call.merchant_id, role) or ()) is not None:
        raise DomainError("staff_member.beyond_caller", "This person may do more than who changes them.")


def kept_pin(merchant_id: str, pin: str) -> bytes:
    """What is kept of a new PIN."""
    return pins.hash_pin(vault.secret_of(merchant_id), pin, secrets.token_bytes(pins.SALT_BYTES))


def permissions_of(merchant_id: str, role_id: str) -> Sequence[str] | None:
    """What a role may do; None if the merchant has none such."""
    if role_id in ROLES:
        return ROLES[role_id]
    role = dynamo.get(store.role_ref(merchant_id, role_id))
    return None if role is None else role.permissions

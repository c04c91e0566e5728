"""What callers may be allowed to do, by name, without I/O. Each operation declares the permission that it needs."""

from collections.abc import Callable, Iterable, Mapping, Sequence

PERMISSIONS = frozenset(
    {
        "approvals:write",
        "audit:read",
        "catalog:read",
        "catalog:write",
        "customers:read",
        "customers:write",
        "events:read",
        "exports:read",
        "exports:write",
        "imports:read",
        "imports:write",
        "inventory:read",
        "inventory:write",
        "keys:read",
        "keys:write",
        "merchant:read",
        "merchant:write",
        "orders:cancel",
        "orders:discount",
        "orders:override_price",
        "orders:read",
        "orders:refund",
        "orders:write",
        "payments:manage",
        "payments:read",
        "payments:void",
        "payments:write",
        "receipts:email",
        "receipts:open_drawer",
        "receipts:read",
        "receipts:write",
        "registers:pair",
        "reports:read",
        "reports:rebuild",
        "sessions:write",
        "shifts:open_drawer",
        "shifts:read",
        "shifts:report",
        "shifts:write",
        "staff:read",
        "staff:write",
        "sync:read",
        "sync:write",
        "vouchers:read",
        "vouchers:write",
        "webhooks:read",
        "webhooks:write",
    }
)
"""Every permission that an operation asks for; a test holds this list to the operations."""

GRANTS = PERMISSIONS | {f"{permission.partition(':')[0]}:*" for permission in PERMISSIONS} | {"*"}
"""What a key or a role may name: a permission, all of a service (`orders:*`), or everything (`*`)."""


ROLES: Mapping[str, tuple[str, ...]] = {
    "owner": ("*",),
    "manager": (
        "approvals:write",
        "catalog:*",
        "customers:*",
        "events:read",
        "exports:*",
        "imports:*",
        "inventory:*",
        "merchant:read",
        "orders:*",
        "payments:*",
        "receipts:*",
        "registers:pair",
        "reports:read",
        "shifts:*",
        "staff:*",
        "sync:*",
        "vouchers:*",
    ),
    "cashier": (
        "approvals:write",
        "catalog:read",
        "customers:read",
        "customers:write",
        "inventory:read",
        "merchant:read",
        "orders:read",
        "orders:write",
        "payments:read",
        "payments:write",
        "receipts:*",
        "shifts:read",
        "shifts:write",
        "vouchers:read",
    ),
    "kitchen": ("catalog:read", "orders:read", "orders:write"),
    "auditor": (
        "audit:read",
        "catalog:read",
        "customers:read",
        "events:read",
        "exports:*",
        "imports:read",
        "inventory:read",
        "keys:read",
        "merchant:read",
        "orders:read",
        "payments:read",
        "receipts:read",
        "reports:read",
        "shifts:read",
        "shifts:report",
        "staff:read",
        "sync:read",
        "vouchers:read",
        "webhooks:read",
    ),
}
"""The roles that every merchant has. Others are made of permissions as it likes."""

ENTITY_OF: Mapping[str, str] = {
    "orders:cancel": "order",
    "orders:discount": "order",
    "orders:override_price": "order",
    "orders:refund": "order",
    "payments:void": "order",
    "shifts:open_drawer": "shift",
}
"""What can be approved for somebody who lacks the permission, and the kind of thing that an approval of it is for."""

DEVICE = ("catalog:read", "merchant:read", "sessions:write", "staff:read")
"""What a paired register may do while nobody is signed in on it."""


def beyond(holds: Callable[[str], bool], permissions: Sequence[str]) -> int | None:
    """The position of the first of these that its giver does not hold, and so cannot give; None if there is none."""
    return next((position for position, one in enumerate(permissions) if not holds(one)), None)


def text(permissions: Iterable[str]) -> str:
    """Permissions as the authorizer hands them on: API Gateway passes plain text."""
    return " ".join(permissions)

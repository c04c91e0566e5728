"""What callers may be allowed to do, by name, without I/O. Each operation declares the permission that it needs."""

from collections.abc import Iterable

PERMISSIONS = frozenset(
    {
        "catalog:read",
        "catalog:write",
        "customers:read",
        "customers:write",
        "events:read",
        "inventory:read",
        "inventory:write",
        "keys:read",
        "keys:write",
        "merchant:read",
        "merchant:write",
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
        "reports:read",
        "shifts:read",
        "shifts:report",
        "shifts:write",
        "vouchers:read",
        "vouchers:write",
        "webhooks:read",
        "webhooks:write",
    }
)
"""Every permission that an operation asks for; a test holds this list to the operations."""

GRANTS = PERMISSIONS | {f"{permission.partition(':')[0]}:*" for permission in PERMISSIONS} | {"*"}
"""What a key or a role may name: a permission, all of a service (`orders:*`), or everything (`*`)."""


def text(permissions: Iterable[str]) -> str:
    """Permissions as the authorizer hands them on: API Gateway passes plain text."""
    return " ".join(permissions)

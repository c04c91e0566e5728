"""GET /v1/audit_entries"""

from pos import audit
from pos.audit import AuditEntry
from pos.http import Answer, Call, listing, operation
from staff.models import AuditListing


@operation(permission="audit:read", query=AuditListing, answer=AuditEntry)
def handler(call: Call[None, AuditListing]) -> Answer:
    """What was done that matters, newest first: who did it, and who approved it. With both an actor and an action, a
    page may have few entries, or none, and yet a next one.
    """
    query = call.query
    entries, page = audit.listing(
        call.merchant_id,
        actor=query.actor,
        action=query.action,
        low=query.from_,
        high=query.to,
        limit=query.limit,
        cursor=query.cursor,
    )
    return listing([entry.json_bytes() for entry in entries], page.next_cursor)

"""GET /v1/sync/snapshot"""

from pos.http import Answer, Call, operation
from sync import snapshots
from sync.models import SnapshotItem, SnapshotListing


@operation(permission="sync:read", query=SnapshotListing, answer=SnapshotItem, beside={"position": str})
def handler(call: Call[None, SnapshotListing]) -> Answer:
    """All that there is of one type, page by page, and the `position` in the feed from which to follow it.

    The position is the same on all pages, and was taken before the first one was read: what changes while pages are
    read is behind it in the feed. So read to the end, then `GET /v1/events?after=<position>`, and apply both by
    version. Needs the permission to read that type, too.
    """
    return snapshots.page(call)

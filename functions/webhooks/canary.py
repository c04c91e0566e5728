"""A canary for the sweep: changes of no shop's that the publisher leaves out on purpose, so that only a sweep that
works brings them into the feed.

Each sweep writes one, and has to find that of the sweeps before. Where the stack's parameter `CanaryUrl` names a
monitor outside that expects a sign of life (a POST) every few minutes, they are delivered there like anybody's events:
by the index, the queue and the sender. Then it is the monitor that tells when any of it stands still.
"""

import os
from datetime import datetime

from pos import dynamo, outbox
from pos.documents import stamp
from pos.dynamo import ConditionFailed
from webhooks import store
from webhooks.models import Endpoint
from webhooks.rules import START
from webhooks.signing import Keys
from webhooks.store import Target

MERCHANT = store.CANARY
_ENDPOINT = "whe_canary"


def sing(now: datetime) -> None:
    """Write a change, if this slot has none yet."""
    _subscribe(now)
    entity = outbox.Entity("canary", f"can_{outbox.slot(MERCHANT, now)}", 1)
    try:
        dynamo.transact([outbox.write(MERCHANT, entity, ["webhook.test"], b"{}", now)])
    except ConditionFailed:
        return  # another sweep was quicker


def _subscribe(now: datetime) -> None:
    """See to it that the monitor, if there is one, has an endpoint, which is sent to again if it was suspended."""
    url = os.environ.get("CANARY_URL")
    if not url:
        return
    target = dynamo.get(store.target_ref(MERCHANT, _ENDPOINT))
    if target is None:
        keys = Keys.new()
        endpoint = Endpoint(
            id=_ENDPOINT,
            url=url,
            event_types=("*",),
            enabled=True,
            since=str(START),
            public_key=keys.public_text,
            **stamp(now),
        )
        store.keep_endpoint(MERCHANT, Target(endpoint, keys.seal(MERCHANT, _ENDPOINT)), now)
    elif target.endpoint.url != url or not target.endpoint.enabled:
        changed = target.endpoint.changed(now, url=url, enabled=True, suspended_at=None)
        store.keep_endpoint(MERCHANT, target.changed(changed), now)

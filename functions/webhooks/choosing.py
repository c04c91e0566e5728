"""Which deliveries there have to be: events in the feed against endpoints, by the version of each that counts for them.

The publisher, the sweep and replays ask here, so that they agree.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pos import dynamo, outbox
from webhooks import rules, store
from webhooks.breaker import Health
from webhooks.models import Endpoint
from webhooks.rules import Position
from webhooks.store import DeliveryKey, FeedRef, Planned


def deliveries(
    merchant_id: str, endpoints: Iterable[tuple[Endpoint, Health]], places: Mapping[FeedRef, Position]
) -> list[Planned]:
    """The deliveries of these events to these endpoints, by what each endpoint said when the event got its place; how
    each is doing now says whether they are sent or parked.
    """
    choices = [
        (ref, position, version, rules.first_status(version, endpoint, health))
        for endpoint, health in endpoints
        for ref, position, version in _choices(merchant_id, endpoint, places)
        if rules.wants(version.event_types, ref.type)
    ]
    data = _data_of({ref for ref, _, version, _ in choices if rules.looks_inside(version)})
    return [
        Planned(DeliveryKey(merchant_id, version.id, position), ref, status, version.version)
        for ref, position, version, status in choices
        if status is not None and (not rules.looks_inside(version) or rules.chooses(version, ref.type, data[ref]))
    ]


def _choices(
    merchant_id: str, endpoint: Endpoint, places: Mapping[FeedRef, Position]
) -> list[tuple[FeedRef, Position, Endpoint]]:
    """Each event with the endpoint's version that counts for it; without those from before there was an endpoint."""
    since = Position.parse(endpoint.since)
    if all(position > since for position in places.values()):
        return [(ref, position, endpoint) for ref, position in places.items()]
    versions = [endpoint, *store.versions_before(merchant_id, endpoint)]
    found = ((ref, position, rules.version_for(versions, position)) for ref, position in places.items())
    return [(ref, position, version) for ref, position, version in found if version is not None]


def _data_of(refs: Iterable[FeedRef]) -> dict[FeedRef, Any]:
    wanted = list(refs)
    found = dynamo.fetch(map(store.outbox_ref, wanted))
    return {ref: json.loads(outbox.events(found[outbox.TABLE, ref.outbox])[ref.ordinal].body)["data"] for ref in wanted}

"""Events stream: gives each event its place in its merchant's feed, and a delivery for every endpoint that wants it."""

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from pos import clock, dynamo, log, metrics, outbox
from pos.log import logger
from webhooks import fan_out, store
from webhooks.store import FeedRef


def handler(event: dict[str, Any], context: object) -> None:
    """Publish a batch of outbox items. Records may come again: whatever was done for them is not done twice.

    A record that cannot be read is put in quarantine, so that it never blocks the shard. Raises, for the batch to be
    retried, if DynamoDB or SQS refused something; one merchant's trouble does not hold up the others.
    """
    failures = []
    merchants = _events_by_merchant(event["Records"])
    for merchant_id, refs in merchants.items():
        try:
            fan_out.publish(merchant_id, refs)
        except Exception as error:  # noqa: BLE001 - raised below, when the other merchants have theirs
            logger.exception("events not published", extra={"merchant_id": merchant_id})
            failures.append(error)
    log.summary("events published", records=len(event["Records"]), merchants=len(merchants))
    if failures:
        raise ExceptionGroup("events not published", failures)


def _events_by_merchant(records: Iterable[dict[str, Any]]) -> dict[str, list[FeedRef]]:
    """The events of a batch in the stream's order, each once."""
    merchants: defaultdict[str, dict[str, FeedRef]] = defaultdict(dict)
    for record in records:
        try:
            refs = _events(record)
        except Exception as error:  # noqa: BLE001 - reading it is pure computation: no retry can cure that
            _quarantine(record, error)
            continue
        for ref in refs:
            merchants[ref.merchant_id].setdefault(ref.id, ref)
    return {merchant_id: list(refs.values()) for merchant_id, refs in merchants.items()}


def _events(record: Mapping[str, Any]) -> list[FeedRef]:
    """The events of a stream record; none if it is not a new outbox item.

    Raises unless they can be read to the last byte, since no reader of the feed could get past one that cannot.
    """
    image = record["dynamodb"].get("NewImage")
    if record["eventName"] != "INSERT" or image.get("kind") != {"S": "outbox"}:
        return []
    if image["merchant_id"] == {"S": store.CANARY}:
        return []  # left to the sweep, on purpose
    # Lambda hands a stream's binary values over as base64 text.
    packed = {
        name: {"B": base64.b64decode(image[name]["B"], validate=True)} for name in ("data", "parts") if name in image
    }
    stored = dynamo.decode({**image, **packed})
    refs = store.feed_refs(stored)
    if not refs or refs[0].outbox != (stored["pk"], stored["sk"]):
        raise ValueError("not where its merchant, entity and version belong")
    outbox.events(stored)
    return refs


def _quarantine(record: Mapping[str, Any], error: Exception) -> None:
    logger.error("unreadable change", extra={"record": record.get("eventID"), "reason": repr(error)})
    metrics.add("quarantined", 1)
    key = (record.get("dynamodb") or {}).get("Keys") or {}
    merchant_id = key.get("pk", {}).get("S", "unknown").split("#")[0]
    store.quarantine(merchant_id, record.get("eventID", "unknown"), repr(error), key, clock.now())

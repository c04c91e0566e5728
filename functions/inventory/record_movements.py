"""Inventory stream: each new version of a level becomes a movement: an inventory.updated event in the outbox."""

from typing import Any

from inventory import store
from pos import dynamo, log, metrics, outbox
from pos.dynamo import Item
from pos.log import logger


def handler(event: dict[str, Any], context: object) -> None:
    """Write one outbox item per level version.

    Key and content follow from the version alone, so a repeated record writes the same again and changes nothing.
    Raises only for what a retry can cure (DynamoDB refusing); a record that cannot be read is logged with its key and
    left out, so that it never blocks the shard.
    """
    items: dict[tuple[str, str], Item] = {}  # by key: DynamoDB refuses a batch that names one twice
    for record in event["Records"]:
        image = record["dynamodb"].get("NewImage", {})
        if image.get("kind") != {"S": "level"}:
            continue
        try:
            item = store.movement_item(dynamo.decode(image))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            logger.exception("unreadable level", extra={"key": record["dynamodb"].get("Keys")})
            metrics.add("quarantined", 1)
            continue
        items[item["pk"], item["sk"]] = item
    dynamo.batch_put(outbox.TABLE, list(items.values()))
    log.summary("movements recorded", records=len(event["Records"]), movements=len(items))

"""Queue of connector runs: takes each connector that is due a step further, alone and for a bounded time."""

import json
from collections import Counter
from typing import Any

from pos import log, metrics
from pos.errors import NotFound
from pos.log import logger
from sync.connectors import running, store

_AGAIN_SECONDS = 15
"""How long who asks for a run waits for one that is at work."""


def handler(event: dict[str, Any], _context: object) -> None:
    """Run the connectors that the messages name. What goes wrong in a run is in its state: it raises only for what is
    our fault, for the message to come again.
    """
    outcomes = Counter[str]()
    for record in event["Records"]:
        message = json.loads(record["body"])
        outcomes[_run(message)] += 1
    metrics.add("connector_runs", outcomes.total())
    log.summary("connectors run", **outcomes)


def _run(message: dict[str, Any]) -> str:
    merchant_id, source_id, again = message["merchant_id"], message["source_id"], message.get("again", False)
    try:
        outcome = running.run(merchant_id, source_id, again=again)
    except NotFound:
        logger.info("no such connector any more", extra={"merchant_id": merchant_id, "source_id": source_id})
        return "gone"
    if outcome == "busy" and again:
        store.wake([(merchant_id, source_id)], _AGAIN_SECONDS, again=True)
    return outcome

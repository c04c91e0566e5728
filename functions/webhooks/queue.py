"""The queue of deliveries to attempt. A message is a wake-up: the delivery's own record says what is to be done."""

import functools
import json
import math
import os
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from pos import aws
from webhooks.rules import Position
from webhooks.store import DeliveryKey, FeedRef, Progress

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

SLOW_LANE = "-slow"
"""How the name ends of the queue for slow endpoints."""

_ENTRIES_PER_CALL = 10
_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Job:
    """Attempt number `attempt` (1, 2, 3 …) to bring an event to an endpoint."""

    merchant_id: str
    endpoint_id: str
    position: str
    entity_id: str
    version: int
    ordinal: int
    attempt: int = 1

    @classmethod
    def first(cls, key: DeliveryKey, ref: FeedRef) -> "Job":
        """The first attempt of a delivery."""
        return cls(
            merchant_id=key.merchant_id,
            endpoint_id=key.endpoint_id,
            position=str(key.position),
            entity_id=ref.entity_id,
            version=ref.version,
            ordinal=ref.ordinal,
        )

    @classmethod
    def next(cls, progress: Progress) -> "Job":
        """The next attempt of a delivery that is on its way."""
        return cls(
            merchant_id=progress.key.merchant_id,
            endpoint_id=progress.key.endpoint_id,
            position=str(progress.key.position),
            entity_id=progress.entity_id,
            version=progress.version,
            ordinal=progress.ordinal,
            attempt=progress.attempts + 1,
        )

    @classmethod
    def parse(cls, body: str) -> "Job":
        """The job in a message. Raises ValueError or TypeError for a body that is no job of ours."""
        job = cls(**json.loads(body))
        Position.parse(job.position)
        return job

    @property
    def key(self) -> DeliveryKey:
        """The delivery that this is an attempt of."""
        return DeliveryKey(self.merchant_id, self.endpoint_id, Position.parse(self.position))

    def again(self) -> "Job":
        """The attempt after this one."""
        return replace(self, attempt=self.attempt + 1)


class QueueRefused(Exception):
    """SQS kept refusing some of the messages; the others were taken. Sending all of them again is harmless."""


def send(jobs: Sequence[Job], delay: float = 0, *, slow: bool = False) -> None:
    """Queue jobs, to come back after `delay` seconds (at most 15 minutes); those for slow endpoints in their own lane.

    The endpoint is the message group, so that SQS's fair queues keep one endpoint's backlog from holding up the others.
    """
    entries: list[SendMessageBatchRequestEntryTypeDef] = [
        {
            "Id": str(number),
            "MessageBody": json.dumps(asdict(job), separators=(",", ":")),
            "MessageGroupId": job.endpoint_id,
            "DelaySeconds": math.ceil(delay),
        }
        for number, job in enumerate(jobs)
    ]
    for start in range(0, len(entries), _ENTRIES_PER_CALL):
        _send_batch(_url(f"deliveries{SLOW_LANE if slow else ''}"), entries[start : start + _ENTRIES_PER_CALL])


def _send_batch(url: str, entries: "list[SendMessageBatchRequestEntryTypeDef]") -> None:
    for attempt in range(_ATTEMPTS):
        failed = aws.sqs().send_message_batch(QueueUrl=url, Entries=entries).get("Failed", [])
        if not failed:
            return
        refused = {one["Id"] for one in failed}
        entries = [entry for entry in entries if entry["Id"] in refused]
        time.sleep(random.uniform(0, min(0.4, 0.01 * 2**attempt)))
    raise QueueRefused(f"{len(entries)} messages refused: {failed[0].get('Code')}")


@functools.cache
def _url(name: str) -> str:
    return aws.sqs().get_queue_url(QueueName=f"{os.environ['STACK_NAME']}-{name}")["QueueUrl"]

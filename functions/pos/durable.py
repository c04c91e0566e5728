"""Work that takes longer than a request: kept after each step, so that any function goes on where another ended.

Of two functions at the same job one keeps its step, and the other one learns that it was overtaken. Which steps there
are, and who is woken up for them, is the matter of the service whose work it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, Self

from pos import clock, dynamo
from pos.clock import timestamp
from pos.dynamo import ConditionFailed, Item


class Overtaken(Exception):
    """Another function has done this step meanwhile, and goes on."""


class _Kept(Protocol):
    def json_bytes(self) -> bytes: ...


class _Job(_Kept, Protocol):
    """What people see of a job: `running` until it is over, and then `finished_at`."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> str: ...
    def model_copy(self, *, update: dict[str, Any]) -> Self: ...


@dataclass(frozen=True, slots=True)
class Running[J: _Job, W: _Kept]:
    """A job as it is kept, and how far it has come: `work` is for whoever goes on with it."""

    merchant_id: str
    version: int
    job: J
    work: W

    def with_(self, work: W, **fields: Any) -> "Running[J, W]":
        """The job with these changes."""
        return replace(self, work=work, job=self.job.model_copy(update=fields))


def item(kind: str, running: Running[Any, Any], expires_at: datetime) -> Item:
    """How a job of a kind is stored: its work only while it is running."""
    job = running.job
    return {
        "pk": f"{running.merchant_id}#{kind}",
        "sk": job.id,
        "version": running.version,
        "doc": dynamo.pack(job.json_bytes()),
        "work": dynamo.pack(running.work.json_bytes()) if job.status == "running" else None,
        "expires_at": int(expires_at.timestamp()),
    }


def save[J: _Job, W: _Kept](
    table: str, kind: str, running: Running[J, W], expires_at: Callable[[J, datetime], datetime]
) -> Running[J, W]:
    """Keep a job after a step, until `expires_at` says of it at this moment. Raises Overtaken if somebody else kept a
    step meanwhile.
    """
    now = clock.now()
    job = running.job.model_copy(update={"updated_at": timestamp(now)})
    if job.status != "running":
        job = job.model_copy(update={"finished_at": timestamp(now)})
    kept = replace(running, version=running.version + 1, job=job)
    try:
        dynamo.transact([dynamo.put(table, item(kind, kept, expires_at(job, now)), version=running.version)])
    except ConditionFailed:
        raise Overtaken from None
    return kept

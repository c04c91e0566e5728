"""What connectors keep in the sync table.

state     pk <merchant>                         sk connector#<source>   index open: pk due, sk <next run>#…, or
                                                                        pk attention: of all merchants
level     pk <merchant>#<source>#level          sk link#<variant>       what both sides last knew of its stock
order     pk <merchant>#<source>#order          sk link#<order there>   what became of it here
inbound   pk inbound#<address>                  sk inbound              whose messages come to that address
message   pk <merchant>#<source>#message        sk <webhook-id>         what came, kept for 30 days; unfinished ones are
                                                                        in index open: pk <merchant>#<source>#message
"""

import functools
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from pos import aws, dynamo, vault
from pos.clock import timestamp
from pos.dynamo import ConditionFailed, Guarded, Item, Ref
from pos.errors import NotFound
from pos.links import TABLE
from sync import store
from sync.connectors.models import Connector, LevelLink, OrderLink, State
from sync.models import Source

DUE, ATTENTION = "due", "attention"


class Overtaken(Exception):
    """Somebody else has changed the state meanwhile: another run, or whoever set the connector up anew."""


class QueueRefused(Exception):
    """SQS did not take a message."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A source with its connector, and what it proves itself by."""

    merchant_id: str
    source: Source
    connector: Connector
    secrets: dict[str, str]
    state: State

    @property
    def name(self) -> str:
        """The source's name in `external_ids`."""
        return self.source.id.removeprefix("src_")


# --- secrets ---------------------------------------------------------------------------------------------------------


def seal(merchant_id: str, source_id: str, secrets: dict[str, str]) -> bytes:
    """A connector's secrets as they are kept."""
    return vault.seal(json.dumps(secrets).encode(), merchant=merchant_id, source=source_id)


def unseal(merchant_id: str, source_id: str, sealed: bytes | None) -> dict[str, str]:
    """A connector's secrets; a process asks KMS once for each."""
    if sealed is None:
        return {}
    secrets: dict[str, str] = json.loads(vault.unseal(sealed, merchant=merchant_id, source=source_id))
    return secrets


# --- state -----------------------------------------------------------------------------------------------------------


def load(merchant_id: str, source_id: str) -> Connected:
    """A source that has a connector, with its state; 404 if there is none such."""
    source_at, sealed_at = store.source_ref(merchant_id, source_id), store.sealed_ref(merchant_id, source_id)
    state_at = state_ref(merchant_id, source_id)
    found = dynamo.fetch([source_at, state_at])
    source = dynamo.resolve(source_at, found)
    if source is None or source.connector is None:
        raise NotFound("connector", source_id)
    secrets = unseal(merchant_id, source_id, dynamo.resolve(sealed_at, found))
    return Connected(merchant_id, source, source.connector, secrets, dynamo.resolve(state_at, found))


def state_ref(merchant_id: str, source_id: str) -> Ref[State]:
    """How a source's connector is getting on; version 0 if it has not been set up."""
    return Ref(TABLE, _state_key(merchant_id, source_id), _read_state)


def get_state(merchant_id: str, source_id: str) -> State:
    """How a source's connector is getting on."""
    return dynamo.get(state_ref(merchant_id, source_id))


def save_state(merchant_id: str, source_id: str, state: State) -> State:
    """Keep the state's next version. Raises `Overtaken` if somebody else has done that."""
    following = state.model_copy(update={"version": state.version + 1})
    try:
        dynamo.transact([state_write(merchant_id, source_id, following).write])
    except ConditionFailed:
        raise Overtaken from None
    return following


def state_write(merchant_id: str, source_id: str, state: State) -> Guarded:
    """The state's new version, to be part of a transaction; where the index finds it follows from the state."""
    pk, sk = _state_key(merchant_id, source_id)
    index = DUE if state.next_run_at else ATTENTION if state.status == "needs_attention" else None
    item = {
        "pk": pk,
        "sk": sk,
        "version": state.version,
        "doc": dynamo.pack(state.json_bytes()),
        "open_pk": index,
        "open_sk": None if index is None else f"{state.next_run_at or ''}#{merchant_id}#{source_id}",
    }
    return Guarded(dynamo.put(TABLE, item, version=state.version - 1), Overtaken())


def due(until: datetime) -> Iterator[tuple[str, str, str]]:
    """The connectors of all merchants that are to run by then: since when, the merchant, the source's id."""
    for sk in _indexed(DUE, (" ", timestamp(until))):
        since, merchant_id, source_id = sk.split("#", 2)
        yield since, merchant_id, source_id


def count_attention() -> int:
    """How many connectors of all merchants wait for a person."""
    return sum(1 for _ in _indexed(ATTENTION, (" ", "~")))


def _indexed(pk: str, between: tuple[str, str]) -> Iterator[str]:
    cursor = None
    while True:
        page = dynamo.query(
            TABLE,
            pk,
            index="open",
            key_names=("open_pk", "open_sk"),
            between=between,
            limit=500,
            cursor=cursor,
        )
        yield from (item["open_sk"] for item in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


# --- the queue of runs -----------------------------------------------------------------------------------------------


def wake(runs: Iterable[tuple[str, str]], seconds: int = 0, *, again: bool = False) -> None:
    """Have workers run these connectors (merchant, source's id), after so many seconds; with `again` though they are
    not due, and after a run that is at work. Raises `QueueRefused` if SQS did not take one of the messages; to send all
    of them again is harmless.
    """
    for some in batched(runs, 10, strict=False):
        entries: Any = [
            {
                "Id": str(number),
                "MessageBody": json.dumps({"merchant_id": merchant_id, "source_id": source_id, "again": again}),
                "DelaySeconds": seconds,
            }
            for number, (merchant_id, source_id) in enumerate(some)
        ]
        refused = aws.sqs().send_message_batch(QueueUrl=_queue(), Entries=entries).get("Failed")
        if refused:
            raise QueueRefused(f"{len(refused)} messages refused: {refused[0].get('Code')}")


@functools.cache
def _queue() -> str:
    return aws.sqs().get_queue_url(QueueName=f"{os.environ['STACK_NAME']}-connector-runs")["QueueUrl"]


# --- links of stock and orders ---------------------------------------------------------------------------------------


def level_ref(merchant_id: str, source: str, variant_id: str) -> Ref[LevelLink | None]:
    """What both sides last knew of a variant's stock; None if they never agreed on it."""
    return Ref(TABLE, _link_key(merchant_id, source, "level", variant_id), lambda item: _read(LevelLink, item))


def level_write(merchant_id: str, source: str, variant_id: str, link: LevelLink) -> Guarded:
    """The link's new version, to be part of a transaction."""
    return _link_write(_link_key(merchant_id, source, "level", variant_id), link)


def order_ref(merchant_id: str, source: str, external_id: str) -> Ref[OrderLink | None]:
    """What became of an order that was placed there; None if it is not here."""
    return Ref(TABLE, _link_key(merchant_id, source, "order", external_id), lambda item: _read(OrderLink, item))


def order_write(merchant_id: str, source: str, external_id: str, link: OrderLink) -> Guarded:
    """The link's new version, to be part of a transaction."""
    return _link_write(_link_key(merchant_id, source, "order", external_id), link)


def commit(writes: Sequence[Guarded]) -> None:
    """Write all or nothing. Raises `Overtaken` if one of the links was changed by somebody else."""
    dynamo.commit(writes)


def _link_write(key: tuple[str, str], link: LevelLink | OrderLink) -> Guarded:
    pk, sk = key
    item = {"pk": pk, "sk": sk, "version": link.version, "doc": dynamo.pack(link.json_bytes())}
    return Guarded(dynamo.put(TABLE, item, version=link.version - 1), Overtaken())


def _link_key(merchant_id: str, source: str, kind: str, id: str) -> tuple[str, str]:
    return f"{merchant_id}#{source}#{kind}", f"link#{id}"


def _state_key(merchant_id: str, source_id: str) -> tuple[str, str]:
    return merchant_id, f"connector#{source_id}"


def _read_state(item: Item | None) -> State:
    return _read(State, item) or State()


def _read[M: (State, LevelLink, OrderLink)](model: type[M], item: Item | None) -> M | None:
    return None if item is None else model.model_validate_json(dynamo.unpack(item["doc"]))

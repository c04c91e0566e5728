"""Working through what applications sent us: each by its source's mappings, by the same code as what is pulled."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pos import clock, dynamo
from pos.clock import timestamp
from pos.dynamo import ConditionFailed, Item
from pos.errors import DomainError
from sync.connectors import inbox, mapping, ordering, pulling
from sync.connectors.inbox import Message
from sync.connectors.interface import Refused, RemoteOrder, RemoteProduct

if TYPE_CHECKING:
    from sync.connectors.running import Run

_LONGEST_WAIT = timedelta(hours=6)


def work(run: "Run") -> bool:
    """Work through what came and is not done; False if the time is over before that. One that cannot be holds up no
    other, and is tried again the later the more often it could not, or when somebody runs the source.
    """
    source_id = run.connected.source.id
    asked = run.state.cursors.get("asked", "")
    for item in inbox.open_items(run.merchant_id, source_id):
        if run.late():
            return False
        message = inbox.read(item)
        if message.tried_at is not None and _waits(message, asked):
            continue
        _work_one(run, item, message)
    return True


def _waits(message: Message, asked: str) -> bool:
    tried = message.tried_at or ""
    wait = min(timedelta(minutes=1) * 2 ** min(message.attempts, 10), _LONGEST_WAIT)
    return tried > asked and datetime.fromisoformat(tried) + wait > clock.now()


def _work_one(run: "Run", item: Item, message: Message) -> None:
    now = timestamp(clock.now())
    update: dict[str, object] = {"version": message.version + 1, "tried_at": now, "attempts": message.attempts + 1}
    try:
        _carry_over(run, dynamo.unpack(item["body"]))
        update |= {"code": None, "detail": None, "done_at": now}
        run.count("messages.done")
    except Refused as problem:
        update |= {"code": problem.code, "detail": problem.detail[:500]}
    except DomainError as problem:
        if problem.status >= 500:
            raise
        update |= {"code": problem.code, "detail": problem.detail[:500]}
    after = message.model_copy(update=update)
    try:
        dynamo.transact([inbox.write(run.merchant_id, run.connected.source.id, after, item["body"])])
    except ConditionFailed:
        return  # somebody else has worked it through at this moment: the same message comes to the same


def _carry_over(run: "Run", body: bytes) -> None:
    merchant = run.merchant
    rules = run.connected.connector.mappings
    records = mapping.mapped(rules, mapping.parsed(body), merchant.currency, merchant.minor_units)
    problems = pulling.told(run, [one for one in records if isinstance(one, RemoteProduct)])
    for one in records:
        if isinstance(one, RemoteOrder):
            ordering.take_order(run, one)
    if problems:
        raise problems[0]

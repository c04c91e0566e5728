"""One run of a connector: in a bounded time, alone, going on where the last one came to, and telling how it went."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from pos import clock, dynamo, log, metrics
from pos.auth import Caller
from pos.clock import timestamp
from pos.http import Call
from pos.log import logger
from pos.outbound import check_url
from staff.models import Merchant
from staff.store import merchant_ref
from sync.connectors import levelling, ordering, pulling, pushing, rules, shops, store, working
from sync.connectors.interface import Connector as Shop
from sync.connectors.interface import Refused, Unauthorized, Unreachable
from sync.connectors.models import MAX_STUCK, State, Stuck, Trouble
from sync.connectors.store import Connected, Overtaken
from sync.models import Owner

SECONDS = 60
"""How long a run takes before it leaves the rest to the next one; a step more may come on top."""
_LEASE = timedelta(seconds=240)
"""Longer than the worker's time limit: so long nobody else runs the same connector."""

type Key = tuple[str, str, str]


@dataclass(slots=True)
class Run:
    """A run under way, and what its steps need. `state` is kept after each step forward."""

    connected: Connected
    reached: Shop | None
    merchant: Merchant
    state: State
    until: float
    step: str = "start"

    @property
    def shop(self) -> Shop:
        """The other side."""
        if self.reached is None:
            raise LookupError("a source that is not reached, but reaches us")
        return self.reached

    @property
    def merchant_id(self) -> str:
        """Whose connector it is."""
        return self.connected.merchant_id

    @property
    def name(self) -> str:
        """The source's name in `external_ids`."""
        return self.connected.name

    @property
    def location_id(self) -> str:
        """The place here whose stock is shared, and where orders count."""
        if self.connected.connector.location_id is None:
            raise LookupError("a connector without its location")
        return self.connected.connector.location_id

    @property
    def owners(self) -> Mapping[str, Owner]:
        """Who owns which field of products."""
        return self.connected.source.ownership.get("product", {})

    def late(self) -> bool:
        """Whether the rest is for the next run."""
        return time.monotonic() > self.until

    def call[B](self, operation: str, body: B, **path: str) -> Call[B, Any]:
        """What the source asks for here: it is the actor, and may do what its merchant may."""
        caller = Caller(self.merchant_id, self.connected.source.id, frozenset({"*"}))
        return Call(operation, caller, body, None, path, None, None, f"run-{self.connected.source.id}")

    def advance(self, cursor: str, place: str | None) -> None:
        """Go on from this place, whatever happens after it; None: from the start."""
        cursors = {name: at for name, at in self.state.cursors.items() if name != cursor}
        self.save(cursors=cursors if place is None else {**cursors, cursor: place})

    def save(self, **fields: Any) -> None:
        """Keep the state with these changes. Raises `Overtaken` if somebody else has changed it."""
        changed = self.state.model_copy(update=fields)
        self.state = store.save_state(self.merchant_id, self.connected.source.id, changed)

    def count(self, what: str, many: int = 1) -> None:
        """Count something that was carried over; it is kept with the next step forward."""
        counts = {**self.state.counts, what: self.state.counts.get(what, 0) + many}
        self.state = self.state.model_copy(update={"counts": counts})

    def stick(self, kind: Any, direction: Any, id: str, problem: Refused, name: str = "") -> None:
        """Note that something could not be carried over, and why; it is kept with the next step forward. Of a message
        the message itself says so.
        """
        if self.reached is None:
            return
        key = (kind, direction, id)
        before = self.stuck().get(key)
        now = timestamp(clock.now())
        one = Stuck(
            kind=kind,
            direction=direction,
            id=id,
            name=name or (before.name if before else ""),
            code=problem.code,
            detail=problem.detail[:500],
            since=before.since if before else now,
            attempts=before.attempts + 1 if before else 1,
        )
        others = {at: other for at, other in self.stuck().items() if at != key}
        full = before is None and len(others) >= MAX_STUCK
        more = self.state.more_stuck + 1 if full else self.state.more_stuck
        stuck = tuple(others.values()) if full else (*others.values(), one)
        self.state = self.state.model_copy(update={"stuck": stuck, "more_stuck": more})

    def free(self, kind: str, direction: str, id: str) -> None:
        """Note that something is not stuck any more."""
        key = (kind, direction, id)
        if key in self.stuck():
            others = tuple(other for at, other in self.stuck().items() if at != key)
            self.state = self.state.model_copy(update={"stuck": others})

    def stuck(self) -> dict[Key, Stuck]:
        """What is stuck, by kind, direction and id."""
        return {(one.kind, one.direction, one.id): one for one in self.state.stuck}


type Outcome = Literal["done", "goes_on", "failed", "needs_attention", "busy", "not_due"]

_STEPS: tuple[tuple[str, Callable[[Run], bool]], ...] = (
    ("products from there", pulling.pull),
    ("orders from there", ordering.take),
    ("stock", levelling.settle),
    ("products to there", pushing.push),
)


def run(merchant_id: str, source_id: str, *, again: bool = False) -> Outcome:
    """Run a connector that is due (or, `again`, not yet), unless another run is at it. What goes wrong is in its state,
    and raises nothing. 404 if there is no such connector.
    """
    connected = store.load(merchant_id, source_id)
    now, state = clock.now(), connected.state
    if state.leased_until is not None and state.leased_until > timestamp(now):
        return "busy"
    if state.next_run_at is None or (state.next_run_at > timestamp(now) and not again):
        return "not_due"
    until = timestamp(now + _LEASE)
    update = {"leased_until": until, "next_run_at": until, "last_run_at": timestamp(now)}
    try:
        state = store.save_state(merchant_id, source_id, state.model_copy(update=update))
        merchant = dynamo.get(merchant_ref(merchant_id))
        shop = shops.connect(connected, merchant)
        one = Run(connected, shop, merchant, state, time.monotonic() + SECONDS)
        return _run(one)
    except Overtaken:
        return "busy"


def _run(one: Run) -> Outcome:
    try:
        finished = _take_steps(one)
    except Overtaken:
        raise
    except Unauthorized as refused:
        return _stop(one, "shop.unauthorized", refused.detail)
    except Refused as refused:
        return _stop(one, refused.code, refused.detail)
    except Unreachable as trouble:
        return _fail(one, trouble.code, trouble.detail, trouble.seconds)
    except Exception:  # noqa: BLE001 - the state tells of it, the log why, and it is tried again
        logger.exception("connector failed by our fault", extra=_named(one))
        return _fail(one, "internal", "Something went wrong on Kasir's side; it is tried again.", None)
    now = clock.now()
    every = one.connected.connector.every_minutes
    if not finished:
        one.save(status="waiting", leased_until=None, next_run_at=timestamp(now), failures=0, trouble=None)
        store.wake([(one.merchant_id, one.connected.source.id)])
        return "goes_on"
    one.save(
        status="ok",
        leased_until=None,
        next_run_at=timestamp(rules.next_run(now, every, 0, None)),
        last_success_at=timestamp(now),
        failures=0,
        trouble=None,
    )
    return "done"


def _take_steps(one: Run) -> bool:
    """Do all that there is to do; False if the time is over before that."""
    if one.reached is None:
        one.step = "messages"
        return working.work(one)
    if one.connected.connector.url is not None:
        check_url(one.connected.connector.url, "connector.url_invalid", "/connector/url")
    if "checked" not in one.state.cursors or one.state.failures:
        one.step = "check"
        one.shop.check()
        one.state = one.state.model_copy(update={"cursors": {**one.state.cursors, "checked": "yes"}})
    pushing.begin(one)
    for name, step in _STEPS:
        one.step = name
        if not step(one):
            return False
    return True


def _stop(one: Run, code: str, detail: str) -> Outcome:
    """Leave it to a person: to try again would change nothing, and may lock the key out."""
    metrics.add("connector_failures", 1)
    trouble = _trouble(one, code, detail)
    one.save(
        status="needs_attention", leased_until=None, next_run_at=None, failures=one.state.failures + 1, trouble=trouble
    )
    return "needs_attention"


def _fail(one: Run, code: str, detail: str, asked: float | None) -> Outcome:
    now, connector = clock.now(), one.connected.connector
    metrics.add("connector_failures", 1)
    failures = one.state.failures + 1
    if rules.stale(now, one.state.last_success_at or connector.connected_at, connector.every_minutes):
        metrics.add("connectors_stale", 1)
    one.save(
        status="retrying",
        leased_until=None,
        next_run_at=timestamp(rules.next_run(now, connector.every_minutes, failures, asked)),
        failures=failures,
        trouble=_trouble(one, code, detail),
    )
    return "failed"


def _trouble(one: Run, code: str, detail: str) -> Trouble:
    log.note(trouble=code)
    return Trouble(code=code, detail=detail[:500], step=one.step, at=timestamp(clock.now()))


def _named(one: Run) -> dict[str, str]:
    return {"merchant_id": one.merchant_id, "source_id": one.connected.source.id, "step": one.step}

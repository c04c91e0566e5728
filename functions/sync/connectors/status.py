"""How a connector is getting on, in words that the owner of a shop can use."""

from datetime import datetime

from pos import dynamo
from sync import store as sync
from sync.connectors import inbox, rules, store
from sync.connectors.models import Connector, SourceStatus, State, Stuck
from sync.models import Source

_MOST_CONFLICTS = 200


def of(merchant_id: str, source: Source, now: datetime) -> SourceStatus:
    """The status of a source that has a connector."""
    connector = source.connector
    if connector is None:
        raise LookupError("a status of a source without a connector")
    state = dynamo.get(store.state_ref(merchant_id, source.id))
    conflicts = _open_conflicts(merchant_id, source.id.removeprefix("src_"))
    waiting = inbox.unfinished(merchant_id, source.id) if connector.kind == "inbound" else ()
    return told(state, connector, conflicts, now, waiting)


def told(
    state: State, connector: Connector, conflicts: int, now: datetime, waiting: tuple[Stuck, ...] = ()
) -> SourceStatus:
    """What the state comes to, without I/O."""
    leased = state.leased_until is not None and datetime.fromisoformat(state.leased_until) > now
    since = state.last_success_at or connector.connected_at
    # messages come when they come: a silent application is no stale connector
    reached = connector.kind != "inbound"
    is_stale = connector.enabled and reached and rules.stale(now, since, connector.every_minutes)
    status = "off" if not connector.enabled else "running" if leased else state.status
    stuck = (*state.stuck, *waiting)
    shown = SourceStatus(
        status=status,
        summary="",
        stale=is_stale,
        last_run_at=state.last_run_at,
        last_success_at=state.last_success_at,
        next_run_at=state.next_run_at,
        failures=state.failures,
        trouble=state.trouble,
        counts=state.counts,
        stuck=stuck,
        more_stuck=state.more_stuck,
        open_conflicts=conflicts,
    )
    return shown.model_copy(update={"summary": _summary(shown, connector, now)})


def _summary(shown: SourceStatus, connector: Connector, now: datetime) -> str:
    parts = [_state_words(shown, connector)]
    if shown.last_success_at:
        ago = now - datetime.fromisoformat(shown.last_success_at)
        parts.append(f"The last success was {_ago(ago.total_seconds())} ago.")
    elif shown.status != "off":
        parts.append("It has not succeeded yet.")
    if shown.trouble is not None and shown.status in ("retrying", "needs_attention"):
        parts.append(shown.trouble.detail)
    count = len(shown.stuck) + shown.more_stuck
    if count:
        parts.append(f"{count} {'thing is' if count == 1 else 'things are'} stuck: {shown.stuck[0].detail}")
    if shown.open_conflicts:
        many = shown.open_conflicts
        parts.append(f"{many} {'conflict waits' if many == 1 else 'conflicts wait'} for a decision.")
    return " ".join(parts)


def _state_words(shown: SourceStatus, connector: Connector) -> str:
    match shown.status:
        case "off":
            return "Off."
        case "waiting":
            return "Waiting for its next run." if connector.kind != "inbound" else "Waiting for messages."
        case "running":
            return "Running."
        case "ok":
            return (
                "In order."
                if not shown.stuck and not shown.more_stuck
                else "Running, but some things are not carried over."
            )
        case "retrying":
            tries = f"{shown.failures} {'run' if shown.failures == 1 else 'runs'}"
            return f"Not getting through for {tries}; it is tried again by itself."
        case "needs_attention":
            return "Stopped until somebody sees to it."


def _ago(seconds: float) -> str:
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            many = int(seconds // size)
            return f"{many} {name}{'' if many == 1 else 's'}"
    return "less than a minute"


def _open_conflicts(merchant_id: str, source: str) -> int:
    page = sync.list_conflicts(merchant_id, True, _MOST_CONFLICTS, None)
    return sum(sync.read_conflict(item).source == source for item in page.items)

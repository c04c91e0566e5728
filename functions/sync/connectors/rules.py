"""How stock is kept the same on both sides, and when to try again, without I/O."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from sync.connectors.models import LevelLink

_LONGEST_DELAY = timedelta(hours=1)
_PATIENCE = 10
"""Failures in a row before the delay grows: a connector that fails asks the shop for less than one that does not."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What both sides have to do: add `here` to our stock, and have `there` to sell there (None: as it is). `telling`
    is the link once we have done our part, `link` once they have done theirs.
    """

    here: Decimal
    there: Decimal | None
    telling: LevelLink
    link: LevelLink


def settle(link: LevelLink | None, ours: Decimal | None, theirs: Decimal) -> Settled:
    """Each side gets the other's change since both last knew of each other: sales on both sides add up, and no side's
    number overwrites the other's.

    At first, what was counted here (`ours`) holds there; if nothing ever moved it here (None), theirs holds here. They
    sell whole pieces and nothing below zero: what they cannot take of our change is owed, and taken into account later.
    `link` is as it is when all of it is done.
    """
    if link is None:
        known = LevelLink(ours=Decimal(0)) if ours is None else LevelLink(ours=theirs, theirs=theirs)
    else:
        known = told(link, theirs)
    mine = ours if ours is not None else Decimal(0)
    here = theirs - known.theirs
    owed = mine - known.ours + known.owed
    wanted = theirs + owed
    there = max(min(theirs, Decimal(0)), wanted.to_integral_value(ROUND_FLOOR)) if owed else theirs
    after = LevelLink(version=known.version, ours=mine + here, theirs=there, owed=wanted - there)
    if there == theirs:
        return Settled(here, None, after, after)
    return Settled(here, there, after.model_copy(update={"theirs": theirs, "owed": owed, "telling": there}), after)


def told(link: LevelLink, theirs: Decimal) -> LevelLink:
    """The link after a run that was telling them a number and broke off: whether they took it shows in what they have.

    If they sold meanwhile too, it is one of two numbers less a little: the nearer one is taken to be it.
    """
    if link.telling is None:
        return link
    took = abs(theirs - link.telling) <= abs(theirs - link.theirs)
    if not took:
        return link.model_copy(update={"telling": None})
    change = link.telling - link.theirs
    return link.model_copy(update={"theirs": link.telling, "owed": link.owed - change, "telling": None})


def both_took(link: LevelLink, quantity: Decimal) -> LevelLink:
    """The link after something that both sides have counted by themselves: an order there, which came here."""
    return link.model_copy(update={"ours": link.ours - quantity, "theirs": link.theirs - quantity})


def next_run(now: datetime, every_minutes: int, failures: int, asked: float | None) -> datetime:
    """When to run again: after the interval, and not before the other side's own wish, up to an hour. The first
    failures change nothing of that, so that who was down for minutes is caught up with at the next tick; who is down
    for longer is asked later and later, up to an hour.

    It is the beginning of a minute: what is due a second after the schedule's tick misses it.
    """
    interval = timedelta(minutes=every_minutes)
    backoff = timedelta(minutes=2 ** min(max(failures - _PATIENCE, 0), 10))
    asked_for = timedelta(seconds=asked or 0)
    delay = max(interval, min(backoff, _LONGEST_DELAY), min(asked_for, _LONGEST_DELAY))
    aligned = (now + delay).replace(second=0, microsecond=0)
    return max(aligned, now + min(asked_for, _LONGEST_DELAY))


def stale(now: datetime, since: str | None, every_minutes: int) -> bool:
    """Whether the last success (or the connecting) is longer ago than an hour and three intervals."""
    if since is None:
        return False
    return datetime.fromisoformat(since) < now - timedelta(hours=1) - 3 * timedelta(minutes=every_minutes)

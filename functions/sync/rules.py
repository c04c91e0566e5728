"""Three-way comparison of what a source tells with what we have and what both last agreed on, without I/O.

An entity is looked at as flat fields: paths such as `name` or `variants/KOPI-S/price`, each with a JSON value. So one
comparison serves every kind of entity.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sync.models import Contested, Owner

type Fields = Mapping[str, Any]
"""Path -> JSON value."""

WHOLE = ""
"""The path of the entity itself: contested when one side deleted what the other changed."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What follows from a comparison: the fields to `change` here, what is agreed on by now, and what is contested."""

    change: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    contested: tuple[Contested, ...] = ()


def merge(base: Fields, ours: Fields, theirs: Fields, ownership: Mapping[str, Owner], echoes: Fields) -> Merged:
    """Compare what the source tells (`theirs`; it may be some fields only) with ours and the `base`.

    Whoever alone changed a field since the base, or owns it, decides it. A field without a base was never synchronised:
    the source fills it. `echoes` are values of ours, from since the base, that come back from the source: it did not
    change these. Both changed it, and differently: contested, and left as it is until somebody decides.
    """
    change: dict[str, Any] = {}
    agreed = dict(base)
    contested = []
    for path, value in theirs.items():
        mine = ours.get(path)
        owner = owner_of(path, ownership)
        if value == mine or owner == "kasir":
            agreed[path] = value
        elif owner == "source" or path not in base or mine == base[path]:
            change[path] = agreed[path] = value
        elif value != base[path] and path in echoes:
            agreed[path] = value
        elif value != base[path]:
            contested.append(Contested(path=path, base=base[path], ours=mine, theirs=value))
    return Merged(change, agreed, tuple(contested))


def owner_of(path: str, ownership: Mapping[str, Owner]) -> Owner:
    """Who owns a field: `variants/KOPI/price` is `variants.price`; `variants/KOPI`, that it is there, is `variants`."""
    parts = path.split("/")
    name = f"{parts[0]}.{parts[2]}" if len(parts) > 2 else parts[0]
    return ownership.get(name, ownership.get("*", "shared"))


def differs(base: Fields, ours: Fields, ownership: Mapping[str, Owner]) -> bool:
    """Whether we changed anything that both sides agreed on and may change."""
    return any(ours.get(path) != value and owner_of(path, ownership) == "shared" for path, value in base.items())


def echoed(contested: Iterable[Contested], versions: Iterable[Fields]) -> dict[str, Any]:
    """Of contested fields, those whose value the source has from one of our own `versions`."""
    versions = list(versions)
    return {
        one.path: one.theirs
        for one in contested
        if any(one.path in version and version[one.path] == one.theirs for version in versions)
    }


@dataclass(frozen=True, slots=True)
class StockChange:
    """What is to be moved for what a source counts, and what it has told by then. What is `absolute` holds for a level
    as it was read only.
    """

    delta: Decimal
    absolute: bool
    quantity: Decimal
    includes: Decimal


def stock_change(
    base: Fields | None, quantity: Decimal | None, includes: Decimal, on_hand: Decimal, owner: Owner
) -> StockChange:
    """What a source's count of a level comes to. `base` is what it told last (None: nothing yet), `quantity` what it
    tells now (None: it has it no longer), of which `includes` is the sum of what we moved.

    Both sides sell: so the source's own part (its quantity less what it includes of ours) is what is compared, and what
    it changed by is moved here, whatever was sold here meanwhile. Where the source owns stock, or tells a level for the
    first time, the level becomes what it counts.
    """
    before, included = (Decimal(base["quantity"]), Decimal(base["includes"])) if base else (Decimal(0), Decimal(0))
    now, ours = (quantity, includes) if quantity is not None else (Decimal(0), included)
    if owner == "kasir":
        return StockChange(Decimal(0), False, now, ours)
    if owner == "source" or base is None:
        return StockChange(now - on_hand, True, now, ours)
    return StockChange((now - ours) - (before - included), False, now, ours)


def segment(name: str) -> str:
    """A name as a part of a path (RFC 6901's escapes)."""
    return name.replace("~", "~0").replace("/", "~1")

"""Three-way comparison of what a source tells with what we have and what both last agreed on, without I/O.

An entity is looked at as flat fields: paths such as `name` or `variants/KOPI-S/price`, each with a JSON value. So one
comparison serves every kind of entity.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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


def segment(name: str) -> str:
    """A name as a part of a path (RFC 6901's escapes)."""
    return name.replace("~", "~0").replace("/", "~1")

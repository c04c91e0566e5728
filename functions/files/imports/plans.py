"""What a record comes to, before it is done: the same code says it in the preview and does it afterwards, so what was
shown is what is done, or nothing.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from files.imports.journal import Mark
from files.imports.models import FieldChange, Import, RowProblem
from files.imports.records import Record, problem
from pos.dynamo import Guarded
from pos.errors import DomainError
from pos.http import Call
from pos.model import Output
from pos.words import fold
from staff.models import Location, Merchant

type Outcome = Literal["created", "updated", "unchanged", "invalid", "changed_since"]

type Write = Callable[[Sequence[Guarded]], None]
"""Does it, with what else is to be written in the same transaction."""


@dataclass(frozen=True, slots=True)
class Work:
    """An import that is worked at, and on whose behalf."""

    merchant: Merchant
    locations: Sequence[Location]
    job: Import
    call: Call[Any, Any]

    @property
    def merchant_id(self) -> str:
        """Whose import it is."""
        return self.merchant.id


def _nothing(_also: Sequence[Guarded]) -> None:
    """Does nothing: for what is not done by itself."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a record comes to: the entity's id, the version that it has and the one that it gets, and how to do it."""

    outcome: Outcome
    record: Record
    id: str | None = None
    name: str = ""
    before: int = 0
    after: int = 0
    fields: tuple[FieldChange, ...] = ()
    problems: tuple[RowProblem, ...] = ()
    do: Write = _nothing
    needs: tuple[str, ...] | None = None
    """A category that is not there yet, by its path."""
    relative: bool = False
    """Whether what there was before does not matter: a count holds against the level of its moment."""

    @property
    def promise(self) -> str:
        """What the preview says, in short: what is done later must be just that."""
        changes = [
            (
                one.field,
                None if self.relative else one.before,
                fold(one.after) if isinstance(one.after, str) else one.after,
            )
            for one in self.fields
        ]
        made = self.outcome == "created"
        told = json.dumps([made, None if made else self.id, changes], separators=(",", ":"))
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    def came_to(self, outcome: Outcome, problems: Sequence[RowProblem] = ()) -> "Plan":
        """The plan of a record of which something else became."""
        return replace(self, outcome=outcome, problems=tuple(problems))


def refused(problems: Sequence[RowProblem], record: Record) -> Plan:
    """The plan of a record that is refused."""
    return Plan("invalid", record, problems=tuple(problems))


def refusal(job: Import, record: Record, error: DomainError, where: Callable[[str], tuple[int, int | None]]) -> Plan:
    """The plan of a record that a service refuses; `where` says which line and column a JSON pointer means."""
    found = [(where(one.pointer), one.detail) for one in error.errors] or [((record.line, None), error.detail)]
    return refused([problem(job, *at, error.code, detail) for at, detail in found], record)


class Kind(ABC):
    """How one type of import is compared with what there is, done, and taken back."""

    @abstractmethod
    def plans(self, work: Work, batch: Sequence[Record]) -> list[Plan]:
        """What each of these records comes to by now. Writes nothing."""

    def do_together(self, work: Work, first: int, due: Sequence[Plan]) -> list[Plan] | None:
        """Do the plans of a batch that begins at the record `first` at once, and say what each came to; None if each is
        done by itself.
        """
        return None

    def prepare(self, work: Work, plans: Sequence[Plan]) -> bool:
        """Make what these plans need before they can be done; whether there was anything, and they are to be made
        anew.
        """
        return False

    @abstractmethod
    def undo(self, work: Work, mark: Mark) -> "Undone":
        """Take back what a mark says was done, as far as nobody changed it since."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of something that was to be taken back: `why` some or all of it was left alone."""

    outcome: Literal["removed", "restored", "left_alone"]
    why: str | None = None


LEFT: Mapping[str, str] = {
    "changed": "It was changed since the import; that stays.",
    "gone": "It is not there any more.",
}


def restored[D: Output](current: D, before: D, after: D) -> tuple[D, bool]:
    """The document as it was `before` an import made `after` of it, but for what was changed since; and whether all of
    it is. Of lists of things with ids, each thing is looked at for itself.
    """
    now, was, became = (one.model_dump(mode="json") for one in (current, before, after))
    values, whole = _restored(now, was, became)
    return type(current).model_validate_json(json.dumps(values)), whole


_STAMPS = frozenset({"version", "updated_at", "created_at", "id"})


def _restored(now: dict[str, Any], was: dict[str, Any], became: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    values, whole = dict(now), True
    for name in (was.keys() | became.keys()) - _STAMPS:
        old: Any = was.get(name)
        new: Any = became.get(name)
        current: Any = now.get(name)
        if old == new:
            continue
        if current == new:
            values[name] = old
        elif _have_ids(old) and _have_ids(new) and _have_ids(current):
            values[name], all_of_it = _restored_list(current, old, new)
            whole = whole and all_of_it
        elif isinstance(old, dict) and isinstance(new, dict) and isinstance(current, dict):
            inner, all_of_it = _restored(current, old, new)
            values[name] = {key: one for key, one in inner.items() if key in old or key not in new or one is not None}
            whole = whole and all_of_it
        elif current != old:
            whole = False
    return values, whole


def _have_ids(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) and "id" in one for one in value)


def _restored_list(now: list[Any], was: list[Any], became: list[Any]) -> tuple[list[Any], bool]:
    old, new = ({one["id"]: one for one in side} for side in (was, became))
    whole, kept = True, []
    for one in now:
        id = one["id"]
        if id in old and id in new:
            values, all_of_it = _restored(one, old[id], new[id])
            kept.append(values)
            whole = whole and all_of_it
        elif id in new and one == new[id]:
            continue  # the import added it, and nobody touched it since
        else:
            kept.append(one)
            whole = whole and id not in new
    return kept, whole

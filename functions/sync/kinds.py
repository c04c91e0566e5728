"""What synchronisation has to know of a kind of entity: everything else is the same for all of them."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from pos.documents import Document
from pos.dynamo import Guarded, Ref
from pos.errors import DomainError
from pos.http import Call, refusal
from sync.models import EntityKind, RecordResult, SourceRecord
from sync.rules import Fields

type Parts = Mapping[str, str | None]
"""Parts of an entity by the names that a source has for them, with their ids here (None: new ones)."""

type Reader[R: SourceRecord] = Callable[[Mapping[str, Any]], R]


class Kind[R: SourceRecord, E: Document](ABC):
    """How one kind of entity is found, compared, checked and kept."""

    name: EntityKind
    record: type[R]
    one_by_one = False
    """Whether records are done one after the other, since they would only wait for each other."""

    def reader(self, merchant_id: str) -> Reader[R]:
        """What makes a record of what a source sent; it raises what is wrong with it."""
        return lambda raw: read_record(self.record, raw)

    def waves(self, records: Sequence[R]) -> Sequence[Sequence[R]]:
        """The records in the order in which they can be done: what others name comes in an earlier wave."""
        return [records]

    @abstractmethod
    def ref(self, merchant_id: str, id: str) -> Ref[E | None]:
        """The entity, or its tombstone."""

    def claim(self, merchant_id: str, source: str, external_id: str) -> Ref[str | None] | None:
        """Whose this external id is, if entities of this kind have external ids."""
        return None

    def alike(self, merchant_id: str, match_by: Collection[str], records: Sequence[R]) -> Mapping[str, str]:
        """The entities that records take over by `match_by`: external id -> our id."""
        return {}

    def named(self, record: R) -> Mapping[str, tuple[EntityKind, str]]:
        """The fields that name another entity by the source's id for it, with its kind and that id."""
        return {}

    def names_within(self, record: R, known: Mapping[str, str]) -> Sequence[str]:
        """What the record is to be found by besides its external id, when something of its parts is told: the source's
        names for its parts, but for those `known`.
        """
        return ()

    def check_record(self, record: R, before: E | None) -> None:  # noqa: B027
        """Refuse a record for what has become of the entity, which may be a tombstone."""

    @abstractmethod
    def told(self, record: R, base: Fields) -> dict[str, Any]:
        """The fields that a record tells, by their paths."""

    @abstractmethod
    def flat(self, entity: E, known: Parts) -> dict[str, Any]:
        """The entity's fields by their paths."""

    def parts(self, record: R, before: E | None, known: Mapping[str, str]) -> dict[str, str | None]:
        """The record's parts by their names in paths."""
        return {}

    def parts_in(self, fields: Fields) -> Sequence[str]:
        """The parts that there are by these fields, by their names in paths."""
        return ()

    @abstractmethod
    def changed(
        self, call: Call[Any, Any], before: E | None, fields: Fields, known: Parts
    ) -> tuple[E, Mapping[str, str]]:
        """The entity with these fields changed (a new one if there is none before), and the ids of its parts.

        Refuses what the entity's own service refuses. References to other things are not looked up here.
        """

    def marked(self, entity: E, source: str, external_id: str) -> E:
        """The entity with the source's id for it; itself if it has that, or if there is no place for it."""
        return entity

    def completed(self, change: Fields, told: Fields) -> dict[str, Any]:
        """A change with what else is told of the parts that it adds."""
        return dict(change)

    def pruned(self, base: Fields) -> dict[str, Any]:
        """What was agreed on, without the fields of parts that are gone."""
        return dict(base)

    @abstractmethod
    def retired(self, call: Call[Any, Any], entity: E) -> E:
        """The entity's tombstone."""

    def check(self, merchant_id: str, entity: E, before: E | None) -> None:  # noqa: B027
        """Refuse (422) an entity that would name what is not there."""

    @abstractmethod
    def save(self, call: Call[Any, Any], entity: E, before: E | None, event: str, also: Sequence[Guarded]) -> None:
        """Keep the entity's new version, with its event and what is to be written `also`."""

    def still(self, merchant_id: str, entity: E) -> Sequence[Guarded]:
        """What holds a transaction that leaves the entity alone to its being as it was read."""
        return ()

    def again(self, result: RecordResult) -> bool:
        """Whether a record that was refused may be accepted once others of its call are done."""
        return False

    @abstractmethod
    def label(self, entity: E) -> str:
        """What a person knows the entity by."""


def read_record[R: SourceRecord](model: type[R], raw: Mapping[str, Any]) -> R:
    """The record in what a source sent; 422 for what is wrong with it."""
    try:
        return model.model_validate_json(json.dumps(raw))
    except ValidationError as error:
        raise refusal(error) from None


def values_of(model: Any) -> dict[str, Any]:
    """A model's values as JSON has them, so that both sides of a comparison are alike."""
    values: dict[str, Any] = model.model_dump(mode="json")
    return values


def living[E: Document](entity: E | None) -> E | None:
    """The entity, unless it was retired."""
    return None if entity is None or getattr(entity, "deleted_at", None) is not None else entity


def lost_race(error: DomainError) -> bool:
    """Whether a refusal is for what somebody else did at this moment."""
    return error.code == "request.conflict"

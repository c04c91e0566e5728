"""Categories as a source has them: a name, and what they are inside of."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from catalog import rules, store
from catalog.models import Category
from pos import documents, dynamo
from pos.clock import timestamp
from pos.dynamo import Guarded, Ref
from pos.errors import Invalid
from pos.http import Call
from pos.ids import new_id
from sync.kinds import Kind, Parts, living, values_of
from sync.models import CategoryRecord, EntityKind, RecordResult
from sync.rules import Fields

_OWN = ("name", "parent_id")
_PAGE = 500


class Categories(Kind[CategoryRecord, Category]):
    """Categories, those on top first. The tree changes one step at a time, so they are done one by one."""

    name: EntityKind = "category"
    record = CategoryRecord
    one_by_one = True

    def waves(self, records: Sequence[CategoryRecord]) -> Sequence[Sequence[CategoryRecord]]:
        """Each category after the one that it is inside of; of those that go, what is inside first, and last of all."""
        gone = [record for record in records if record.deleted]
        left = [record for record in records if not record.deleted]
        waves = []
        while left:
            waiting = {record.external_id for record in left}
            wave = [record for record in left if record.parent_external_id not in waiting]
            if not wave:  # they are inside of each other: the tree will refuse the last one
                wave = left
            waves.append(wave)
            done = {record.external_id for record in wave}
            left = [record for record in left if record.external_id not in done]
        return [*waves, gone] if gone else waves

    def ref(self, merchant_id: str, id: str) -> Ref[Category | None]:
        """The category, or its tombstone."""
        return store.category_ref(merchant_id, id)

    def alike(
        self, merchant_id: str, match_by: Collection[str], records: Sequence[CategoryRecord]
    ) -> Mapping[str, str]:
        """The categories of the same name, of which there is one only."""
        if "name" not in match_by or not records:
            return {}
        present = [category for category in _all(merchant_id) if living(category)]
        times = Counter(category.name.casefold() for category in present)
        ids = {category.name.casefold(): category.id for category in present if times[category.name.casefold()] == 1}
        return {record.external_id: ids[record.name.casefold()] for record in records if record.name.casefold() in ids}

    def named(self, record: CategoryRecord) -> Mapping[str, tuple[EntityKind, str]]:
        """What it is inside of, if that is named by the source's id for it."""
        external_id = record.parent_external_id
        return {"parent_id": ("category", external_id)} if external_id is not None else {}

    def told(self, record: CategoryRecord, base: Fields) -> dict[str, Any]:
        """The fields that a record tells."""
        values = values_of(record)
        fields = {name: values[name] for name in _OWN if name in record.model_fields_set}
        if "parent_external_id" in record.model_fields_set and record.parent_external_id is None:
            fields["parent_id"] = None
        return fields

    def flat(self, entity: Category, known: Parts) -> dict[str, Any]:
        """The category's fields."""
        values = values_of(entity)
        return {name: values[name] for name in _OWN}

    def changed(
        self, call: Call[Any, Any], before: Category | None, fields: Fields, known: Parts
    ) -> tuple[Category, Mapping[str, str]]:
        """The category with these fields."""
        if before is not None:
            return before.changed(call.now, **fields), {}
        if not fields.get("name"):
            raise Invalid("category.nameless", "A new category needs a name.", "/name")
        made = Category(
            id=new_id("cat"), name=fields["name"], parent_id=fields.get("parent_id"), **documents.stamp(call.now)
        )
        return made, {}

    def retired(self, call: Call[Any, Any], entity: Category) -> Category:
        """The category's tombstone."""
        return entity.changed(call.now, deleted_at=timestamp(call.now))

    def save(
        self, call: Call[Any, Any], entity: Category, before: Category | None, event: str, also: Sequence[Guarded]
    ) -> None:
        """Keep the category's new version and the tree; 409 if it is to go and something is in it."""
        if before is not None and entity.deleted_at is None and entity.parent_id == before.parent_id:
            store.save_category(call, entity, before, None, also)
            return
        tree = dynamo.get(store.tree_ref(call.merchant_id))
        if entity.deleted_at is not None:
            store.delete_category(call, entity, rules.pruned(tree, entity.id), also)
        elif before is None:
            store.add_category(call, entity, rules.planted(tree, entity), also)
        else:
            store.save_category(call, entity, before, rules.planted(tree, entity), also)

    def again(self, result: RecordResult) -> bool:
        """A category that was not empty yet."""
        return any(problem.code == "category.not_empty" for problem in result.errors)

    def label(self, entity: Category) -> str:
        """Its name."""
        return entity.name


CATEGORIES = Categories()


def _all(merchant_id: str) -> list[Category]:
    found, cursor = [], None
    while True:
        page = store.list_categories(merchant_id, _PAGE, cursor)
        found += [documents.read(Category, item) for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found

"""Kasir and an outside application edit the same products over a network that loses, repeats and reorders what is said.

What happened before what is known here, and to nobody else: each value carries how many edits of either side it knows
of. So it is known which edits are concurrent: these, and only these, have to be in the queue of conflicts, and in the
end both sides have to hold the same.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest

from sync import list_conflicts
from tests.support.shop import Shop
from tests.unit.sync.records import decide, edit, product, tell

NAME, PRICE = "name", "variants/V/price"


class Value(NamedTuple):
    """A field's value, and how many edits of ours and of theirs whoever wrote it knew of."""

    value: Any
    ours: int
    theirs: int

    def knows(self, other: "Value") -> bool:
        return self.ours >= other.ours and self.theirs >= other.theirs

    def concurrent_with(self, other: "Value") -> bool:
        return self.value != other.value and not self.knows(other) and not other.knows(self)

    def with_knowledge_of(self, other: "Value") -> "Value":
        return Value(self.value, max(self.ours, other.ours), max(self.theirs, other.theirs))


type Fields = dict[str, Value]


@dataclass
class Side:
    """What one side has, by product."""

    fields: dict[str, Fields]


@dataclass
class Told:
    """A record on its way, with what only this test knows of it."""

    record: dict[str, Any]
    fields: Fields


@dataclass
class World:
    """Both sides, the network between them, and what should be contested by what was told."""

    shop: Shop
    chance: random.Random
    ids: dict[str, str]
    ours: Side
    theirs: Side
    contested: set[tuple[str, str]] = field(default_factory=set)
    changed_at: dict[str, int] = field(default_factory=dict)
    told_at: dict[str, str] = field(default_factory=dict)
    said: dict[tuple[str, Any], Value] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    to_tell: set[str] = field(default_factory=set)
    to_pull: set[str] = field(default_factory=set)
    old: list[list[Told]] = field(default_factory=list)
    clock: int = 0
    true_conflicts: int = 0

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    # --- edits ---

    def edit_here(self, name: str) -> None:
        path, value = self._fresh()
        before = self.ours.fields[name][path]
        self.ours.fields[name][path] = Value(value, before.ours + 1, before.theirs)
        self._change_here(name, path, value)
        self.to_pull.add(name)

    def _change_here(self, name: str, path: str, value: Any) -> None:
        if path == NAME:
            edit(self.shop, self.ids[name], name=value)
        else:
            [variant] = product(self.shop, self.ids[name])["variants"]
            edit(self.shop, self.ids[name], variants=[{**variant, "price": value}])

    def edit_there(self, name: str) -> None:
        path, value = self._fresh()
        before = self.theirs.fields[name][path]
        self._set_there(name, path, Value(value, before.ours, before.theirs + 1))

    def _set_there(self, name: str, path: str, value: Value) -> None:
        self.theirs.fields[name][path] = value
        self.changed_at[name] = self.tick()
        self.to_tell.add(name)

    def _fresh(self) -> tuple[str, Any]:
        """A field, and a value that it never had: equal values would hide what knows of what."""
        number = self.tick()
        return (NAME, f"Product {number}") if self.chance.random() < 0.5 else (PRICE, 1000 + number)

    # --- what they tell us ---

    def batch(self, names: Sequence[str]) -> list[Told]:
        return [self._told(name) for name in names]

    def _told(self, name: str) -> Told:
        fields = dict(self.theirs.fields[name])
        at = self.changed_at[name]
        record: dict[str, Any] = {
            "external_id": name,
            "name": fields[NAME].value,
            "variants": [{"external_id": "V", "price": fields[PRICE].value}],
            "changed_at": f"2026-11-29T{at // 3600 % 24:02}:{at // 60 % 60:02}:{at % 60:02}Z",
        }
        if name in self.known:
            record["known_version"] = self.known[name]
        return Told(record, fields)

    def deliver(self, batch: Sequence[Told]) -> None:
        reply = tell(self.shop, *(one.record for one in batch))
        assert reply.status == 200, reply.text
        for one, result in zip(batch, reply.json["results"], strict=True):
            assert result["result"] in ("created", "updated", "unchanged", "conflict"), result
            self._expect(one)

    def _expect(self, told: Told) -> None:
        """What has to come of a record that arrived."""
        name, at = told.record["external_id"], told.record["changed_at"]
        if at < self.told_at.get(name, ""):
            return
        self.told_at[name] = at
        for path, value in told.fields.items():
            self.said[path, value.value] = value
            mine = self.ours.fields[name][path]
            if value.value == mine.value:
                self.ours.fields[name][path] = mine.with_knowledge_of(value)
                self.contested.discard((name, path))
            elif value.knows(mine):
                self.ours.fields[name][path] = value
                self.contested.discard((name, path))
                self.to_pull.add(name)
            elif mine.knows(value):
                self.contested.discard((name, path))
            else:
                self.true_conflicts += (name, path) not in self.contested
                self.contested.add((name, path))

    def exchange(self, *, faults: bool) -> None:
        """They tell what they changed; requests and answers get lost, and old calls arrive again, late."""
        names = sorted(self.to_tell)
        for start in range(0, len(names), 100):
            batch = self.batch(names[start : start + 100])
            fate = self.chance.random() if faults else 1.0
            if fate < 0.2:
                self.old.append(batch)  # lost on the way, for now
                continue
            self.deliver(batch)
            if fate < 0.4:
                self.old.append(batch)  # the answer is lost: they tell it again, and the network may as well
                continue
            self.to_tell -= {one.record["external_id"] for one in batch}
        while faults and self.old and self.chance.random() < 0.4:
            self.deliver(self.old.pop(self.chance.randrange(len(self.old))))

    # --- what they take over of ours ---

    def pull(self, *, faults: bool) -> None:
        """They take over what we changed, and leave alone what they changed without knowing of it."""
        for name in sorted(self.to_pull):
            if faults and self.chance.random() < 0.3:
                continue
            both = [(path, mine, self.theirs.fields[name][path]) for path, mine in self.ours.fields[name].items()]
            if any(
                not mine.knows(held) and not held.knows(mine) and held.value != mine.value for _, mine, held in both
            ):
                continue  # all of it or nothing: a person decides first
            for path, mine, held in both:
                if held.value == mine.value:
                    self.theirs.fields[name][path] = held.with_knowledge_of(mine)
                elif mine.knows(held):
                    self.theirs.fields[name][path] = mine
                    self.changed_at[name] = self.tick()
                    if self.chance.random() < 0.5:
                        self.to_tell.add(name)  # it looks like a change of theirs: an echo
            self.known[name] = product(self.shop, self.ids[name])["version"]
            self.to_pull.discard(name)

    # --- the person who decides ---

    def check_queue(self) -> None:
        """What waits for a person is what both changed without knowing of each other, and nothing else."""
        waiting = {
            (conflict["external_id"], one["path"])
            for conflict in _all_conflicts(self.shop)
            for one in conflict["fields"]
        }
        assert waiting == self.contested

    def decide(self, share: float) -> None:
        for conflict in _all_conflicts(self.shop):
            if self.chance.random() >= share:
                continue
            name, resolution = conflict["external_id"], self.chance.choice(["theirs", "ours"])
            assert decide(self.shop, conflict["id"], resolution).status == 200
            for one in conflict["fields"]:
                path = one["path"]
                self.contested.discard((name, path))
                mine, held = self.ours.fields[name][path], self.said[path, one["theirs"]]
                # To keep ours knowing theirs is an edit of ours; to take theirs is to have what they said.
                kept = Value(mine.value, mine.ours + 1, max(mine.theirs, held.theirs))
                self.ours.fields[name][path] = held if resolution == "theirs" else kept
                self.to_pull.add(name)

    def check_products(self) -> None:
        """What Kasir has is what this test says that it has to have."""
        for name, fields in self.ours.fields.items():
            now = product(self.shop, self.ids[name])
            assert (now["name"], now["variants"][0]["price"]) == (fields[NAME].value, fields[PRICE].value), name


def _all_conflicts(shop: Shop) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = None
    while True:
        query = {"limit": "200"} | ({"cursor": cursor} if cursor else {})
        page = shop.call(list_conflicts.handler, query=query).json
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def _world(shop: Shop, seed: int, count: int) -> World:
    names = [f"P-{number}" for number in range(count)]
    fields = {name: {NAME: Value(name, 0, 0), PRICE: Value(1, 0, 0)} for name in names}
    theirs = {name: dict(one) for name, one in fields.items()}
    world = World(shop, random.Random(seed), {}, Side(fields), Side(theirs), changed_at=dict.fromkeys(names, 0))
    for start in range(0, count, 500):
        told = world.batch(names[start : start + 500])
        for result in tell(shop, *(one.record for one in told)).json["results"]:
            assert result["result"] == "created", result
            world.ids[result["external_id"]] = result["id"]
    return world


def _play(world: World, rounds: int, edits: int) -> None:
    names = list(world.ids)
    for _ in range(rounds):
        for _ in range(edits):
            world.edit_here(world.chance.choice(names))
            world.edit_there(world.chance.choice(names))
        steps = [world.exchange, world.pull]
        world.chance.shuffle(steps)
        for step in steps:
            step(faults=True)
        world.check_queue()
        world.decide(0.2)
    _settle(world)


def _settle(world: World) -> None:
    """The network is whole again, all conflicts are decided, and both sides say what they have."""
    for _ in range(4):
        world.to_tell |= set(world.ids)
        world.to_pull |= set(world.ids)
        world.exchange(faults=False)
        world.check_queue()
        world.decide(1.0)
        world.pull(faults=False)
    assert world.contested == set()
    world.check_products()
    for name, fields in world.ours.fields.items():
        assert {path: one.value for path, one in fields.items()} == {
            path: one.value for path, one in world.theirs.fields[name].items()
        }
    names = list(world.ids)
    for start in range(0, len(names), 500):
        results = tell(world.shop, *(one.record for one in world.batch(names[start : start + 500]))).json
        assert results["counts"].keys() == {"unchanged"}, results["counts"]


@pytest.mark.parametrize("seed", [2, 3])
def test_both_sides_come_to_the_same_and_only_true_conflicts_are_decided_by_a_person(shop: Shop, seed: int) -> None:
    world = _world(shop, seed, 2)

    _play(world, rounds=6, edits=1)

    assert world.true_conflicts > 0


@pytest.mark.slow
def test_a_thousand_products_for_fifty_rounds(shop: Shop) -> None:
    world = _world(shop, 50, 1000)

    _play(world, rounds=50, edits=60)

    assert world.true_conflicts > 100

"""Orders that move more stock than one transaction holds: committed in steps, visible only when whole.

A draft keeps the whole change and how far it has come. Each step is one transaction that moves some levels and counts
on the draft that it did; the last one writes the order itself, its events and its answer, and removes the draft. Until
then the order is as it was (absent, if it is new). What is refused, or was abandoned, is undone the same way: a step
back is a transaction that moves the levels back and counts down. Every step holds the draft to its direction and place,
so any number of processes may drive it at once, and a crash between any two steps leaves what the repeat of the request
finishes, or `recover_orders` undoes. docs/data.md draws the item.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from inventory import store as inventory
from orders import store
from orders.models import Change, Move, Order
from orders.numbering import Counter, NumberTaken
from orders.store import TABLE
from pos import clock, documents, dynamo, idempotency
from pos.clock import timestamp
from pos.dynamo import Busy, ConditionFailed, Guarded, Item, Ref
from pos.errors import DomainError
from pos.http import Answer, Call
from pos.ids import new_id

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_STEP = 45
_ATTEMPTS = 8
_INDEX = "drafts"


@dataclass(frozen=True, slots=True)
class Draft:
    """A change on its way: `done` of its steps are in effect; `undoing` says that they are being taken back.

    `attempt` tells it from another draft of the same name, before or after it.
    """

    key: tuple[str, str]
    merchant_id: str
    actor: str
    attempt: str
    fingerprint: str
    undoing: bool
    done: int
    change: Change

    @property
    def steps(self) -> list[tuple[Move, ...]]:
        """The moves of each step; those of the last are made with the order itself."""
        moves = self.change.moves
        return [moves[start : start + _STEP] for start in range(0, len(moves), _STEP)]


def save(call: Call[Any, Any], change: Change, *, name: str, counter: Counter | None = None) -> Answer:
    """Keep an order's new version with all that it moves: in one transaction if it fits, else in steps.

    `name` is what a repeat of the request finds a draft by. Raises what `store.save` raises; what is refused is undone
    before that. A repeat while its draft goes back waits for that and begins anew.
    """
    if len(change.moves) <= store.MAX_MOVES:
        return store.save(call, change, change.moves, counter=counter)
    draft = _begin(call, change, name)
    try:
        while draft.done < len(draft.steps) - 1:
            draft = _step(draft, call.now)
        return _finish(call, draft)
    except (DomainError, ConditionFailed):
        undo(draft)
        raise


def undo(draft: Draft) -> None:
    """Take a draft's steps back and remove it; nothing happens if it is finished meanwhile."""
    found: Draft | None = draft
    while found is not None and found.attempt == draft.attempt:
        with suppress(ConditionFailed):  # another process drives it too: go on from where it is then
            dynamo.transact(_back(found))
        found = dynamo.get(Ref(TABLE, draft.key, _read))


def abandoned(older_than: timedelta) -> Iterator[Draft]:
    """The drafts of all merchants that were begun longer ago than this."""
    until = timestamp(clock.now() - older_than)
    cursor = None
    while True:
        page = dynamo.query(
            TABLE,
            _INDEX,
            index=_INDEX,
            key_names=("draft_pk", "draft_sk"),
            between=(" ", until),
            limit=50,
            cursor=cursor,
        )
        for key in page.items:
            draft = dynamo.get(Ref(TABLE, (key["pk"], key["sk"]), _read))
            if draft is not None:
                yield draft
        cursor = page.next_cursor
        if cursor is None:
            return


def _begin(call: Call[Any, Any], change: Change, name: str) -> Draft:
    """The draft of this request: the one that an earlier attempt left, or a new one."""
    _check_fresh(call, change)
    key = (f"{call.merchant_id}#{name}", "draft")
    draft = Draft(key, call.merchant_id, call.caller.actor, new_id("drf"), call.fingerprint(), False, 0, change)
    try:
        dynamo.transact([dynamo.put(TABLE, _item(draft, call.now))])
    except ConditionFailed:
        return _resumed(call, change, key, name)
    return draft


def _resumed(call: Call[Any, Any], change: Change, key: tuple[str, str], name: str) -> Draft:
    found = dynamo.get(Ref(TABLE, key, _read))
    if found is None:
        raise Busy
    if found.fingerprint != call.fingerprint():
        raise DomainError("request.conflict", "Another request with this id or key is under way.")
    if not found.undoing:
        return found
    undo(found)
    return _begin(call, change, name)


def _check_fresh(call: Call[Any, Any], change: Change) -> None:
    """Refuse what was done already before any stock moves for it; the last step holds it to the same."""
    order = dynamo.get(store.order_ref(call.merchant_id, change.order.id))
    if order is not None and order.version >= change.order.version:
        raise documents.lost_race(call, change.order, order.version)
    if call.idempotency_key is not None and idempotency.find(call.merchant_id, call.idempotency_key) is not None:
        raise ConditionFailed({})


def _step(draft: Draft, at: datetime) -> Draft:
    """Make the next step; the draft as it is then."""
    moves = draft.steps[draft.done]
    with suppress(ConditionFailed):  # another process drives it too: go on from where it is then
        dynamo.commit(
            [
                Guarded(_turn(draft, undoing=False, done=draft.done + 1)),
                *store.moves(draft.merchant_id, draft.change, moves, draft.actor, at),
            ]
        )
    found = dynamo.get(Ref(TABLE, draft.key, _read))
    if found is None or found.attempt != draft.attempt or found.undoing:
        raise Busy
    return found


def _finish(call: Call[Any, Any], draft: Draft) -> Answer:
    """The last step. The receipt number is taken only now, so that what is refused leaves no gap."""
    change = draft.change
    removal = Guarded(dynamo.delete(TABLE, draft.key, condition=_HELD, values=_held(draft)))
    for _ in range(_ATTEMPTS):
        numbered, counter = change, None
        if change.counted is not None:
            register_id, counted = str(change.order.register_id), change.counted
            last = dynamo.get(store.counter_ref(call.merchant_id, register_id, counted.day))
            counter, number = last.give(counted.register_code, counted.number)
            numbered = change.model_copy(update={"order": change.order.model_copy(update={"number": number})})
        try:
            return store.save(call, numbered, draft.steps[-1], counter=counter, extra=[removal])
        except NumberTaken:
            continue
    raise Busy


# --- the item ---------------------------------------------------------------------------------------------------------

_HELD = "attempt = :attempt AND undoing = :undoing AND done = :done"


def _held(draft: Draft) -> dict[str, Any]:
    return {":attempt": draft.attempt, ":undoing": draft.undoing, ":done": draft.done}


def _turn(draft: Draft, *, undoing: bool, done: int) -> "TransactWriteItemTypeDef":
    return dynamo.update(
        TABLE,
        draft.key,
        "SET undoing = :next_undoing, done = :next_done",
        {**_held(draft), ":next_undoing": undoing, ":next_done": done},
        condition=_HELD,
    )


def _back(draft: Draft) -> "list[TransactWriteItemTypeDef]":
    """The next transaction on the way back: turn round, then a step at a time, then remove the draft."""
    if not draft.undoing:
        return [_turn(draft, undoing=True, done=draft.done)]
    if draft.done == 0:
        return [dynamo.delete(TABLE, draft.key, condition=_HELD, values=_held(draft))]
    # The same cause as the way forward, so that what a sale moved sums to what its order says: nothing.
    return [
        _turn(draft, undoing=True, done=draft.done - 1),
        *(
            inventory.move(
                draft.merchant_id,
                draft.change.order.location_id,
                move.variant_id,
                move.quantity,
                store.cause(draft.change, move).model_copy(update={"reason": "undone"}),
                draft.actor,
                clock.now(),
            )
            for move in map(_reversed, draft.steps[draft.done - 1])
        ),
    ]


def _reversed(move: Move) -> Move:
    sold = tuple(share.model_copy(update={"quantity": -share.quantity}) for share in move.sold)
    return Move(variant_id=move.variant_id, quantity=-move.quantity, sold=sold)


def _item(draft: Draft, at: datetime) -> Item:
    return {
        "pk": draft.key[0],
        "sk": draft.key[1],
        "draft_pk": _INDEX,
        "draft_sk": timestamp(at),
        "merchant_id": draft.merchant_id,
        "actor": draft.actor,
        "attempt": draft.attempt,
        "fingerprint": draft.fingerprint,
        "order_fingerprint": draft.change.order.fingerprint,
        "undoing": draft.undoing,
        "done": draft.done,
        "doc": documents.pack(draft.change.json_bytes(), Order.KIND),
    }


def _read(item: Item | None) -> Draft | None:
    if item is None:
        return None
    change = Change.model_validate_json(dynamo.unpack(item["doc"]))
    order = change.order.model_copy(update={"fingerprint": item.get("order_fingerprint")})
    return Draft(
        key=(item["pk"], item["sk"]),
        merchant_id=item["merchant_id"],
        actor=item["actor"],
        attempt=item["attempt"],
        fingerprint=item["fingerprint"],
        undoing=item["undoing"],
        done=int(item["done"]),
        change=change.model_copy(update={"order": order}),
    )

"""The vouchers table.

voucher   pk <merchant>#<code>   sk voucher            index by_creation: pk <merchant>, sk <created_at>#<voucher>
entry     pk <merchant>#<code>   sk entry#<version>#<ordinal>   what changed its balance, and made that version

A voucher is changed by its version, with an entry for each cause, in the cause's transaction: so its balance is the sum
of its entries, and never below 0. Few sales meet at one voucher, so those that do may wait for each other.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pos import documents, dynamo, outbox
from pos.clock import timestamp
from pos.documents import LostRace
from pos.dynamo import Guarded, Page, Ref
from pos.errors import NotFound
from pos.http import Answer, Call
from pos.ids import new_id
from pos.outbox import Part
from vouchers import rules
from vouchers.models import Voucher, VoucherEntry, VoucherMove

TABLE = "vouchers"


class VoucherChanged(LostRace):
    """A voucher became another between our reading and writing it: apply the moves to what it is now."""

    def __init__(self) -> None:
        super().__init__("voucher")


class Moved(NamedTuple):
    """What moves of vouchers add to their cause's transaction: writes, and events about the vouchers."""

    writes: list[Guarded]
    parts: list[Part]


def get_voucher(merchant_id: str, code: str) -> Voucher:
    """The voucher of this code; 404 if the merchant has none such."""
    voucher = dynamo.get(_ref(merchant_id, code))
    if voucher is None:
        raise NotFound("voucher", code)
    return voucher


def list_vouchers(merchant_id: str, limit: int, cursor: str | None) -> Page:
    """The merchant's vouchers, newest first."""
    keys = dynamo.query(
        TABLE,
        merchant_id,
        index="by_creation",
        key_names=("created_pk", "created_sk"),
        limit=limit,
        cursor=cursor,
        forward=False,
    )
    refs = [documents.ref(TABLE, (key["pk"], key["sk"]), Voucher) for key in keys.items]
    found = dynamo.fetch(refs)
    return Page([found[ref.table, ref.key] for ref in refs if (ref.table, ref.key) in found], keys.next_cursor)


def list_entries(merchant_id: str, code: str, limit: int, cursor: str | None) -> Page:
    """A voucher's ledger, newest first."""
    pk, _ = _key(merchant_id, code)
    return dynamo.query(TABLE, pk, between=("entry#", "entry#~"), limit=limit, cursor=cursor, forward=False)


def issue(call: Call[Any, Any], voucher: Voucher) -> Answer:
    """Keep a new voucher and the first line of its ledger; 422 if its code is taken."""
    move = VoucherMove(type="issued", code=voucher.code, amount=voucher.amount, pointer="/code")
    body = voucher.json_bytes()
    answer = Answer(201, body, voucher.version)
    entity = outbox.Entity(voucher.KIND, voucher.id, voucher.version)
    dynamo.commit(
        [
            _put(call.merchant_id, voucher)._replace(refusal=rules.code_taken(move)),
            Guarded(outbox.write(call.merchant_id, entity, ["voucher.created"], body, call.now)),
            _entry(call.merchant_id, voucher, move, call.caller.actor, call.now),
            *map(Guarded, call.once(answer)),
        ]
    )
    return answer


def moved(merchant_id: str, moves: Sequence[VoucherMove], currency: str, actor: str, now: datetime) -> Moved:
    """These moves, to be part of their cause's transaction; none is nothing at all. Refused as in `rules.moved`.

    The transaction raises `VoucherChanged` if a voucher is another by then.
    """
    if not moves:
        return Moved([], [])
    refs = {move.code: _ref(merchant_id, move.code) for move in moves}
    found = dynamo.fetch(refs.values())
    before = {code: dynamo.resolve(ref, found) for code, ref in refs.items()}
    after = {code: None if voucher is None else voucher.changed(now) for code, voucher in before.items()}
    entries = []
    for ordinal, move in enumerate(moves):
        voucher = after[move.code] = rules.moved(after[move.code], move, currency, now)
        entries.append(_entry(merchant_id, voucher, move, actor, now, ordinal))
    kept = [voucher for voucher in after.values() if voucher is not None]
    return Moved([*(_put(merchant_id, one) for one in kept), *entries], list(map(_part, kept)))


def _part(voucher: Voucher) -> Part:
    return Part(
        type="voucher.created" if voucher.version == 1 else "voucher.updated",
        entity_type=voucher.KIND,
        entity_id=voucher.id,
        version=voucher.version,
        data=voucher.model_dump_json(),
    )


def _put(merchant_id: str, voucher: Voucher) -> Guarded:
    key, body = _key(merchant_id, voucher.code), voucher.json_bytes()
    item = documents.item(key, voucher, body, _attributes(merchant_id, voucher))
    return Guarded(dynamo.put(TABLE, item, version=voucher.version - 1), VoucherChanged())


def _entry(
    merchant_id: str, voucher: Voucher, move: VoucherMove, actor: str, now: datetime, ordinal: int = 0
) -> Guarded:
    entry = VoucherEntry(
        id=new_id("ven"),
        at=timestamp(now),
        actor=actor,
        type=move.type,
        amount=move.amount,
        balance=voucher.balance,
        order_id=move.order_id,
    )
    pk, _ = _key(merchant_id, voucher.code)
    item = {
        "pk": pk,
        "sk": f"entry#{voucher.version:010d}#{ordinal:02d}",
        "doc": documents.pack(entry.json_bytes(), "voucher entry"),
    }
    return Guarded(dynamo.put(TABLE, item))


def _ref(merchant_id: str, code: str) -> Ref[Voucher | None]:
    return documents.ref(TABLE, _key(merchant_id, code), Voucher)


def _key(merchant_id: str, code: str) -> tuple[str, str]:
    return f"{merchant_id}#{code.upper()}", "voucher"


def _attributes(merchant_id: str, voucher: Voucher) -> dict[str, Any]:
    return {"created_pk": merchant_id, "created_sk": f"{voucher.created_at}#{voucher.id}"}

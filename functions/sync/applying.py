"""Doing what a source's record comes to: all of it in one transaction, so that what is agreed on never differs from
what we have.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from catalog import store as catalog
from catalog.models import Product
from pos import dynamo
from pos.clock import timestamp
from pos.documents import LostRace, stamp
from pos.dynamo import Guarded
from pos.errors import DomainError
from pos.http import Call
from sync import matching, planning, store
from sync.matching import Matched
from sync.models import Conflict, Owner, ProductsSync, RecordProblem, RecordResult
from sync.planning import Plan

_ATTEMPTS = 5


def apply(call: Call[ProductsSync, None], matched: Matched, owners: Mapping[str, Owner]) -> RecordResult:
    """Do what a record asks for. What is wrong with it is its result, and holds up no other record.

    Whoever changes the same product at this moment has it read and compared again.
    """
    # It is the whole call that may be repeated, and a repeat finds by comparing what is done already.
    once = replace(call, idempotency_key=None, if_match=None)
    for attempt in range(_ATTEMPTS):
        refused: DomainError | None = None
        try:
            plan = planning.plan(once, call.body.source, matched, owners)
            check(once.merchant_id, plan, matched.living)
            if not call.body.dry_run:
                _write(once, matched, plan)
            return _result(once, matched, plan)
        except (LostRace, store.LinkTaken, dynamo.ConditionFailed):
            dynamo.pause(attempt)
        except DomainError as error:
            if error.status >= 500:
                raise
            refused = error
        [now] = matching.match(call.merchant_id, call.body, [matched.record])
        # Of two calls with the same new record, the later may find its own codes taken by the earlier.
        if refused is not None and now.link == matched.link:
            return invalid(matched.record.external_id, refused)
        matched = now
    return RecordResult(external_id=matched.record.external_id, result="deferred")


def check(merchant_id: str, plan: Plan, before: Product | None) -> None:
    """Refuse (422) a product that would name what is not there."""
    product = plan.product
    if product is None or product.deleted_at is not None:
        return
    if before is None or (product.tax_ids, product.variants, product.modifier_groups) != (
        before.tax_ids,
        before.variants,
        before.modifier_groups,
    ):
        catalog.check_references(merchant_id, product)


def invalid(external_id: str | None, error: DomainError) -> RecordResult:
    """The result of a record that cannot be accepted."""
    problems = tuple(RecordProblem(pointer=one.pointer, code=error.code, detail=one.detail) for one in error.errors)
    whole = RecordProblem(pointer="", code=error.code, detail=error.detail)
    return RecordResult(external_id=external_id, result="invalid", errors=problems or (whole,))


def settled(call: Call[Any, Any], conflict: Conflict, resolution: str, note: str | None = None) -> Conflict:
    """The conflict as it is decided."""
    return conflict.changed(
        call.now,
        status="resolved",
        resolution=resolution,
        resolved_at=timestamp(call.now),
        resolved_by=call.caller.actor,
        note=note,
    )


def save(call: Call[Any, Any], product: Product, before: Product | None, also: list[Guarded]) -> None:
    """Keep the product's new version, and what is to be written with it."""
    event = "product.created" if before is None else "product.deleted" if product.deleted_at else "product.updated"
    catalog.save_product(call, product, before, event, 200, also)


def _write(call: Call[ProductsSync, None], matched: Matched, plan: Plan) -> None:
    source, external_id = call.body.source, matched.record.external_id
    also: list[Guarded] = []
    if plan.link is not None:
        link = plan.link.model_copy(update={"version": plan.link.version + 1})
        also.append(store.link_write(call.merchant_id, source, "product", external_id, link))
    also += _conflict_writes(call, matched, plan)
    if plan.product is not None:
        save(call, plan.product, matched.living, also)
    elif also:
        dynamo.commit(also)


def _conflict_writes(call: Call[ProductsSync, None], matched: Matched, plan: Plan) -> list[Guarded]:
    """Open the record's conflict, say anew what it is about, or end it when both sides agree again."""
    was_contested = matched.link is not None and bool(matched.link.contested)
    if not plan.contested and (plan.link is None or not was_contested):
        return []
    id = _conflict_id(call, matched)
    stored = dynamo.get(store.conflict_ref(call.merchant_id, id))
    if not plan.contested:
        if stored is None or stored.status == "resolved":
            return []
        return store.conflict_writes(call, settled(call, stored, "agreed"))
    if stored is not None and stored.status == "open" and stored.fields == plan.contested:
        return []
    product = plan.product or matched.product
    told: dict[str, Any] = {
        "entity_id": product.id if product else "",
        "entity_name": product.name if product else "",
        "status": "open",
        "fields": plan.contested,
        "resolution": None,
        "resolved_at": None,
        "resolved_by": None,
        "note": None,
    }
    if stored is not None:
        return store.conflict_writes(call, stored.changed(call.now, **told))
    record = {"source": call.body.source, "kind": "product", "external_id": matched.record.external_id}
    return store.conflict_writes(call, Conflict.model_validate({**record, **told, "id": id, **stamp(call.now)}))


def _result(call: Call[ProductsSync, None], matched: Matched, plan: Plan) -> RecordResult:
    product = plan.product or matched.product
    created_dry = call.body.dry_run and plan.outcome == "created"
    return RecordResult(
        external_id=matched.record.external_id,
        result=plan.outcome,
        id=product.id if product and not created_dry else None,
        version=product.version if product and not created_dry else None,
        conflict_id=_conflict_id(call, matched) if plan.outcome == "conflict" else None,
    )


def _conflict_id(call: Call[ProductsSync, None], matched: Matched) -> str:
    return store.conflict_id(call.merchant_id, call.body.source, "product", matched.record.external_id)

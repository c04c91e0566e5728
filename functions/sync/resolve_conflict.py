"""POST /v1/sync/conflicts/{id}/resolve"""

from dataclasses import replace
from typing import Any

from catalog import store as catalog
from catalog.models import Product
from pos import dynamo
from pos.dynamo import Guarded
from pos.errors import DomainError, Invalid
from pos.http import Answer, Call, operation
from sync import applying, products, rules, store
from sync.models import Conflict, Link, Resolution
from sync.planning import Plan
from sync.rules import WHOLE


@operation(permission="sync:write", body=Resolution, answer=Conflict)
def handler(call: Call[Resolution, None]) -> Answer:
    """End a conflict: take theirs, keep ours, or set the fields. Both sides count as agreed then."""
    conflict = store.get_conflict(call.merchant_id, call.path["id"])
    call.expect(conflict.version)
    if conflict.status != "open":
        raise DomainError("conflict.not_open", "This conflict is resolved already.")
    link_ref = store.link_ref(call.merchant_id, conflict.source, conflict.kind, conflict.external_id)
    product_ref = catalog.product_ref(call.merchant_id, conflict.entity_id)
    found = dynamo.fetch([link_ref, product_ref])
    link, product = dynamo.resolve(link_ref, found), dynamo.resolve(product_ref, found)
    if link is None:
        raise LookupError("a conflict without its link")
    plan = _plan(call, conflict, link, product)
    before = product if product is not None and product.deleted_at is None else None
    applying.check(call.merchant_id, plan, before)
    return _save(call, conflict, plan, before)


def _plan(call: Call[Resolution, None], conflict: Conflict, link: Link, product: Product | None) -> Plan:
    """The product with what was decided, and the link that has what the source says as agreed on."""
    theirs = {one.path: one.theirs for one in conflict.fields}
    settled = link.model_copy(update={"contested": (), "base": {**link.base, **theirs}})
    wanted = _wanted(call.body, theirs)
    if WHOLE in theirs:
        return _plan_whole(call, conflict, link, product)
    if not wanted:
        return Plan("unchanged", link=settled)
    if product is None or product.deleted_at is not None:
        raise DomainError("conflict.outdated", "The product is gone by now: keep ours, or synchronise it again.")
    fields = products.completed(wanted, {**link.base, **theirs})
    changed, ids = products.changed(call, product, fields, link.parts)
    named = settled.model_copy(
        update={
            "parts": {**link.parts, **ids},
            "entity_version": changed.version,
            "base": products.pruned(settled.base),
        }
    )
    return Plan("updated", changed, named)


def _wanted(body: Resolution, theirs: dict[str, Any]) -> dict[str, Any]:
    """The fields to set here. Refuses fields that are not contested."""
    if body.fields and body.resolution != "merge":
        raise Invalid("conflict.no_merge", "Only a merge names fields.", "/fields")
    for path in body.fields:
        if path not in theirs:
            detail = f"{path} is not contested; change the product itself."
            raise Invalid("conflict.not_contested", detail, f"/fields/{rules.segment(path)}")
    return dict(theirs) if body.resolution == "theirs" else dict(body.fields)


def _plan_whole(call: Call[Resolution, None], conflict: Conflict, link: Link, product: Product | None) -> Plan:
    """One side deleted what the other changed: the product goes, or stays, or is made anew as the source has it."""
    if call.body.resolution == "merge":
        raise Invalid("conflict.no_fields", "One side deleted it: take theirs or keep ours.", "/resolution")
    [whole] = conflict.fields
    theirs: Any = whole.theirs
    living = product if product is not None and product.deleted_at is None else None
    if theirs is None:
        gone = link.model_copy(update={"contested": (), "deleted": True})
        taken = call.body.resolution == "theirs" and living is not None
        return Plan("deleted", products.retired(call, living) if taken and living else None, gone)
    agreed = link.model_copy(update={"contested": (), "base": theirs})
    if call.body.resolution == "ours" or living is not None:
        return Plan("unchanged", link=agreed)
    made, ids = products.changed(call, None, theirs, dict.fromkeys(products.variant_names(theirs)))
    made = made.model_copy(update={"external_ids": {conflict.source: conflict.external_id}})
    update = {"entity_id": made.id, "entity_version": 1, "parts": ids}
    return Plan("created", made, agreed.model_copy(update=update))


def _save(call: Call[Resolution, None], conflict: Conflict, plan: Plan, before: Product | None) -> Answer:
    if plan.link is None:
        raise LookupError("a decision without its link")
    link = plan.link.model_copy(update={"version": plan.link.version + 1})
    decided = applying.settled(call, conflict, call.body.resolution, call.body.note)
    answer = Answer(200, decided.json_bytes(), decided.version)
    once = replace(call, idempotency_key=None, if_match=None)  # the answer is the conflict, not the product
    also = [
        *store.conflict_writes(once, decided),
        store.link_write(call.merchant_id, conflict.source, conflict.kind, conflict.external_id, link),
        *map(Guarded, call.once(answer)),
    ]
    if plan.product is None:
        dynamo.commit(also)
    else:
        applying.save(once, plan.product, before, also)
    return answer

"""Products from there: told to the same code as POST /v1/sync/products, page after page."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from catalog.models import Product
from catalog.store import product_ref
from pos import clock, dynamo, outbox
from pos.clock import timestamp
from pos.errors import DomainError
from pos.links import LinkTaken
from sync import store, telling
from sync.connectors.interface import Origin, Refused, RemoteProduct
from sync.models import Link, ProductsSync, RecordResult
from sync.products import PRODUCTS
from sync.rules import segment

if TYPE_CHECKING:
    from sync.connectors.running import Run

_LOOK_FOR_GONE = timedelta(hours=1)
_LINKS = 100
_PRODUCTS = telling.teller(PRODUCTS)


class _Deferred(Refused):
    """There was no time for a product."""


def pull(run: "Run") -> bool:
    """Bring over what was changed there, what was stuck, and now and then what is gone; False if the time is over."""
    for kind, direction, id in run.stuck():
        if (kind, direction) == ("product", "in") and not tell(run, [product(run, id)]):
            return False
    while True:
        if run.late():
            return False
        page = run.shop.products(run.state.cursors.get("products"))
        if not tell(run, page.items):
            return False
        run.advance("products", page.cursor)
        if page.last:
            return _look_for_gone(run)


def product(run: "Run", external_id: str) -> RemoteProduct:
    """One product as it is there, or what is wrong with it."""
    try:
        return run.shop.product(external_id)
    except Refused as problem:
        return RemoteProduct(external_id, "", problem=problem)


def tell(run: "Run", found: Sequence[RemoteProduct]) -> bool:
    """Have products there compared with ours; False if there was no time for some of them."""
    return not any(isinstance(one, _Deferred) for one in told(run, found))


def told(run: "Run", found: Sequence[RemoteProduct]) -> list[Refused]:
    """As `tell`; what is wrong with which of them."""
    names = {one.external_id: one.name for one in found}
    problems = []
    for one in found:
        if one.problem is not None:
            problems.append(one.problem)
            run.stick("product", "in", one.external_id, one.problem, one.name)
    records = tuple(dict(one.record) for one in found if one.record is not None)
    if not records:
        return problems
    for one in found:
        if one.origin is not None and one.record is not None:
            _know(run, one.external_id, one.record, one.origin)
    results = _synchronised(run, records)
    for result in results:
        id = result.external_id or ""
        if result.result != "unchanged":
            run.count(f"products.{result.result}")
        if result.result == "invalid":
            error = result.errors[0]
            problems.append(Refused(error.code, error.detail))
            run.stick("product", "in", id, problems[-1], names.get(id, ""))
        elif result.result == "deferred":
            problems.append(_Deferred("product.deferred", "There was no time for it; it is tried again."))
        else:
            run.free("product", "in", id)
    return problems


def _know(run: "Run", external_id: str, record: Mapping[str, Any], origin: Origin) -> None:
    """Have a product there that was made of one of ours be that one, whatever broke off after it was made: what both
    agree on is what it was made of. A copy that somebody makes of it there is one of its own.
    """
    refs = (
        product_ref(run.merchant_id, origin.product_id),
        store.link_ref(run.merchant_id, run.name, "product", external_id),
    )
    found = dynamo.fetch(refs)
    product, link = dynamo.resolve(refs[0], found), dynamo.resolve(refs[1], found)
    if link is not None or product is None or product.deleted_at is not None or run.name in product.external_ids:
        return
    if not 0 < origin.version <= product.version:
        return  # anybody can write there what it was made of
    try:
        read = PRODUCTS.reader(run.merchant_id)(record)
    except DomainError:
        return  # it is stuck for that, and known once it is mended
    made_of = Product.model_validate_json(outbox.data_of(run.merchant_id, product.id, origin.version))
    ids = {variant.id for variant in made_of.variants}
    parts = {segment(there): id for there, id in origin.variants.items() if id in ids}
    ours = PRODUCTS.flat(made_of, parts)
    base = {path: ours[path] for path in PRODUCTS.told(read, {}) if path in ours}
    known = Link(entity_id=product.id, version=1, base=base, parts=parts, entity_version=origin.version)
    store.point(run.merchant_id, run.name, "product", dict.fromkeys(origin.variants, external_id))
    try:
        dynamo.commit([store.link_write(run.call("create", None), run.name, "product", external_id, known)])
    except LinkTaken:
        return  # somebody told us of it meanwhile


def _synchronised(run: "Run", records: tuple[dict[str, Any], ...]) -> Sequence[RecordResult]:
    body = ProductsSync(source=run.name, match_by=run.connected.connector.match_by, records=records)
    return telling.tell(run.call("sync_products", body), body, _PRODUCTS).results


def _look_for_gone(run: "Run") -> bool:
    """Tell of products that were deleted there: no shop's list of changes does."""
    looked = run.state.cursors.get("looked_for_gone")
    going_on = run.state.cursors.get("gone")
    if going_on is None and looked is not None and datetime.fromisoformat(looked) > clock.now() - _LOOK_FOR_GONE:
        return True
    while not run.late():
        page = store.list_links(run.merchant_id, run.name, "product", _LINKS, run.state.cursors.get("gone") or None)
        ids = [external_id for external_id, link in page.items if not link.deleted]
        missing = run.shop.missing(ids) if ids else ()
        if not tell(run, [RemoteProduct(id, "", {"external_id": id, "deleted": True}) for id in missing]):
            return False
        if page.next_cursor is None:
            run.advance("gone", None)
            run.advance("looked_for_gone", timestamp(clock.now()))
            return True
        run.advance("gone", page.next_cursor)
    return False

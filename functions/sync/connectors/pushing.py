"""Products to there: what was changed here since, by our own feed, where it is not what both sides agreed on."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from catalog import store as catalog
from catalog.models import Product
from catalog.store import product_ref
from pos import dynamo
from pos.links import LinkTaken
from sync import rules, store
from sync.connectors import pulling
from sync.connectors.interface import Change, Refused
from sync.models import Link, Owner
from sync.products import PRODUCTS
from sync.rules import WHOLE
from webhooks import store as feed
from webhooks.rules import Position
from webhooks.store import FeedRef

if TYPE_CHECKING:
    from sync.connectors.running import Run

_PAGES = 20
_PRODUCTS = 20
_CREATED = "products.created_there"
_ALL = "all"


def begin(run: "Run") -> None:
    """What was changed here before the first run is not told there: both agree on it when the products come over."""
    if "feed" not in run.state.cursors:
        run.advance("feed", str(feed.last_position(run.merchant_id)))


def push(run: "Run") -> bool:
    """Tell there what was changed here, and create what was made here if it is to be there too; False if the time is
    over, or something was created: its stock is for the run that follows at once.
    """
    created = run.state.counts.get(_CREATED, 0)
    if not _create_all(run):
        return False
    for kind, direction, id in run.stuck():
        if (kind, direction) == ("product", "out"):
            _push_one(run, id)
    for position, product_ids in _changed(run):
        for product_id in product_ids:
            if run.late():
                return False
            _push_one(run, product_id)
        run.advance("feed", str(position))
    return run.state.counts.get(_CREATED, 0) == created


def differences(product: Product, link: Link, owners: Mapping[str, Owner]) -> Change | None:
    """What a product has here that both sides have not agreed on, and that we may change there; None for nothing.

    What is contested waits for a person, what the source owns is for it to decide.
    """
    external_id = ""
    if product.deleted_at is not None:
        settled = link.deleted or WHOLE in link.contested or rules.owner_of(WHOLE, owners) == "source"
        return None if settled else Change(external_id, retired=True)
    if link.deleted:
        return None
    ours = PRODUCTS.flat(product, link.parts)
    fields = {
        path: ours.get(path)
        for path, agreed in link.base.items()
        if ours.get(path) != agreed and path not in link.contested and rules.owner_of(path, owners) != "source"
    }
    return Change(external_id, fields) if fields else None


def _changed(run: "Run") -> Iterator[tuple[Position, list[str]]]:
    """The products that were changed since, by parts of the feed, each part with where it ends."""
    while True:
        start = Position.parse(run.state.cursors["feed"])
        pages = feed.pages_after(run.merchant_id, max(start.page - 1, 0), _PAGES)
        placed = [(Position(page.number, index), ref) for page in pages for index, ref in enumerate(page.refs)]
        behind = [(position, ref) for position, ref in placed if position > start]
        if not behind:
            return
        changed = [id for _, ref in behind if (id := _changed_by(run.merchant_id, ref)) is not None]
        yield behind[-1][0], list(dict.fromkeys(changed))


def _changed_by(merchant_id: str, ref: FeedRef) -> str | None:
    """The product that an event may give us something to tell of: it was changed, or a conflict about it is decided."""
    if ref.type.startswith("product."):
        return ref.entity_id
    if ref.type == "conflict.resolved":
        conflict = dynamo.get(store.conflict_ref(merchant_id, ref.entity_id))
        return conflict.entity_id if conflict is not None and conflict.kind == "product" else None
    return None


def _push_one(run: "Run", product_id: str) -> None:
    """Tell of one product. What they changed meanwhile is compared first, so that nobody's change is written over."""
    try:
        found = _read(run, product_id)
        if found is None:
            _create(run, product_id)
        if found is None or differences(*found, run.owners) is None:
            run.free("product", "out", product_id)
            return
        pulling.tell(run, [pulling.product(run, found[0].external_ids[run.name])])
        found = _read(run, product_id)
        if found is None:
            return
        product, link = found
        change = differences(product, link, run.owners)
        if change is not None:
            external_id = product.external_ids[run.name]
            run.shop.push(Change(external_id, change.fields, change.retired))
            _agree(run, product, link, change.fields, external_id)
            run.count("products.told")
        run.free("product", "out", product_id)
    except Refused as problem:
        run.stick("product", "out", product_id, problem, found[0].name if found else _name(run, product_id))


def _create_all(run: "Run") -> bool:
    """Create there, once, what was here before that was asked for; False if the time is over."""
    place = run.state.cursors.get("created")
    if not run.connected.connector.create_products:
        if place is not None:
            run.advance("created", None)
        return True
    while place != _ALL:
        page = catalog.list_products(run.merchant_id, None, _PRODUCTS, place)
        for item in page.items:
            if run.late():
                return False
            _push_one(run, json.loads(dynamo.unpack(item["doc"]))["id"])
        place = page.next_cursor or _ALL
        run.advance("created", place)
    return True


def _create(run: "Run", product_id: str) -> None:
    """Create a product there that this source does not have, if it is to. What is sold by weight, and bundles, no shop
    has a stock of.
    """
    if not run.connected.connector.create_products:
        return
    product = dynamo.get(product_ref(run.merchant_id, product_id))
    if product is None or product.deleted_at is not None or run.name in product.external_ids:
        return
    if any(variant.weighed or variant.components for variant in product.variants):
        return
    created = run.shop.create(product)
    run.count(_CREATED)
    for problem in pulling.told(run, [created]):
        raise problem


def _read(run: "Run", product_id: str) -> tuple[Product, Link] | None:
    """A product and its link; None if this source does not have it."""
    product = dynamo.get(product_ref(run.merchant_id, product_id))
    external_id = product.external_ids.get(run.name) if product is not None else None
    if product is None or external_id is None:
        return None
    link = dynamo.get(store.link_ref(run.merchant_id, run.name, "product", external_id))
    return None if link is None or link.entity_id != product_id else (product, link)


def _name(run: "Run", product_id: str) -> str:
    product = dynamo.get(product_ref(run.merchant_id, product_id))
    return product.name if product is not None else ""


def _agree(run: "Run", product: Product, link: Link, fields: Mapping[str, Any], external_id: str) -> None:
    agreed = link.model_copy(
        update={
            "version": link.version + 1,
            "base": {**link.base, **fields},
            "deleted": product.deleted_at is not None,
            "entity_version": product.version,
        }
    )
    try:
        dynamo.commit([store.link_write(run.call("push", None), run.name, "product", external_id, agreed)])
    except LinkTaken:
        return  # somebody told us of it meanwhile: it is compared again, and found to be the same

"""Which product of ours a source's record is about, and all else that is read before records are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog import store as catalog
from catalog.models import Product
from pos import dynamo
from pos.dynamo import Item, Ref
from pos.errors import Invalid
from sync import store
from sync.models import Link, Owner, ProductRecord, ProductsSync

type Found = Mapping[tuple[str, tuple[str, str]], Item]


@dataclass(frozen=True, slots=True)
class Matched:
    """A record with what we have of it: its link, the product as it is (a tombstone, if it was retired), and what the
    category is here that it names by the source's id for it.
    """

    record: ProductRecord
    link: Link | None
    product: Product | None
    category: Link | None

    @property
    def living(self) -> Product | None:
        """The product, unless it was retired."""
        return self.product if self.product is not None and self.product.deleted_at is None else None

    @property
    def category_id(self) -> str | None:
        """The id here of the category that the record names by the source's; 422 if the source never told that one."""
        if self.record.category_external_id is None:
            return None
        if self.category is None:
            detail = f"The source has told no category {self.record.category_external_id}."
            raise Invalid("category.unknown", detail, "/category_external_id")
        return self.category.entity_id


def ownership(merchant_id: str, source: str) -> Mapping[str, Owner]:
    """Who owns which field of products that this source tells."""
    stored = dynamo.get(store.source_ref(merchant_id, store.source_id(source)))
    return stored.ownership.get("product", {}) if stored else {}


def match(merchant_id: str, sync: ProductsSync, records: Sequence[ProductRecord]) -> list[Matched]:
    """Each record with what we have of it: by its link, else by its external id on a product, else by `match_by`.

    Two rounds of reads, a request for each hundred items.
    """
    wanted = [_Refs.of(merchant_id, sync, record) for record in records]
    known = dynamo.fetch(ref for refs in wanted for ref in refs.all())
    ids = [refs.product_id(known) for refs in wanted]
    products = {id: catalog.product_ref(merchant_id, id) for id in ids if id is not None}
    found = dynamo.fetch(products.values())
    return [
        Matched(
            record,
            dynamo.resolve(refs.link, known),
            dynamo.resolve(products[id], found) if id is not None else None,
            dynamo.resolve(refs.category, known) if refs.category else None,
        )
        for record, refs, id in zip(records, wanted, ids, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Refs:
    """Where to look for what a record is about."""

    link: Ref[Link | None]
    claim: Ref[str | None]
    category: Ref[Link | None] | None
    codes: Sequence[Ref[Any]]

    @classmethod
    def of(cls, merchant_id: str, sync: ProductsSync, record: ProductRecord) -> "_Refs":
        def link(kind: Any, external_id: str) -> Ref[Link | None]:
            return store.link_ref(merchant_id, sync.source, kind, external_id)

        codes = [(by, getattr(first, by)) for first in record.variants[:1] for by in sync.match_by]
        return cls(
            link("product", record.external_id),
            catalog.external_ref(merchant_id, sync.source, record.external_id),
            link("category", record.category_external_id) if record.category_external_id else None,
            [catalog.sellable_ref(merchant_id, by, value) for by, value in codes if value],
        )

    def all(self) -> list[Ref[Any]]:
        return [self.link, self.claim, *([self.category] if self.category else []), *self.codes]

    def product_id(self, known: Found) -> str | None:
        linked = dynamo.resolve(self.link, known)
        if linked is not None:
            return linked.entity_id
        claimed = dynamo.resolve(self.claim, known)
        if claimed is not None:
            return claimed
        sold = (dynamo.resolve(ref, known) for ref in self.codes)
        return next((found.product_id for found in sold if found is not None), None)

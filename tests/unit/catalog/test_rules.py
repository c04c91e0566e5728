"""The rules of the catalog."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import rules
from catalog.models import NewVariant, Product
from pos.errors import Invalid

codes = st.none() | st.sampled_from(["A", "B", "C"])
wanted = st.lists(st.builds(NewVariant, sku=codes, barcode=codes, price=st.just(1)), min_size=1, max_size=6)


def product(variants: Any, **fields: Any) -> Product:
    stamp = {"id": "prd_1", "version": 1, "created_at": "", "updated_at": ""}
    return Product.model_validate({**stamp, "name": "Kopi", "tax_ids": (), "variants": variants, **fields})


def has_repeats(values: list[str | None]) -> bool:
    named = [value for value in values if value is not None]
    return len(named) != len(set(named))


@given(wanted)
def test_variants_are_refused_exactly_when_a_code_is_there_twice(new: list[NewVariant]) -> None:
    if has_repeats([variant.sku for variant in new]) or has_repeats([variant.barcode for variant in new]):
        with pytest.raises(Invalid):
            rules.variants(new, ())
        return

    made = rules.variants(new, ())

    assert [(variant.sku, variant.barcode) for variant in made] == [(variant.sku, variant.barcode) for variant in new]
    assert len({variant.id for variant in made}) == len(new)
    assert rules.variants([NewVariant(**variant.model_dump()) for variant in made], made) == made


@given(wanted)
def test_a_variant_is_found_by_its_id_and_its_codes(new: list[NewVariant]) -> None:
    distinct = [
        NewVariant(sku=f"{n}{one.sku}" if one.sku else None, barcode=one.barcode and f"{n}{one.barcode}", price=n)
        for n, one in enumerate(new)
    ]
    made = product(rules.variants(distinct, ()))

    found = rules.sellables(made)

    for variant in made.variants:
        for by, value in (("variant", variant.id), ("sku", variant.sku), ("barcode", variant.barcode)):
            assert value is None or found[by, value].variant_id == variant.id
    assert len(found) == sum(1 + (one.sku is not None) + (one.barcode is not None) for one in distinct)


def test_nothing_of_a_deleted_product_is_found() -> None:
    assert rules.sellables(product(rules.variants([NewVariant(sku="A", price=1)], ()), deleted_at="2026")) == {}


def test_a_sellable_is_named_for_product_and_variant() -> None:
    made = product(rules.variants([NewVariant(sku="A", name="Kecil", price=1), NewVariant(sku="B", price=1)], ()))

    found = rules.sellables(made)

    assert (found["sku", "A"].name, found["sku", "B"].name) == ("Kopi Kecil", "Kopi")

"""Finding products by words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import delete_product, list_products, rules, update_product
from pos import aws
from pos.words import MAX_WORDS, matches, tokens
from tests.support.contract import all_pages
from tests.support.shop import Shop
from tests.unit.catalog.products import add_product
from tests.unit.catalog.test_rules import product


def named(shop: Shop, name: str, **variant: Any) -> Any:
    return add_product(shop, name=name, variants=[{"price": 1, **variant}])


def found(shop: Shop, q: str, limit: int = 50) -> list[str]:
    return [one["name"] for one in all_pages(shop, list_products.handler, limit=limit, q=q)]


def count_requests(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """The requests that are made from here on, with their answers."""
    client: Any = aws.dynamodb()
    original, made = client._make_api_call, []

    def counted(name: str, params: Any) -> Any:
        answer = original(name, params)
        made.append((name, answer))
        return answer

    monkeypatch.setattr(client, "_make_api_call", counted)
    return made


def test_words_are_found_by_what_they_begin_with_in_any_order(shop: Shop) -> None:
    for name in ("Kopi Susu", "Kopi Hitam", "Susu Segar", "Teh"):
        named(shop, name)

    assert set(found(shop, "kop")) == {"Kopi Susu", "Kopi Hitam"}
    assert found(shop, "su KOPI") == ["Kopi Susu"]
    assert found(shop, "s") != []
    assert found(shop, "opi") == found(shop, "kopi teh") == found(shop, "%!") == []


@pytest.mark.parametrize(
    ("name", "q"),
    [
        ("Crème Brûlée", "creme bru"),
        ("STRASSE", "straße"),
        ("東京バナナ", "東京"),
        ("\uff2b\uff2f\uff30\uff29", "kopi"),
        ("Es-teh", "es-teh"),
    ],
)
def test_case_accents_and_width_do_not_matter(shop: Shop, name: str, q: str) -> None:
    named(shop, name)
    named(shop, "Other")

    assert found(shop, q) == [name]


def test_variants_options_and_skus_have_words_too(shop: Shop) -> None:
    named(shop, "Kaos", sku="SHIRT-0042", options={"color": "Merah"})

    assert found(shop, "shirt-00") == found(shop, "merah") == found(shop, "0042 kaos") == ["Kaos"]


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_cursors_lead_to_each_product_once(shop: Shop, limit: int) -> None:
    names = {f"Kopi Kopiko Kopimix {n}" for n in range(4)} | {"Kopra"}
    for name in names:
        named(shop, name)

    listed = found(shop, "kop", limit)

    assert sorted(listed) == sorted(names)


def test_the_index_follows_changes(shop: Shop) -> None:
    changed, deleted = named(shop, "Kopi"), named(shop, "Kopra")

    shop.call(update_product.handler, {"name": "Teh"}, id=changed["id"])
    shop.call(delete_product.handler, id=deleted["id"])

    assert (found(shop, "ko"), found(shop, "teh")) == ([], ["Teh"])


def test_nobody_elses_products_are_found(shop: Shop) -> None:
    named(Shop.open(), "Kopi")

    assert found(shop, "kopi") == []


def test_a_search_reads_as_much_as_its_page_whatever_the_catalog_holds(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(12):
        named(shop, f"Kopi {n}")
    made = count_requests(monkeypatch)

    page = shop.call(list_products.handler, query={"q": "kopi", "limit": "5"}).json

    assert len(page["items"]) == 5
    assert [name for name, _ in made] == ["Query", "BatchGetItem"]
    assert made[0][1]["ScannedCount"] == 5


@given(st.text(max_size=60))
def test_what_a_product_is_named_finds_it(name: str) -> None:
    has = rules.words(product([{"id": "v", "price": 1, "track_stock": True}], name=name))

    for word in has[:MAX_WORDS]:
        assert matches(has, [word[:1]], by=min(one for one in has[:MAX_WORDS] if one.startswith(word[:1])))
        assert tokens(word) == [word]

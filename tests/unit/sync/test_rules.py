"""The three-way comparison, for any fields."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sync import rules
from sync.models import Owner

_PATHS = st.sampled_from(["name", "category_id", "variants/A", "variants/A/price", "variants/B~1C/sku"])
_FIELDS = st.dictionaries(_PATHS, st.sampled_from([None, 1, 2, 3]))
_OWNERS = st.dictionaries(
    st.sampled_from(["name", "variants", "variants.price", "*"]), st.sampled_from(["kasir", "source", "shared"])
)


def after(ours: dict[str, Any], merged: rules.Merged) -> dict[str, Any]:
    return {**ours, **merged.change}


@given(_FIELDS, _FIELDS, _FIELDS, _OWNERS)
def test_what_is_told_again_changes_nothing_more(base: Any, ours: Any, theirs: Any, owners: dict[str, Owner]) -> None:
    first = rules.merge(base, ours, theirs, owners, {})

    again = rules.merge(first.base, after(ours, first), theirs, owners, {})

    assert again.change == {}
    assert again.base == first.base
    assert [one.path for one in again.contested] == [one.path for one in first.contested]


@given(_FIELDS, _FIELDS, _FIELDS)
def test_who_alone_changed_a_shared_field_decides_it(base: Any, ours: Any, theirs: Any) -> None:
    merged = rules.merge(base, ours, theirs, {}, {})

    contested = {one.path for one in merged.contested}
    for path, value in theirs.items():
        mine, agreed = ours.get(path), base.get(path)
        if path not in base or mine == agreed:
            assert after(ours, merged).get(path) == value
        elif value == agreed:
            assert path not in merged.change
        assert (path in contested) == (path in base and len({repr(one) for one in (mine, agreed, value)}) == 3)


@given(_FIELDS, _FIELDS, _FIELDS)
def test_an_owner_decides_without_conflict(base: Any, ours: Any, theirs: Any) -> None:
    taken = rules.merge(base, ours, theirs, {"*": "source"}, {})
    kept = rules.merge(base, ours, theirs, {"*": "kasir"}, {})

    assert taken.contested == kept.contested == ()
    assert all(after(ours, taken).get(path) == value for path, value in theirs.items())
    assert kept.change == {}


@given(_FIELDS, _FIELDS, _FIELDS, _FIELDS)
def test_fields_that_are_not_told_stay_as_they_are(base: Any, ours: Any, theirs: Any, echoes: Any) -> None:
    merged = rules.merge(base, ours, theirs, {}, echoes)

    assert merged.change.keys() <= theirs.keys()
    assert {path: value for path, value in merged.base.items() if path not in theirs} == {
        path: value for path, value in base.items() if path not in theirs
    }


def test_our_own_value_that_comes_back_is_no_change_of_theirs() -> None:
    contested = rules.merge({"name": "A"}, {"name": "C"}, {"name": "B"}, {}, {}).contested

    echoes = rules.echoed(contested, [{"name": "B"}, {"name": "C"}])
    merged = rules.merge({"name": "A"}, {"name": "C"}, {"name": "B"}, {}, echoes)

    assert echoes == {"name": "B"}
    assert (merged.change, merged.contested, merged.base) == ({}, (), {"name": "B"})


def test_a_field_of_a_variant_is_owned_by_its_own_name() -> None:
    owners: dict[str, Owner] = {"variants.price": "kasir", "variants": "source"}

    assert rules.owner_of("variants/A/price", owners) == "kasir"
    assert rules.owner_of("variants/A", owners) == "source"
    assert rules.owner_of("variants/A/sku", owners) == "shared"
    assert rules.owner_of(f"variants/{rules.segment('a/price')}/sku", {"variants.sku": "source"}) == "source"

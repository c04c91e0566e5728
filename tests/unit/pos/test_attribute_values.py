"""Values as DynamoDB has them: as boto3 would write and read them."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from pos import dynamo

values = st.recursive(
    st.none()
    | st.booleans()
    | st.text()
    | st.binary()
    | st.integers(-(10**30), 10**30)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**12), max_value=10**12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=12,
)


def plain(value: Any) -> Any:
    """A value that boto3 read, with bytes for its own type of them."""
    match value:
        case Binary():
            return bytes(value)  # type: ignore[call-overload] # the stubs do not know its __bytes__
        case list():
            return [plain(one) for one in value]
        case dict():
            return {name: plain(one) for name, one in value.items()}
    return value


@given(values)
def test_a_value_is_written_and_read_as_by_boto3(value: Any) -> None:
    written = dynamo.encode({"map": {"value": value}})
    assert TypeDeserializer().deserialize(written["map"]) == TypeDeserializer().deserialize(
        TypeSerializer().serialize({"value": value})
    )
    assert dynamo.decode(written) == plain({"map": TypeDeserializer().deserialize(written["map"])})


@pytest.mark.parametrize("value", [1.5, {"a"}, object(), [0.1], {"a": 2.5}])
def test_what_could_lose_something_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        dynamo.encode({"value": value})


@pytest.mark.parametrize("typed", [{"SS": ["a"]}, {"B": "AAEC"}])
def test_what_kasir_never_writes_is_not_read(typed: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        dynamo.decode({"value": typed})


def test_numbers_stay_exact() -> None:
    assert dynamo.encode({"n": Decimal("0.100")}) == {"n": {"N": "0.100"}}
    assert dynamo.decode({"n": {"N": "12345678901234567890.125"}}) == {"n": Decimal("12345678901234567890.125")}

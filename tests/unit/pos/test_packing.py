"""Documents as they are stored."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos import dynamo


@given(st.binary(max_size=3000))
def test_a_document_comes_back_byte_for_byte(document: bytes) -> None:
    assert dynamo.unpack(dynamo.pack(document)) == document


def test_what_is_stored_today_can_be_read_for_ever() -> None:
    # What is in tables was packed with the vocabulary of this checksum, and nothing else can read it.
    assert int.from_bytes(dynamo.pack(b"{}")[2:6]) == 0x82C88FE9


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_document_that_was_cut_short_is_refused(document: bytes, data: st.DataObject) -> None:
    packed = dynamo.pack(document)
    with pytest.raises(zlib.error):
        dynamo.unpack(packed[: data.draw(st.integers(0, len(packed) - 1))])


@pytest.mark.parametrize("stored", [b"", b"{}", b"\x00" * 20])
def test_what_was_never_packed_is_refused(stored: bytes) -> None:
    with pytest.raises(zlib.error):
        dynamo.unpack(stored)

"""Idempotency keys."""

from datetime import UTC, datetime

import pytest

from pos import dynamo, idempotency
from pos.dynamo import ConditionFailed
from pos.errors import DomainError
from pos.idempotency import Record

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def write(merchant_id: str, key: str, record: Record) -> None:
    dynamo.transact([idempotency.write(merchant_id, key, record, AT)])


@pytest.mark.parametrize(
    "record", [Record("f", 201, b'{"id":"ord_1"}', 1), Record("f", 204, None, None), Record("f", 200, None, 2, "cus_1")]
)
def test_a_record_is_found_as_it_was_written_by_its_merchant_only(aws: None, record: Record) -> None:
    write("mer_1", "k", record)

    assert idempotency.find("mer_1", "k") == record
    assert idempotency.find("mer_2", "k") is None
    assert idempotency.find("mer_1", "other") is None


def test_a_key_is_used_once(aws: None) -> None:
    write("mer_1", "k", Record("f", 201, b"{}", 1))

    with pytest.raises(ConditionFailed):
        write("mer_1", "k", Record("g", 201, b"{}", 1))


def test_a_key_is_remembered_for_thirty_days(aws: None) -> None:
    put = idempotency.write("mer_1", "k", Record("f", 201, b"{}", 1), AT)["Put"]

    expires = dynamo.decode(put["Item"])["expires_at"]
    assert datetime.fromtimestamp(int(expires), UTC) == datetime(2026, 12, 24, 9, 30, tzinfo=UTC)


def test_another_request_under_the_key_is_refused() -> None:
    idempotency.check(Record("f", 201, None, None), "f")

    with pytest.raises(DomainError) as refused:
        idempotency.check(Record("f", 201, None, None), "g")

    assert (refused.value.status, refused.value.code) == (422, "idempotency.mismatch")


def test_fingerprints_tell_where_one_part_ends() -> None:
    assert idempotency.fingerprint("a", "bc") == idempotency.fingerprint("a", "bc")
    assert idempotency.fingerprint("a", "bc") != idempotency.fingerprint("ab", "c")


@pytest.mark.parametrize("key", [None, "k", "x" * 255, "a b~"])
def test_keys_are_printable_ascii(key: str | None) -> None:
    assert idempotency.valid_key(key) == key


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb", "a\u0000"])
def test_other_keys_are_refused(key: str) -> None:
    with pytest.raises(DomainError) as refused:
        idempotency.valid_key(key)

    assert (refused.value.status, refused.value.code) == (400, "idempotency.invalid_key")

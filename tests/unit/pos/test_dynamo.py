"""DynamoDB as Kasir uses it. moto never conflicts or throttles, so a scripted client does."""

import time
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from pos import aws as pos_aws
from pos import dynamo
from pos.dynamo import Busy, ConditionFailed, Ref

items = st.dictionaries(
    st.text(min_size=1, max_size=10),
    st.text() | st.integers(-(10**30), 10**30) | st.binary() | st.booleans() | st.lists(st.text(), max_size=3),
)


class Script:
    """A client whose answers are told beforehand; it keeps the requests."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[dict[str, Any]] = []

    def _next(self, **request: Any) -> Any:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    transact_write_items = batch_get_item = batch_write_item = _next


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_NAME", "test")
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)


def play(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> Script:
    script = Script(*answers)
    monkeypatch.setattr(pos_aws, "dynamodb", lambda: script)
    return script


def cancelled(*codes: str) -> ClientError:
    reasons = [{"Code": code} for code in codes]
    response: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    return ClientError(response, "TransactWriteItems")


def failed(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "TransactWriteItems")


def raw(sk: str) -> dict[str, Any]:
    return {"pk": {"S": "m"}, "sk": {"S": sk}}


@given(items)
def test_an_item_comes_back_as_it_was_written(item: dict[str, Any]) -> None:
    back = dynamo.decode(dynamo.encode(item))

    assert {name: bytes(value) if hasattr(value, "value") else value for name, value in back.items()} == item


def test_attributes_without_a_value_are_left_out() -> None:
    assert dynamo.encode({"a": None, "b": Decimal("2.5")}) == {"b": {"N": "2.5"}}


@given(st.binary())
def test_a_packed_document_comes_back_byte_for_byte(document: bytes) -> None:
    stored = dynamo.decode(dynamo.encode({"doc": dynamo.pack(document)}))

    assert dynamo.unpack(stored["doc"]) == document


class TestTransactions:
    @pytest.mark.parametrize(
        "passing",
        [
            cancelled("TransactionConflict", "None"),
            cancelled("None", "ThrottlingError"),
            cancelled("ProvisionedThroughputExceeded", "TransactionConflict"),
            failed("TransactionInProgressException"),
            failed("ProvisionedThroughputExceededException"),
            failed("ThrottlingException"),
        ],
        ids=str,
    )
    def test_what_passes_is_repeated_as_the_same_transaction(
        self, monkeypatch: pytest.MonkeyPatch, passing: ClientError
    ) -> None:
        script = play(monkeypatch, passing, passing, {})

        dynamo.transact([dynamo.delete("orders", ("m", "s"))])

        first, *others = script.requests
        assert len(others) == 2
        assert all(other == first for other in others)
        assert len(first["ClientRequestToken"]) <= 36

    def test_two_transactions_are_never_taken_for_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        script = play(monkeypatch, {}, {})

        for _ in range(2):
            dynamo.transact([dynamo.delete("orders", ("m", "s"))])

        assert len({request["ClientRequestToken"] for request in script.requests}) == 2

    def test_patience_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        play(monkeypatch, *[cancelled("TransactionConflict")] * 100)

        with pytest.raises(Busy) as busy:
            dynamo.transact([dynamo.delete("orders", ("m", "s"))])

        assert (busy.value.status, busy.value.code) == (503, "request.busy")

    def test_failed_conditions_are_told_with_what_was_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        error = cancelled("None", "ConditionalCheckFailed", "TransactionConflict", "ConditionalCheckFailed")
        error.response["CancellationReasons"][1]["Item"] = {"version": {"N": "3"}}  # type: ignore[typeddict-unknown-key]
        script = play(monkeypatch, error)

        with pytest.raises(ConditionFailed) as told:
            dynamo.transact([])

        assert told.value.failures == {1: {"version": 3}, 3: None}
        assert len(script.requests) == 1

    @pytest.mark.parametrize(
        "error", [cancelled("ValidationError", "TransactionConflict"), failed("AccessDeniedException")], ids=str
    )
    def test_what_a_repeat_cannot_cure_is_raised_at_once(
        self, monkeypatch: pytest.MonkeyPatch, error: ClientError
    ) -> None:
        script = play(monkeypatch, error)

        with pytest.raises(ClientError):
            dynamo.transact([])

        assert len(script.requests) == 1

    def test_more_than_a_transaction_takes_is_our_bug(self, monkeypatch: pytest.MonkeyPatch) -> None:
        script = play(monkeypatch)

        with pytest.raises(ValueError, match="100 items, not 101"):
            dynamo.transact([dynamo.delete("orders", ("m", str(n))) for n in range(101)])

        assert script.requests == []

    def test_all_or_nothing_is_written(self, aws: None) -> None:
        dynamo.transact([dynamo.put("orders", {"pk": "m", "sk": "a", "version": 1})])

        with pytest.raises(ConditionFailed) as told:
            dynamo.transact(
                [
                    dynamo.put("orders", {"pk": "m", "sk": "b", "version": 1}),
                    dynamo.put("orders", {"pk": "m", "sk": "a", "version": 3}, version=2),
                ]
            )

        assert told.value.failures == {1: {"pk": "m", "sk": "a", "version": 1}}
        assert dynamo.get(Ref("orders", ("m", "b"), lambda item: item)) is None
        dynamo.transact([dynamo.put("orders", {"pk": "m", "sk": "a", "version": 2}, version=1)])
        assert dynamo.get(Ref("orders", ("m", "a"), lambda item: item)) == {"pk": "m", "sk": "a", "version": 2}


class TestReading:
    def test_what_a_batch_left_over_is_asked_for_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        left = {"test-orders": {"Keys": [raw("b")], "ConsistentRead": True}}
        script = play(
            monkeypatch,
            {"Responses": {"test-orders": [raw("a")]}, "UnprocessedKeys": left},
            {"Responses": {}, "UnprocessedKeys": left},
            {"Responses": {"test-orders": [raw("b")]}},
        )
        refs = [Ref("orders", ("m", sk), lambda item: item and item["sk"]) for sk in "abc"]

        found = dynamo.fetch(refs)

        assert [dynamo.resolve(ref, found) for ref in refs] == ["a", "b", None]
        assert [request["RequestItems"] for request in script.requests[1:]] == [left, left]

    def test_a_batch_that_stays_unanswered_is_busy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        left = {"test-orders": {"Keys": [raw("a")]}}
        play(monkeypatch, *[{"Responses": {}, "UnprocessedKeys": left}] * 100)

        with pytest.raises(Busy):
            dynamo.fetch([Ref("orders", ("m", "a"), lambda item: item)])

    def test_many_refs_of_many_tables_are_read_a_hundred_at_a_time_and_each_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script = play(monkeypatch, *[{"Responses": {}}] * 3)
        refs = [Ref(table, ("m", str(n)), lambda item: item) for n in range(105) for table in ("orders", "catalog")]

        dynamo.fetch([*refs, *refs])

        asked = [
            (table, key["sk"]["S"])
            for request in script.requests
            for table, keys in request["RequestItems"].items()
            for key in keys["Keys"]
        ]
        assert [sum(len(keys["Keys"]) for keys in one["RequestItems"].values()) for one in script.requests] == [
            100,
            100,
            10,
        ]
        assert len(asked) == len(set(asked)) == 210

    def test_nothing_is_read_for_no_refs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert play(monkeypatch).requests == []
        assert dynamo.fetch([]) == {}


class TestBatches:
    def test_what_a_batch_left_over_is_written_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        left = {"test-webhooks": [{"PutRequest": {"Item": raw("x")}}]}
        script = play(monkeypatch, {"UnprocessedItems": left}, {"UnprocessedItems": {}}, {})

        dynamo.batch_put("webhooks", [{"pk": "m", "sk": str(n)} for n in range(30)])

        sizes = [len(request["RequestItems"]["test-webhooks"]) for request in script.requests]
        assert sizes == [25, 1, 5]
        assert script.requests[1]["RequestItems"] == left

    def test_a_batch_that_stays_unwritten_is_busy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        left = {"test-webhooks": [{"PutRequest": {"Item": raw("x")}}]}
        play(monkeypatch, *[{"UnprocessedItems": left}] * 100)

        with pytest.raises(Busy):
            dynamo.batch_put("webhooks", [{"pk": "m", "sk": "x"}])


class TestPages:
    @pytest.mark.parametrize("forward", [True, False])
    def test_cursors_lead_through_a_partition_in_either_direction(self, aws: None, forward: bool) -> None:
        dynamo.batch_put("staff", [{"pk": pk, "sk": f"k#{n}"} for pk in ("m", "n") for n in range(7)])

        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = dynamo.query("staff", "m", limit=3, cursor=cursor, between=("k#1", "k#5"), forward=forward)
            seen += [item["sk"] for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break

        assert seen == sorted([f"k#{n}" for n in range(1, 6)], reverse=not forward)

    def test_a_cursor_holds_no_partition_of_the_callers(self, aws: None) -> None:
        dynamo.batch_put("staff", [{"pk": pk, "sk": f"k#{n}"} for pk in ("m", "n") for n in range(3)])
        cursor = dynamo.query("staff", "m", limit=1).next_cursor

        page = dynamo.query("staff", "n", limit=9, cursor=cursor)

        assert {item["pk"] for item in page.items} == {"n"}

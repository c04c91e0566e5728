"""The moto that these tests run on does what DynamoDB does, also where `tests.support.quick_moto` makes it quick."""

import pytest

from pos import dynamo
from pos.dynamo import ConditionFailed

FIRST, SECOND = {"pk": "mer_1", "sk": "a", "version": 1}, {"pk": "mer_1", "sk": "b", "version": 1}


def add_one(sk: str, condition: str) -> dynamo.Item:
    return {
        "Update": {
            "TableName": dynamo.table("orders"),
            "Key": {"pk": {"S": "mer_1"}, "sk": {"S": sk}},
            "UpdateExpression": "SET version = version + :one",
            "ConditionExpression": f"{condition}(pk)",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }


def delete(sk: str) -> dynamo.Item:
    key = {"pk": {"S": "mer_1"}, "sk": {"S": sk}}
    return {"Delete": {"TableName": dynamo.table("orders"), "Key": key}}


def test_a_cancelled_transaction_leaves_all_as_it_was(aws: None) -> None:
    dynamo.transact([dynamo.put("orders", FIRST), dynamo.put("orders", SECOND)])
    third = {"pk": "mer_1", "sk": "c", "version": 1}
    writes = [add_one("a", "attribute_exists"), delete("b"), dynamo.put("orders", third)]
    with pytest.raises(ConditionFailed):
        dynamo.transact([*writes, add_one("d", "attribute_exists")])  # type: ignore[list-item]
    assert dynamo.query("orders", "mer_1", limit=9).items == [FIRST, SECOND]
    dynamo.transact(writes)  # type: ignore[arg-type]
    assert dynamo.query("orders", "mer_1", limit=9).items == [{**FIRST, "version": 2}, third]


def test_a_query_reads_its_own_partition_in_order(aws: None) -> None:
    items = [{"pk": pk, "sk": sk, "n": index} for index, pk in enumerate(("mer_1", "mer_2")) for sk in "cab"]
    dynamo.batch_put("orders", items)
    assert [item["sk"] for item in dynamo.query("orders", "mer_2", limit=2).items] == ["a", "b"]
    assert dynamo.query("orders", "mer_3", limit=2).items == []

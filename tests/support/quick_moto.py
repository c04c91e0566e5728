"""Makes moto quick without changing what it does: more than half of the tests' time went into its copies and look-ups.

Before a transaction moto copies all that is in each table that it names, once for each of its items; before a query it
sorts all that is in the table; for each value that it answers with it looks for ten kinds of value under three names
each. Here a table is copied without its items, an item is copied before it is updated in place, a query looks at its
partition, and plain values are answered as they are.
"""

import copy
import functools
from collections import defaultdict
from typing import Any

from moto.core import responses
from moto.core.serialize import BaseJSONSerializer
from moto.core.utils import method_names_from_class
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_query, _update_item = Table.query, DynamoDBBackend.update_item
_serialize_structure = BaseJSONSerializer._serialize_type_structure
_PLAIN = {"S", "N", "BOOL", "NULL"}


def install() -> None:
    """Have moto do so from here on."""
    for owner, name, quick in (
        (Table, "__deepcopy__", _copy_table),
        (Table, "query", _query_partition),
        (DynamoDBBackend, "update_item", _update_copy),
        (BaseJSONSerializer, "_serialize_type_structure", _serialize_plainly),
        (responses, "method_names_from_class", functools.cache(method_names_from_class)),
    ):
        setattr(owner, name, quick)


def _copy_table(self: Table, memo: Any) -> Table:
    copied = copy.copy(self)
    copied.items = defaultdict(dict, {key: dict(partition) for key, partition in self.items.items()})
    if self.stream_shard is not None:
        copied.stream_shard = copy.copy(self.stream_shard)
        copied.stream_shard.items = list(self.stream_shard.items)
    return copied


def _query_partition(self: Table, hash_key: DynamoType | None, *args: Any, **options: Any) -> Any:
    """moto's backend gives the index's name as the seventh of the other arguments."""
    if args[6] is not None:
        return _query(self, hash_key, *args, **options)
    partition = copy.copy(self)
    partition.items = defaultdict(dict)
    if hash_key in self.items:
        partition.items[hash_key] = self.items[hash_key]
    return _query(partition, hash_key, *args, **options)


def _update_copy(self: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **options: Any) -> Any:
    partition = self.get_table(table_name).items[DynamoType(key["pk"])]
    place = DynamoType(key["sk"])
    if place in partition:
        partition[place] = copy.deepcopy(partition[place])
    return _update_item(self, table_name, key, *args, **options)


def _serialize_plainly(self: BaseJSONSerializer, serialized: Any, value: Any, shape: Any, key: str) -> None:
    if shape.name == "AttributeValue" and value.keys() <= _PLAIN:
        serialized[self.get_serialized_name(shape, key)] = value
    else:
        _serialize_structure(self, serialized, value, shape, key)

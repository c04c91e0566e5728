"""Finding documents by words: a document has items under its words, and a search reads those that begin as a word does.

word   pk <merchant>#word#<first letter>   sk <word>#<id>

So a search costs what its page holds, however many documents there are.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pos import dynamo
from pos.dynamo import Guarded, Ref
from pos.words import MAX_WORDS, driver, matches

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_ROUNDS = 5


def writes(table: str, merchant_id: str, id: str, before: Sequence[str], now: Sequence[str]) -> list[Guarded]:
    """What makes a document found by the words that it has `now`, and not by others that it had `before`."""
    old, new = before[:MAX_WORDS], now[:MAX_WORDS]
    added = [_put(table, merchant_id, word, id) for word in new if word not in old]
    gone = [dynamo.delete(table, _key(merchant_id, word, id)) for word in old if word not in new]
    return [Guarded(write) for write in (*added, *gone)]


def find[D](
    table: str,
    merchant_id: str,
    wanted: Sequence[str],
    ref: Callable[[str], Ref[D | None]],
    words: Callable[[D], Sequence[str]],
    *,
    limit: int,
    cursor: str | None,
) -> tuple[list[D], str | None]:
    """Documents that have words which begin as the wanted ones (at least one), by the longest of these. `ref` says
    where the document with an id is, `words` what its words are.

    Reads the index by that word and of what it leads to keeps what has the others; after a few rounds of too little,
    the page is short and its cursor goes on.
    """
    prefix = _ascii(driver(wanted))
    documents: list[D] = []
    for _ in range(_ROUNDS):
        keys = dynamo.query(
            table,
            f"{merchant_id}#word#{_ascii(driver(wanted)[0])}",
            between=(prefix, f"{prefix}~"),
            limit=limit - len(documents),
            cursor=cursor,
        )
        refs = [ref(key["sk"].rpartition("#")[2]) for key in keys.items]
        found = dynamo.fetch(refs)
        read = [dynamo.resolve(one, found) for one in refs]
        documents += [
            document
            for key, document in zip(keys.items, read, strict=True)
            if document is not None and matches(words(document), wanted, key["word"])
        ]
        cursor = keys.next_cursor
        if cursor is None or len(documents) == limit:
            break
    return documents, cursor


def _put(table: str, merchant_id: str, word: str, id: str) -> "TransactWriteItemTypeDef":
    pk, sk = _key(merchant_id, word, id)
    return dynamo.put(table, {"pk": pk, "sk": sk, "word": word}, version=None)


def _key(merchant_id: str, word: str, id: str) -> tuple[str, str]:
    return f"{merchant_id}#word#{_ascii(word[0])}", f"{_ascii(word)}#{id}"


def _ascii(word: str) -> str:
    """A word as keys and cursors have it; what begins another word still does."""
    return word.encode("ascii", "backslashreplace").decode()

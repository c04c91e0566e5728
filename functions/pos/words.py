"""Words as a search compares them, without I/O."""

import re
import unicodedata
from collections.abc import Sequence

MAX_WORDS = 10
"""How many words of a document its transaction writes to the index."""

_LONGEST_WORD = 40
_WORD = re.compile(r"\w+")


def fold(text: str) -> str:
    """Text as it is compared in a search: without case, accents, and differences of width."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return plain.casefold()


def tokens(text: str) -> list[str]:
    """The words of a text as a search compares them, each once."""
    return list(dict.fromkeys(word[:_LONGEST_WORD] for word in _WORD.findall(fold(text))))


def driver(wanted: Sequence[str]) -> str:
    """The word of a search that the index is read by: the longest, for it leads to the fewest documents."""
    return max(wanted, key=len)


def matches(words: Sequence[str], wanted: Sequence[str], by: str) -> bool:
    """Whether each wanted word begins one of a document's, and `by` is the first indexed word that the longest of them
    begins: so a document with several such words, each of which leads to it, is found once.
    """
    if not all(any(word.startswith(one) for word in words) for one in wanted):
        return False
    return by == min((word for word in words[:MAX_WORDS] if word.startswith(driver(wanted))), default=None)

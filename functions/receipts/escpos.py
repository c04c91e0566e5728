"""A receipt as the bytes of ESC/POS, the command language of receipt printers.

Commands are those of Epson's reference (https://download4.epson.biz/sec_pubs/pos/reference_en/escpos/); tests hold
these bytes to what the library python-escpos writes, which is too heavy to ship (docs/decisions.md).
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from receipts.layout import Row, clean, lines
from receipts.models import Encoding

_INITIALIZE = b"\x1b@"
_STYLES = {
    "plain": (b"", b""),
    "strong": (b"\x1bE\x01", b"\x1bE\x00"),
    "big": (b"\x1bE\x01\x1d!\x01", b"\x1d!\x00\x1bE\x00"),  # twice as high: as many columns as ever
}
_CUT = b"\x1bd\x06\x1dV\x01"  # six lines on, so that the last is past the blade; a partial cut
_KICK_DRAWER = b"\x1bp\x002\x32"  # pin 2, 100 ms on, 100 ms off


@dataclass(frozen=True, slots=True)
class _CodePage:
    codec: str
    select: bytes


_CODE_PAGES: dict[Encoding, _CodePage] = {
    "wpc1252": _CodePage("cp1252", b"\x1bt\x10"),
    "pc437": _CodePage("cp437", b"\x1bt\x00"),
    "gbk": _CodePage("gbk", b"\x1c&"),
}


def document(rows: Iterable[Row], columns: int, encoding: Encoding, *, open_drawer: bool = False) -> bytes:
    """What to send to a printer of so many columns: the receipt, a cut and, if asked, a kick of the cash drawer."""
    page = _CODE_PAGES[encoding]
    parts = [_INITIALIZE, page.select]
    for row in rows:
        spelt = replace(row, left=_spell(row.left, page.codec), right=_spell(row.right, page.codec))
        # In each of these encodings a character takes as many columns as bytes.
        for line in lines(spelt, columns, lambda text: len(text.encode(page.codec))):
            before, after = _STYLES[line.style]
            text = line.text.replace("\N{NO-BREAK SPACE}", " ")  # it has held its words together by now
            parts += [before, text.encode(page.codec), after, b"\n"]
    parts.append(_CUT)
    if open_drawer:
        parts.append(_KICK_DRAWER)
    return b"".join(parts)


def _spell(text: str, codec: str) -> str:
    """Text in the characters that the printer has: the nearest ones (`ł` has none), or a question mark."""
    return "".join(_spelt(character, codec) for character in clean(text))


def _spelt(character: str, codec: str) -> str:
    for candidate in (character, _plain(character)):
        try:
            candidate.encode(codec)
        except UnicodeEncodeError:
            continue
        return candidate
    return "?"


def _plain(character: str) -> str:
    """A character without its accents and variants (NFKD): `é` is e, a no-break space is a space."""
    return "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))

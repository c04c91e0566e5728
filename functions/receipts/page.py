"""A receipt as a page, to print on a roll of 58 or 80 mm or to read in a mail. It loads nothing and runs nothing."""

import html
from collections.abc import Sequence

from receipts.layout import Row, clean, lines
from receipts.models import Language, PaperWidth

MEDIA_TYPE = "text/html; charset=utf-8"

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "x-content-type-options": "nosniff",
}
"""What a browser is told of the page: it loads and sends nothing."""

# Printers of 58 mm paper print on 48 mm of it, those of 80 mm on 72; at 1.5 mm a character that is 32 and 48 columns.
_MARGINS: dict[PaperWidth, int] = {58: 5, 80: 4}
_FONT_SIZE = 2.5  # mm: a character of a monospaced font is 0.6 of it wide
_LINE_HEIGHT = 3.75  # mm
_STYLE = """
body{{margin:0;background:#fff;color:#000}}
table{{width:100%;max-width:{columns}ch;margin:0 auto;border-collapse:collapse;
font:14px/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}}
td{{padding:0;vertical-align:bottom;white-space:pre-wrap;overflow-wrap:anywhere}}
td.amount{{text-align:right;white-space:pre;padding-left:1ch;width:1%}}
td.centred{{text-align:center}}
td.rule{{border-bottom:1px dashed #000;height:.75em}}
tr.rule+tr td{{padding-top:.75em}}
.strong,.big{{font-weight:bold}}
@page{{size:{width}mm {height}mm;margin:0}}
@media print{{table{{font-size:{font}mm;line-height:{line}mm;max-width:none}}
body{{padding:4mm {margin}mm}}tr{{break-inside:avoid}}}}
"""


def document(rows: Sequence[Row], width: PaperWidth, columns: int, language: Language, title: str) -> str:
    """The page, made to the length of the receipt: browsers know no endless paper."""
    height = sum(1 for row in rows for _ in lines(row, columns)) * _LINE_HEIGHT
    style = _STYLE.format(
        columns=columns,
        width=width,
        height=round(height * 1.05 + 12),
        margin=_MARGINS[width],
        font=_FONT_SIZE,
        line=_LINE_HEIGHT,
    )
    body = "\n".join(_row(row) for row in rows)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{html.escape(clean(title))}</title>\n'
        f"<style>{style}</style>\n</head>\n<body>\n<table>\n{body}\n</table>\n</body>\n</html>\n"
    )


def _row(row: Row) -> str:
    if row.rule:
        return '<tr class="rule"><td class="rule" colspan="2"></td></tr>'
    left, right = html.escape(" " * row.indent + clean(row.left)), html.escape(clean(row.right))
    opening = "<tr>" if row.style == "plain" else f'<tr class="{row.style}">'
    if right:
        return f'{opening}<td>{left}</td><td class="amount">{right}</td></tr>'
    return f'{opening}<td colspan="2"{' class="centred"' if row.centred else ""}>{left}</td></tr>'

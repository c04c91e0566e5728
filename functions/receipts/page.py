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
main{{max-width:{columns}ch;margin:1em auto;overflow-wrap:anywhere;
font:14px/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}}
p{{margin:0;display:flex;justify-content:space-between;column-gap:1ch;align-items:flex-end;white-space:pre-wrap}}
.amount{{white-space:pre;text-align:right}}
.centred{{display:block;text-align:center}}
.indented{{padding-left:2ch}}
.strong,.big{{font-weight:bold}}
hr{{height:0;border:0;border-top:1px dashed #000;margin:calc(.75em - 1px) 0 .75em}}
@page{{size:{width}mm {height}mm;margin:0}}
@media print{{main{{font-size:{font}mm;line-height:{line}mm;max-width:none;margin:4mm {margin}mm}}
p{{break-inside:avoid}}}}
"""


def document(rows: Sequence[Row], width: PaperWidth, columns: int, language: Language, title: str) -> str:
    """The page, made to the length of the receipt: browsers know no endless paper."""
    height = sum(1 for row in rows for _ in lines(row, columns)) * _LINE_HEIGHT
    style = _STYLE.format(
        columns=columns,
        width=width,
        height=round(height * 1.02 + 12),
        margin=_MARGINS[width],
        font=_FONT_SIZE,
        line=_LINE_HEIGHT,
    )
    body = "\n".join(_row(row) for row in rows)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{html.escape(clean(title))}</title>\n'
        f"<style>{style}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _row(row: Row) -> str:
    if row.rule:
        return "<hr>"
    left, right = html.escape(clean(row.left)), html.escape(clean(row.right))
    names = (row.style, "centred" if row.centred else "", "indented" if row.indented else "")
    classes = " ".join(name for name in names if name not in ("", "plain"))
    opening = f'<p class="{classes}">' if classes else "<p>"
    # The space between is for readers of mail who see no columns.
    return f'{opening}<span>{left}</span> <span class="amount">{right}</span></p>' if right else f"{opening}{left}</p>"

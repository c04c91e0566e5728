"""A receipt in the form that somebody asked for."""

from dataclasses import dataclass

from receipts import escpos, page
from receipts.layout import rows
from receipts.models import Format, PaperWidth, Receipt, ReceiptSettings
from receipts.wording import Wording

JSON = "application/json"
PRINTER_BYTES = "application/octet-stream"  # nobody registered a media type for ESC/POS


@dataclass(frozen=True, slots=True)
class Rendered:
    """A receipt's form: bytes, and what they are."""

    body: bytes
    media_type: str


def render(
    receipt: Receipt,
    settings: ReceiptSettings,
    wanted: Format,
    width: PaperWidth | None,
    *,
    open_drawer: bool = False,
) -> Rendered:
    """The receipt as JSON, as a page or as a printer's bytes, for this paper or the merchant's usual one."""
    width = width or settings.paper_width
    match wanted:
        case "json":
            return Rendered(receipt.json_bytes(), JSON)
        case "html":
            return Rendered(html_page(receipt, settings, width).encode(), page.MEDIA_TYPE)
        case "escpos":
            columns = settings.columns(width)
            document = escpos.document(rows(receipt), columns, settings.encoding, open_drawer=open_drawer)
            return Rendered(document, PRINTER_BYTES)


def html_page(receipt: Receipt, settings: ReceiptSettings, width: PaperWidth) -> str:
    """The receipt as a page."""
    columns = settings.columns(width)
    return page.document(list(rows(receipt)), width, columns, receipt.language, title(receipt))


def title(receipt: Receipt) -> str:
    """What a receipt is called, such as in a mail's subject."""
    words = Wording(receipt.language, receipt.currency, receipt.minor_units)
    return f"{words.word(receipt.kind)} {receipt.number}, {receipt.merchant.name}"

"""What the receipts service takes and answers."""

import re
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from customers.models import Email
from pos.documents import Document
from pos.model import Input, Output, Query, StoredDecimal, Text

Format = Literal["json", "html", "escpos"]
Language = Literal["en", "id"]
PaperWidth = Literal[58, 80]
"""Millimetres."""

Encoding = Literal["wpc1252", "pc437", "gbk"]
"""Of a printer's text: two code pages of Epson's, and the one of Chinese printers."""

Kind = Literal["bill", "receipt", "cancellation"]
"""What the paper proves: what is to be paid, what was sold, that it was called off."""

Mark = Literal["preview", "original", "copy", "emailed"]


_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def _printable(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("must not contain control characters other than \\n")
    return text


def _millimetres(text: Any) -> Any:
    return int(text) if text in ("58", "80") else text


Lines = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_printable)]
"""A few lines of text."""


# --- settings ---------------------------------------------------------------------------------------------------------


class NewReceiptSettings(Input):
    """How the merchant's receipts look. `tax_id` is the seller's (NPWP in Indonesia). `wide_columns` and `encoding` are
    those of its printers: how many characters 80 mm paper holds, and how they are spelt.
    """

    header: Lines = ""
    footer: Lines = ""
    tax_id: Annotated[Text, Field(max_length=40)] | None = None
    language: Language = "id"
    paper_width: PaperWidth = 80
    wide_columns: Literal[42, 48] = 48
    encoding: Encoding = "wpc1252"


class ReceiptSettings(Document):
    """How the merchant's receipts look; version 0 is how they look until it says so."""

    KIND: ClassVar[str] = "receipt_settings"

    header: str = ""
    footer: str = ""
    tax_id: str | None = None
    language: Language = "id"
    paper_width: PaperWidth = 80
    wide_columns: Literal[42, 48] = 48
    encoding: Encoding = "wpc1252"

    def columns(self, width: PaperWidth) -> int:
        """How many characters a line of this paper has."""
        return 32 if width == 58 else self.wide_columns


# --- a receipt --------------------------------------------------------------------------------------------------------


class ReceiptParty(Output):
    """Someone or something that the receipt names."""

    id: str
    name: str | None = None


class ReceiptMerchant(ReceiptParty):
    """Who sells, and under which tax number."""

    tax_id: str | None = None


class ReceiptLocation(ReceiptParty):
    """Where it was sold."""

    address: str | None = None


class ReceiptModifier(Output):
    """A change to each unit of a line."""

    name: str
    price: int
    quantity: int


class ReceiptDiscount(Output):
    """A discount and what it came to."""

    name: str
    percent: StoredDecimal | None = None
    amount: int


class ReceiptLine(Output):
    """What was sold: `gross` is before discounts, `price` that of a unit without its modifiers."""

    name: str
    sku: str | None = None
    quantity: StoredDecimal
    price: int
    modifiers: tuple[ReceiptModifier, ...] = ()
    gross: int
    discounts: tuple[ReceiptDiscount, ...] = ()
    note: str | None = None


class ReceiptCharge(Output):
    """A service charge."""

    name: str
    percent: StoredDecimal | None = None
    amount: int


class ReceiptTax(Output):
    """A tax of one rate: `base` is what it is a percentage of (the DPP of Indonesian invoices)."""

    name: str
    rate: StoredDecimal
    included: bool
    base: int
    amount: int


class ReceiptPayment(Output):
    """A tender: `captured` is taken, `voided` given back, `completed` refunded; anything else is not known yet."""

    method: str
    amount: int
    tendered: int | None = None
    change: int = 0
    reference: str | None = None
    status: str


class ReceiptRefundLine(Output):
    """What came back of a line, and its price with tax; of a refund by amount, with quantity 0, this line's part."""

    name: str
    quantity: StoredDecimal
    total: int


class ReceiptRefund(Output):
    """Money that went back, in the shop's local time: `lines` and `tip` sum to `total`, `tenders` to it and the
    `cash_rounding`.
    """

    at: str
    reason: str
    lines: tuple[ReceiptRefundLine, ...]
    tip: int
    total: int
    cash_rounding: int
    tenders: tuple[ReceiptPayment, ...]


class Receipt(Output):
    """All that a receipt shows. Amounts are minor units of `currency`, at `minor_units` decimals; `sold_at` is in the
    shop's local time with its offset, `till` the register.

    `subtotal` - `item_discount` - `discounts` + `service_charges` + those `taxes` that are not included + `tip` =
    `total`; `paid` + `amount_due` = `total` + `cash_rounding`.
    """

    order_id: str
    order_version: int
    kind: Kind
    mark: Mark
    print_number: int | None = None
    language: Language
    currency: str
    minor_units: int
    merchant: ReceiptMerchant
    location: ReceiptLocation
    till: ReceiptParty | None = None
    number: str
    name: str | None = None
    sold_at: str
    cashier: ReceiptParty
    customer: ReceiptParty | None = None
    note: str | None = None
    header: str = ""
    footer: str = ""
    lines: tuple[ReceiptLine, ...]
    subtotal: int
    item_discount: int
    discounts: tuple[ReceiptDiscount, ...]
    service_charges: tuple[ReceiptCharge, ...]
    taxes: tuple[ReceiptTax, ...]
    tax_total: int
    included_tax_total: int
    tip: int
    total: int
    cash_rounding: int
    payments: tuple[ReceiptPayment, ...]
    paid: int
    change: int
    amount_due: int
    refunds: tuple[ReceiptRefund, ...] = ()
    points_earned: int = 0
    points_redeemed: int = 0


class ReceiptQuery(Query):
    """How to show it; what is left out is as the merchant set it."""

    format: Format = "json"
    width: Annotated[PaperWidth | None, BeforeValidator(_millimetres)] = None
    language: Language | None = None


# --- prints and mails -------------------------------------------------------------------------------------------------


class NewPrint(Input):
    """A print to hand out; `open_drawer` lets the printer kick the cash drawer open, by permission."""

    format: Format = "escpos"
    width: PaperWidth | None = None
    language: Language | None = None
    open_drawer: bool = False

    @model_validator(mode="after")
    def _printers_kick(self) -> Self:
        if self.open_drawer and self.format != "escpos":
            raise ValueError("only the printer's bytes (escpos) open a drawer")
        return self


class Print(Document):
    """That a receipt was printed: the first print of an order's bill, receipt or cancellation is the original
    (`number` 1), every other a copy.
    """

    KIND: ClassVar[str] = "receipt_print"

    order_id: str
    order_version: int
    kind: Kind
    number: int
    mark: Literal["original", "copy"]
    printed_by: str
    format: Format
    open_drawer: bool


class Printed(Print):
    """A print with what goes to the printer: `content` is text, or bytes in base64 if `content_encoding` says so."""

    media_type: str
    content_encoding: Literal["base64"] | None
    content: str


class NewEmail(Input):
    """Whom to send it to."""

    to: Email
    language: Language | None = None


class SentEmail(Document):
    """That a receipt was mailed. The address is not kept. `message_id` is SES's."""

    KIND: ClassVar[str] = "receipt_email"

    order_id: str
    order_version: int
    kind: Kind
    language: Language
    sent_by: str
    message_id: str

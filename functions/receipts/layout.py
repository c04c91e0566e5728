"""A receipt as rows, and rows as lines of so many columns. Pure; what a page and a printer make of them is theirs."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from receipts.models import Receipt, ReceiptLine, ReceiptPayment, ReceiptRefund, ReceiptTax
from receipts.wording import Wording

type Measure = Callable[[str], int]
"""How many columns a text takes."""

_INDENT = "  "
_NARROWEST = 8  # columns: a name beside an amount that leaves it less goes on a line of its own

# Control characters, which could command a printer, and marks that turn the direction of what follows them.
_UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Row:
    """Text at the left or in the centre, and an amount at the right; or a `rule` across."""

    left: str = ""
    right: str = ""
    style: Literal["plain", "strong", "big"] = "plain"
    centred: bool = False
    rule: bool = False
    indented: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of paper shows, at most as wide as the paper."""

    text: str
    style: Literal["plain", "strong", "big"] = "plain"


_RULE = Row(rule=True)


# --- rows -------------------------------------------------------------------------------------------------------------


def rows(receipt: Receipt) -> Iterator[Row]:
    """What a receipt shows, from top to bottom."""
    words = Wording(receipt.language, receipt.currency, receipt.minor_units)
    yield from _head(receipt, words)
    yield _RULE
    for line in receipt.lines:
        yield from _sold(line, words)
    yield _RULE
    yield from _sums(receipt, words)
    yield from _money(receipt, words)
    if receipt.note or receipt.footer:
        yield _RULE
    if receipt.note:
        yield Row(receipt.note)
    if receipt.footer:
        yield Row(receipt.footer, centred=True)


def _head(receipt: Receipt, words: Wording) -> Iterator[Row]:
    yield Row(receipt.merchant.name or "", centred=True, style="big")
    for text in (receipt.location.name, receipt.location.address, receipt.header):
        if text:
            yield Row(text, centred=True)
    if receipt.merchant.tax_id:
        yield Row(f"{words.word('tax_id')} {receipt.merchant.tax_id}", centred=True)
    yield _RULE
    if receipt.kind != "receipt":
        yield Row(words.word(receipt.kind), centred=True, style="strong")
    if receipt.mark != "original":
        nth = f" {receipt.print_number - 1}" if receipt.mark == "copy" and receipt.print_number else ""
        yield Row(f"*** {words.word(receipt.mark)}{nth} ***", centred=True, style="strong")
    yield Row(words.word("number"), receipt.number)
    yield Row(words.word("date"), words.moment(receipt.sold_at))
    for key, party in (("till", receipt.till), ("cashier", receipt.cashier), ("customer", receipt.customer)):
        if party is not None and party.name:
            yield Row(words.word(key), party.name)
    if receipt.name:
        yield Row(words.word("name"), receipt.name)


def _sold(line: ReceiptLine, words: Wording) -> Iterator[Row]:
    each = f"{words.decimal(line.quantity)} x {words.number(line.price)}"
    if line.quantity == 1 and not line.modifiers:
        yield Row(line.name, words.number(line.gross))
    else:
        yield Row(line.name)
        yield Row(each, words.number(line.gross), indented=True)
    for modifier in line.modifiers:
        times = f"{modifier.quantity} x " if modifier.quantity != 1 else ""
        yield Row(f"+ {modifier.name} {times}{words.number(modifier.price)}", indented=True)
    for discount in line.discounts:
        yield Row(f"{_named(discount.name, discount.percent, words)} {words.number(-discount.amount)}", indented=True)
    if line.note:
        yield Row(f"* {line.note}", indented=True)


def _sums(receipt: Receipt, words: Wording) -> Iterator[Row]:
    parts: list[tuple[str, int]] = []
    if receipt.item_discount:
        parts.append((words.word("item_discount"), -receipt.item_discount))
    parts += [(_named(one.name, one.percent, words), -one.amount) for one in receipt.discounts]
    parts += [(_named(one.name, one.percent, words), one.amount) for one in receipt.service_charges]
    parts += [(_tax_name(tax, words), tax.amount) for tax in receipt.taxes if not tax.included]
    if receipt.tip:
        parts.append((words.word("tip"), receipt.tip))
    if parts:
        yield Row(words.word("subtotal"), words.number(receipt.subtotal))
    yield from (Row(name, words.number(amount)) for name, amount in parts)
    yield Row(words.word("total"), words.money(receipt.total), style="big")
    for tax in receipt.taxes:
        if tax.included:
            yield Row(f"{words.word('includes')} {_tax_name(tax, words)}", words.number(tax.amount))


def _money(receipt: Receipt, words: Wording) -> Iterator[Row]:
    if receipt.cash_rounding:
        yield Row(words.word("cash_rounding"), words.number(receipt.cash_rounding))
    for payment in receipt.payments:
        taken = payment.amount if payment.tendered is None else payment.tendered
        yield Row(_paid_by(payment, words), words.money(taken))
    if receipt.change:
        yield Row(words.word("change"), words.money(receipt.change))
    for key, points in (("points_redeemed", receipt.points_redeemed), ("points_earned", receipt.points_earned)):
        if points:
            yield Row(words.word(key), words.decimal(Decimal(points)))
    for refund in receipt.refunds:
        yield from _refunded(refund, words)
    if receipt.amount_due:
        yield Row(words.word("amount_due"), words.money(receipt.amount_due), style="strong")


def _refunded(refund: ReceiptRefund, words: Wording) -> Iterator[Row]:
    yield Row(f"{words.word('refund')} {words.moment(refund.at)}: {refund.reason}", style="strong")
    for line in refund.lines:
        times = f"{words.decimal(line.quantity)} x " if line.quantity else ""
        yield Row(f"{times}{line.name}", words.number(-line.total), indented=True)
    if refund.tip:
        yield Row(words.word("tip"), words.number(-refund.tip), indented=True)
    if refund.cash_rounding:
        yield Row(words.word("cash_rounding"), words.number(-refund.cash_rounding), indented=True)
    for tender in refund.tenders:
        yield Row(_paid_by(tender, words), words.money(-tender.amount), indented=True)


def _named(name: str, percent: Decimal | None, words: Wording) -> str:
    return name if percent is None or "%" in name else f"{name} {words.percent(percent)}"


def _tax_name(tax: ReceiptTax, words: Wording) -> str:
    return f"{_named(tax.name, tax.rate, words)} ({words.word('base')} {words.number(tax.base)})"


def _paid_by(payment: ReceiptPayment, words: Wording) -> str:
    name = words.word(payment.method)
    status = None if payment.status in ("captured", "completed") else words.word(payment.status)
    told = ", ".join(one for one in (payment.reference, status) if one)
    return f"{name} ({told})" if told else name


# --- lines ------------------------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """Text without what paper cannot show; line breaks stay."""
    return _UNPRINTABLE.sub("", text)


def columns_of(text: str) -> int:
    """The columns that a text takes in a monospaced font: two for the wide characters of Unicode Standard Annex 11."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def lines(row: Row, columns: int, measure: Measure = columns_of) -> Iterator[Line]:
    """A row as lines of at most so many columns: words are kept whole while they fit, amounts stay at the right."""
    if row.rule:
        yield Line("-" * columns)
        return
    left, right, indent = clean(row.left), clean(row.right), _INDENT if row.indented else ""
    beside = columns - len(indent) - (measure(right) + 1 if right else 0)
    if right and beside < _NARROWEST:
        yield from lines(Row(row.left, style=row.style, indented=row.indented), columns, measure)
        yield from (Line(_to_the_right(one, columns, measure), row.style) for one in wrap(right, columns, measure))
        return
    *before, last = wrap(left, beside, measure)
    for text in before:
        yield Line(_centred(text, columns, measure) if row.centred else indent + text, row.style)
    if row.centred:
        yield Line(_centred(last, columns, measure), row.style)
        return
    gap = " " * (columns - len(indent) - measure(last) - measure(right)) if right else ""
    yield Line(f"{indent}{last}{gap}{right}", row.style)


def wrap(text: str, columns: int, measure: Measure = columns_of) -> list[str]:
    """Text in lines of at most so many columns (2 at least), broken at spaces; only a word that is longer is cut."""
    wrapped = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if measure(longer) <= columns:
                line = longer
                continue
            if line:
                wrapped.append(line)
            *full, line = _cut(word, columns, measure)
            wrapped += full
        wrapped.append(line)
    return wrapped


def _cut(word: str, columns: int, measure: Measure) -> list[str]:
    pieces = [""]
    room = columns
    for character in word:
        width = measure(character)
        if width > room:
            pieces.append("")
            room = columns
        pieces[-1] += character
        room -= width
    return pieces


def _centred(text: str, columns: int, measure: Measure) -> str:
    return " " * ((columns - measure(text)) // 2) + text


def _to_the_right(text: str, columns: int, measure: Measure) -> str:
    return " " * (columns - measure(text)) + text

"""How receipts say things in each language: words of ours, numbers and times by the CLDR (Babel)."""

import functools
import re
from datetime import datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal

from receipts.models import Language

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "receipt": "Receipt",
        "bill": "Bill (not a receipt)",
        "cancellation": "CANCELLED",
        "preview": "PREVIEW",
        "copy": "COPY",
        "emailed": "E-RECEIPT",
        "tax_id": "Tax ID",
        "number": "No.",
        "date": "Date",
        "till": "Register",
        "cashier": "Cashier",
        "customer": "Customer",
        "name": "Name",
        "subtotal": "Subtotal",
        "item_discount": "Item discounts",
        "tip": "Tip",
        "total": "Total",
        "includes": "Includes",
        "base": "Tax base",
        "cash_rounding": "Rounding",
        "cash": "Cash",
        "card": "Card",
        "qris": "QRIS",
        "transfer": "Bank transfer",
        "other": "Other",
        "voucher": "Voucher",
        "points": "Points",
        "exchange": "Exchanged goods",
        "change": "Change",
        "amount_due": "Amount due",
        "refund": "Refunded",
        "points_earned": "Points earned",
        "points_redeemed": "Points redeemed",
        "voided": "voided",
        "pending": "pending",
        "authorized": "held",
    },
    "id": {
        "receipt": "Struk",
        "bill": "Tagihan (bukan bukti bayar)",
        "cancellation": "DIBATALKAN",
        "preview": "PRATINJAU",
        "copy": "SALINAN",
        "emailed": "STRUK ELEKTRONIK",
        "tax_id": "NPWP",
        "number": "No.",
        "date": "Tanggal",
        "till": "Mesin kasir",
        "cashier": "Kasir",
        "customer": "Pelanggan",
        "name": "Nama",
        "subtotal": "Subtotal",
        "item_discount": "Diskon barang",
        "tip": "Tip",
        "total": "Total",
        "includes": "Termasuk",
        "base": "DPP",
        "cash_rounding": "Pembulatan",
        "cash": "Tunai",
        "card": "Kartu",
        "qris": "QRIS",
        "transfer": "Transfer bank",
        "other": "Lainnya",
        "voucher": "Voucher",
        "points": "Poin",
        "exchange": "Tukar barang",
        "change": "Kembali",
        "amount_due": "Sisa tagihan",
        "refund": "Pengembalian",
        "points_earned": "Poin didapat",
        "points_redeemed": "Poin dipakai",
        "voided": "dibatalkan",
        "pending": "menunggu",
        "authorized": "ditahan",
    },
}

# The CLDR's currencySpacing, which Babel leaves out: a symbol that ends with a letter keeps away from the digits.
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


class Wording:
    """Words, amounts and times in one language, amounts in one currency at so many decimals."""

    def __init__(self, language: Language, currency: str, minor_units: int) -> None:
        self._words = WORDS[language]
        self._locale = _locale(language)
        self._currency = currency
        self._minor_units = minor_units
        self._fraction = "." + "0" * minor_units if minor_units else ""

    def word(self, key: str) -> str:
        """Our word for something; what has none (a method of payment to come) goes by its own name."""
        return self._words.get(key) or key.replace("_", " ").capitalize()

    def number(self, amount: int) -> str:
        """An amount in minor units without its currency: `15.000`."""
        return str(format_decimal(self._major(amount), format="#,##0" + self._fraction, locale=self._locale))

    def money(self, amount: int) -> str:
        """An amount in minor units with its currency: `Rp 15.000`."""
        pattern = self._locale.currency_formats["standard"].pattern.replace(".00", self._fraction)
        text = format_currency(
            self._major(amount), self._currency, format=pattern, locale=self._locale, currency_digits=False
        )
        return _LETTER_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", str(text), count=1)

    def decimal(self, value: Decimal) -> str:
        """A quantity or percentage, with no more decimals than it has: `1,5`."""
        return str(format_decimal(value, format="#,##0.######", locale=self._locale))

    def percent(self, value: Decimal) -> str:
        """A percentage: `11%`."""
        return f"{self.decimal(value)}%"

    def moment(self, local: str) -> str:
        """A local time (ISO 8601) as people write it, to the minute."""
        at = datetime.fromisoformat(local)
        return f"{format_date(at, 'medium', self._locale)} {format_time(at, 'short', locale=self._locale)}"

    def _major(self, amount: int) -> Decimal:
        return Decimal(amount).scaleb(-self._minor_units)


@functools.cache
def _locale(language: Language) -> Locale:
    return Locale.parse(language)

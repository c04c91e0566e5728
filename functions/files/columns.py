"""What the columns of files are: their kinds, and their headings in each language."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from files.models import Language

Kind = Literal["text", "money", "quantity", "integer", "number", "date", "moment", "flag"]


class Column(NamedTuple):
    """A column: the field that is in it, and of what kind that is.

    `money` is in the currency's own units with its decimals, `moment` is the shop's local time.
    """

    name: str
    kind: Kind


def columns(*names: str) -> tuple[Column, ...]:
    """Columns of these fields; the same name is of the same kind wherever it is."""
    return tuple(Column(name, kind_of(name)) for name in names)


_KINDS: Mapping[Kind, str] = {
    "money": """gross discount manual_discount net untracked_net cost margin service_charge tax tip total cash_rounding
        paid voided_amount base amount refunded_gross refunded_discount refunded_net refunded_service_charge
        refunded_tax refunded_tip refunded_total refunded_cash_rounding refunded_base refunded_amount refunded
        cancelled_total cancelled_open_total average_total average_cost value declared_base declared_tax price""",
    "quantity": "quantity refunded_quantity uncosted on_hand threshold sold",
    "integer": """orders cancelled cancellations cancelled_open customer_orders lines times payments voided voids
        refunds weekday changes version""",
    "number": """items_per_order lines_per_order margin_percent discount_percent manual_discount_percent
        refunded_percent cancelled_percent days_of_cover support_percent of_product_percent of_with_product_percent
        lift orders_estimated""",
    "date": "day first_day business_date birthday",
    "moment": "completed_at updated_at",
    "flag": "included low_stock track_stock weighed",
}
_KIND_OF: Mapping[str, Kind] = {name: kind for kind, names in _KINDS.items() for name in names.split()}
_BEFORE = ("compared_", "late_")


def kind_of(name: str) -> Kind:
    """Of what kind a field is; text, if nothing else is known of it."""
    for prefix in _BEFORE:
        name = name.removeprefix(prefix)
    return _KIND_OF.get(name, "text")


def heading(name: str, language: Language) -> str:
    """What a column is called."""
    if language == "en":
        return _ENGLISH.get(name, name.replace("_", " ").capitalize())
    for prefix, word in (("compared_", "pembanding"), ("late_", "susulan")):
        if name.startswith(prefix):
            return f"{heading(name.removeprefix(prefix), language)} ({word})"
    return INDONESIAN[name]


_ENGLISH: Mapping[str, str] = {
    "id": "ID",
    "location_id": "Location ID",
    "register_id": "Register ID",
    "product_id": "Product ID",
    "variant_id": "Variant ID",
    "customer_id": "Customer ID",
    "order_id": "Order ID",
    "line_id": "Line ID",
    "tax_id": "Tax ID",
    "promotion_id": "Promotion ID",
    "category_id": "Category ID",
    "sku": "SKU",
    "plu": "PLU",
    "with_sku": "With SKU",
}

INDONESIAN: Mapping[str, str] = {
    "amount": "Jumlah",
    "average_cost": "Biaya rata-rata",
    "average_total": "Rata-rata per pesanan",
    "barcode": "Barcode",
    "base": "Dasar pengenaan pajak",
    "birthday": "Tanggal lahir",
    "business_date": "Tanggal usaha",
    "cancellations": "Pembatalan",
    "cancelled": "Dibatalkan",
    "cancelled_open": "Batal sebelum selesai",
    "cancelled_open_total": "Nilai batal sebelum selesai",
    "cancelled_percent": "Persen pembatalan",
    "cancelled_total": "Nilai pembatalan",
    "cash_rounding": "Pembulatan tunai",
    "category": "ID kategori",
    "category_id": "ID kategori",
    "category_name": "Kategori",
    "cause": "Sebab",
    "changes": "Perubahan",
    "completed_at": "Selesai pada",
    "cost": "Harga pokok",
    "currency": "Mata uang",
    "customer": "ID pelanggan",
    "customer_id": "ID pelanggan",
    "customer_name": "Pelanggan",
    "customer_orders": "Pesanan pelanggan",
    "day": "Tanggal",
    "days_of_cover": "Hari persediaan",
    "declared_base": "DPP dilaporkan",
    "declared_tax": "Pajak dilaporkan",
    "direction": "Arah",
    "discount": "Diskon",
    "discount_name": "Nama diskon",
    "discount_percent": "Persen diskon",
    "email": "Email",
    "first_day": "Pembelian pertama",
    "gross": "Bruto",
    "hour": "Jam",
    "included": "Termasuk dalam harga",
    "items_per_order": "Barang per pesanan",
    "last": "Terakhir",
    "lift": "Lift",
    "line_id": "ID baris",
    "lines": "Baris",
    "lines_per_order": "Baris per pesanan",
    "location": "ID lokasi",
    "location_id": "ID lokasi",
    "location_name": "Lokasi",
    "low_stock": "Stok menipis",
    "manual_discount": "Diskon manual",
    "manual_discount_percent": "Persen diskon manual",
    "margin": "Laba kotor",
    "margin_percent": "Persen laba kotor",
    "month": "Bulan",
    "name": "Nama",
    "net": "Neto",
    "note": "Catatan",
    "of_product_percent": "Persen dari produk",
    "of_with_product_percent": "Persen dari produk pasangan",
    "on_hand": "Stok",
    "order_id": "ID pesanan",
    "order_number": "Nomor struk",
    "orders": "Pesanan",
    "orders_estimated": "Pesanan",
    "paid": "Dibayar",
    "payment_method": "Cara bayar",
    "payments": "Pembayaran",
    "phone": "Telepon",
    "plu": "PLU",
    "price": "Harga",
    "product": "ID varian",
    "product_id": "ID produk",
    "product_name": "Produk",
    "promotion_id": "ID promosi",
    "quantity": "Jumlah barang",
    "rate": "Tarif",
    "refunded": "Uang dikembalikan",
    "refunded_amount": "Pajak dikembalikan",
    "refunded_base": "DPP dikembalikan",
    "refunded_cash_rounding": "Pembulatan tunai dikembalikan",
    "refunded_discount": "Diskon dikembalikan",
    "refunded_gross": "Bruto dikembalikan",
    "refunded_net": "Neto dikembalikan",
    "refunded_percent": "Persen pengembalian",
    "refunded_quantity": "Barang dikembalikan",
    "refunded_service_charge": "Biaya layanan dikembalikan",
    "refunded_tax": "Pajak dikembalikan",
    "refunded_tip": "Tip dikembalikan",
    "refunded_total": "Total dikembalikan",
    "refunds": "Pengembalian",
    "register": "ID kasir",
    "register_id": "ID kasir",
    "register_name": "Kasir",
    "service_charge": "Biaya layanan",
    "sku": "SKU",
    "sold": "Terjual",
    "staff": "ID petugas",
    "staff_name": "Petugas",
    "status": "Status",
    "support_percent": "Persen dari semua pesanan",
    "tags": "Label",
    "tax": "Pajak",
    "tax_id": "ID pajak",
    "tax_name": "Nama pajak",
    "tax_rate": "Tarif pajak",
    "threshold": "Batas minimum",
    "times": "Kali",
    "tip": "Tip",
    "total": "Total",
    "track_stock": "Stok dicatat",
    "uncosted": "Jumlah tanpa harga pokok",
    "unit": "Satuan",
    "untracked_net": "Neto tanpa stok",
    "updated_at": "Diubah pada",
    "value": "Nilai",
    "variant_id": "ID varian",
    "variant_name": "Varian",
    "voided": "Pembayaran batal",
    "voided_amount": "Nilai pembayaran batal",
    "voids": "Pembatalan pembayaran",
    "weighed": "Ditimbang",
    "weekday": "Hari dalam minggu",
    "weekday_hour": "Hari dan jam",
    "with_product": "ID varian pasangan",
    "with_product_name": "Produk pasangan",
    "with_sku": "SKU pasangan",
}
"""A column's heading in Indonesian; a test holds this to the columns that there are."""


type Row = Mapping[str, Any]
"""A row's cells by column: str, int, Decimal, bool, date, a local datetime; None for an empty cell."""

"""What the `data` of each type of event is, for who wants to read events before any arrives."""

from collections.abc import Mapping

from pydantic import BaseModel

from catalog.models import Category, Product, Promotion, ScaleFormats, Tax
from customers.models import Customer, LoyaltyProgram, PointsEntry
from inventory.models import Count, Movement, StockReceipt, Transfer
from orders.models import Order, PaymentData
from receipts.models import Print, ReceiptSettings, SentEmail
from shifts.models import CashMovement, Shift
from staff.models import ApiKey, Location, Merchant, Register, Role, StaffMember
from sync.models import Conflict, Source, SyncRun
from vouchers.models import Voucher
from webhooks.models import EVENT_TYPES, Endpoint

_BY_NOUN: Mapping[str, type[BaseModel]] = {
    "api_key": ApiKey,
    "cash_movement": CashMovement,
    "category": Category,
    "conflict": Conflict,
    "count": Count,
    "customer": Customer,
    "endpoint": Endpoint,
    "inventory": Movement,
    "location": Location,
    "loyalty_program": LoyaltyProgram,
    "merchant": Merchant,
    "order": Order,
    "payment": PaymentData,
    "points": PointsEntry,
    "product": Product,
    "promotion": Promotion,
    "receipt_email": SentEmail,
    "receipt_print": Print,
    "receipt_settings": ReceiptSettings,
    "register": Register,
    "scale_formats": ScaleFormats,
    "role": Role,
    "shift": Shift,
    "source": Source,
    "sync_run": SyncRun,
    "staff_member": StaffMember,
    "stock_receipt": StockReceipt,
    "tax": Tax,
    "transfer": Transfer,
    "voucher": Voucher,
    "webhook": Endpoint,
}

EVENT_DATA: Mapping[str, type[BaseModel]] = {event: _BY_NOUN[event.partition(".")[0]] for event in EVENT_TYPES}
"""Event type -> the model of its `data`."""

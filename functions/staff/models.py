"""What the staff service takes and answers."""

from datetime import datetime
from functools import cache
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints

from pos.clock import LATEST_DAY_START, MIDNIGHT, business_date
from pos.documents import Document
from pos.errors import DomainError
from pos.model import Amount, Id, Input, Listing, Moment, Output, Rate, StoredDecimal, Text
from pos.money import minor_units
from staff.permissions import GRANTS


def _known_currency(code: str) -> str:
    try:
        minor_units(code)
    except DomainError as unknown:
        raise ValueError(unknown.detail) from None
    return code


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError('must be an IANA time zone such as "Asia/Jakarta"') from None
    return name


@cache
def _countries() -> frozenset[str]:
    from importlib.resources import files  # a cold start would pay for it, and hardly any needs it

    lines = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8").splitlines()
    return frozenset(line.partition("\t")[0] for line in lines if not line.startswith("#"))


def _known_country(code: str) -> str:
    if code not in _countries():
        raise ValueError('must be an ISO 3166-1 country such as "ID"')
    return code


def _early(day_start: str) -> str:
    if day_start > LATEST_DAY_START:
        raise ValueError(f"a business day starts at {LATEST_DAY_START} or before")
    return day_start


def _known_grant(name: str) -> str:
    if name not in GRANTS:
        raise ValueError('must be a permission such as "orders:read", all of a service ("orders:*"), or "*"')
    return name


Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), AfterValidator(_known_country)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), AfterValidator(_known_currency)]
TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)]
DayStart = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"), AfterValidator(_early)]
"""When a business day starts, by the shop's clock: what is sold before it is of the day before."""
TaxRounding = Literal["per_line", "per_order"]
RoundingMode = Literal["half_up", "half_even", "down"]
StockPolicy = Literal["block", "warn", "allow"]
DiscountLimit = Annotated[Rate, Field(le=100)]
CashRoundingStep = Annotated[int, Field(ge=0, le=1_000_000)]
Grants = Annotated[list[Annotated[str, AfterValidator(_known_grant)]], Field(min_length=1, max_length=len(GRANTS))]


class Merchant(Document):
    """A business: the settings that every sale follows. Amounts are minor units of `currency`; phone numbers without a
    country's code are those of `country`. With `shift_required`, a register sells only while it has an open shift.

    Discounts that are given by hand and take off more than `discount_limit_percent` of a line or an order, or more than
    `discount_limit_amount` of an order, are for who may `orders:discount`, or need an approval. Null is no limit.
    """

    KIND: ClassVar[str] = "merchant"

    name: str
    currency: str
    minor_units: int
    tax_rounding: TaxRounding
    rounding_mode: RoundingMode
    cash_rounding_step: int
    stock_policy: StockPolicy
    time_zone: str
    day_start: str = MIDNIGHT
    country: str | None = None
    shift_required: bool = False
    discount_limit_percent: StoredDecimal | None = None
    discount_limit_amount: int | None = None


class MerchantChange(Input):
    """Settings to change; what is left out stays."""

    name: Text = ""
    currency: Currency = ""
    minor_units: Annotated[int, Field(ge=0, le=4)] = 0
    tax_rounding: TaxRounding = "per_line"
    rounding_mode: RoundingMode = "half_up"
    cash_rounding_step: CashRoundingStep = 0
    stock_policy: StockPolicy = "warn"
    time_zone: TimeZone = ""
    day_start: DayStart = MIDNIGHT
    country: Country | None = None
    shift_required: bool = False
    discount_limit_percent: DiscountLimit | None = None
    discount_limit_amount: Amount | None = None


class Location(Document):
    """A shop, kitchen or stockroom of the merchant. With `kitchen`, what it sells is prepared after it was paid: its
    registers leave paid orders open, and who hands them out completes them.
    """

    KIND: ClassVar[str] = "location"

    name: str
    address: str | None = None
    time_zone: str
    day_start: str = MIDNIGHT
    stock_policy: StockPolicy | None = None
    kitchen: bool = False

    def business_day(self, moment: datetime) -> str:
        """The business day (YYYY-MM-DD) that it is here at that moment."""
        return business_date(moment, self.time_zone, self.day_start).isoformat()


class NewLocation(Input):
    """A location to open; it has the merchant's time zone and start of the day unless it names its own."""

    name: Text
    address: Annotated[str, StringConstraints(max_length=500)] | None = None
    time_zone: TimeZone | None = None
    day_start: DayStart | None = None
    stock_policy: StockPolicy | None = None
    kitchen: bool = False


class LocationChange(Input):
    """What to change of a location; what is left out stays."""

    name: Text = ""
    address: Annotated[str, StringConstraints(max_length=500)] | None = None
    time_zone: TimeZone = ""
    day_start: DayStart = MIDNIGHT
    stock_policy: StockPolicy | None = None
    kitchen: bool = False


class Register(Document):
    """A till at a location; receipts of a register are numbered without gaps under its `code`."""

    KIND: ClassVar[str] = "register"

    name: str
    location_id: str
    code: str


class NewRegister(Input):
    """A till to set up; `code` opens its receipt numbers (`A1-20261124-0001`)."""

    name: Text
    location_id: Id
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,8}$")]


class RegisterChange(Input):
    """What to change of a register; its location and code stay, since its receipts are numbered by them."""

    name: Text = ""


class ApiKey(Document):
    """A key that an application calls the API with, and what it may do (`orders:read`, `catalog:*`, `*`).

    `secret` is the key itself: shown once, when it is made or rotated, and null ever after. A key that was rotated has
    a predecessor that holds until `previous_expires_at`. `last_used_at` is at most an hour behind.
    """

    KIND: ClassVar[str] = "api_key"

    name: str
    permissions: tuple[str, ...]
    expires_at: str | None = None
    last_used_at: str | None = None
    previous_expires_at: str | None = None
    revoked_at: str | None = None
    secret: str | None = None


class NewApiKey(Input):
    """A key to make: what it is for, what it may do, and until when it holds (for ever unless that is named)."""

    name: Text
    permissions: Grants
    expires_at: Moment | None = None


class KeyRotation(Input):
    """How long the key that is replaced still holds, for its applications to change over (0: not at all)."""

    overlap_hours: Annotated[int, Field(ge=0, le=168)] = 24


class Role(Document):
    """What staff of this role may do. `id` is the name of a role that every merchant has (`owner`, `manager`,
    `cashier`, `kitchen`, `auditor`: these never change), or that of one of its own.
    """

    KIND: ClassVar[str] = "role"

    name: str
    permissions: tuple[str, ...]
    deleted_at: str | None = None


class NewRole(Input):
    """A role to make of permissions."""

    name: Text
    permissions: Grants


class RoleChange(Input):
    """What to change of a role; what is left out stays."""

    name: Text = ""
    permissions: Grants = []  # noqa: RUF012 - pydantic copies defaults


class StaffMember(Document):
    """A person who works for the merchant: what they may do follows from `role`, and where from `location_ids` (none:
    everywhere). Who is not `active`, or has no PIN, does not sign in.
    """

    KIND: ClassVar[str] = "staff_member"

    name: str
    role: str
    location_ids: tuple[str, ...] = ()
    active: bool
    has_pin: bool
    deleted_at: str | None = None


RoleName = Annotated[str, StringConstraints(pattern=r"^([a-z]{3,20}|rol_[0-9a-z]{4,64})$")]
LocationIds = Annotated[list[Id], Field(max_length=100)]
Pin = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[0-9]{4,8}$")] | None,
    Field(exclude=True, repr=False),  # a digest of the request, kept for repeats, would give a PIN away
]


class NewStaffMember(Input):
    """A person to employ, in a role; `pin` (4 to 8 digits) is what they sign in with at a register."""

    name: Text
    role: RoleName
    location_ids: LocationIds = []  # noqa: RUF012 - pydantic copies defaults
    active: bool = True
    pin: Pin = None


class StaffMemberChange(Input):
    """What to change of a person; what is left out stays. A new `pin` also ends a lock-out; null takes it away."""

    name: Text = ""
    role: RoleName = ""
    location_ids: LocationIds = []  # noqa: RUF012 - pydantic copies defaults
    active: bool = True
    pin: Pin = None


class PairingCode(Output):
    """A code that pairs one device with a register, once, until it expires."""

    code: str
    expires_at: str


class NewPairing(Input):
    """The code that was made for the register."""

    code: Annotated[str, StringConstraints(min_length=12, max_length=20)]


class Pairing(Output):
    """What a device becomes: a register, with a key to sign staff in by. The only time that the key is shown."""

    merchant_id: str
    register_id: str
    location_id: str
    name: str
    device_key: str


class NewSession(Input):
    """Who signs in at the device's register, by their PIN."""

    staff_id: Id
    pin: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,8}$"), Field(exclude=True, repr=False)]


class Session(Output):
    """A person at a register: requests with this `token` are theirs, until it expires."""

    token: str
    expires_at: str
    staff_id: str
    name: str
    role: str
    permissions: tuple[str, ...]
    register_id: str


Approvable = Literal[
    "orders:cancel",
    "orders:discount",
    "orders:override_price",
    "orders:refund",
    "payments:void",
    "shifts:open_drawer",
]


class NewApproval(Input):
    """What somebody with more permissions lets the caller do, by typing their PIN at the caller's register: what needs
    this `permission`, on this order (or shift, of which a drawer is opened), and comes to no more than `amount`, in
    minor units. A refusal with the code `approval.required` says all three.
    """

    staff_id: Id
    pin: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,8}$"), Field(exclude=True, repr=False)]
    permission: Approvable
    entity_id: Id
    amount: Amount = 0


class Approval(Output):
    """An approval, good for one use by who asked for it (`requested_by`), at this register, until it expires. Its id
    goes into the header `Approval` of the request that needs it; a request that needs several names all, with commas.
    """

    id: str
    permission: Approvable
    entity_id: str
    amount: int
    requested_by: str
    approved_by: str
    register_id: str
    expires_at: str


class AuditListing(Listing):
    """Which entries, newest first: all, an actor's, or those of one action (`order.refunded`), in a span of time."""

    actor: Annotated[str, StringConstraints(pattern=r"^[a-z]{3}_[0-9A-Za-z_-]{4,64}$")] | None = None
    action: Annotated[str, StringConstraints(pattern=r"^[a-z_]{3,40}\.[a-z_]{3,40}$")] | None = None
    from_: Annotated[Moment | None, Field(alias="from")] = None
    to: Moment | None = None


class NewMerchant(Input):
    """A first merchant, made by whoever runs the stack; not part of the HTTP API."""

    name: Text
    currency: Currency = "IDR"
    time_zone: TimeZone = "Asia/Jakarta"
    country: Country = "ID"
    location_name: Text = "Main shop"
    register_name: Text = "Register 1"
    register_code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,8}$")] = "R1"


class FirstMerchant(Output):
    """What `create_merchant` answers: the only time that the key is shown."""

    merchant_id: str
    location_id: str
    register_id: str
    api_key: str

"""What the customers service takes and answers."""

import re
from datetime import date
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, StringConstraints

from pos.documents import Document
from pos.model import Code, Input, Listing, Moment, Note, Text

# What HTML calls a valid e-mail address, and with a dot in its domain:
# https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+")


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError("must be an e-mail address")
    return value


def _each_once(tags: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(tags)) < len(tags):
        raise ValueError("names a tag twice")
    return tags


Email = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254), AfterValidator(_email)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
_Birthday = Annotated[date, Field(ge=date(1900, 1, 1))]
_Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
_Tags = Annotated[tuple[_Tag, ...], Field(max_length=20), AfterValidator(_each_once)]
_Source = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]
_ExternalIds = Annotated[dict[_Source, Code], Field(max_length=10, default_factory=dict)]


class NewCustomer(Input):
    """Somebody who buys; known by at least one of name, phone and email.

    `phone` is written as people do; without a country's code it is one of the merchant's country. `external_ids` are
    the customer's ids in other systems, by their names.
    """

    name: Text | None = None
    phone: Phone | None = None
    email: Email | None = None
    birthday: _Birthday | None = None
    note: Note | None = None
    tags: _Tags = ()
    external_ids: _ExternalIds


class CustomerChange(NewCustomer):
    """What to change of a customer; what is left out stays."""


class Customer(Document):
    """Somebody who buys. `phone` is E.164 (`+6281234567890`), `email` in lower case; each is one customer's only.

    `deleted_at` marks a tombstone; `erased_at` says that nothing personal is left.
    """

    KIND: ClassVar[str] = "customer"

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    birthday: date | None = None
    note: str | None = None
    tags: tuple[str, ...] = ()
    external_ids: Annotated[dict[str, str], Field(default_factory=dict)]
    deleted_at: str | None = None
    erased_at: str | None = None


class CustomerListing(Listing):
    """Which customers: one by `phone`, `email` or `external_id` (`shopify:1042`); those whose names have words which
    begin as those of `q`; or those changed after a time, in the order of their last change.
    """

    q: Text | None = None
    phone: Phone | None = None
    email: Email | None = None
    external_id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}:.{1,100}$")] | None = None
    updated_after: Moment | None = None
    include_deleted: bool = False

"""Phone numbers as they are kept and looked up: in a module of their own, since the library takes a while to load."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from pos import dynamo
from pos.errors import Invalid
from staff.store import merchant_ref


def e164(merchant_id: str, phone: str | None, pointer: str) -> str | None:
    """A number as it is kept; one without a country's code is of the merchant's country."""
    if phone is None:
        return None
    country = None if phone.startswith("+") else dynamo.get(merchant_ref(merchant_id)).country
    return normalized(phone, country, pointer)


def normalized(phone: str, country: str | None, pointer: str) -> str:
    """A number as people write it in E.164 (`0812-3456-7890` of ID is `+6281234567890`); one without a country's code
    is of `country` (ISO 3166-1), if there is one.

    Raises `customer.phone_invalid` (422) at `pointer` unless it is as long as numbers of its country are. Whether its
    prefix is in use is not asked: countries open new ones faster than we follow the library.
    """
    try:
        number = phonenumbers.parse(phone, country)
    except NumberParseException:
        raise _refusal(country, pointer) from None
    fits = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    if number.extension or not fits:
        raise _refusal(country, pointer)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _refusal(country: str | None, pointer: str) -> Invalid:
    local = f" or a number of {country}" if country else "; the merchant has no country for local numbers"
    return Invalid("customer.phone_invalid", f"It must be a phone number such as +62 812 3456 7890{local}.", pointer)

"""QRIS codes: EMVCo's merchant-presented QR payloads as Bank Indonesia profiles them, read and written.

A payload is a list of data objects: a tag of two digits, the number of characters of the value in two digits, the
value. Some values are such lists themselves. The last object is a checksum of all before it, its own tag and length
included. Sources: EMV QR Code Specification for Payment Systems, Merchant-Presented Mode, version 1.1 (EMVCo 2020);
QRIS, Peraturan Anggota Dewan Gubernur 21/18/PADG/2019 of Bank Indonesia.
"""

import binascii
from collections.abc import Iterable

from payments.models import QrisMerchant

type Objects = tuple[tuple[str, str], ...]

_CRC = "63"
_ACCOUNTS = range(26, 52)
_NATIONAL = "ID.CO.QRIS.WWW"
_AMOUNT_AND_TIP = ("54", "55", "56", "57")
_LONGEST_LABEL = 25
_LONGEST_VALUE = 99


class NotQris(ValueError):
    """A text that is not a QRIS payload, and why."""


def checksum(text: str) -> str:
    """CRC-16/CCITT-FALSE in four hexadecimal digits: polynomial 1021, initial value FFFF (section 4.7.3 of EMVCo's)."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def parse(text: str) -> Objects:
    """The data objects of a list, in order. Raises `NotQris` where it is none."""
    objects = []
    rest = text
    while rest:
        tag, length, value = rest[:2], rest[2:4], rest[4:]
        if not (len(tag + length) == 4 and (tag + length).isascii() and (tag + length).isdecimal()):
            raise NotQris(f"there is no tag and length at character {len(text) - len(rest) + 1}")
        size = int(length)
        if len(value) < size:
            raise NotQris(f"the value of tag {tag} is cut off")
        objects.append((tag, value[:size]))
        rest = value[size:]
    return tuple(objects)


def write(objects: Iterable[tuple[str, str]]) -> str:
    """The text of data objects, as `parse` reads it. Raises ValueError for a value that is too long."""
    parts = []
    for tag, value in objects:
        if len(value) > _LONGEST_VALUE:
            raise ValueError(f"the value of tag {tag} has more than {_LONGEST_VALUE} characters")
        parts.append(f"{tag}{len(value):02}{value}")
    return "".join(parts)


def sealed(objects: Iterable[tuple[str, str]]) -> str:
    """A whole payload: data objects and their checksum."""
    text = f"{write(objects)}{_CRC}04"
    return text + checksum(text)


def opened(payload: str) -> Objects:
    """The data objects of a whole payload, without the checksum. Raises `NotQris` if that is not right."""
    objects = parse(payload)
    if not objects or objects[0] != ("00", "01"):
        raise NotQris("it does not begin with 000201")
    if objects[-1][0] != _CRC or len(objects[-1][1]) != 4:
        raise NotQris("it does not end with a checksum (tag 63)")
    if objects[-1][1].upper() != checksum(payload[:-4]):
        raise NotQris("its checksum is not right, so it was not copied whole")
    tags = [tag for tag, _ in objects]
    if len(set(tags)) < len(tags):
        raise NotQris("a tag is in it twice")
    return objects[:-1]


def merchant(payload: str) -> QrisMerchant:
    """Whom a QRIS code pays. Raises `NotQris` for anything but a payload in rupiah that QRIS's members route."""
    objects = dict(opened(payload))
    missing = [tag for tag in ("52", "53", "58", "59", "60") if not objects.get(tag)]
    if missing:
        raise NotQris(f"it lacks tag {missing[0]}")
    if (objects["53"], objects["58"]) != ("360", "ID"):
        raise NotQris("it is not for rupiah in Indonesia (tags 53 and 58)")
    accounts = [dict(parse(value)) for tag, value in objects.items() if int(tag) in _ACCOUNTS]
    national = [account for account in accounts if account.get("00") == _NATIONAL]
    if not national:
        raise NotQris(f"no account in it (tags 26 to 51) is of {_NATIONAL}")
    return QrisMerchant(
        nmid=national[0].get("02"), name=objects["59"], city=objects["60"], postal_code=objects.get("61")
    )


def amount_text(amount: int, minor_units: int) -> str:
    """An amount as tag 54 has it: `15000`, or `150.00` where the currency's minor units are kept."""
    if not minor_units:
        return str(amount)
    whole, part = divmod(amount, 10**minor_units)
    return f"{whole}.{part:0{minor_units}}"


def dynamic(payload: str, amount: str, bill: str, reference: str) -> str:
    """The merchant's own code made one for this sale alone: with its amount (`15000`, `150.50`), which the payer cannot
    change, the `bill` number if it fits (25 characters) and our `reference` (its last 25).
    """
    objects = {tag: value for tag, value in opened(payload) if tag not in _AMOUNT_AND_TIP}
    labels = {"05": reference[-_LONGEST_LABEL:]}
    if len(bill) <= _LONGEST_LABEL:
        labels["01"] = bill
    shop = {tag: value for tag, value in parse(objects.get("62", "")) if tag not in ("01", "05")}
    additional = write(sorted((shop | labels).items()))
    if len(additional) > _LONGEST_VALUE:
        additional = write(sorted(labels.items()))
    return sealed(sorted((objects | {"01": "12", "54": amount, "62": additional}).items()))

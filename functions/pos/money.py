"""Exact money: integers of a currency's minor units, rounded once by a named rule, and spread without loss."""

from collections.abc import Sequence
from enum import StrEnum

from pos.errors import Invalid

MAX_AMOUNT = 2**53 - 1
"""The largest amount: beyond it, JSON numbers stop being exact in JavaScript (`Number.MAX_SAFE_INTEGER`)."""

_CODES_BY_MINOR_UNITS = {
    0: "BIF CLP DJF GNF IDR ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP
        CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF ILS INR IRR JMD
        KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO
        NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
        THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG""",
    3: "BHD IQD JOD KWD LYD OMR TND",
}

MINOR_UNITS = {code: digits for digits, codes in _CODES_BY_MINOR_UNITS.items() for code in codes.split()}
"""Decimals of each ISO 4217 currency in use (no funds, metals or testing codes).

IDR is 0 here where ISO says 2: the sen is out of use, and QRIS and e-Faktur carry whole rupiah. It is a default that a
merchant may change (see moneyphp/money issue 515 and odoo/odoo PR 186861, where the same was disputed).
"""


class Rounding(StrEnum):
    """How an exact amount becomes a whole number of units. Each is symmetric: a refund rounds as its sale did.

    `half_up`: the nearest; a tie goes away from zero (2.5 to 3, -2.5 to -3), which is what shops and tax offices call
    half up. `half_even`: the nearest; a tie goes to the even one (2.5 to 2, 3.5 to 4), "bankers' rounding".
    `down`: toward zero (2.9 to 2, -2.9 to -2).
    """

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"


def round_ratio(numerator: int, denominator: int, mode: Rounding) -> int:
    """The whole number for `numerator / denominator`; exact, so rounding happens once. The denominator is above 0."""
    whole, rest = divmod(abs(numerator), denominator)
    if mode == Rounding.HALF_UP:
        whole += 2 * rest >= denominator
    elif mode == Rounding.HALF_EVEN:
        whole += 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1)
    return whole if numerator >= 0 else -whole


def round_to_step(amount: int, step: int, mode: Rounding) -> int:
    """The multiple of `step` minor units for an amount (5 cents in Canada, 100 rupiah); 0 or 1 leaves it as it is."""
    return round_ratio(amount, step, mode) * step if step > 1 else amount


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """`total` split in proportion to `weights`: the parts sum to it exactly, and each is within one unit of its share.

    The method of largest remainders, ties to the earlier; a negative total mirrors the positive one. A weight of 0 gets
    nothing, unless all are 0: then all count alike. Raises ValueError for a negative weight, or nothing to split over.
    """
    if total < 0:
        return [-part for part in allocate(-total, weights)]
    if weights and min(weights) < 0:
        raise ValueError("weights must not be negative")
    whole = sum(weights)
    if whole == 0:
        if total and not weights:
            raise ValueError("there is nothing to split the total over")
        weights, whole = [1] * len(weights), len(weights)
    parts = [total * weight // whole for weight in weights]
    missing = total - sum(parts)
    if missing:
        by_remainder = sorted(range(len(weights)), key=lambda i: total * weights[i] % whole, reverse=True)
        for i in by_remainder[:missing]:
            parts[i] += 1
    return parts


def minor_units(currency: str) -> int:
    """How many decimals a currency has by default. Raises `currency.unknown` for a code that ISO 4217 does not have."""
    try:
        return MINOR_UNITS[currency]
    except KeyError:
        raise Invalid("currency.unknown", f"{currency!r} is not an ISO 4217 currency in use.", "/currency") from None

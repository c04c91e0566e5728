"""QRIS payloads"""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments import qris
from tests.unit.payments.desk import QRIS

EMVCO = (
    "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT"
    "6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME91320016A011"
    "2233449988770708123456786304A13A"
)
"""The example of EMVCo's specification, annex A: names in Chinese, counted in characters, summed up in bytes."""

PROMPTPAY = "00020101021129370016A000000677010111011300669245317755802TH54076000.00530376463049B3B"
"""A Thai code (github.com/tanat44/useful-script, node/thaiqrpayment)."""

TAGS = st.integers(0, 99).map("{:02}".format)
OBJECTS = st.lists(st.tuples(TAGS, st.text(min_size=1, max_size=99)), max_size=20).map(tuple)
LABELS = st.text("0123456789ABCDEFabcdef_- ", min_size=1, max_size=60)


def test_the_checksum_is_crc_16_ccitt_false() -> None:
    """Its published check value: that of the digits 1 to 9 (reveng.sourceforge.io, CRC-16/IBM-3740)."""
    assert qris.checksum("123456789") == "29B1"


@pytest.mark.parametrize("payload", [EMVCO, PROMPTPAY, QRIS])
def test_published_payloads_open_and_are_written_the_same(payload: str) -> None:
    assert qris.sealed(qris.opened(payload)) == payload


def test_the_published_example_says_what_the_specification_says() -> None:
    objects = dict(qris.opened(EMVCO))

    assert (objects["59"], objects["54"], objects["53"]) == ("BEST TRANSPORT", "23.72", "156")
    assert qris.parse(objects["64"]) == (("00", "ZH"), ("01", "最佳运输"), ("02", "北京"))
    assert dict(qris.parse(objects["62"]))["07"] == "A6008667"


@given(OBJECTS)
def test_what_is_written_reads_back(objects: qris.Objects) -> None:
    assert qris.parse(qris.write(objects)) == objects


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_as_no_code(text: str) -> None:
    for read in (qris.parse, qris.opened, qris.merchant):
        with suppress(qris.NotQris):
            read(text)


@given(st.integers(0, len(QRIS) - 1), st.characters(min_codepoint=32, max_codepoint=126))
def test_one_character_wrong_is_noticed(position: int, character: str) -> None:
    wrong = QRIS[:position] + character + QRIS[position + 1 :]
    if wrong.upper() == QRIS.upper():
        return

    with pytest.raises(qris.NotQris):
        qris.merchant(wrong)


@given(st.integers(0, 10**12), LABELS, LABELS)
def test_a_dynamic_code_is_the_merchants_own_with_the_amount(amount: int, bill: str, reference: str) -> None:
    made = qris.dynamic(QRIS, str(amount), bill, reference)

    own, objects = dict(qris.opened(QRIS)), dict(qris.opened(made))
    assert qris.merchant(made) == qris.merchant(QRIS)
    assert (objects["01"], objects["54"]) == ("12", str(amount))
    assert {tag: value for tag, value in objects.items() if tag not in ("01", "54", "62")} == {
        tag: value for tag, value in own.items() if tag not in ("01", "62")
    }
    labels = dict(qris.parse(objects["62"]))
    assert labels["05"] == reference[-25:]
    assert labels.get("01") == (bill if len(bill) <= 25 else None)
    assert labels["07"] == "A01"


def test_a_code_of_a_sale_asks_for_no_tip_and_no_other_amount() -> None:
    with_tip = qris.sealed((*qris.opened(QRIS), ("54", "1"), ("55", "02"), ("56", "500")))

    objects = dict(qris.opened(qris.dynamic(with_tip, "15000", "R1", "pay_1")))

    assert objects["54"] == "15000"
    assert not {"55", "56"} & set(objects)


def test_labels_that_do_not_fit_beside_ours_are_left_out() -> None:
    full = qris.sealed({**dict(qris.opened(QRIS)), "62": qris.write((("08", "x" * 60), ("07", "A01")))}.items())

    objects = dict(qris.opened(qris.dynamic(full, "1", "b" * 25, "r" * 25)))

    assert set(dict(qris.parse(objects["62"]))) == {"01", "05"}


@pytest.mark.parametrize(
    ("amount", "minor_units", "text"), [(15_000, 0, "15000"), (1_050, 2, "10.50"), (5, 2, "0.05"), (1_234, 3, "1.234")]
)
def test_an_amount_has_the_decimals_of_its_minor_units(amount: int, minor_units: int, text: str) -> None:
    assert qris.amount_text(amount, minor_units) == text


def test_a_value_that_is_too_long_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="more than 99"):
        qris.write((("62", "x" * 100),))

"""create_pairing_code"""

import re

import boto3

from staff import create_pairing_code, get_register
from tests.support.contract import logged
from tests.support.samples import sample
from tests.support.shop import Shop, send


def test_the_sample_makes_a_code_that_the_table_does_not_have(shop: Shop) -> None:
    with logged() as log:
        reply = send(create_pairing_code.handler, sample("staff", "create_pairing_code", shop))

    assert reply.status == 201
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}", reply.json["code"])
    assert reply.json["code"] not in log.getvalue() + str(boto3.client("dynamodb").scan(TableName="test-staff"))


def test_the_register_stays_as_it_is_until_the_code_is_used(shop: Shop) -> None:
    shop.call(create_pairing_code.handler, id=shop.register_id)

    assert shop.call(get_register.handler, id=shop.register_id).json["version"] == 1


def test_another_merchants_register_is_not_found(shop: Shop) -> None:
    reply = Shop.open().call(create_pairing_code.handler, id=shop.register_id)

    assert (reply.status, reply.code) == (404, "register.not_found")


def test_it_needs_registers_pair(shop: Shop) -> None:
    others = shop.call(create_pairing_code.handler, id=shop.register_id, permissions="registers:read merchant:*")

    assert (others.status, others.code) == (403, "auth.forbidden")
    allowed = shop.call(create_pairing_code.handler, id=shop.register_id, permissions="registers:pair")
    assert allowed.status == 201

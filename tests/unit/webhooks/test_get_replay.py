"""get_replay"""

from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.webhooks.line import Line
from webhooks import get_replay, replay_endpoint


def test_the_sample_tells_how_far_it_is(line: Line) -> None:
    endpoint = line.subscribe("https://shop.example.com/")
    body = {"since": "2026-11-23T17:00:00Z", "which": "all"}
    begun = line.shop.call(replay_endpoint.handler, body, id=endpoint["id"]).json

    reply = send(get_replay.handler, sample("webhooks", "get_replay", line.shop, id=begun["id"]))

    assert (reply.status, reply.json, reply.headers["etag"]) == (200, begun, '"1"')
    assert Shop.open().call(get_replay.handler, id=begun["id"]).code == "replay.not_found"
    assert line.shop.call(get_replay.handler, id="rpl_unknown").code == "replay.not_found"
    assert_needs("webhooks:read", line.shop, get_replay.handler, id=begun["id"])

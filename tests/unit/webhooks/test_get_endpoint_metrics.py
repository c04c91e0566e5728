"""get_endpoint_metrics"""

from tests.support.contract import assert_needs
from tests.support.samples import sample
from tests.support.shop import Shop, send
from tests.unit.webhooks.line import Line, Receiver
from webhooks import get_endpoint_metrics


def test_the_sample_counts_the_latest_deliveries(line: Line, receiver: Receiver) -> None:
    receiver.behave = lambda received: 500 if "ord_bad" in received.body.decode() else 204
    endpoint = line.subscribe(receiver.url)
    line.publish(*(line.commit(f"ord_{number}") for number in range(3)), line.commit("ord_bad"))
    line.live(days=4)
    line.publish(line.commit("ord_waiting"))
    waiting = line.deliveries(endpoint["id"], status="pending")[0]

    event = sample("webhooks", "get_endpoint_metrics", line.shop, id=endpoint["id"])
    reply = send(get_endpoint_metrics.handler, event)

    assert reply.json | {"latency_ms_p50": 0, "latency_ms_p99": 0} == {
        "looked_at": 5,
        "by_status": {"delivered": 3, "exhausted": 1, "pending": 1},
        "success_rate": "0.75",
        "latency_ms_p50": 0,
        "latency_ms_p99": 0,
        "oldest_waiting_at": waiting["created_at"],
    }
    latencies = sorted(one["attempt_log"][-1]["latency_ms"] for one in line.deliveries(endpoint["id"])[1:])
    assert (reply.json["latency_ms_p50"], reply.json["latency_ms_p99"]) == (latencies[1], latencies[3])


def test_of_nothing_there_are_no_figures(line: Line) -> None:
    endpoint = line.subscribe("https://shop.example.com/")

    reply = line.shop.call(get_endpoint_metrics.handler, id=endpoint["id"])

    assert (reply.json["looked_at"], reply.json["by_status"]) == (0, {})
    assert reply.json["success_rate"] is reply.json["latency_ms_p99"] is reply.json["oldest_waiting_at"] is None
    assert Shop.open().call(get_endpoint_metrics.handler, id=endpoint["id"]).code == "endpoint.not_found"
    assert_needs("webhooks:read", line.shop, get_endpoint_metrics.handler, id=endpoint["id"])

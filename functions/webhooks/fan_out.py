"""From events to deliveries: the publisher does it for what the stream shows, the sweep for what was passed over."""

from pos import clock
from webhooks import choosing, queue, store
from webhooks.queue import Job
from webhooks.store import FeedRef


def publish(merchant_id: str, refs: list[FeedRef]) -> None:
    """Give events their places in the feed, a delivery for each endpoint that wants them, and these their messages.

    Doing it again does nothing twice. Raises what DynamoDB or SQS refused; then it has to be done again.
    """
    now = clock.now()
    placement = store.place(merchant_id, refs, now)
    # Read after the events were committed: an endpoint that was there before an event gets it.
    endpoints = store.all_endpoints(merchant_id)
    fresh = choosing.deliveries(merchant_id, endpoints, placement.fresh)
    known = choosing.deliveries(merchant_id, endpoints, placement.known)
    store.add_deliveries(fresh, now)
    for delivery in known:
        store.add_missing_delivery(delivery, now)
    slow = {endpoint.id for endpoint, health in endpoints if health.slow}
    # Also for known ones, for whoever made them may have died before this line; the sender sees what is done.
    jobs = [Job.first(one.key, one.ref) for one in (*fresh, *known) if one.status == "pending"]
    queue.send([job for job in jobs if job.endpoint_id not in slow])
    queue.send([job for job in jobs if job.endpoint_id in slow], slow=True)

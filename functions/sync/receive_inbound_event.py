"""POST /v1/inbound/{id}"""

from pos import dynamo, log
from pos.errors import DomainError, NotFound
from pos.http import Answer, Call, operation
from sync.connectors import inbox, store
from sync.connectors.models import InboundEvent, Received


@operation(
    permission=None,
    body=InboundEvent,
    answer=Received,
    status=202,
    repeatable=True,
    largest_body=256_000,
    signed=True,
)
def handler(call: Call[InboundEvent, None]) -> Answer:
    """Take a message of an outside application, signed after Standard Webhooks; the path is its source's
    `connector.inbound_path`. It is kept before it is answered, and worked through behind it.

    The same `webhook-id` again is answered alike and done once. What the source's mappings make nothing of shows in the
    source's `connector_status`.
    """
    address = dynamo.get(inbox.address_ref(call.path["id"]))
    if address is None:
        raise NotFound("inbound", call.path["id"])
    log.note(merchant_id=address.merchant_id, actor=address.source_id)
    connected = _connected(address)
    inbox.check_signature(connected.secrets["signing_secret"], call.signature, call.raw, call.now)
    id = call.signature["webhook-id"]
    if inbox.keep(address.merchant_id, address.source_id, id, call.raw, call.now):
        store.wake([(address.merchant_id, address.source_id)], again=True)
    return Answer(202, Received(id=id).json_bytes())


def _connected(address: inbox.Address) -> store.Connected:
    try:
        connected = store.load(address.merchant_id, address.source_id)
    except NotFound:
        raise NotFound("inbound", address.source_id) from None
    if connected.connector.kind != "inbound":
        raise NotFound("inbound", address.source_id)
    if not connected.connector.enabled:
        raise DomainError("connector.off", "This source takes no messages at present.", status=503, retry_after=3600)
    return connected

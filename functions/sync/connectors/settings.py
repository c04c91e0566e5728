"""Setting a connector up: its secrets are encrypted, its place is checked, and it runs next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pos import dynamo, outbound
from pos.clock import timestamp
from pos.dynamo import Guarded
from pos.errors import Invalid
from pos.http import Call
from pos.ids import derived_id
from staff.store import location_ref
from sync.connectors import inbox, mapping, store
from sync.connectors.models import SECRETS, Connector, ConnectorInput, State, public
from sync.models import Source
from sync.store import sealed_ref


@dataclass(frozen=True, slots=True)
class Connecting:
    """What is kept of a connector with its source."""

    connector: Connector
    sealed: bytes
    writes: Sequence[Guarded]


def connected(call: Call[Any, Any], source_id: str, given: ConnectorInput, before: Source | None) -> Connecting:
    """A connector as it is given, with those of its secrets kept that are left out. 422 for what it cannot be.

    Where the shop or the place stays the same it goes on from where it is; else it begins anew.
    """
    merchant_id, was = call.merchant_id, before.connector if before else None
    if given.url is not None:
        outbound.check_url(given.url, "connector.url_invalid", "/connector/url")
    if given.location_id is not None:
        _check_place(merchant_id, given.location_id)
    mapping.check(given.mappings)
    same = was is not None and was.kind == given.kind
    kept = store.unseal(merchant_id, source_id, sealed(merchant_id, before)) if before and same else {}
    secrets: dict[str, str] = {}
    for name in SECRETS[given.kind]:
        value = getattr(given, name) or kept.get(name)
        if value is None:
            raise Invalid(
                "connector.secret_missing", f"A {given.kind} connector needs its {name}.", f"/connector/{name}"
            )
        secrets[name] = value
    address = derived_id("inb", merchant_id, source_id) if given.kind == "inbound" else None
    path = f"/v1/inbound/{address}" if address else None
    goes_on = was is not None and same and _place(was) == _place(given)
    began = was.connected_at if was is not None and goes_on else timestamp(call.now)
    connector = public(given, inbound_path=path, connected_at=began)
    writes = [_state_write(call, source_id, connector, goes_on=goes_on)]
    if address is not None:
        writes.append(inbox.address_write(address, merchant_id, source_id))
    return Connecting(connector, store.seal(merchant_id, source_id, secrets), writes)


def disconnected(call: Call[Any, Any], source: Source) -> list[Guarded]:
    """What ends a source's connector."""
    state = dynamo.get(store.state_ref(call.merchant_id, source.id))
    if state.version == 0:
        return []
    ended = state.model_copy(update={"version": state.version + 1, "status": "off", "next_run_at": None})
    return [store.state_write(call.merchant_id, source.id, ended)]


def sealed(merchant_id: str, source: Source | None) -> bytes | None:
    """A source's encrypted secrets."""
    return None if source is None else dynamo.get(sealed_ref(merchant_id, source.id))


def _check_place(merchant_id: str, location_id: str) -> None:
    try:
        dynamo.get(location_ref(merchant_id, location_id))
    except Invalid as unknown:
        raise Invalid(unknown.code, unknown.detail, "/connector/location_id") from unknown


def _place(connector: Connector | ConnectorInput) -> tuple[str | None, ...]:
    return connector.url, connector.location_id, connector.remote_location_id


def _state_write(call: Call[Any, Any], source_id: str, connector: Connector, *, goes_on: bool) -> Guarded:
    """The state after a connector was set up: a run is due now. One that is running finds itself overtaken."""
    before = dynamo.get(store.state_ref(call.merchant_id, source_id))
    state = before if goes_on else State(version=before.version)
    runs = connector.enabled
    now = timestamp(call.now)
    update = {
        "version": before.version + 1,
        "status": "waiting" if runs else "off",
        "next_run_at": now if runs else None,
        "leased_until": None,
        "failures": 0,
        "trouble": None,
    }
    return store.state_write(call.merchant_id, source_id, state.model_copy(update=update))

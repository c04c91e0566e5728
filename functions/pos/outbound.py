"""Requests to addresses that somebody outside has named, and that nobody vouches for: to public addresses only, within
a time, following nothing.

A connection is made to an address that was judged a moment before, whatever the name means a moment later, and kept for
the next request to the same receiver. TLS and the Host header still go by the name. Webhooks are posted by this, and
connectors ask shops by it.
"""

import functools
import os
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError, SSLError

from pos import addresses
from pos.errors import Invalid

_CONNECT_SECONDS = 3
_MAX_ADDRESSES = 3

# A name server that never answers must not hold a request for glibc's default of up to 20 seconds; see resolv.conf(5).
os.environ.setdefault("RES_OPTIONS", "timeout:2 attempts:2")


class Sending:
    """One request, made by the thread that plans it, sent by another, and cut off by the first if need be."""

    def __init__(self, seconds: float) -> None:
        self._manager = _manager()
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._connection: _Connection | None = None
        self._cut_off = False

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> urllib3.BaseHTTPResponse:
        """The answer's status and headers; the body is still to be read, by `read` or otherwise. Raises HTTPError."""
        _running.sending = self
        return self._manager.request(
            method,
            url,
            body=body,
            headers=headers,
            timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, total=self._seconds),
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )

    def read(self, response: urllib3.BaseHTTPResponse, most: int) -> bytes:
        """What the answer holds, as far as it came before trouble or the end of the time; a little more than `most`
        bytes if there is more. The connection is kept if all of it was read.
        """
        answer = b""
        try:
            while len(answer) <= most and self.seconds_left():
                chunk = response.read1(most, decode_content=False)
                if not chunk:
                    response.release_conn()
                    break
                answer += chunk
            else:
                response.close()
        except (HTTPError, OSError):
            response.close()
        return answer

    def cut_off(self) -> None:
        """Stop waiting for the receiver: what it has not answered by now counts as not answered."""
        self._cut_off = True
        connection = self._connection
        sock = connection.sock if connection else None
        if sock is not None:
            try:
                # Not SSLSocket's own method, which would take the TLS state from under the thread that reads.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                return  # it was over already

    def use(self, connection: "_Connection") -> None:
        """Note the connection that carries this request."""
        self._connection = connection

    def seconds_left(self) -> float:
        """Until this request must be over; 0 if it must be now."""
        return 0 if self._cut_off else max(self._deadline - time.monotonic(), 0)

    def reason(self, error: HTTPError) -> str:
        """A stable word for what went wrong; the library's own messages may tell of this side's network."""
        return "timeout" if self._cut_off else _reason(error)


def check_url(url: str, code: str, pointer: str) -> None:
    """Refuse (422, by this code and pointer) a URL that requests must not go to, judged by its text."""
    problem = addresses.url_problem(url, loopback=loopback_allowed())
    if problem is not None:
        raise Invalid(code, f"The URL {problem}.", pointer)


def loopback_allowed() -> bool:
    """Whether this stack may send to http and to this machine: local ones only."""
    return os.environ.get("ALLOW_LOOPBACK_WEBHOOKS") == "true"


class NotPublic(HTTPError):
    """The receiver's name has an address where requests must not go."""


class _Running(threading.local):
    sending: Sending


_running = _Running()


class _Connection(HTTPConnection):
    """A connection to an address that was judged when it was made."""

    def request(self, *args: Any, **kwargs: Any) -> None:
        _running.sending.use(self)
        super().request(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        """Connect to one of the name's addresses, if all of them are allowed.

        All, since a name that has both a public and a private address is one that somebody prepared.
        """
        found = self._addresses()
        loopback = loopback_allowed()
        if not all(addresses.may_reach(address, loopback=loopback) for address in found):
            raise NotPublic(f"{self.host} has an address that is not public")
        problem: OSError | None = None
        for address in found[:_MAX_ADDRESSES]:
            seconds = min(_CONNECT_SECONDS, _running.sending.seconds_left())
            if not seconds:
                break
            try:
                return socket.create_connection((address, self.port), seconds)
            except OSError as error:
                problem = error
        if problem is None or isinstance(problem, TimeoutError):
            raise ConnectTimeoutError(self, "connecting took too long")
        raise NewConnectionError(self, str(problem)) from problem

    def _addresses(self) -> list[str]:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except UnicodeError as error:
            raise NameResolutionError(self.host, self, socket.gaierror(str(error))) from error
        return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


@functools.cache
def _manager() -> urllib3.PoolManager:
    """The process's connections, kept between invocations."""
    manager = urllib3.PoolManager(num_pools=200, maxsize=10, ssl_context=ssl.create_default_context())
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return manager


def _reason(error: HTTPError) -> str:
    """A stable word for what went wrong; the library's own messages may tell of this side's network."""
    match error:
        case NotPublic():
            return "address_not_public"
        case NameResolutionError():
            return "name_not_found"
        case SSLError():
            return "tls"
        case NewConnectionError():
            return "connection_refused"
        case urllib3.exceptions.TimeoutError():
            return "timeout"
        case _:
            return "connection_lost"


def retry_after(header: str | None, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks for, given as a number or as an HTTP date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    if header.isascii() and header.isdecimal():
        return float(header[:10])
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0)

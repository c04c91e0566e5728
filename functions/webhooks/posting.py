"""Posting to receivers that nobody vouches for: to public addresses only, within a time and a size, following nothing.

A connection is made to an address that was judged a moment before, whatever the name means a moment later, and kept for
the next event to the same receiver. TLS and the Host header still go by the name.
"""

import functools
import os
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError, SSLError

from pos.errors import Invalid
from webhooks import rules

TOTAL_SECONDS = 15
_CONNECT_SECONDS = 3
_MAX_ADDRESSES = 3
_MAX_ANSWER = 64 * 1024
_MAX_EXCERPT = 1024

# A name server that never answers must not hold a delivery for glibc's default of up to 20 seconds; see resolv.conf(5).
os.environ.setdefault("RES_OPTIONS", "timeout:2 attempts:2")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answered (its status, and the first kilobyte as text), or why there is no answer."""

    latency_ms: int
    status_code: int | None = None
    error: str | None = None
    excerpt: str | None = None
    retry_after: str | None = None


class Post:
    """One POST, made by the thread that plans it, sent by another, and cut off by the first if need be."""

    def __init__(self) -> None:
        self._manager = _manager()
        self._deadline = time.monotonic() + TOTAL_SECONDS
        self._connection: _Connection | None = None
        self._cut_off = False

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Post `body`. Never raises for what a receiver, its name server or the network does."""
        started = time.monotonic()
        _running.post = self
        try:
            response = self._manager.request(
                "POST",
                url,
                body=body,
                headers=headers,
                timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, total=TOTAL_SECONDS),
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except HTTPError as error:
            return Reply(_ms_since(started), error="timeout" if self._cut_off else _reason(error))
        latency = _ms_since(started)
        return Reply(latency, response.status, None, self._excerpt(response), response.headers.get("retry-after"))

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
        """Note the connection that carries this POST."""
        self._connection = connection

    def seconds_left(self) -> float:
        """Until this POST must be over; 0 if it must be now."""
        return 0 if self._cut_off else max(self._deadline - time.monotonic(), 0)

    def _excerpt(self, response: urllib3.BaseHTTPResponse) -> str | None:
        """The answer's first kilobyte. The status has told all that matters: trouble from here on changes nothing."""
        answer = b""
        try:
            while len(answer) <= _MAX_ANSWER and self.seconds_left():
                chunk = response.read1(_MAX_ANSWER, decode_content=False)
                if not chunk:
                    response.release_conn()
                    break
                answer += chunk
            else:
                response.close()
        except (HTTPError, OSError):
            response.close()
        return answer[:_MAX_EXCERPT].decode(errors="replace") or None


def check_url(url: str) -> None:
    """Refuse (422) a URL that webhooks must not go to, judged by its text."""
    problem = rules.url_problem(url, loopback=loopback_allowed())
    if problem is not None:
        raise Invalid("endpoint.url_invalid", f"The URL {problem}.", "/url")


def loopback_allowed() -> bool:
    """Whether this stack may send to http and to this machine: local ones only."""
    return os.environ.get("ALLOW_LOOPBACK_WEBHOOKS") == "true"


class NotPublic(HTTPError):
    """The receiver's name has an address where webhooks must not go."""


class _Running(threading.local):
    post: Post


_running = _Running()


class _Connection(HTTPConnection):
    """A connection to an address that was judged when it was made."""

    def request(self, *args: Any, **kwargs: Any) -> None:
        _running.post.use(self)
        super().request(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        """Connect to one of the name's addresses, if all of them are allowed.

        All, since a name that has both a public and a private address is one that somebody prepared.
        """
        addresses = self._addresses()
        loopback = loopback_allowed()
        if not all(rules.may_reach(address, loopback=loopback) for address in addresses):
            raise NotPublic(f"{self.host} has an address that is not public")
        problem: OSError | None = None
        for address in addresses[:_MAX_ADDRESSES]:
            seconds = min(_CONNECT_SECONDS, _running.post.seconds_left())
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


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


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

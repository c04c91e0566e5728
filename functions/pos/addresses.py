"""Where requests may go that somebody outside names the address of, without I/O: public addresses over https."""

import ipaddress
import re
import socket

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

_HTTPS, _UNPRIVILEGED = 443, 1024
_HOST = re.compile(r"[0-9a-z_.-]+|\[[0-9a-f:.]+\]")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# What ipaddress.is_global lets through although nobody's web server lives there: RFC 7526, 9637, 3879.
_REFUSED = tuple(map(ipaddress.ip_network, ("192.88.99.0/24", "3fff::/20", "fec0::/10")))


def url_problem(url: str, *, loopback: bool) -> str | None:
    """What keeps requests from going to this URL, judged by its text alone; None if nothing does.

    `loopback` allows http and this machine's own addresses, for local runs. Names are looked up, and their addresses
    judged, each time that a connection is made: what a name means today says nothing about tomorrow.
    """
    if not (url.isascii() and url.isprintable()) or {" ", "\\"} & set(url):
        return "must be an ASCII URL without spaces or backslashes (a name in another script as xn--…)"
    try:
        parts = parse_url(url)
    except LocationParseError:
        return "must be a URL"
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        return "must begin with https://"
    if parts.auth is not None:
        return "must not hold a user name or password"
    if parts.fragment is not None:
        return "must not have a fragment (#…)"
    host = parts.host or ""
    if not _HOST.fullmatch(host) or parts.port == 0:
        return "must name a host"
    if not loopback and parts.port is not None and parts.port != _HTTPS and parts.port < _UNPRIVILEGED:
        return "must have port 443, or one above 1023: below are other services than web servers"
    if not _may_name(host.rstrip("."), loopback=loopback):
        return "must name a host with a public address"
    return None


def may_reach(address: str, *, loopback: bool) -> bool:
    """Whether requests may go to this IP address: a public one, or, where `loopback` is allowed, this machine's own."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        ip = _embedded(ip) or ip
    if ip.is_loopback:
        return loopback
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or any(ip in network for network in _REFUSED))


def _may_name(host: str, *, loopback: bool) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return loopback
    address = _literal(host)
    return address is None or may_reach(address, loopback=loopback)


def _literal(host: str) -> str | None:
    """The address that a host spells, also as 2130706433, 0x7f.1 or 127.1, which resolvers take for addresses."""
    if host.startswith("["):
        return host.strip("[]")
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def _embedded(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to, by mapping (RFC 4291) or NAT64 (RFC 6052)."""
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped

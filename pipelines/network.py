"""Connections inside the office's network. Nothing is ever sent outside it."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from functools import cache
from urllib.parse import urlsplit


def is_inside(address: str) -> bool:
    """True when every address of a host or URL is private. A name that does not resolve now counts as inside."""
    host = (urlsplit(address).hostname or "") if "://" in address else address
    try:
        found = {str(one[4][0]) for one in socket.getaddrinfo(host, None)}
    except OSError:
        # The name server may be down at the start, and without an address nothing can be sent anyway.
        return bool(host)
    # All of them: a name with one public address could be reached outside. "%" begins the zone of an IPv6 address.
    return all(not ipaddress.ip_address(one.partition("%")[0]).is_global for one in found)


@cache
def tls() -> ssl.SSLContext:
    """The trusted certificates, read once per process: reading them takes 50 ms, longer than most requests."""
    return ssl.create_default_context()


def free_ports(count: int) -> list[int]:
    """Ports of this machine on which nobody listens now."""
    # All are bound before any is closed: the system would otherwise return the same port twice.
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()

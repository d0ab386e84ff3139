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

"""Asking servers inside the office's network. Nothing is ever sent to one that is not."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from functools import cache
from urllib.parse import urlsplit


def is_inside(address: str) -> bool:
    """True when every address of a host or URL is private; a name that does not resolve now is left to the sending."""
    host = (urlsplit(address).hostname or "") if "://" in address else address
    try:
        found = {str(one[4][0]) for one in socket.getaddrinfo(host, None)}
    except OSError:
        return bool(host)
    return all(not ipaddress.ip_address(one.partition("%")[0]).is_global for one in found)


@cache
def tls() -> ssl.SSLContext:
    """Certificates to trust, read once a process: it takes 50 ms, as long as many requests."""
    return ssl.create_default_context()

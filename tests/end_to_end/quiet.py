"""Runs a command where nothing outside can be reached, and writes down every attempt to.

    unshare --net --mount python quiet.py ATTEMPTS.json COMMAND…

In a network namespace of its own there is the loopback and one more interface, to which everything else is routed
and behind which nobody answers. The name server is said to be there, too. So each packet seen on it is an attempt to
reach outside, a name that somebody looked up included. Linux, as root.
"""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

_OUTSIDE = "outside0"
_OWN, _NOBODY = "198.18.0.2", "198.18.0.1"  # addresses kept for measurements (RFC 2544)
_EVERY_PROTOCOL = 0x0003
_IPV4, _UDP, _TCP = 0x0800, 17, 6
_NAMES = 53


def wall_off() -> socket.socket:
    """Sets the interfaces up; gives the ear on the one that leads outside."""
    for line in (
        "link set lo up",
        f"link add {_OUTSIDE} type veth peer name nobody0",
        "link set nobody0 up",
        f"addr add {_OWN}/24 dev {_OUTSIDE}",
        f"link set {_OUTSIDE} up",
        f"neigh replace {_NOBODY} lladdr 02:00:00:00:00:01 dev {_OUTSIDE}",
        f"route add default via {_NOBODY} dev {_OUTSIDE}",
    ):
        subprocess.run(["ip", *line.split()], check=True)
    Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1")
    with tempfile.NamedTemporaryFile("w", delete=False) as names:
        names.write(f"nameserver {_NOBODY}\noptions timeout:1 attempts:1\n")
    subprocess.run(["mount", "--bind", names.name, "/etc/resolv.conf"], check=True)
    ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERY_PROTOCOL))
    ear.bind((_OUTSIDE, 0))
    return ear


def listen(ear: socket.socket, heard: list[str]) -> None:
    """Notes every packet that asks for something outside, once each."""
    while True:
        told = attempt(ear.recv(4096))
        if told and told not in heard:
            heard.append(told)


def attempt(frame: bytes) -> str:
    """What a frame tries to reach: ``tcp 192.0.2.1:80``, ``name example.org``; empty for the kernel's own talk."""
    (kind,) = struct.unpack("!H", frame[12:14])
    if kind != _IPV4:
        return ""
    packet = frame[14:]
    protocol, length = packet[9], 4 * (packet[0] & 15)
    if protocol not in (_TCP, _UDP):
        return "" if protocol == 2 else f"protocol {protocol} {socket.inet_ntoa(packet[16:20])}"
    (port,) = struct.unpack("!H", packet[length + 2 : length + 4])
    if protocol == _UDP and port == _NAMES:
        return f"name {_asked(packet[length + 20 :])}"
    return f"{'tcp' if protocol == _TCP else 'udp'} {socket.inet_ntoa(packet[16:20])}:{port}"


def _asked(question: bytes) -> str:
    labels: list[str] = []
    while question and question[0]:
        labels.append(question[1 : 1 + question[0]].decode("ascii", "replace"))
        question = question[1 + question[0] :]
    return ".".join(labels)


def main() -> int:
    report, command = Path(sys.argv[1]), sys.argv[2:]
    heard: list[str] = []
    ear = wall_off()
    threading.Thread(target=listen, args=(ear, heard), daemon=True).start()
    code = subprocess.run(command, check=False).returncode
    report.write_text(json.dumps(heard, indent=1), encoding="utf-8")
    return code


if __name__ == "__main__":
    raise SystemExit(main())

"""RFC 3161 time stamps over the daily seals, from a server inside the network: `seals/DAY.tsr` beside `seals/DAY.json`.

`openssl ts -verify -data DAY.json -in DAY.tsr -CAfile AUTHORITY.pem` checks one without this program.
"""

from __future__ import annotations

import asyncio
import logging
from hashlib import sha256
from pathlib import Path

from asn1crypto import tsp

from pipelines.errors import PipelineError
from pipelines.network import is_inside
from store.base.files import write_new

TIMEOUT_SECONDS = 10
# RFC 3161, 2.4.2: with any other status the response holds no token.
GRANTED = ("granted", "granted_with_mods")
_log = logging.getLogger("utsushi.timestamps")


def checked_url(url: str) -> str:
    """The server's address. Raises PipelineError unless it is inside the network; "" stays ""."""
    if url and not is_inside(url):
        raise PipelineError(
            "timestamp_url は庁内のサーバーではありません", "timestamp_url is not a server inside the network"
        )
    return url


def stamp_all(copies: Path, url: str) -> int:
    """Fetches missing time stamps; returns how many were stored. A failed request is repeated at the next seal."""
    stored = 0
    for seal in sorted(copies.glob("*.json")) if url else []:
        target = seal.with_suffix(".tsr")
        if target.exists():
            continue
        try:
            answer = _request_stamp(url, sha256(seal.read_bytes()).digest())
        except (OSError, ValueError) as error:
            _log.warning("no time stamp for seal %s: %s", seal.stem, type(error).__name__)
            break  # the others would wait for the same server's time limit
        stored += write_new(target, answer.dump(), 0o644)
    return stored


def fault(seal: Path) -> str:
    """The fault of a seal's time stamp: `timestamp_differs`, or "" when it fits or there is none."""
    path = seal.with_suffix(".tsr")
    if not path.is_file():
        return ""
    try:
        # The authority's signature is not checked here: no certificate of it is installed. `openssl ts` does that.
        content = _content(tsp.TimeStampResp.load(path.read_bytes()))
        imprint = content["message_imprint"]["hashed_message"].native
    except (ValueError, TypeError, KeyError):
        return "timestamp_differs"
    return "" if imprint == sha256(seal.read_bytes()).digest() else "timestamp_differs"


def _request_stamp(url: str, digest: bytes) -> tsp.TimeStampResp:
    from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError

    stamper = HTTPTimeStamper(url, timeout=TIMEOUT_SECONDS)
    nonce, request = stamper.request_cms(digest, "sha256")  # type: ignore[no-untyped-call]
    try:
        answer = asyncio.run(stamper.async_request_tsa_response(request))
    except TimestampRequestError as error:
        raise OSError("no answer") from error
    if answer["status"]["status"].native not in GRANTED:
        raise ValueError("refused")
    # RFC 3161, 2.4.2: the nonce shows that this is no replay of an older answer.
    if _content(answer)["nonce"].native != nonce:
        raise ValueError("nonce differs")
    return answer


def _content(answer: tsp.TimeStampResp) -> tsp.TSTInfo:
    return answer["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed

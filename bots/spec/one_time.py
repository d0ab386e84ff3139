"""Codes of a two-step login from the secret that an authenticator app would hold (TOTP, RFC 6238; HOTP, RFC 4226)."""

from __future__ import annotations

import base64
import binascii
import hmac
import time

from bots.base.errors import SetupError

Argument = str | int
_ALGORITHMS = ("sha1", "sha256", "sha512")


def totp(value: str, digits: Argument = 6, algorithm: Argument = "sha1", period: Argument = 30) -> str:
    """Return the code of this moment for a secret in Base32, as authenticator apps take it.

    Raises:
        SetupError: the secret is not Base32, or the algorithm is none of RFC 6238.
    """
    return code_at(_key(value), time.time(), int(digits), str(algorithm).lower(), int(period))


def code_at(key: bytes, seconds: float, digits: int = 6, algorithm: str = "sha1", period: int = 30) -> str:
    """Return the code at a Unix time; RFC 6238 with the dynamic truncation of RFC 4226, section 5.3."""
    if algorithm not in _ALGORITHMS:
        known = ", ".join(_ALGORITHMS)
        raise SetupError(f"totp の方式は {known} です。", f"totp takes one of: {known}")
    mac = hmac.digest(key, (int(seconds) // period).to_bytes(8, "big"), algorithm)
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def _key(secret: str) -> bytes:
    # Shown in groups of four and without padding by the systems that hand it out.
    text = secret.replace(" ", "").replace("-", "").upper().rstrip("=")
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError) as error:
        # The secret itself must not be in the message.
        raise SetupError(
            "totp の秘密情報がBase32ではありません。", "the secret for totp is not Base32"
        ) from error

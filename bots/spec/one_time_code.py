"""One-time codes of a login's second step (TOTP, RFC 6238) from the secret that the system shows when it is set up."""

from __future__ import annotations

import base64
import binascii
import hmac
import time

from bots.base.errors import ValueUnfit

_STEP_SECONDS = 30


def totp(secret: str, digits: int = 6, algorithm: str = "sha1") -> str:
    """Return the code of this half minute for a secret in Base32."""
    if algorithm not in ("sha1", "sha256", "sha512") or not 6 <= digits <= 8:
        raise ValueUnfit("totp の引数が違います。", "totp takes 6 to 8 digits and sha1, sha256 or sha512")
    return code_at(secret, time.time(), digits, algorithm)


def code_at(secret: str, seconds: float, digits: int, algorithm: str) -> str:
    """Return the code at a time in seconds since 1970 (RFC 6238, 4.2; the truncation is RFC 4226, 5.3)."""
    # Systems show the secret in groups of four, in small letters, and without the padding.
    plain = secret.replace(" ", "").replace("-", "").rstrip("=").upper()
    try:
        key = base64.b32decode(plain + "=" * (-len(plain) % 8))
    except binascii.Error:
        raise ValueUnfit("TOTPの秘密鍵がBase32ではありません。", "the TOTP secret is not Base32") from None
    counter = int(seconds // _STEP_SECONDS).to_bytes(8, "big")
    mac = hmac.digest(key, counter, algorithm)
    start = mac[-1] & 0xF
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)

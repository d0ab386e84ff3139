"""The key with which a municipality signs its packages (Ed25519, RFC 8032)."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from templates_forms.sharing.errors import PackageError


def signing_key(path: Path) -> Ed25519PrivateKey:
    """Return the key in a PEM file; creates it, readable by its owner only, when the file does not exist.

    Raises:
        PackageError: the file does not contain an Ed25519 private key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Ed25519PrivateKey.generate()
        pem = temporary.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
        # Created with mode 0600, so that the key is never readable by others, not even briefly.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(pem)
    try:
        key = forms.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(path)
    return key


def public_bytes(public: Ed25519PublicKey) -> bytes:
    """Return the 32 bytes of a public key."""
    return public.public_bytes(forms.Encoding.Raw, forms.PublicFormat.Raw)


def fingerprint(public: bytes) -> str:
    """Return 16 hex digits in groups of four, short enough to be compared over the telephone."""
    # 64 bits: finding another key with the same digits is not practical.
    digits = hashlib.sha256(public).hexdigest()[:16]
    return "-".join(digits[i : i + 4] for i in range(0, 16, 4))


def _no_key(path: Path) -> PackageError:
    return PackageError(
        f"署名鍵 {path} を読めません。別の --key を指定するか、正しい鍵に戻してください。",
        f"{path} is no Ed25519 private key",
    )

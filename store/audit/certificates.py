"""Signed statements: JSON that can be checked with the public key and the following description alone.

The signature is Ed25519 (RFC 8032) over the canonical JSON (`store.audit.chain.canonical`: sorted keys, no spaces,
non-ASCII unescaped, UTF-8) of the statement without its `signature`. The key is the one that seals the audit chain;
`key_id` names the public half, `keys/seal-<key_id>.pub`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature

from store.audit import chain
from store.audit.seals import SealKeys, key_id
from store.base.errors import CertificateInvalid


def sign(facts: Mapping[str, Any], keys: SealKeys) -> dict[str, Any]:
    """The facts with `key_id` and `signature`. Raises KeyFileMissing."""
    private = keys.signing()
    signed = {**facts, "key_id": key_id(private.public_key())}
    return {**signed, "signature": private.sign(chain.canonical(signed).encode()).hex()}


def check(statement: Mapping[str, Any], keys: SealKeys) -> None:
    """Raise CertificateInvalid unless one of our keys signed exactly this."""
    signed = {name: value for name, value in statement.items() if name != "signature"}
    public = keys.trusted(str(statement.get("key_id", "")))
    # Only keys in the office's folder are trusted, never a key that the statement itself would bring.
    if public is None:
        raise CertificateInvalid("key_id")
    try:
        public.verify(bytes.fromhex(str(statement.get("signature", ""))), chain.canonical(signed).encode())
    except (InvalidSignature, ValueError) as error:
        raise CertificateInvalid("signature") from error

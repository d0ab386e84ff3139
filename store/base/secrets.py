"""Encryption of secret fields: a key per value, wrapped by a master key outside the database.

A sealed value is `u1.<key id>.<base64url of wrapped key and ciphertext>` (AES-256-GCM, NIST SP 800-38D). The
context (`document:field`) is authenticated with it, so a value that is moved to another row cannot be decrypted.
Rotation adds a master key and wraps the value keys again; the key id in the value names the master key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.base.errors import KeyFileMissing, SecretUnreadable
from store.base.files import sync_folder, write_new

PREFIX = "u1"
_NONCE = 12  # bytes; the length that NIST SP 800-38D recommends for GCM
_WRAPPED = _NONCE + 32 + 16  # nonce, AES-256 key, GCM tag
_SAFE = re.compile(r"[a-z0-9_:.\-]{1,80}")


def mask(value: str) -> str:
    """A value as shown before a reveal: four dots whatever its length, "" for an empty one."""
    # Always four: the number of dots must not reveal the value's length.
    return "●" * 4 if value else ""


@dataclass(frozen=True, slots=True)
class _Ring:
    """The key file's content: master keys by name, the one in use, the key of fingerprints."""

    keys: dict[str, AESGCM]
    current: str
    fingerprint: bytes


class Vault:
    """Seals and opens secret values with the keys of one key file."""

    def __init__(self, path: Path) -> None:
        """`path`: the key file, mode 0600, outside the database and its backups."""
        self._path = path
        self._loaded: _Ring | None = None

    @property
    def exists(self) -> bool:
        """True when the key file is there."""
        return self._path.is_file()

    def create(self) -> None:
        """Create the key file unless another process just did."""
        key_id = "k1"
        write_new(
            self._path,
            json.dumps(
                {"current": key_id, "keys": {key_id: _random()}, "fingerprint": _random()},
                indent=1,
            ).encode(),
        )

    def seal(self, value: str, context: str) -> str:
        """Encrypt `value`, bound to `context`. Raises KeyFileMissing."""
        key_id = self.key_id
        data_key = AESGCM.generate_key(256)
        # Envelope encryption: a rotation wraps only the small data key again, not every ciphertext.
        # The key id is authenticated too: a value cannot be relabelled with another master key.
        wrapped = _encrypt(self._master(key_id), data_key, key_id)
        body = _encrypt(AESGCM(data_key), value.encode(), context)
        return f"{PREFIX}.{key_id}.{base64.urlsafe_b64encode(wrapped + body).decode()}"

    def open(self, token: str, context: str) -> str:
        """Decrypt a value from `seal`. Raises SecretUnreadable when it was changed or has another context."""
        key_id, raw = _split(token)
        try:
            data_key = _decrypt(self._master(key_id), raw[:_WRAPPED], key_id)
            return _decrypt(AESGCM(data_key), raw[_WRAPPED:], context).decode()
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable(context) from error

    def rewrap(self, token: str) -> str:
        """The same secret under the newest master key; the ciphertext itself is unchanged."""
        key_id, raw = _split(token)
        try:
            data_key = _decrypt(self._master(key_id), raw[:_WRAPPED], key_id)
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable(key_id) from error
        wrapped = _encrypt(self._master(self.key_id), data_key, self.key_id)
        return f"{PREFIX}.{self.key_id}.{base64.urlsafe_b64encode(wrapped + raw[_WRAPPED:]).decode()}"

    def rewrap_if_old(self, token: str) -> str:
        """`rewrap`, or the token itself when the newest key wraps it already, or when it is no sealed value at all."""
        try:
            old = _split(token)[0] != self.key_id
        except SecretUnreadable:
            return token  # a plain text that happens to look like a sealed value
        return self.rewrap(token) if old else token

    def remove_old_keys(self, keep: Collection[str]) -> list[str]:
        """Remove master keys that no value needs any more, never the current one. Returns the removed names."""
        content = self._read()
        gone = [name for name in content["keys"] if name not in {*keep, content["current"]}]
        for name in gone:
            del content["keys"][name]
        self._replace(content)
        return gone

    def fingerprint(self, value: str) -> str:
        """A keyed SHA-256 of `value`, for the audit chain: a plain hash of twelve digits could be guessed."""
        # A key of its own that is never rotated: fingerprints in the chain have to stay comparable.
        return hmac.new(self._ring().fingerprint, value.encode(), hashlib.sha256).hexdigest()

    def loggable(self, text: str) -> str:
        """`text` itself if it is a plain code word, else its fingerprint: free text may name a person."""
        return text if _SAFE.fullmatch(text) or not text else f"fp:{self.fingerprint(text)[:32]}"

    @property
    def key_id(self) -> str:
        """Name of the master key that new values are sealed with."""
        return self._ring().current

    def rotate(self) -> str:
        """Add a new master key and use it from now on; old values can still be decrypted. Returns its name."""
        content = self._read()
        # From the highest number, which is never removed: a name always means the same key.
        key_id = f"k{max(int(name[1:]) for name in content['keys']) + 1}"
        content["keys"][key_id] = _random()
        content["current"] = key_id
        self._replace(content)
        return key_id

    def _replace(self, content: dict[str, Any]) -> None:
        # Written beside it and renamed: a power cut leaves the old file or the new one, never half of one. What an
        # interrupted attempt left goes first, because `write_new` refuses an existing file.
        fresh = self._path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        write_new(fresh, json.dumps(content, indent=1).encode())
        fresh.replace(self._path)
        sync_folder(self._path.parent)
        self._loaded = None

    def _master(self, key_id: str) -> AESGCM:
        ring = self._ring()
        if key_id not in ring.keys:
            ring = self._loaded = self._read_ring()  # another process may have rotated since
        if key_id not in ring.keys:
            raise SecretUnreadable(key_id)
        return ring.keys[key_id]

    def _ring(self) -> _Ring:
        # Read and replaced as one object, so that threads never see half of it.
        ring = self._loaded
        if ring is None:
            ring = self._loaded = self._read_ring()
        return ring

    def _read_ring(self) -> _Ring:
        content = self._read()
        keys = {name: AESGCM(base64.b64decode(key)) for name, key in content["keys"].items()}
        return _Ring(keys, content["current"], base64.b64decode(content["fingerprint"]))

    def _read(self) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads(self._path.read_bytes())
        except FileNotFoundError as error:
            raise KeyFileMissing(self._path.name) from error
        return content


def _random() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def _encrypt(key: AESGCM, data: bytes, context: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + key.encrypt(nonce, data, context.encode())


def _decrypt(key: AESGCM, data: bytes, context: str) -> bytes:
    return key.decrypt(data[:_NONCE], data[_NONCE:], context.encode())


def _split(token: str) -> tuple[str, bytes]:
    try:
        prefix, key_id, body = token.split(".")
        if prefix != PREFIX:
            raise SecretUnreadable(prefix[:8])
        return key_id, base64.urlsafe_b64decode(body)
    except (ValueError, binascii.Error) as error:
        raise SecretUnreadable() from error

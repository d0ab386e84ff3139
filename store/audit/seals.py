"""Daily seals: an Ed25519 signature (RFC 8032) over the head of the audit chain, by a key outside the database.

An attacker who can rewrite the database can rebuild the whole chain, but cannot sign it. Each seal is also written to
a folder as a small file (`seals/2026-07-01.json`) that an office can copy elsewhere, so seals deleted from the database
are noticed. The signature is over the seal without `signature`, as canonical JSON (`store.audit.chain.canonical`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from store.audit import chain as audit
from store.audit import merkle
from store.audit.chain import AuditResult
from store.base.errors import KeyFileMissing
from store.base.files import write_new
from store.base.schema import AuditSeal
from store.base.session import now, transaction_lock


@dataclass(frozen=True, slots=True)
class SealResult:
    """Chain and seals together. `seal_day` names the first bad seal, `seal_fault` what is wrong with it."""

    ok: bool
    chain: AuditResult
    seals: int
    seal_day: str = ""
    seal_fault: str = ""


class SealKeys:
    """The signing key `seal.pem` and the public keys `seal-<id>.pub` in the key folder."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the store's key folder."""
        self.folder = folder

    def create(self) -> None:
        """Create a signing key unless there is one."""
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
        write_new(self.folder / "seal.pem", pem)
        # Read back, not taken from `private`: another process may have written its key first.
        public = self.signing().public_key()
        pem = public.public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
        write_new(self.folder / f"seal-{key_id(public)}.pub", pem, 0o644)

    def signing(self) -> Ed25519PrivateKey:
        """The signing key. Raises KeyFileMissing."""
        path = self.folder / "seal.pem"
        try:
            key = forms.load_pem_private_key(path.read_bytes(), None)
        except (FileNotFoundError, ValueError) as error:
            raise KeyFileMissing(path.name) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyFileMissing(path.name)
        return key

    def trusted(self, identity: str) -> Ed25519PublicKey | None:
        """The public key of that id, None when it is not one of ours."""
        # `identity` comes from a statement that may be forged: only letters and digits, so no other path is reachable.
        path = self.folder / f"seal-{identity}.pub"
        if not identity.isalnum() or not path.is_file():
            return None
        key = forms.load_pem_public_key(path.read_bytes())
        return key if isinstance(key, Ed25519PublicKey) and key_id(key) == identity else None


def key_id(public: Ed25519PublicKey) -> str:
    """The first 16 hex digits of the SHA-256 of the raw public key."""
    raw = public.public_bytes(forms.Encoding.Raw, forms.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def seal_day(session: Session, keys: SealKeys, day: str) -> AuditSeal:
    """Seal the present chain for `day` (ISO date). A sealed day is not changed. Call `write_copies` after the commit.

    The root of a tree over the new events is appended first, so that each event can be proven alone
    (`store.audit.merkle`).
    """
    transaction_lock(session, "utsushi.seal")
    seal = session.get(AuditSeal, day)
    if seal is None:
        merkle.store_hashes(session)
        seq, digest = audit.head(session)
        private = keys.signing()
        seal = AuditSeal(
            day=day,
            last_seq=seq,
            last_hash=digest,
            key_id=key_id(private.public_key()),
            sealed_at=now(session).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        )
        seal.signature = private.sign(_signed(seal)).hex()
        session.add(seal)
        session.flush()
    return seal


def write_copies(session: Session, keys: SealKeys, copies: Path) -> None:
    """Write the copy of every seal that has none, if the seal is genuine.

    Only after the commit: a copy of a seal that a power cut took back would accuse the database for ever. What a power
    cut leaves out here is written the next time.
    """
    for seal in session.scalars(select(AuditSeal)):
        if not (copies / f"{seal.day}.json").is_file() and _is_genuine(seal, keys):
            write_new(copies / f"{seal.day}.json", audit.canonical(facts(seal)).encode(), 0o644)


def verify(session: Session, keys: SealKeys, copies: Path) -> SealResult:
    """Check every seal against key and copy, then the chain against every seal; names the first fault."""
    seals = list(session.scalars(select(AuditSeal).order_by(AuditSeal.day)))
    # A seal over an empty chain names no event.
    known = {seal.last_seq: seal.last_hash for seal in seals if seal.last_seq}
    chain = audit.verify(session, known=known)
    fault = next(((seal.day, what) for seal in seals if (what := _fault(seal, keys, copies))), None)
    days = {seal.day for seal in seals}
    # A copy without its row: the seal was deleted from the database.
    missing = sorted(path.stem for path in copies.glob("*.json") if path.stem not in days)
    if fault is None and missing:
        fault = (missing[0], "seal_missing")
    day, what = fault or ("", "")
    return SealResult(chain.ok and fault is None, chain, len(seals), day, what)


def _is_genuine(seal: AuditSeal, keys: SealKeys) -> bool:
    public = keys.trusted(seal.key_id)
    try:
        if public is not None:
            public.verify(bytes.fromhex(seal.signature), _signed(seal))
    except (InvalidSignature, ValueError):
        return False
    return public is not None


def _fault(seal: AuditSeal, keys: SealKeys, copies: Path) -> str:
    if keys.trusted(seal.key_id) is None:
        return "seal_key_unknown"
    if not _is_genuine(seal, keys):
        return "seal_changed"
    path = copies / f"{seal.day}.json"
    if not path.is_file():
        return "seal_copy_missing"
    return "" if json.loads(path.read_bytes()) == facts(seal) else "seal_differs_from_copy"


def facts(seal: AuditSeal) -> dict[str, str | int]:
    """The fields of a seal, as written to its copy and to proofs."""
    return {
        "day": seal.day,
        "key_id": seal.key_id,
        "last_hash": seal.last_hash,
        "last_seq": seal.last_seq,
        "sealed_at": seal.sealed_at,
        "signature": seal.signature,
    }


def _signed(seal: AuditSeal) -> bytes:
    signed = facts(seal)
    del signed["signature"]
    return audit.canonical(signed).encode()

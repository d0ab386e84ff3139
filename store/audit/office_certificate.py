"""The office's own certificate for signing documents: self-issued once, with its key outside the database.

`evidence.pem` is the private key (RSA 3072, PKCS#8, mode 0600), `evidence-<id>.crt` the self-signed X.509 certificate
(RFC 5280) for those who check a signature; `<id>` is the start of its SHA-256 fingerprint. RSA, because
every common PDF viewer verifies it; the chain's Ed25519 seals are checked by other means.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from store.base.errors import KeyFileMissing
from store.base.files import write_new

# Nothing renews the certificate, and a bundle has to be verifiable for as long as an office keeps it.
YEARS: Final = 20
# 128 bits of strength, which NIST SP 800-57 part 1 accepts beyond 2030; 2048 bits are 112.
KEY_BITS: Final = 3072
KEY_FILE: Final = "evidence.pem"


class OfficeCertificate:
    """The signing key and its certificate in the key folder."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the store's key folder."""
        self.folder = folder
        self.key_path = folder / KEY_FILE

    def create(self, office: str) -> None:
        """Make key and certificate unless they are there; `office` is the name that readers will show."""
        if not self.key_path.is_file():
            key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
            pem = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
            write_new(self.key_path, pem)
        if not self._certificates():
            certificate = _issue(self._key(), office, datetime.now(UTC))
            pem = certificate.public_bytes(forms.Encoding.PEM)
            write_new(self.folder / f"evidence-{fingerprint(certificate)[:16]}.crt", pem, 0o644)

    def load(self) -> x509.Certificate:
        """The certificate of the present key. Raises KeyFileMissing."""
        public = self._key().public_key()
        for path in self._certificates():
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
            if certificate.public_key() == public:
                return certificate
        raise KeyFileMissing("evidence-*.crt")

    def path(self) -> Path:
        """The present certificate's file. Raises KeyFileMissing."""
        return self.folder / f"evidence-{fingerprint(self.load())[:16]}.crt"

    def _certificates(self) -> list[Path]:
        return sorted(self.folder.glob("evidence-*.crt"))

    def _key(self) -> rsa.RSAPrivateKey:
        try:
            key = forms.load_pem_private_key(self.key_path.read_bytes(), None)
        except (FileNotFoundError, ValueError) as error:
            raise KeyFileMissing(KEY_FILE) from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise KeyFileMissing(KEY_FILE)
        return key


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate's DER bytes in hex, as `openssl x509 -fingerprint -sha256` shows it without colons."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _issue(key: rsa.RSAPrivateKey, office: str, at: datetime) -> x509.Certificate:
    # RFC 5280, appendix A: at most 64 characters in an organisation's name and in a common name.
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, office[:64] or "Utsushi"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{office[:40]} 写し 証跡署名"),
        ]
    )
    # Only digital signature and content commitment: the key signs documents and nothing else.
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        # RFC 5280, 4.1.2.2: a serial number is positive and at most 20 octets.
        .serial_number(int.from_bytes(os.urandom(16), "big") >> 1)
        # Tolerates a verifying machine whose clock is slightly behind.
        .not_valid_before(at - timedelta(minutes=5))
        .not_valid_after(at + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )

"""The office's signature over a bundle: PAdES (ETSI EN 319 142-1) by pyHanko, a certification that permits no change.

With the address of a time-stamping server inside the network, an RFC 3161 time stamp is part of the signature.
"""

from __future__ import annotations

import io

from reports.errors import TimestampFailed
from store.audit.office_certificate import OfficeCertificate
from store.base.errors import KeyFileMissing

FIELD = "UtsushiEvidence"
TIMEOUT_SECONDS = 10


def sign(pdf: bytes, certificate: OfficeCertificate, office: str, timestamp_url: str = "") -> bytes:
    """The PDF with one signature over all of it.

    Raises:
        KeyFileMissing: the office's key is not in the key folder.
        TimestampFailed: a server is configured and returns no time stamp.
    """
    # Imported here: most processes never sign, and would start later.
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError

    key, own = str(certificate.key_path), str(certificate.path())
    signer = signers.SimpleSigner.load(key, own)  # type: ignore[no-untyped-call]
    if signer is None:
        raise KeyFileMissing(certificate.key_path.name)
    # An incremental update: the signature covers the bytes of the file as they are.
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    fields.append_signature_field(writer, fields.SigFieldSpec(FIELD, on_page=0))
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        location=office,
        reason="証跡の証明 (evidence)",
        subfilter=fields.SigSeedSubFilter.PADES,
        # DocMDP with P=1 (ISO 32000-1, 12.8.2.2): a reader reports any later change as breaking the signature.
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    stamper = HTTPTimeStamper(timestamp_url, timeout=TIMEOUT_SECONDS) if timestamp_url else None
    out = io.BytesIO()
    try:
        signers.PdfSigner(meta, signer=signer, timestamper=stamper).sign_pdf(writer, output=out)
    except (TimestampRequestError, OSError) as error:
        raise TimestampFailed(type(error).__name__) from error
    return out.getvalue()


__all__ = ["FIELD", "sign"]

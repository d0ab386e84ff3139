"""Pages and files → PDF/A-3b (ISO 19005-3): sRGB output intent, XMP metadata, embedded files as associated files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name, String
from PIL import ImageCms

from reports.bundle.model import Attachment

# AFRelationship of ISO 19005-3, which PDF/A-3 requires of every embedded file.
_RELATIONS = {"Data": Name.Data, "Source": Name.Source, "Supplement": Name.Supplement}


def archive(pages: bytes, title: str, attachments: Sequence[Attachment], at: datetime) -> bytes:
    """A PDF/A-3b file, not yet signed.

    Args:
        pages: a PDF whose fonts are embedded.
        title: for readers' title bars.
        attachments: files to embed.
        at: time of creation, with its zone.
    """
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pages)) as pdf:
        if "/Info" in pdf.trailer:
            del pdf.trailer[
                "/Info"
            ]  # PDF/A requires it to equal the XMP metadata; optional, so it is left out
        _output_intent(pdf)
        _attach(pdf, attachments, at)
        pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        # Level B claims no tagged structure (that would be level A).
        pdf.Root.MarkInfo = Dictionary(Marked=False)
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
            _describe(meta, title, at)
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, min_version="1.7")
    return out.getvalue()


def _output_intent(pdf: pikepdf.Pdf) -> None:
    # PDF/A needs a device-independent meaning for the RGB colours of text and pictures.
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stream = pdf.make_stream(profile, N=3, Alternate=Name.DeviceRGB)
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,  # the same value in all parts of ISO 19005
        OutputConditionIdentifier=String("sRGB IEC61966-2.1"),
        Info=String("sRGB IEC61966-2.1"),
        DestOutputProfile=stream,
    )
    pdf.Root.OutputIntents = pikepdf.Array([pdf.make_indirect(intent)])


def _attach(pdf: pikepdf.Pdf, attachments: Sequence[Attachment], at: datetime) -> None:
    associated = []
    for one in attachments:
        stamp = at.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
        spec = pikepdf.AttachedFileSpec(
            pdf,
            one.data,
            description=one.description,
            filename=one.name,
            mime_type=one.mime,
            creation_date=stamp,
            mod_date=stamp,
            relationship=_RELATIONS[one.relation],
        )
        pdf.attachments[one.name] = spec
        associated.append(spec.obj)
    # A file that only stands in the name tree would not be associated with the document.
    pdf.Root.AF = pikepdf.Array(associated)


def _describe(meta: Any, title: str, at: datetime) -> None:
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    meta["dc:title"] = title
    meta["dc:creator"] = ["Utsushi"]
    meta["dc:language"] = {"ja"}
    meta["xmp:CreateDate"] = stamp
    meta["xmp:ModifyDate"] = stamp
    meta["xmp:MetadataDate"] = stamp
    meta["xmp:CreatorTool"] = "Utsushi"
    meta["pdfaid:part"] = "3"
    meta["pdfaid:conformance"] = "B"

"""Opens a package, checks all of it, and installs the template into the library atomically.

A package comes from outside and is not trusted: nothing is written before the signature, every name, every size
and every checksum have been checked, the template has been loaded from a temporary folder, and a person has seen
its contents. It contains no program; only files with allowed names are accepted. Remaining risk: the signature
proves that the signer made the file, not who the signer is. Compare the fingerprint.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from templates_forms.authoring.writing import create_folder_atomically
from templates_forms.errors import TemplateError
from templates_forms.loader import load_form, load_library
from templates_forms.model import Form
from templates_forms.sharing.errors import (
    AlreadyInstalled,
    BadSignature,
    NotAPackage,
    SignerMismatch,
    TooLarge,
    UnsafePath,
)
from templates_forms.sharing.keys import fingerprint
from templates_forms.sharing.manifest import (
    MANIFEST,
    MOST_BYTES,
    MOST_FILES,
    SIGNATURE,
    Manifest,
    allowed,
    digest,
    manifest_of,
)

_LIST_BYTES = 2_000_000
# S_IFLNK and S_IFMT of POSIX; a ZIP made on Unix stores the file mode in the upper 16 bits of external_attr.
_SYMLINK = 0o120000
_KIND = 0o170000


@dataclass(frozen=True, slots=True)
class Package:
    """A package whose signature, names and checksums have been checked.

    Attributes:
        manifest: its list of contents.
        contents: bytes by name.
        signer: fingerprint of the signing key.
    """

    manifest: Manifest
    contents: dict[str, bytes]
    signer: str

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in one of its folders (``scans``, ``bot``)."""
        return [name for name in self.contents if name.startswith(f"{folder}/")]


def open_package(path: Path, signer: str | None = None) -> Package:
    """Read a package and check all of it; writes nothing.

    Args:
        path: the file.
        signer: the required fingerprint of the signing key; None for any.

    Raises:
        PackageError: truncated, changed, signed by another key, too large, or with names that point outside it.
    """
    try:
        with zipfile.ZipFile(path) as package:
            _check_names(path.name, package)
            manifest = _signed_manifest(path.name, package)
            contents = {
                name: _checked(path.name, package, name, *expected)
                for name, expected in manifest.files.items()
            }
    except (
        # Everything that zipfile raises for damaged, encrypted or unsupported archives.
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        KeyError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise NotAPackage(path.name, str(error)) from error
    found = fingerprint(manifest.signer)
    if signer is not None and found.replace("-", "") != signer.replace("-", "").lower():
        raise SignerMismatch(found, signer)
    return Package(manifest, contents, found)


def _check_names(source: str, package: zipfile.ZipFile) -> None:
    infos = package.infolist()
    if len(infos) > MOST_FILES + 2 or sum(info.file_size for info in infos) > MOST_BYTES:
        raise TooLarge(source, f"{len(infos)} files")
    seen: set[str] = set()
    for info in infos:
        link = (info.external_attr >> 16) & _KIND == _SYMLINK
        own = info.filename in (MANIFEST, SIGNATURE)
        if (
            link
            # zipfile normalises names; a difference means a trick such as a NUL byte.
            or info.orig_filename != info.filename
            or not (own or allowed(info.filename))
            or info.filename in seen
        ):
            raise UnsafePath(source, info.orig_filename)
        seen.add(info.filename)


def _signed_manifest(source: str, package: zipfile.ZipFile) -> Manifest:
    data = _read(package, MANIFEST, _LIST_BYTES)
    try:
        manifest = manifest_of(data)
        public = Ed25519PublicKey.from_public_bytes(manifest.signer)
        public.verify(bytes.fromhex(_read(package, SIGNATURE, 200).decode("ascii")), data)
    except InvalidSignature as error:
        raise BadSignature(source, "signature") from error
    except ValueError as error:
        raise NotAPackage(source, str(error)) from error
    # The signature covers the manifest only, so every file must be listed in it.
    inside = {info.filename for info in package.infolist()} - {MANIFEST, SIGNATURE}
    if inside != set(manifest.files):
        strange = sorted(inside ^ set(manifest.files))[0]
        raise BadSignature(source, f"{strange} is not as listed")
    return manifest


def _read(package: zipfile.ZipFile, name: str, most: int) -> bytes:
    # The size in a ZIP's directory can be wrong on purpose (a decompression bomb), so the read itself is limited.
    with package.open(name) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise ValueError(f"{name} is too long")
    return data


def _checked(source: str, package: zipfile.ZipFile, name: str, checksum: str, size: int) -> bytes:
    try:
        data = _read(package, name, size)
    except ValueError as error:
        raise BadSignature(source, f"{name} is longer than listed") from error
    if len(data) != size or digest(data) != checksum:
        raise BadSignature(source, f"{name} was changed")
    return data


def install_package(package: Package, library: Path) -> Form:
    """Install a checked package into the library atomically.

    Raises:
        AlreadyInstalled: a form with that id exists.
        TemplateError: its template is not usable, or has another form id than the manifest.
    """
    manifest = package.manifest
    installed = load_library(library) if any(library.glob("*/form.yaml")) else {}
    folder = library / manifest.form_id
    if manifest.form_id in installed or folder.exists():
        edition = installed[manifest.form_id].edition if manifest.form_id in installed else "?"
        raise AlreadyInstalled(manifest.form_id, edition)

    def fill(temporary: Path) -> None:
        for name, data in package.contents.items():
            path = temporary / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        facts = {**json.loads(manifest.to_bytes()), "fingerprint": package.signer}
        (temporary / MANIFEST).write_text(
            json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        _same_form(temporary, manifest)

    return create_folder_atomically(folder, fill)


def _same_form(temporary: Path, manifest: Manifest) -> None:
    form = load_form(temporary)
    if form.id != manifest.form_id:
        problem = (
            f"id '{form.id}' は一覧の {manifest.form_id} と違います (not the form that the package names)"
        )
        raise TemplateError(temporary / "form.yaml", [problem])

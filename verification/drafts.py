"""Making and editing templates: drafts from blank forms, sample scans for trial readings, saving into the library.

A draft is below the workshop folder until it is saved for the first time; then it is moved into the library. Sample
scans may contain personal data, so they stay in the workshop, are never packed, and are deleted after two weeks.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import threading
import time
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from templates_forms.authoring.errors import AuthorError
from templates_forms.authoring.saving import HISTORY, CannotWrite, save
from templates_forms.authoring.writing import create_folder_atomically
from templates_forms.errors import TemplateError
from templates_forms.loader import FORM_FILE, load_form
from templates_forms.model import Form
from verification.errors import CannotMake, NoSuchPage, WebError
from verification.ports import EditorPort

DRAFT, INSTALLED = "draft", "installed"
MAX_SCANS: Final = 12
# The id becomes a folder name and a part of addresses, so it has neither dots nor slashes.
_ID = re.compile(r"[a-z][a-z0-9_]{0,60}")
_SCANS = frozenset(
    {".pdf", ".tif", ".tiff", ".jpg", ".jpeg", ".png", ".heic", ".webp", ".bmp", ".gif", ".jp2"}
)
_KEEP_SECONDS = 14 * 86_400
_log = logging.getLogger("utsushi.verification")


@dataclass(slots=True)
class Job:
    """A blank form that is being made into a draft; ``error`` when that failed."""

    form_id: str
    name: str
    title: str
    edition: str
    started: float = field(default_factory=time.monotonic)
    error: WebError | None = None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


class Drafts:
    """Folders and jobs of one running app. Safe for threads."""

    def __init__(self, library: Path, workshop: Path, tools: EditorPort) -> None:
        self.library = library
        self.workshop = workshop
        self.tools = tools
        self.jobs: dict[str, Job] = {}
        # By path and time of change, because each analysis is a call of the editor worker.
        self._lines: dict[tuple[str, int], list[list[float]]] = {}
        self._lock = threading.Lock()
        for folder in (workshop, workshop / "drafts", workshop / "scans", workshop / "uploads"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # scans may contain personal data
        self._delete_old_files()

    def start(
        self, form_id: str, blank: BinaryIO, name: str, title: str, edition: str, taken: Container[str]
    ) -> None:
        """Start making a draft of a blank form. Raises CannotMake for an id that cannot be used."""
        self._check_id(form_id, taken)
        # Old browsers on Windows send the whole path.
        shown = Path(name.replace("\\", "/")).name[:120] or "blank"
        source = self.workshop / "uploads" / f"{form_id}{_suffix(shown)}"
        with source.open("wb") as target:
            shutil.copyfileobj(blank, target)
        job = Job(form_id, shown, title, edition)
        with self._lock:
            self.jobs[form_id] = job
        # In a thread: finding the fields of a page takes longer than a browser should wait.
        threading.Thread(target=self._make, args=(job, source), name="draft", daemon=True).start()

    def _check_id(self, form_id: str, taken: Container[str]) -> None:
        if not _ID.fullmatch(form_id):
            raise CannotMake(
                f"帳票の id「{form_id}」は使えません。半角の英小文字で始め、英小文字・数字・_ だけにしてください。",
                f"'{form_id}' is not an id: small letters, digits and _, beginning with a letter.",
            )
        job = self.jobs.get(form_id)
        folders = (self.workshop / "drafts" / form_id, self.library / form_id)
        if form_id in taken or any(folder.exists() for folder in folders) or (job and job.error is None):
            raise CannotMake(
                f"帳票の id「{form_id}」はすでに使われています。別の id にしてください。",
                f"The id '{form_id}' is taken; choose another one.",
            )

    def _make(self, job: Job, source: Path) -> None:
        try:
            self.tools.new(
                source, job.name, job.form_id, self.workshop / "drafts", job.title or None, job.edition
            )
            with self._lock:
                self.jobs.pop(job.form_id, None)
        except WebError as error:
            job.error = error
        except Exception:
            _log.exception("draft %s", job.form_id)  # top of the thread: shown on the page that waits
            job.error = CannotMake()
        finally:
            source.unlink(missing_ok=True)

    def list_all(self) -> list[Form]:
        """Drafts that can be edited, by id."""
        found = []
        for path in sorted((self.workshop / "drafts").glob(f"*/{FORM_FILE}")):
            try:
                found.append(load_form(path))
            except TemplateError:
                # One broken draft must not hide the others.
                _log.warning("draft %s is not usable", path.parent.name)
        return found

    def folder(self, kind: str, form_id: str, forms: Mapping[str, Form]) -> Path:
        """The folder of a template. Raises NoSuchPage."""
        if kind == INSTALLED and form_id in forms:
            return forms[form_id].folder
        folder = self.workshop / "drafts" / form_id
        if kind != DRAFT or not _ID.fullmatch(form_id) or not (folder / FORM_FILE).is_file():
            raise NoSuchPage
        return folder

    def discard(self, form_id: str) -> None:
        """Delete a draft with its sample scans, or the error of one that could not be made."""
        with self._lock:
            self.jobs.pop(form_id, None)
        if _ID.fullmatch(form_id):
            shutil.rmtree(self.workshop / "drafts" / form_id, ignore_errors=True)
            shutil.rmtree(self._scan_folder(DRAFT, form_id), ignore_errors=True)

    def save(self, kind: str, folder: Path, data: Mapping[str, Any], base: str, who: str) -> Form:
        """Save an installed template's next version, or install a draft.

        Raises:
            TemplateError, AuthorError: it is not usable, or the id exists; nothing is changed.
        """
        # Checked again: another person may have installed the same id since this draft was begun.
        target = self.library / folder.name
        if kind == DRAFT and target.exists():
            raise AuthorError(
                f"帳票 {folder.name} はすでにあります。上書きはしません。",
                f"{folder.name} is installed already",
            )
        form = save(folder, data, base, who)
        return form if kind == INSTALLED else self._install(form, target)

    def _install(self, form: Form, target: Path) -> Form:
        folder = form.folder

        def fill(fresh: Path) -> None:
            for page in form.pages:
                shutil.copyfile(page.blank, fresh / page.blank.name)
            shutil.copyfile(folder / FORM_FILE, fresh / FORM_FILE)
            shutil.copytree(folder / HISTORY, fresh / HISTORY)

        try:
            installed = create_folder_atomically(target, fill)
        except OSError as error:
            raise CannotWrite(self.library) from error
        # The sample scans follow the draft, so that the installed form can be tried with them.
        scans, theirs = self._scan_folder(DRAFT, form.id), self._scan_folder(INSTALLED, form.id)
        if scans.is_dir():
            shutil.rmtree(theirs, ignore_errors=True)
            scans.rename(theirs)
        self.discard(form.id)
        return installed

    def lines(self, form: Form) -> list[list[list[float]]]:
        """Per page the ruled lines to snap to; none for a page whose picture cannot be analysed."""
        return [self._page_lines(page.blank, form.size_mm) for page in form.pages]

    def _page_lines(self, picture: Path, size_mm: tuple[float, float]) -> list[list[float]]:
        key = (str(picture), picture.stat().st_mtime_ns)
        if key not in self._lines:
            try:
                self._lines[key] = self.tools.lines(picture, size_mm)
            except WebError:
                self._lines[key] = []  # the editor works without lines, it just does not snap
        return self._lines[key]

    def scans(self, kind: str, folder: Path) -> list[str]:
        """Names of sample scans: those of the package, then uploaded ones."""
        packaged = [
            f"scans/{path.name}" for path in _files(folder / "scans") if path.suffix.lower() in _SCANS
        ]
        return packaged + [path.name for path in _files(self._scan_folder(kind, folder.name))]

    def scan(self, kind: str, folder: Path, name: str) -> Path:
        """The file of a sample scan. Raises NoSuchPage."""
        if name not in self.scans(kind, folder):
            raise NoSuchPage
        # `name` is one of the listed names, so it cannot lead out of the folder.
        return folder / name if "/" in name else self._scan_folder(kind, folder.name) / name

    def add_scan(self, kind: str, folder: Path, name: str, data: BinaryIO) -> None:
        """Store a sample scan. Raises CannotMake for too many or an unsupported kind of file."""
        shown = safe_name(name)
        if _suffix(shown) not in _SCANS:
            raise CannotMake(
                f"「{name}」は試し読みに使えません。PDF か、TIFF・JPEG・PNG などの画像を選んでください。",
                f"{name} cannot be read; choose a PDF or a picture (TIFF, JPEG, PNG and others).",
            )
        place = self._scan_folder(kind, folder.name)
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        if len(_files(place)) >= MAX_SCANS:
            raise CannotMake(
                f"試し読みに置けるのは {MAX_SCANS} ファイルまでです。不要なものを外してください。",
                f"At most {MAX_SCANS} sample files; remove some first.",
            )
        with (place / shown).open("wb") as target:
            shutil.copyfileobj(data, target)

    def remove_scan(self, kind: str, folder: Path, name: str) -> None:
        """Delete an uploaded sample scan; those of a package are not deleted. Raises NoSuchPage."""
        path = self.scan(kind, folder, name)
        if "/" not in name:
            path.unlink(missing_ok=True)

    def _scan_folder(self, kind: str, form_id: str) -> Path:
        return self.workshop / "scans" / f"{kind}-{form_id}"

    def _delete_old_files(self) -> None:
        """Delete sample scans older than two weeks, and uploads left by an earlier process."""
        # At a start there is no job yet, so every upload was left by a process that ended.
        late = time.time() - _KEEP_SECONDS
        for path in [*_files(self.workshop / "uploads"), *(self.workshop / "scans").glob("*/*")]:
            if path.stat().st_mtime < late or path.parent.name == "uploads":
                path.unlink(missing_ok=True)


def package_facts(folder: Path) -> dict[str, Any]:
    """Metadata of an installed package: signer's fingerprint, day, figures; empty for own templates."""
    try:
        found = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def safe_name(name: str) -> str:
    """The last part of an uploaded file's name, reduced to safe characters; may be empty."""
    return re.sub(r"[^\w.-]", "_", Path(name.replace("\\", "/")).name).lstrip(".")[-70:]


def _suffix(name: str) -> str:
    """The suffix, if it is one of a scan's; the actual type is detected from the first bytes."""
    suffix = Path(name).suffix.lower()
    return suffix if suffix in _SCANS else ""

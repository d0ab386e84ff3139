"""Saves an edited template atomically: checks it, keeps the old one as a numbered version, then replaces it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from templates_forms.authoring.errors import AuthorError
from templates_forms.form_text import form_text
from templates_forms.loader import FORM_FILE, form_of, load_form
from templates_forms.model import Form

HISTORY = "history"
_REMARK = "{title}\nVersion {version}, saved by {who} in the editor. Older versions: {history}/"


class EditConflict(AuthorError):
    """Another person has saved the template since it was opened."""

    def __init__(self, title: str) -> None:
        super().__init__(
            f"「{title}」は、開いた後に別の人が保存しました。画面を開き直して、変更をやり直してください。",
            f"{title} was saved by somebody else since you opened it; reload and make your changes again",
        )


class FormIdChanged(AuthorError):
    """The data has another form id than the folder."""

    def __init__(self, form_id: str) -> None:
        super().__init__(
            f"帳票の id は {form_id} のままにしてください。別の帳票にするには、新しく作成します。",
            f"the id stays {form_id}; make a new form for another one",
        )


class CannotWrite(AuthorError):
    """The folder of templates is not writable."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"テンプレートのフォルダー {folder} に書き込めません。"
            "権限を確かめるか、設定 templates を書き込めるフォルダーにしてください。",
            f"{folder} cannot be written to; mend its permissions or set `templates` to another folder",
        )


def stamp(folder: Path) -> str:
    """Return the state of a template: SHA-256 of its ``form.yaml``."""
    return hashlib.sha256((folder / FORM_FILE).read_bytes()).hexdigest()


def save(folder: Path, data: Mapping[str, Any], base: str, who: str) -> Form:
    """Check the data and save it as the template's next version.

    Args:
        folder: of the template.
        data: of its ``form.yaml``; ``version`` is set here, pictures stay unchanged.
        base: ``stamp`` of the state that was edited.
        who: the person who saves it, for the file's header comment.

    Raises:
        TemplateError: the data is not a usable template; nothing is changed.
        EditConflict: the template has been changed since.
        FormIdChanged: the data has another form id.
        CannotWrite: the folder is not writable.
    """
    now = load_form(folder)
    if stamp(folder) != base:
        raise EditConflict(now.title)
    if data.get("id") != now.id:
        raise FormIdChanged(now.id)
    version = now.version + 1
    ordered = {
        **{k: v for k, v in data.items() if k not in ("pages", "rules", "version")},
        "version": version,
    }
    ordered |= {key: data[key] for key in ("pages", "rules") if data.get(key)}
    title = form_of(ordered, folder / FORM_FILE).title
    text = form_text(ordered, _REMARK.format(title=title, version=version, who=who, history=HISTORY))
    try:
        old = folder / HISTORY / f"form.{now.version}.yaml"
        old.parent.mkdir(exist_ok=True)
        _write_atomically(old, (folder / FORM_FILE).read_text(encoding="utf-8"))
        _write_atomically(folder / FORM_FILE, text)
    except OSError as error:
        raise CannotWrite(folder) from error
    return load_form(folder)


def _write_atomically(path: Path, text: str) -> None:
    """Write beside the file and rename, so that no reader gets an incomplete file."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            # Without it, a power cut after the rename could leave an empty file.
            os.fsync(stream.fileno())
        # mkstemp creates files that only their owner can read; templates may be read by other accounts.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)  # after success it has been renamed

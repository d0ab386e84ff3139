"""The office of one process: settings, store, forms and reader, each created once, at first use."""

from __future__ import annotations

import hashlib
import logging
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import workers
from pipelines.settings import Settings, load_settings
from store.database import Store
from templates_forms.errors import TemplateError
from templates_forms.loader import load_usable
from templates_forms.model import Form
from templates_forms.name_readings import use_cache_folder

if TYPE_CHECKING:  # the reader's libraries take seconds to load; only processes that read load them
    from extractors.confidence.decision import Policy
    from extractors.reader.reader import Reader
    from extractors.registration.identify import Library


log = logging.getLogger("utsushi.office")
_NO_TEMPLATE = "form.yaml を含むフォルダーがありません (no template folder in here)"


class Office:
    """The context of the steps. Not shared between processes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings.prepare()
        use_cache_folder(self.cache)

    @cached_property
    def store(self) -> Store:
        """The database, brought up to date."""
        store = Store(self.settings.url, self.settings.home)
        store.migrate()  # here, so that every command and process works after an upgrade without a step by hand
        return store

    @cached_property
    def forms(self) -> dict[str, Form]:
        """Every installed form by id, without those that cannot be used (`broken_templates`)."""
        forms, broken = load_usable(self.settings.templates)
        for error in broken:
            log.error("template left out: %s: %s", error.path.parent.name, "; ".join(error.problems))
        if not forms:
            raise broken[0] if broken else TemplateError(self.settings.templates, [_NO_TEMPLATE])
        return forms

    def broken_templates(self) -> list[TemplateError]:
        """The errors of the installed templates that cannot be used, as they are now."""
        return load_usable(self.settings.templates)[1]

    def reload_forms(self) -> None:
        """Loads the installed forms again, into the same dictionary."""
        loaded = load_usable(self.settings.templates)[0]
        forms = self.forms
        # In place: the web app was given this dictionary when it started.
        for gone in forms.keys() - loaded.keys():
            forms.pop(gone)
        forms.update(loaded)
        self.__dict__.pop("library", None)

    @cached_property
    def library(self) -> Library:
        """The blank pages, prepared for identification."""
        from extractors.registration.identify import Library

        return Library(self.forms.values())

    @cached_property
    def reader(self) -> Reader:
        """The recognition engines; loading them takes seconds."""
        from extractors.reader.reader import Reader, ReaderSettings

        settings = self.settings
        return Reader(ReaderSettings(settings.ocr_model, self.cache, settings.threads))

    @property
    def policy(self) -> Policy:
        """What may be accepted without a person. A property: thresholds are fitted again every night."""
        from extractors.confidence.decision import Policy
        from pipelines.steps.reading import acceptance

        proven = acceptance.current_thresholds(self.store)
        return Policy(proven, accept_unproven=self.settings.unproven == "strict")

    @property
    def cache(self) -> Path:
        """Folder of model files and the index of names; can be deleted, and is then written again."""
        return self.settings.own_folder / "cache"

    @cached_property
    def model_version(self) -> str:
        """Identifies the weights behind a reading by their hashes."""
        from extractors.confidence.calibration import SHIPPED
        from extractors.recognition.paddle_engine import PaddleSettings, model_folder

        recogniser = model_folder(PaddleSettings(self.settings.ocr_model, self.cache)) / "inference.onnx"
        files = (recogniser, *sorted(SHIPPED.parent.glob("*.onnx")), SHIPPED)
        return " ".join(f"{file.name}:{_short_hash(file)}" for file in files)

    @property
    def worker(self) -> str:
        """The owner of leases: this machine and process."""
        return workers.name()


def _short_hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:10]


@cache
def this_office() -> Office:
    """The office of this process, from its settings."""
    return Office(load_settings())

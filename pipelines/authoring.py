"""From an empty form to a template: reads what is printed, proposes fields, writes the folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from PIL import Image

from extractors.base.engines import LineRecogniser
from extractors.blank_forms.filled_in import refuse_filled_in, refuse_filled_pdf
from extractors.blank_forms.model import BlankPage
from extractors.blank_forms.read_blank import read_blank
from foundation import clock
from templates_forms.authoring.assemble import form_data
from templates_forms.authoring.errors import NothingFound
from templates_forms.authoring.fields.drafts import Draft
from templates_forms.authoring.fields.kinds import Kind
from templates_forms.authoring.overlay import draw_overlay
from templates_forms.authoring.propose import propose
from templates_forms.authoring.writing import checked_id, target_folder, write_template
from templates_forms.model import Form


@dataclass(frozen=True, slots=True)
class NewTemplate:
    """A new template.

    Attributes:
        form: the template as loaded again.
        pictures: ``found1.png`` and so on, the fields drawn over the pages.
        exact: per page, whether it was read from drawing commands.
        seconds: duration of the whole.
    """

    form: Form
    pictures: tuple[Path, ...]
    exact: tuple[bool, ...]
    seconds: float


def new_template(
    blank: Path,
    form_id: str,
    out: Path,
    recogniser: LineRecogniser,
    title: str | None = None,
    edition: str = "",
    name: str = "",
) -> NewTemplate:
    """Makes a template folder from a blank form; on an error nothing is written.

    ``name`` is the file's name for people, where it differs from the path (an upload has a temporary path).

    Raises:
        ExtractionError: the file cannot be opened or is no empty form.
        AuthorError: the id or the folder cannot be used, or nothing to fill in was found.
        TemplateError: what was found breaks the schema.
    """
    start = perf_counter()
    # Checked first: reading the blank needs the engines, which take seconds to load.
    folder = target_folder(out, checked_id(form_id))
    name = name or blank.name
    refuse_filled_pdf(blank)
    pages: list[BlankPage] = []
    found: list[list[tuple[Draft, Kind]]] = []
    for page in read_blank(blank, recogniser):
        fields = propose(page.print)
        # A filled-in form would become a template with one applicant's values printed in it.
        refuse_filled_in(name, page, [draft for draft, _ in fields])
        pages.append(page)
        found.append(fields)
    # After all pages: a form may have a first page of text alone.
    if not any(found):
        raise NothingFound(name)
    data = form_data(form_id, [p.print for p in pages], found, title, edition or f"{clock.today():%Y-%m}")
    form = write_template(folder, data, [_picture(page) for page in pages], name)
    pictures = []
    for number in range(1, len(pages) + 1):
        pictures.append(folder / f"found{number}.png")
        draw_overlay(form, number).save(pictures[-1], optimize=True)
    exact = tuple(page.print.exact for page in pages)
    return NewTemplate(form, tuple(pictures), exact, perf_counter() - start)


def _picture(page: BlankPage) -> tuple[Image.Image, int]:
    return Image.fromarray(page.picture), page.dpi

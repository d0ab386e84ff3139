"""A library of forms in a running office: installations that are killed, templates that are broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import templates_forms
from pipelines.alarms import checks
from pipelines.context import Office
from pipelines.doctor.examine import _templates
from pipelines.service.web_settings import web_settings
from pipelines.settings import Settings
from pipelines.steps.reading import read
from store.base.model import DocumentState
from store.documents import batches, documents
from templates_forms.errors import TemplateError
from templates_forms.loader import load_library
from templates_forms.sharing.installing import install_package, open_package
from templates_forms.sharing.packing import pack_template
from tests.fakes.ports import NoPorts
from verification.app import create_app

ROOM = Path(templates_forms.__file__).parent
FORM, OTHER = "kyufukin_shinsei", "hoiku_moshikomi"
# Installs a package and kills itself at the n-th call of what changes the disk.
CHILD = """
import os, signal, sys
from pathlib import Path
import templates_forms.authoring.writing as writing
from templates_forms.sharing.installing import install_package, open_package
count = 0
def deadly(real):
    def call(*a, **k):
        global count
        count += 1
        if count == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*a, **k)
    return call
for name in ("write_bytes", "write_text", "mkdir", "chmod", "rename"):
    setattr(Path, name, deadly(getattr(Path, name)))
writing.tempfile.mkdtemp = deadly(writing.tempfile.mkdtemp)
install_package(open_package(Path(sys.argv[1])), Path(sys.argv[2]))
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "forms"
    shutil.copytree(ROOM / OTHER, folder / OTHER)
    return folder


@pytest.mark.lengthy
def test_an_installation_that_is_killed_anywhere_leaves_a_library_that_loads(
    tmp_path: Path, library: Path
) -> None:
    package = tmp_path / "form.utsushi"
    pack_template(ROOM / FORM, package, Ed25519PrivateKey.generate())
    killed = 0
    for at in range(1, 200):
        done = subprocess.run([sys.executable, "-c", CHILD, str(package), str(library), str(at)], check=False)
        # Whole or not at all.
        assert set(load_library(library)) in ({OTHER}, {OTHER, FORM}), at
        if done.returncode == 0:
            break
        killed += 1
        shutil.rmtree(library / FORM, ignore_errors=True)
    assert done.returncode == 0 and killed > 8
    shutil.rmtree(library / FORM)
    left = [path for path in library.iterdir() if path.name.startswith(".")]
    assert left, "what was killed left something behind"
    for path in left:
        for file in path.rglob("form.yaml"):
            os.utime(file, (0, 0))
    assert install_package(open_package(package), library).id == FORM
    assert not [
        path for path in library.iterdir() if path.name.startswith(".") and (path / "form.yaml").exists()
    ]


@pytest.fixture
def office(tmp_path: Path, library: Path) -> Office:
    """One whole form, one whose YAML is cut off, one that has the whole one's id."""
    shutil.copytree(ROOM / FORM, library / FORM)
    cut = (library / FORM / "form.yaml").read_bytes()[:400]
    (library / FORM / "form.yaml").write_bytes(cut)
    shutil.copytree(library / OTHER, library / "zz_copy")
    return Office(Settings(home=tmp_path / "home", templates=library))


def test_a_broken_template_stops_no_other_and_is_told(office: Office, library: Path) -> None:
    assert list(office.forms) == [OTHER]
    found = {one.subject: one for one in checks.templates(office)}
    assert set(found) == {FORM, "zz_copy"} and all(one.code == "template_broken" for one in found.values())
    setup = _templates(office.settings)
    assert not setup.ok and "zz_copy" in setup.mend and FORM in setup.mend
    app = create_app(office.store, office.forms, web_settings(office), NoPorts())
    assert app is not None, "the pages start"
    with pytest.raises(TemplateError):
        load_library(library)
    shutil.rmtree(library / "zz_copy")
    shutil.rmtree(library / FORM)
    office.reload_forms()
    assert list(checks.templates(office)) == [] and _templates(office.settings).ok


def test_papers_of_a_broken_template_wait_and_those_of_others_go_on(office: Office) -> None:
    with office.store.write() as session:
        batch = batches.open_batch(session, name="朝の分", source="inbox", actor="intake")
        for form_id in (FORM, OTHER):
            file = batches.add_file(
                session, batch.id, sha256=form_id[0] * 64, original_name="a.pdf", size=9, kept_path="x", actor="intake"
            )  # fmt: skip
            documents.create(
                session,
                batch_id=batch.id,
                file_id=file.id,
                actor="intake",
                form_id=form_id,
                edition="2026-04",
            )
    assert read.free_documents(office) == 1
    with office.store.write() as session:
        claimed = documents.claim(session, DocumentState.RECEIVED, "w", limit=9, forms=office.forms)
    assert [row.form_id for row in claimed] == [OTHER]
    assert read.free_documents(office) == 0, "the broken one waits for its template"


def test_an_office_without_any_usable_template_says_so(office: Office, library: Path) -> None:
    shutil.rmtree(library / OTHER)
    shutil.rmtree(library / "zz_copy")
    with pytest.raises(TemplateError, match=FORM):
        _ = office.forms

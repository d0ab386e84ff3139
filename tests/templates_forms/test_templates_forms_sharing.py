"""Packages: what is packed arrives; what was cut off, changed or points elsewhere does not."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

import templates_forms
from pipelines.cli import app
from templates_forms.loader import load_form
from templates_forms.sharing.errors import (
    AlreadyInstalled,
    BadSignature,
    NotAPackage,
    NotSynthetic,
    PackageError,
    SecretInBot,
    SignerMismatch,
    UnsafePath,
)
from templates_forms.sharing.installing import install_package, open_package
from templates_forms.sharing.keys import fingerprint, public_bytes, signing_key
from templates_forms.sharing.manifest import MANIFEST, SIGNATURE, Manifest, allowed, digest
from templates_forms.sharing.packing import pack_template

ROOM = Path(templates_forms.__file__).parent
FORM = ROOM / "kyufukin_shinsei"
KEY = Ed25519PrivateKey.generate()
SCANS = ROOM.parent / "samples" / "scans"


@pytest.fixture
def packed(tmp_path) -> Path:
    target = tmp_path / "form.utsushi"
    pack_template(FORM, target, KEY)
    return target


def rewritten(source: Path, target: Path, change) -> Path:
    """A copy of a package with its members passed through ``change(name, data)``."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            for name, data in change(info.filename, old.read(info)):
                new.writestr(name, data)
    return target


def signed(target: Path, files: dict[str, bytes], listed: dict[str, bytes] | None = None) -> Path:
    """A package with a good signature over whatever is in it."""
    listing = {name: (digest(data), len(data)) for name, data in (listed or files).items()}
    manifest = Manifest("evil", "題", "1", "2026-01-01T00:00:00Z", public_bytes(KEY.public_key()), listing)
    with zipfile.ZipFile(target, "w") as package:
        package.writestr(MANIFEST, manifest.to_bytes())
        package.writestr(SIGNATURE, KEY.sign(manifest.to_bytes()).hex())
        for name, data in files.items():
            package.writestr(name, data)
    return target


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_packed_is_installed(packed, tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    form = install_package(open_package(packed), library)
    assert form.folder == library / "kyufukin_shinsei"
    assert [f.name for f in form.fields()] == [f.name for f in load_form(FORM).fields()]
    facts = json.loads((form.folder / MANIFEST).read_text(encoding="utf-8"))
    assert facts["fingerprint"] == fingerprint(public_bytes(KEY.public_key()))
    assert left_in(library) == ["kyufukin_shinsei"]


def test_a_form_that_is_there_is_not_overwritten(packed, tmp_path):
    shutil.copytree(FORM, tmp_path / "library" / "kyufukin_shinsei")
    before = (tmp_path / "library" / "kyufukin_shinsei" / "form.yaml").read_bytes()
    with pytest.raises(AlreadyInstalled):
        install_package(open_package(packed), tmp_path / "library")
    assert (tmp_path / "library" / "kyufukin_shinsei" / "form.yaml").read_bytes() == before


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_cut_off_package_is_refused(packed, tmp_path, share):
    data = packed.read_bytes()
    cut = tmp_path / "cut.utsushi"
    cut.write_bytes(data[: int(share * len(data))])
    with pytest.raises(NotAPackage, match="途中で切れて"):
        open_package(cut)


def test_a_changed_file_is_refused(packed, tmp_path):
    def change(name, data):
        yield name, data.replace(b"digits", b"latin ") if name == "form.yaml" else data

    with pytest.raises(BadSignature, match="署名が合いません"):
        open_package(rewritten(packed, tmp_path / "changed.utsushi", change))


def test_a_changed_list_is_refused(packed, tmp_path):
    def change(name, data):
        yield name, data.replace("給付金".encode(), "偽付金".encode()) if name == MANIFEST else data

    with pytest.raises(BadSignature):
        open_package(rewritten(packed, tmp_path / "changed.utsushi", change))


def test_a_file_that_is_not_listed_is_refused(packed, tmp_path):
    def change(name, data):
        yield name, data
        if name == "form.yaml":
            yield "README.md", b"added"

    with pytest.raises(BadSignature):
        open_package(rewritten(packed, tmp_path / "more.utsushi", change))


@pytest.mark.parametrize(
    "name",
    [
        "../form.yaml",
        "/etc/passwd",
        "bot/../../x.yaml",
        "C:form.yaml",
        "scans\\..\\x.pdf",
        "run.py",
        ".hidden",
        "scans/.x.pdf",
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    assert not allowed(name)
    with pytest.raises(UnsafePath):
        open_package(signed(tmp_path / "evil.utsushi", {name: b"x"}))


def test_a_symbolic_link_is_refused(tmp_path):
    path = signed(tmp_path / "evil.utsushi", {})
    with zipfile.ZipFile(path, "a") as package:
        link = zipfile.ZipInfo("page1.png")
        link.external_attr = 0o120777 << 16
        package.writestr(link, "/etc/passwd")
    with pytest.raises(UnsafePath):
        open_package(path)


def test_a_file_that_grows_when_unpacked_is_refused(tmp_path):
    with pytest.raises(BadSignature):
        open_package(signed(tmp_path / "bomb.utsushi", {"form.yaml": b"0" * 10_000_000}, {"form.yaml": b"0"}))


def test_an_unusable_template_leaves_nothing_behind(tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    package = open_package(signed(tmp_path / "evil.utsushi", {"form.yaml": b"id: evil\n"}))
    with pytest.raises(templates_forms.errors.TemplateError):
        install_package(package, library)
    assert left_in(library) == []


def test_another_signer_is_refused(packed):
    with pytest.raises(SignerMismatch):
        open_package(packed, signer="0000-0000-0000-0000")
    assert open_package(packed, signer=fingerprint(public_bytes(KEY.public_key())).replace("-", ""))


def test_only_invented_scans_are_packed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "scan.pdf").write_bytes(b"%PDF-")
    with pytest.raises(NotSynthetic):
        pack_template(FORM, tmp_path / "x.utsushi", KEY, scans=tmp_path / "real")
    assert not (tmp_path / "x.utsushi").exists()
    made = tmp_path / "made"
    made.mkdir()
    (made / "made.json").write_text('[{"file": "a.pdf"}]')
    (made / "a.pdf").write_bytes(b"%PDF-")
    pack_template(FORM, tmp_path / "x.utsushi", KEY, scans=made)
    assert open_package(tmp_path / "x.utsushi").names("scans") == ["scans/a.pdf", "scans/made.json"]


def test_a_password_in_a_bot_is_refused(tmp_path):
    bot = tmp_path / "bot.yaml"
    bot.write_text("login:\n  - fill: {label: パスワード, value: himitsu}\n", encoding="utf-8")
    with pytest.raises(SecretInBot, match="秘密の値"):
        pack_template(FORM, tmp_path / "x.utsushi", KEY, bot=bot)
    bot.write_text(
        'login:\n  - fill: {label: パスワード, value: "{{ secret.PASSWORD }}"}\n', encoding="utf-8"
    )
    pack_template(FORM, tmp_path / "x.utsushi", KEY, bot=bot)
    assert open_package(tmp_path / "x.utsushi").names("bot") == ["bot/bot.yaml"]


def test_the_files_that_a_bot_includes_are_packed_with_it_and_searched_for_secrets(tmp_path):
    bot, shared = tmp_path / "bot.yaml", tmp_path / "common.yaml"
    bot.write_text("include: [common.yaml, ../outside.yaml]\n", encoding="utf-8")
    shared.write_text("include: [bot.yaml]\nsteps: {}\n", encoding="utf-8")
    pack_template(FORM, tmp_path / "x.utsushi", KEY, bot=bot)
    assert open_package(tmp_path / "x.utsushi").names("bot") == ["bot/bot.yaml", "bot/common.yaml"]
    shared.write_text("steps: {a: [{fill: {label: パスワード, value: himitsu}}]}\n", encoding="utf-8")
    with pytest.raises(SecretInBot, match=r"common\.yaml"):
        pack_template(FORM, tmp_path / "y.utsushi", KEY, bot=bot)


def test_the_sample_bot_can_be_packed(tmp_path):
    bot = ROOM.parent / "bots" / "systems" / "fukushi_sogo" / "bot.yaml"
    pack_template(FORM, tmp_path / "x.utsushi", KEY, bot=bot)


def test_values_of_wrong_fields_stay_at_home(tmp_path):
    result = tmp_path / "measured.json"
    result.write_text(
        '{"kinds": [{"kind": "all", "accuracy": 0.9}], "wrong": [{"value": "山田"}]}', encoding="utf-8"
    )
    manifest = pack_template(FORM, tmp_path / "x.utsushi", KEY, measured=result)
    assert manifest.measured == {"kinds": [{"kind": "all", "accuracy": 0.9}]}


def test_a_key_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "keys" / "key.pem"
    first = public_bytes(signing_key(path).public_key())
    assert public_bytes(signing_key(path).public_key()) == first
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("no key")
    with pytest.raises(PackageError):
        signing_key(path)


def test_the_commands_pack_show_and_ask(tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    out, key = tmp_path / "x.utsushi", tmp_path / "key.pem"
    run = CliRunner().invoke
    assert run(app, ["template", "pack", str(FORM), "--out", str(out), "--key", str(key)]).exit_code == 0
    asked = run(app, ["template", "install", str(out), "--templates", str(library)], input="n\n")
    assert asked.exit_code == 3
    assert "署名者" in asked.output
    assert left_in(library) == []
    done = run(app, ["template", "install", str(out), "--templates", str(library), "--yes"])
    assert done.exit_code == 0
    assert left_in(library) == ["kyufukin_shinsei"]

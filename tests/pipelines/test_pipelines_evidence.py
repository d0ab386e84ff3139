"""The evidence bundle: signed, whole, masked, archivable, and checked without this program by the published steps."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import timestamps
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from pipelines.context import Office
from pipelines.errors import PipelineError
from pipelines.settings import Settings
from pipelines.steps.accounting import evidence_bundle
from pipelines.steps.accounting.account import seal, verify_chain
from pipelines.steps.entry.evidence_check import ACT
from pipelines.steps.intake import split, take_in
from store.audit import chain
from store.audit.office_certificate import OfficeCertificate
from store.base.errors import InvalidAnswer
from store.base.model import Answer, ItemMode, ItemPlan, NewReading, Outcome, Presentation
from store.base.schema import AuditEvent
from store.documents import documents, readings
from store.entry import entries
from store.queue import review_queue

ROOT = Path(__file__).resolve().parents[2]
SCAN = ROOT / "samples" / "scans" / "kyufukin_06.jpg"
SECRET = "account_number"


def truth() -> dict[str, str]:
    with (SCAN.parent / "truth.csv").open(encoding="utf-8-sig", newline="") as stream:
        return {row["field"]: row["value"] for row in csv.DictReader(stream) if row["file"] == SCAN.name}


def entered(office: Office) -> int:
    """A real scan that went the whole way, sealed once on the way."""
    true = truth()
    shutil.copy(SCAN, office.settings.inbox_folder / SCAN.name)
    take_in.take(office, [office.settings.inbox_folder / SCAN.name])
    [fresh] = list(split.split_next(office))
    seal(office)
    document = fresh.document_id if hasattr(fresh, "document_id") else 1
    with office.store.write() as session:
        row = documents.get(session, document)
        form = office.forms[row.form_id]
        found = [NewReading(f.name, f.page, true.get(f.name, ""), 0.97, "accept") for f in form.fields()]
        readings.add(session, row, "run", found, actor="reader")
        documents.advance(session, row, "read", "reader")
        plan = ItemPlan("applicant_name", 1, ItemMode.VERIFY, Presentation.CONFIRM)
        review_queue.open_items(session, row, [plan], actor="router")
    with office.store.write() as session:
        [item] = review_queue.claim_next(session, "sato")
        answer = Answer(Outcome.CORRECTED, "髙橋　𠮷子", active_seconds=3.0, note="戸籍の字")
        review_queue.submit(session, item.id, str(item.claim_token), "sato", answer)
    picture = io.BytesIO()
    Image.new("RGB", (400, 200), (230, 240, 255)).save(picture, "PNG")
    kept = office.store.files.add(picture.getvalue(), ".png")
    with office.store.write() as session:
        entry = entries.plan(session, document, "fukushi_sogo", "bot")
        entries.claim(session, "fukushi_sogo", "bot")
        entries.submitting(session, entry.id, "bot")
        shown = {"applicant_name": "髙橋　𠮷子", SECRET: true[SECRET]}
        entries.confirm(session, entry.id, "bot", receipt="K08-000001", read_back=shown, seconds=2.0)
        detail = {"entry": entry.id, "files": {"read_back.png": kept}}
        chain.append(session, actor="bot", act=ACT, subject=f"document:{document}", detail=detail)
    return document


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    home = tmp_path_factory.mktemp("evidence") / "home"
    return Office(Settings(home=home, stable_seconds=0.0, quality_share=0.0))


@pytest.fixture(scope="module")
def document(office: Office) -> int:
    return entered(office)


@pytest.fixture(scope="module")
def bundle(office: Office, document: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "evidence.pdf"
    path.write_bytes(evidence_bundle.make_bundle(office, document, "kato").pdf)
    return path


def inside(bundle: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    subprocess.run(["pdfdetach", "-saveall", "-o", str(folder), str(bundle)], check=True)
    return folder


def by_the_steps(folder: Path) -> subprocess.CompletedProcess[str]:
    """Step 5, as published, under a Python that sees nothing of this project."""
    script = folder / "check_chain.py"
    return subprocess.run(
        [sys.executable, "-I", "-S", script, folder], capture_output=True, text=True, check=False
    )


def test_a_common_reader_finds_the_signature_valid_over_the_whole_file(bundle: Path) -> None:
    told = subprocess.run(["pdfsig", str(bundle)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in told and "Total document signed" in told


def test_pyhanko_trusts_it_by_the_offices_certificate_alone(office: Office, bundle: Path) -> None:
    certificate = load_cert_from_pemder(str(OfficeCertificate(office.store.keys).path()))
    with bundle.open("rb") as stream:
        [signature] = PdfFileReader(stream).embedded_signatures
        found = validate_pdf_signature(
            signature, ValidationContext(trust_roots=[certificate], allow_fetching=False)
        )
    assert found.bottom_line and found.valid and found.intact and found.trusted
    assert found.docmdp_ok


def test_one_changed_byte_is_noticed(bundle: Path, tmp_path: Path) -> None:
    data = bytearray(bundle.read_bytes())
    at = data.index(b"/EmbeddedFile") + 400
    data[at] ^= 1
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(bytes(data))
    told = subprocess.run(["pdfsig", str(changed)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" not in told


def test_the_published_steps_check_it_without_this_program(bundle: Path, tmp_path: Path) -> None:
    folder = inside(bundle, tmp_path)
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=True)
    done = by_the_steps(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(r"OK: \d+ events, 1 daily seals, 1 files of entries\n", done.stdout)
    proof = json.loads((folder / "chain.json").read_text())
    acts = {event["act"] for event in proof["events"]}
    assert {
        "file.received",
        "document.received",
        "document.readings",
        "item.answered",
        "entry.confirmed",
    } <= acts
    assert {path["tree"] for path in proof["paths"]} >= {"interim"} and proof["seals"]


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("chain.json", '"actor": "sato"', '"actor": "mori"', "event"),
        ("chain.json", '"side": "left"', '"side": "right"', "path of event"),
        ("chain.json", '"day": "20', '"day": "19', "signature"),
        ("chain.json", '"statement": "interim"', '"statement": "interim "', "signature"),
    ],
)
def test_the_steps_name_what_was_tampered_with(
    bundle: Path, tmp_path: Path, name: str, old: str, new: str, told: str
) -> None:
    folder = inside(bundle, tmp_path)
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))
    first = by_the_steps(folder)
    assert first.returncode == 1 and name in first.stderr
    sums = (folder / "SHA256SUMS").read_text().splitlines()
    fixed = [f"{hashlib.sha256((folder / line[66:]).read_bytes()).hexdigest()}  {line[66:]}" for line in sums]
    (folder / "SHA256SUMS").write_text("\n".join(fixed) + "\n")
    second = by_the_steps(folder)
    assert second.returncode == 1 and told in second.stderr


def test_a_swapped_picture_of_entering_is_named(bundle: Path, tmp_path: Path) -> None:
    folder = inside(bundle, tmp_path)
    [picture] = folder.glob("entry*_read_back.png")
    picture.write_bytes(b"another")
    lines = [line for line in (folder / "SHA256SUMS").read_text().splitlines() if picture.name not in line]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")
    done = by_the_steps(folder)
    assert done.returncode == 1 and picture.name in done.stderr


def test_secret_values_stand_nowhere_in_it(
    bundle: Path, office: Office, document: int, tmp_path: Path
) -> None:
    folder, secret = inside(bundle, tmp_path), truth()[SECRET]
    text = subprocess.run(
        ["pdftotext", "-layout", str(bundle), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "●●●●" in text and "髙橋" in text and "K08-000001" in text
    held = text + "".join(path.read_bytes().decode("latin-1") for path in folder.iterdir())
    assert secret not in held and "original.jpg" not in {path.name for path in folder.iterdir()}
    with office.store.read() as session:
        box = office.forms[documents.get(session, document).form_id].field(SECRET).box
    sheet = Image.open(folder / "sheet1.jpg").convert("L")
    scale = sheet.width / 210
    covered = sheet.crop(tuple(int(v * scale) for v in (box.x, box.y, box.right, box.bottom)))
    low, high = covered.getextrema()
    assert high - low < 24, "the field is one flat patch"


def test_it_is_pdf_a_3b_by_structure(bundle: Path) -> None:
    raw = bundle.read_bytes()
    assert raw.startswith(b"%PDF-1.7") and raw[9:].split(b"\n")[0].startswith(b"%") is not None
    with pikepdf.open(bundle) as pdf:
        with pdf.open_metadata() as meta:
            assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "B")
            info = pdf.trailer.get("/Info", {})
            assert not {"/Title", "/Author", "/Subject", "/Keywords", "/Creator"} & set(info.keys())
        [intent] = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1" and intent.DestOutputProfile.read_bytes()[36:40] == b"acsp"
        assert not pdf.is_encrypted and "/ID" in pdf.trailer
        names = {str(spec.UF) for spec in pdf.Root.AF}
        assert {"facts.json", "chain.json", "SHA256SUMS"} <= names == set(pdf.attachments)
        for spec in pdf.Root.AF:
            assert spec.AFRelationship in ("/Data", "/Source", "/Supplement") and spec.F == spec.UF
            assert spec.EF.F.Subtype and spec.EF.F.Params.ModDate
        for obj in pdf.objects:
            if isinstance(obj, pikepdf.Dictionary | pikepdf.Stream):
                assert obj.get("/S") not in ("/JavaScript", "/Launch", "/ResetForm", "/ImportData")
                assert (
                    obj.get("/Filter") != "/LZWDecode"
                    and "/JS" not in obj
                    and obj.get("/Interpolate") is not True
                )
        for page in pdf.pages:
            assert "/Group" not in page and "/AA" not in page
            for name in used_fonts(page):
                assert "/FontFile2" in page.Resources.Font[name].FontDescriptor, f"{name} is not embedded"
            for note in page.get("/Annots", []):
                assert int(note.F) & 4 and not int(note.F) & 2, "printed, not hidden"


def used_fonts(page: pikepdf.Page) -> set[str]:
    return {str(one.operands[0]) for one in pikepdf.parse_content_stream(page) if str(one.operator) == "Tf"}


def test_making_it_is_on_record_with_its_hash_and_leaves_the_chain_whole(
    office: Office, bundle: Path
) -> None:
    with office.store.read() as session:
        events = session.query(AuditEvent).filter(AuditEvent.act == evidence_bundle.BUNDLE_MADE).all()
    digests = [json.loads(event.detail)["sha256"] for event in events]
    assert hashlib.sha256(bundle.read_bytes()).hexdigest() in digests and events[0].actor == "kato"
    assert verify_chain(office).ok


def test_the_original_goes_in_for_a_reason_on_record_and_never_with_others_papers(
    office: Office, document: int, tmp_path: Path
) -> None:
    made = evidence_bundle.make_bundle(office, document, "ueno", "審査請求への回答")
    assert made.original
    path = tmp_path / "with.pdf"
    path.write_bytes(made.pdf)
    assert (inside(path, tmp_path / "in") / "original.jpg").read_bytes() == SCAN.read_bytes()
    with office.store.read() as session:
        [revealed] = session.query(AuditEvent).filter(AuditEvent.act == "secret.reveal").all()
        assert revealed.actor == "ueno" and "審査" not in revealed.detail
    with office.store.write() as session:
        page = documents.pages_of(session, document)[0]
        split.record_page(session, page.file_id, split_page(2))
    with pytest.raises(InvalidAnswer):
        evidence_bundle.make_bundle(office, document, "ueno", "審査請求への回答")


def split_page(index: int):
    from pipelines.steps.intake.pages import PageOutcome
    from store.base.model import PageState

    return PageOutcome(index, PageState.UNIDENTIFIED)


@pytest.fixture(scope="module")
def stamp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, object]]:
    """A small RFC 3161 server on this machine, with pyHanko's own issuer of time stamps behind it."""
    folder = tmp_path_factory.mktemp("tsa")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/CN=test TSA",
    ]
    command += [
        "-addext",
        "extendedKeyUsage=critical,timeStamping",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "crt.pem")]
    subprocess.run(command, check=True, capture_output=True)
    from pyhanko.keys import load_private_key_from_pemder

    certificate = load_cert_from_pemder(str(folder / "crt.pem"))
    issuer = timestamps.DummyTimeStamper(
        certificate, load_private_key_from_pemder(str(folder / "key.pem"), None)
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            from asn1crypto import tsp

            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["content-length"])))
            answer = issuer.request_tsa_response(asked).dump()
            self.send_response(200)
            self.send_header("content-type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", certificate
    server.shutdown()


def test_a_time_stamping_server_inside_the_network_stamps_the_signature(
    office: Office, document: int, stamp_server: tuple[str, object], tmp_path: Path
) -> None:
    url, authority = stamp_server
    stamped = Office(office.settings.model_copy(update={"timestamp_url": url}))
    data = evidence_bundle.make_bundle(stamped, document, "kato").pdf
    own = load_cert_from_pemder(str(OfficeCertificate(office.store.keys).path()))
    context = ValidationContext(trust_roots=[own, authority], allow_fetching=False)
    [signature] = PdfFileReader(io.BytesIO(data)).embedded_signatures
    found = validate_pdf_signature(signature, context, ts_validation_context=context)
    assert found.bottom_line and found.timestamp_validity is not None and found.timestamp_validity.valid


def test_a_time_stamping_server_outside_is_refused(office: Office, document: int) -> None:
    outside = Office(office.settings.model_copy(update={"timestamp_url": "http://8.8.8.8/tsa"}))
    with pytest.raises(PipelineError):
        evidence_bundle.make_bundle(outside, document, "kato")


def test_daily_seals_get_a_time_stamp_that_openssl_verifies_and_a_swapped_one_is_named(
    office: Office, stamp_server: tuple[str, object], tmp_path: Path
) -> None:
    from asn1crypto import pem

    from pipelines.steps.keeping import tampering

    url, authority = stamp_server
    stamped = Office(office.settings.model_copy(update={"timestamp_url": url}))
    day = seal(stamped)
    copy = office.settings.home / "seals" / f"{day}.json"
    (tmp_path / "tsa.pem").write_bytes(pem.armor("CERTIFICATE", authority.dump()))
    command = [
        "openssl",
        "ts",
        "-verify",
        "-data",
        copy,
        "-in",
        copy.with_suffix(".tsr"),
        "-CAfile",
        tmp_path / "tsa.pem",
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Verification: OK" in told.stdout + told.stderr
    assert tampering.examine(stamped, chain_only=True).faults == ()
    copy.write_bytes(copy.read_bytes() + b" ")
    assert any("timestamp_differs" in fault for fault in tampering.examine(stamped, chain_only=True).faults)
    copy.write_bytes(copy.read_bytes()[:-1])

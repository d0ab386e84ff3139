"""Logins that are no page: codes of an authenticator, certificates, Windows login; and a password that has expired."""

from __future__ import annotations

import base64
import datetime as dt
import ssl
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from bots.base.errors import BotFileError, SetupError
from bots.spec.language.load import load_bot
from bots.spec.model.bot import Bot
from bots.spec.one_time import code_at, totp
from tests.bots.conftest import TRAP_BOT, Place, kyoka
from tests.bots.small_system import Visit
from tests.bots.trap_system import LOGIN, TrapSystem

KEYS = {"sha1": b"1234567890" * 2, "sha256": (b"1234567890" * 4)[:32], "sha512": (b"1234567890" * 7)[:64]}


@pytest.mark.parametrize(
    ("seconds", "algorithm", "code"),
    [
        (59, "sha1", "94287082"), (59, "sha256", "46119246"), (59, "sha512", "90693936"),
        (1111111109, "sha1", "07081804"), (1111111109, "sha256", "68084774"), (1111111109, "sha512", "25091201"),
        (1234567890, "sha1", "89005924"), (2000000000, "sha256", "90698825"), (20000000000, "sha512", "47863826"),
    ],
)  # fmt: skip
def test_the_vectors_of_rfc_6238(seconds: int, algorithm: str, code: str) -> None:
    assert code_at(KEYS[algorithm], seconds, 8, algorithm) == code


def test_a_secret_is_taken_as_systems_hand_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 59.0)
    assert totp("GEZD GNBV-gy3t QOJQ GEZDGNBVGY3TQOJQ") == "287082"
    with pytest.raises(SetupError) as wrong:
        totp("himitsu!")
    assert "himitsu" not in str(wrong.value)


def bot_of(folder: Path, head: str = "", login: str = "") -> Bot:
    text = TRAP_BOT.read_text(encoding="utf-8")
    text = text.replace("    - click: ログイン\n", login + "    - click: ログイン\n")
    (folder / "bot.yaml").write_text(head + text, encoding="utf-8")
    return load_bot(folder)


class TwoSteps(TrapSystem):
    def page_login(self, visit: Visit) -> None:
        page = LOGIN.replace("<input type=submit", "確認コード <input name=c><input type=submit")
        now = dt.datetime.now().timestamp()
        good = {code_at(KEYS["sha1"], now - back) for back in (0, 30)}
        if not visit.form or visit.form["c"] not in good:
            return visit.send(page)
        super().page_login(visit)


@pytest.mark.browser
def test_a_login_with_a_code_of_an_authenticator(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UTSUSHI_SECRET_KYOKA_KEY", base64.b32encode(KEYS["sha1"]).decode())
    bot = bot_of(tmp_path, login='    - fill: {label: 確認コード, value: "{{ secret.KYOKA_KEY | totp }}"}\n')
    with TwoSteps() as system:
        outcome = place.run(bot, system.url, [kyoka("1")])["1"]
    assert outcome.status == "confirmed", outcome.reason


class Expired(TrapSystem):
    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how
        self.tried = 0

    def page_login(self, visit: Visit) -> None:
        self.tried += bool(visit.form)
        words = "パスワードの有効期限が切れています"
        if not visit.form:
            visit.send(LOGIN)
        elif self.how == "page":
            visit.send(f"<p>{words}</p><form>新しいパスワード <input type=password name=n></form>")
        elif self.how == "login page":
            visit.send(f"<p>{words}</p>" + LOGIN)
        else:
            visit.send(f"<script>alert('{words}')</script>" + LOGIN)


@pytest.mark.browser
@pytest.mark.parametrize("how", ["page", "login page", "box"])
def test_an_expired_password_stops_the_run_after_one_try(tmp_path: Path, place: Place, how: str) -> None:
    conditions = "password_expired: [有効期限が切れています, {dialog: 有効期限が切れています}]\n"
    with Expired(how) as system:
        done = place.run(bot_of(tmp_path, conditions), system.url, [kyoka("1"), kyoka("2")])
    assert system.tried == 1, "every further try could lock the account"
    assert done["1"].status == done["2"].status == "unknown" and done["1"].stop_system
    assert "パスワードの期限が切れています" in done["1"].reason and "秘密情報を書き換えて" in done["1"].reason


class Windows(TrapSystem):
    """Asks for integrated Windows login; with ``ntlm`` for NTLM, whose handshake it goes through (MS-NLMP 3.1)."""

    def __init__(self, ntlm: bool) -> None:
        super().__init__()
        self.ntlm = ntlm
        self.seen: set[str] = set()
        self.asked = 0

    def answer(self, visit: Visit) -> None:
        given = visit.handler.headers.get("Authorization", "")
        if not self.ntlm or not given.startswith("NTLM "):
            self.asked += visit.name == "login"
            return visit.send("401", 401, WWW_Authenticate="NTLM" if self.ntlm else "Negotiate")
        message = base64.b64decode(given[5:])
        if message[8] == 1:
            flags = 0x00088205  # Unicode, NTLM, always sign, extended session security
            parts = (2, 0, 0, 48, flags, 0x0123456789ABCDEF, 0, 0, 0, 48)
            token = base64.b64encode(b"NTLMSSP\0" + struct.pack("<IHHIIQQHHI", *parts)).decode()
            return visit.send("401", 401, WWW_Authenticate=f"NTLM {token}")
        length, _, offset = struct.unpack("<HHI", message[36:44])
        self.seen.add(message[offset : offset + length].decode("utf-16-le"))
        super().answer(visit)


HEAD = "browser: {basic_login: {user: '{{ secret.KYOKA_USER }}', password: '{{ secret.KYOKA_PASSWORD }}'}}\n"


@pytest.mark.browser
@pytest.mark.parametrize("head", ["", HEAD])
def test_a_server_that_wants_windows_login_is_named_and_not_asked_again(
    tmp_path: Path, place: Place, head: str
) -> None:
    with Windows(ntlm=False) as system:
        done = place.run(bot_of(tmp_path, head), system.url, [kyoka("1"), kyoka("2")])
    reason = done["1"].reason
    assert "Windows統合ログイン" in reason and "NTLM" in reason and "basic_login" in reason
    assert system.asked <= 4 and done["1"].stop_system and "not tried" in done["2"].reason


@pytest.mark.browser
def test_ntlm_is_answered_with_the_user_and_password_of_the_bot(tmp_path: Path, place: Place) -> None:
    with Windows(ntlm=True) as system:
        bot = replace(bot_of(tmp_path, HEAD), send_once=False)
        outcome = place.run(bot, system.url, [kyoka("1")])["1"]
    assert (outcome.status, system.seen, len(system.rows)) == ("confirmed", {"bot"}, 1), outcome.reason


def certificates(folder: Path, passphrase: bytes) -> None:
    """An authority, a server's and a client's certificate, as an office's own authority hands them out."""
    now = dt.datetime.now(dt.UTC)
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("ca", "server", "client")}
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ca")])
    for name, key in keys.items():
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=400))
            .not_valid_after(now + dt.timedelta(days=400))
            .add_extension(x509.BasicConstraints(name == "ca", None), True)
            .sign(keys["ca"], hashes.SHA256())
        )  # fmt: skip
        pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        plain = key.private_bytes(pem, form, serialization.NoEncryption())
        (folder / f"{name}.pem").write_bytes(made.public_bytes(pem) + plain)
        box = serialization.BestAvailableEncryption(passphrase)
        packed = pkcs12.serialize_key_and_certificates(b"x", key, made, None, box)
        (folder / f"{name}.pfx").write_bytes(packed)


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["pfx", "pem"])
def test_a_client_certificate_is_shown_to_the_system(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    certificates(tmp_path, b"aikotoba")
    monkeypatch.setenv("UTSUSHI_SECRET_CERT_FILE", str(tmp_path / f"client.{kind}"))
    monkeypatch.setenv("UTSUSHI_SECRET_CERT_PASS", "aikotoba")
    phrase = ", passphrase: '{{ secret.CERT_PASS }}'" if kind == "pfx" else ""
    head = "browser: {any_certificate: true%s}\n"
    shown = f", client_certificate: {{file: '{{{{ secret.CERT_FILE }}}}'{phrase}}}"
    system = TrapSystem()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    context.load_verify_locations(tmp_path / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    listening = system._server.socket
    system._server.socket = context.wrap_socket(listening, server_side=True, do_handshake_on_connect=False)
    system.url = system.url.replace("http://", "https://")
    with system:
        outcome = place.run(bot_of(tmp_path, head % shown), system.url, [kyoka("1")])["1"]
        assert outcome.status == "confirmed", outcome.reason
        without = place.run(bot_of(tmp_path, head % ""), system.url, [kyoka("2")])["2"]
    assert without.status == "unknown"


def test_a_certificate_stands_in_the_secrets_and_nowhere_else(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for plain in ("{file: /etc/client.pem}", "{file: '{{ secret.F }}', passphrase: aikotoba}"):
        with pytest.raises(BotFileError):
            bot_of(tmp_path, f"browser: {{client_certificate: {plain}}}\n")
    monkeypatch.setenv("UTSUSHI_SECRET_F", str(tmp_path / "none.pem"))
    bot = bot_of(tmp_path, "browser: {client_certificate: {file: '{{ secret.F }}'}}\n")
    with pytest.raises(SetupError, match=r"none\.pem"):
        place.run(bot, "https://127.0.0.1:1", [kyoka("1")])

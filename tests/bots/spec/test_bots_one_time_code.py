"""One-time codes: the vectors of RFC 6238, appendix B, and a page that asks for one."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable

import pytest

from bots.base.errors import SetupError
from bots.procedure.walker import ProcedureWalk
from bots.spec.one_time import code_at, totp
from bots.spec.templating import Scope, parse
from tests.bots.kit import browser_session, enter, value

__all__ = ["browser_session", "enter"]
DIGITS = b"1234567890" * 7
SEEDS = {"sha1": DIGITS[:20], "sha256": DIGITS[:32], "sha512": DIGITS[:64]}
VECTORS = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]


@pytest.mark.parametrize(("seconds", "sha1", "sha256", "sha512"), VECTORS)
def test_the_vectors_of_the_rfc(seconds: int, sha1: str, sha256: str, sha512: str) -> None:
    for algorithm, code in {"sha1": sha1, "sha256": sha256, "sha512": sha512}.items():
        assert code_at(SEEDS[algorithm], seconds, 8, algorithm) == code


def test_a_secret_as_systems_show_it_and_a_wrong_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 59.0)
    seed = base64.b32encode(SEEDS["sha1"]).decode()
    shown = " ".join(seed[i : i + 4] for i in range(0, 32, 4)).lower()
    assert totp(shown, 8) == "94287082"
    with pytest.raises(SetupError, match="Base32"):
        totp("1890!")


@pytest.mark.browser
def test_a_login_page_gets_the_code(
    enter: Callable[..., ProcedureWalk], monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = base64.b32encode(SEEDS["sha1"]).decode()
    monkeypatch.setenv("UTSUSHI_SECRET_SEED", seed)
    monkeypatch.setattr(time, "time", lambda: 1111111109.0)
    assert parse("{{ secret.SEED | totp }}").render(Scope({})).hidden
    pages = {"/": "<label>確認コード <input id=c type=password></label>"}
    walk = enter(pages, [{"fill": {"label": "確認コード", "value": "{{ secret.SEED | totp }}"}}])
    assert value(walk, "#c") == "081804"

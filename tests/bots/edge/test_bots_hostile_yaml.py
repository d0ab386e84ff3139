# ruff: noqa: E501 — addresses are easier to read on one line
"""A bot.yaml that was written to take more than it should: files, hosts, secrets of this machine."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bots.base.errors import BotError, BotFileError, NotGranted, ValueUnfit
from bots.procedure.walker import ProcedureWalk
from bots.run.grants import Grants, request_of
from bots.spec.language.load import load_bot
from bots.spec.model.bot import Bot, BotRecord
from bots.spec.templating import Scope
from tests.bots.conftest import Place
from tests.bots.saving_system import SavingSystem

SAVING_BOT = Path(__file__).parents[1] / "saving_bot.yaml"
GOTO = "    - goto: /new\n"
Enter = Callable[..., ProcedureWalk]


def changed(tmp_path: Path, old: str, new: str) -> Bot:
    file = tmp_path / "bot.yaml"
    text = SAVING_BOT.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return load_bot(file)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "FILE:///etc/passwd", "view-source:http://127.0.0.1/", "chrome://version", "http://{{ host }}/x",
        "http://{{ name }}.evil.test/", "{{ name }}://x/etc/passwd", "ftp://127.0.0.1/", "http://a b/",
    ],
)  # fmt: skip
def test_only_web_addresses_with_a_written_host_are_opened(tmp_path: Path, address: str) -> None:
    with pytest.raises(BotFileError, match=r"http://"):
        changed(tmp_path, GOTO, f"    - goto: {json.dumps(address)}\n")


@pytest.mark.browser
@pytest.mark.parametrize(
    "address",
    ["data:text/html,x", "javascript:alert(1)", "//evil.test/x", "about:{{ no }}", "file:/etc/passwd"],
)
def test_what_is_no_whole_address_stands_below_the_system(enter: Enter, address: str) -> None:
    with pytest.raises(BotError, match="404"):
        enter({"/": "入口"}, [{"goto": address}], {"no": "version"})


@pytest.mark.parametrize("host", ["*", "*.example.test", "http://a.test", "a.test/x", "", "a b"])
def test_allowed_hosts_are_names_not_patterns(tmp_path: Path, host: str) -> None:
    with pytest.raises(BotFileError):
        changed(tmp_path, "encoding: utf-8\n", f"encoding: utf-8\nallowed_hosts: [{json.dumps(host)}]\n")


def test_a_bot_says_everything_that_it_asks_for(tmp_path: Path) -> None:
    bot = changed(
        tmp_path, GOTO,
        "    - goto: http://other.test/x\n    - fill: {name: p, value: '{{ secret.SONOTA }}'}\n"
        "    - upload: {name: f, path: '{{ page1 }}'}\n",
    )  # fmt: skip
    bot = replace(bot, allowed_hosts=("third.test",))
    asked = request_of(bot)
    assert set(asked.hosts) == {"127.0.0.1", "other.test", "third.test"}
    assert asked.secrets == ("SONOTA",) and asked.uploads
    every = Grants(asked.hosts, ("SON*",), uploads=True)
    every.require_bot(bot)
    for less in (
        replace(every, hosts=asked.hosts[:2]), replace(every, secrets=("HOKA_*",)), replace(every, uploads=False),
    ):  # fmt: skip
        with pytest.raises(NotGranted):
            less.require_bot(bot)


def test_nothing_leaves_but_the_files_of_the_record(tmp_path: Path) -> None:
    own, folder = tmp_path / "page1.png", tmp_path / "sent"
    folder.mkdir()
    for path in (own, folder / "a.pdf", tmp_path / "fields.json"):
        path.write_bytes(b"x")
    (folder / "link.pdf").symlink_to(tmp_path / "fields.json")
    scope = Scope({}, files={"page1": own}, file_folders=(folder,))
    assert scope.may_send(own) and scope.may_send(folder / "a.pdf")
    for path in (
        tmp_path / "fields.json",
        folder / "link.pdf",
        folder / ".." / "fields.json",
        Path("/etc/passwd"),
    ):
        assert not scope.may_send(path), path
    assert not Scope({}).may_send(own)


@pytest.mark.browser
def test_a_file_of_the_machine_is_not_sent(enter: Enter) -> None:
    with pytest.raises(ValueUnfit, match="passwd"):
        enter({"/": "<input type=file name=f>"}, [{"upload": {"name": "f", "path": "/etc/passwd"}}])


@pytest.mark.browser
def test_a_page_reaches_nobody_by_webrtc(place: Place) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener, SavingSystem("form_post") as system:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.5)
        stun = f"stun:127.0.0.1:{listener.getsockname()[1]}"
        script = (
            f"<script>const c=new RTCPeerConnection({{iceServers:[{{urls:'{stun}'}}]}});c.createDataChannel('x');"
            "c.createOffer().then(o=>c.setLocalDescription(o))</script>"
        )
        system.frame = "<html><body>{body}" + script.replace("{", "{{").replace("}", "}}") + "</body></html>"
        bot = load_bot(SAVING_BOT)
        assert (
            place.run(bot, system.url, [BotRecord("A1", {"no": "A1", "name": "山田"})])["A1"].status
            == "confirmed"
        )
        with pytest.raises(TimeoutError):
            listener.recv(100)

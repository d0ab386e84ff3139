"""Builds a bot over HTTP for tests: a draft, its steps, check, walk, rehearsal, signature, activation."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx

from tests.verification.conftest import BotOffice
from tests.verification.test_verification_requests import Client

SYSTEM = "kyoka_daicho"
USER = "KYOKA_USER"  # the name under which the office keeps it
NEW = {
    "id": SYSTEM,
    "title": "許可台帳",
    "base_url": "http://kyoka.example.lan/app",
    "encoding": "cp932",
    "name_0": "no",
    "other_0": "20269001",
    "name_1": "name",
    "other_1": "見本 太郎",
    "key": "no",
}


def signed_in(bots: BotOffice, name: str) -> Client:
    client = Client(bots.office)
    client.sign_in(name)
    return client


def call(client: Client, path: str, body: Any = None, system: str = SYSTEM) -> httpx.Response:
    address = f"/api/systems/workshop/{system}{path}"
    headers = {"x-csrf-token": client.token("/"), "content-type": "application/json"}
    content = body if isinstance(body, str) else json.dumps(body or {})
    return client.http.post(address, content=content, headers=headers)


def good(answer: httpx.Response) -> Any:
    assert answer.status_code in {200, 303}, answer.text
    return answer.json() if answer.status_code == 200 and "json" in answer.headers["content-type"] else answer


def begin(client: Client, **changed: str) -> None:
    assert client.send("/systems/workshop/new", **{**NEW, **changed}).status_code == 303


def teach(client: Client, system: str = SYSTEM) -> None:
    """Every procedure, as a person shows it."""
    for act in (
        {"kind": "fill", "procedure": "login", "element": "user", "secret": USER},
        {"kind": "click", "procedure": "login", "element": "login"},
        {"kind": "fill", "procedure": "find", "element": "number", "value": "20269001", "field": "no"},
        {"kind": "click", "procedure": "find", "element": "search"},
        {"kind": "click", "procedure": "enter", "element": "new"},
        {"kind": "fill", "procedure": "enter", "element": "number", "value": "20269001", "field": "no"},
        {"kind": "fill", "procedure": "enter", "element": "name", "value": "見本 太郎", "field": "name"},
        {"kind": "only_record", "procedure": "enter", "element": "save", "irreversible": True},
        {"kind": "capture", "procedure": "read_back", "element": "number", "field": "no"},
    ):
        good(call(client, "/act", act, system))
    good(call(client, "/act", {"kind": "goto", "value": "/search"}, system))
    for kind, element in (("yes", "row"), ("no", "none")):
        good(call(client, "/edit", {"sign": {"kind": kind, "element": element}}, system))


def finished(client: Client, system: str = SYSTEM) -> dict[str, Any]:
    """The job of a draft, once it has ended."""
    for _ in range(300):
        job = client.http.get(f"/api/systems/workshop/{system}").json()["job"]
        if job["state"] != "running":
            return dict(job)
        time.sleep(0.02)
    raise AssertionError("still running")


def rehearse(client: Client, count: int = 10, system: str = SYSTEM, **changed: Any) -> httpx.Response:
    rows = "\n".join(f"2026{at:04},見本 太郎" for at in range(1, count + 1))
    body = {"records": f"no,name\n{rows}", "base_url": "http://test.example.lan/app", "test_system": True}
    return call(client, "/rehearse", {**body, **changed}, system)


def to_signed(client: Client, system: str = SYSTEM, owner: str = "福祉課 山本 進") -> int:
    """From a taught draft to a signed version; its number."""
    number = int(good(call(client, "/check", system=system))["version"])
    good(call(client, "/walk", system=system))
    assert finished(client, system)["state"] == "done"
    good(rehearse(client, system=system))
    assert finished(client, system)["state"] == "done"
    path = f"/systems/workshop/{system}/versions/{number}/sign"
    assert client.send(path, name=owner).status_code == 303
    return number

"""The demo's office: a folder of its own, free ports, accounts with passwords, the sample legacy system."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from extractors.files.decode import SUFFIXES
from pipelines.context import Office
from pipelines.network import free_ports
from pipelines.service.supervisor import Program
from pipelines.settings import Settings
from store.base.files import write_new
from store.ops import users

SYSTEM = "fukushi_sogo"
LEGACY_USER = "kenshu"
LOGIN_PAGE = "/fukushi/login.asp"
SCANS = Path(__file__).resolve().parent.parent.parent / "samples" / "scans"
STABLE_SECONDS = "1.0"  # shorter than the default of 3: the files appear complete, by a rename


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the demo."""

    name: str
    display: str
    roles: tuple[str, ...]
    password: str


@dataclass(frozen=True, slots=True)
class DemoOffice:
    """The demo's settings, accounts and addresses."""

    home: Path
    settings: Settings
    people: tuple[Person, ...]
    legacy_port: int
    legacy_database: Path

    @property
    def legacy_url(self) -> str:
        return f"http://127.0.0.1:{self.legacy_port}"

    @property
    def pages(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def legacy(self) -> Program:
        """The sample legacy system as a program for the supervisor."""
        command = [sys.executable, "-m", "samples.legacy_system", "--port", str(self.legacy_port)]
        command += ["--database", str(self.legacy_database)]
        return Program("legacy-system", command, ready=f"{self.legacy_url}{LOGIN_PAGE}")


def set_up(home: Path) -> DemoOffice:
    """Makes the folder, chooses ports, and sets the environment of the processes."""
    legacy_port, web_port, prefect_port = free_ports(3)
    secrets_file = home / "secrets.env"
    write_new(secrets_file, f"FUKUSHI_USER={LEGACY_USER}\nFUKUSHI_PASSWORD={LEGACY_USER}\n".encode())
    # Environment variables, since they come before any `utsushi.toml` and are inherited by every process.
    os.environ.update(
        {
            "UTSUSHI_HOME": str(home),
            "UTSUSHI_PORT": str(web_port),
            "UTSUSHI_PREFECT_PORT": str(prefect_port),
            "UTSUSHI_STABLE_SECONDS": STABLE_SECONDS,
            "UTSUSHI_SECRETS_FILE": str(secrets_file),
            "UTSUSHI_SYSTEM_URLS": json.dumps({SYSTEM: f"http://127.0.0.1:{legacy_port}"}),
            "UTSUSHI_BOT_SECRETS": json.dumps({SYSTEM: ["FUKUSHI_*"]}),
        }
    )
    settings = Settings().prepare()
    return DemoOffice(home, settings, _people(), legacy_port, home / "legacy_system.db")


def _people() -> tuple[Person, ...]:
    """Two verifiers, since one person may not give both answers of a double; the lead decides the rest."""
    named = (
        ("sato", "佐藤（確認担当）", ("verifier",)),
        ("suzuki", "鈴木（確認担当）", ("verifier",)),
        ("tanaka", "田中（確認責任者）", ("verifier", "lead", "clerk", "dx", "admin")),
    )
    return tuple(Person(name, shown, roles, secrets.token_urlsafe(9)) for name, shown, roles in named)


def create_accounts(office: Office, people: tuple[Person, ...]) -> None:
    """Creates the accounts."""
    with office.store.write() as session:
        for person in people:
            users.add(
                session,
                person.name,
                display=person.display,
                password=person.password,
                roles=person.roles,
                actor="demo",
            )


def drop(scans: Path, inbox: Path) -> int:
    """Copies the samples into the inbox as a scanner would, broken files included; returns their number."""
    count = 0
    for path in sorted(scans.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            target = inbox / path.relative_to(scans)
            target.parent.mkdir(parents=True, exist_ok=True)
            # Under a temporary name first, so that the watch never sees a file that is still being copied.
            half = target.with_name(f".{target.name}.part")
            shutil.copyfile(path, half)
            half.rename(target)
            count += 1
    return count

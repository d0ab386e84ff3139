"""Settings: environment variables ``UTSUSHI_*`` first, then ``utsushi.toml`` in the home folder, then defaults."""

from __future__ import annotations

import os
import secrets
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from store.base.files import write_new
from store.base.model import QueueOrder

Part = Literal["prefect", "web", "worker", "watch", "alarms"]
_ROOT = Path(__file__).resolve().parent.parent


def _home() -> Path:
    # Absolute, since flows run in the project's folder, not in that of the command.
    return Path(os.environ.get("UTSUSHI_HOME", "var")).resolve()


class Settings(BaseSettings):
    """One office's settings. Every folder that is not set is below ``home``."""

    model_config = SettingsConfigDict(
        env_prefix="UTSUSHI_", extra="forbid"
    )  # a misspelt setting must not silently keep its default

    home: Path = Field(default_factory=_home, description="All state stands below this folder")
    inbox: Path | None = Field(default=None, description="The watched folder (default: HOME/inbox)")
    quarantine: Path | None = Field(
        default=None, description="Files nobody can open (default: HOME/quarantine)"
    )
    database_url: str | None = Field(
        default=None, description="SQLite in HOME by default, or postgresql+psycopg://…"
    )
    templates: Path = Field(default=_ROOT / "templates_forms", description="Folder of template folders")
    systems: Path = Field(
        default=_ROOT / "bots" / "systems", description="Folder of legacy systems (bot.yaml)"
    )
    system_urls: dict[str, str] = Field(
        default_factory=dict, description="Address of each legacy system, by its id"
    )
    secrets_file: Path | None = Field(default=None, description="File of NAME=value secrets for the bots")
    bot_hosts: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Hosts that a system's bot may reach beside that of `system_urls`, by the system's id",
    )
    bot_secrets: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Secrets that a system's bot may type, by the system's id; `*` stands for any letters",
    )
    bot_uploads: list[str] = Field(
        default_factory=list, description="Systems whose bot may send an application's page pictures"
    )
    workshop_hosts: list[str] = Field(
        default_factory=list,
        description="Hosts that the bot workshop's browser may reach, beside those of `system_urls`",
    )
    workshop_secrets: list[str] = Field(
        default_factory=list,
        description="Secrets that the bot workshop may type, by name; `*` stands for any letters",
    )
    office: str = Field(default="若葉市", description="Name of the office in reports")
    language: str = Field(
        default="ja", pattern="^(ja|en)$", description="First language of screens and reports"
    )
    host: str = Field(default="127.0.0.1", description="Address that the web pages listen on")
    port: int = Field(default=8500, ge=1, le=65535, description="Port of the web pages")
    prefect_port: int = Field(default=4200, ge=1, le=65535, description="Port of the Prefect server")
    prefect_host: str = Field(
        default="127.0.0.1",
        description="Address the Prefect server listens on (0.0.0.0 for other machines' workers)",
    )
    prefect_url: str = Field(
        default="",
        description="The Prefect server of another machine, http://HOST:PORT/api; empty: this machine's",
    )
    parts: list[Part] = Field(
        default=["prefect", "web", "worker", "watch", "alarms"],
        description="What `serve` runs on this machine; a second machine runs `worker` alone",
    )
    machine_home: Path | None = Field(
        default=None,
        description="This machine's own state (logs, Prefect, models) where HOME is shared; default HOME",
    )
    poll_seconds: float = Field(default=2.0, gt=0, description="How often the inbox is checked")
    stable_seconds: float = Field(
        default=3.0, ge=0, description="A file is taken when it has not grown for so long"
    )
    done_files: str = Field(
        default="optional",
        pattern="^(optional|required)$",
        description="'required': a file is taken only when NAME.done lies beside it",
    )
    chunk_documents: int = Field(default=4, ge=1, description="Applications read together by one task")
    lease_seconds: float = Field(
        default=600.0, gt=0, description="After so long, work of a dead worker is taken up"
    )
    threads: int | None = Field(
        default=None, ge=1, description="Threads of one inference; unset: half of the processors"
    )
    ocr_model: Path | None = Field(default=None, description="An official Paddle recogniser's folder")
    quality_share: float = Field(
        default=0.02, ge=0, le=1, description="Share of accepted fields that is checked unseen"
    )
    unproven: str = Field(
        default="strict",
        pattern="^(strict|verify)$",
        description="While the error target is unproven: 'strict' accepts the surest fields, 'verify' none",
    )
    cost_per_hour_yen: float = Field(default=3000.0, ge=0, description="Staff cost, for cost per form")
    disk_reserve_mib: float = Field(
        default=1024.0, ge=0, description="Intake stops while less than this is free (MiB)"
    )
    max_file_mib: int = Field(
        default=4096, ge=1, description="A larger file is put aside unread, into the quarantine (MiB)"
    )
    queue_deadline_hours: float = Field(
        default=24.0, gt=0, description="Alarm: a question waits for people longer than this"
    )
    backup_hours: float = Field(
        default=36.0, gt=0, description="Alarm: the last backup is older than this (where one was ever made)"
    )
    mail_server: str = Field(default="", description="Alarms by mail: HOST or HOST:PORT inside the network")
    mail_from: str = Field(default="utsushi@localhost", description="Sender of alarm mails")
    mail_to: list[str] = Field(default_factory=list, description="Receivers of alarm mails")
    webhook_url: str = Field(default="", description="Alarms as JSON to this address inside the network")
    timestamp_url: str = Field(
        default="",
        description="RFC 3161 time-stamping server inside the network, for seals and evidence; empty: none",
    )
    retention_days: dict[str, int] = Field(
        default_factory=dict,
        description="Days after which finished applications are erased, by form id; `*` for everything else",
    )
    scan_seconds_per_page: float = Field(
        default=4.0, ge=0, description="ASSUMED seconds of a person per scanned page"
    )
    form_priority: dict[str, int] = Field(
        default_factory=dict,
        description="How soon a form's applications come, 1 first, 9 last, 5 unless named",
    )
    form_days: dict[str, float] = Field(
        default_factory=dict,
        description="Days from arrival to the deadline of a form's applications, by form id",
    )
    verify_order: QueueOrder = Field(
        default=QueueOrder.DOCUMENT,
        description="Among equally urgent questions: 'document', 'doubt' (most doubtful first) or 'form'",
    )
    verify_lease_seconds: float = Field(
        default=120.0,
        ge=10,
        description="A question goes back when its verifier was not heard of for so long",
    )
    idle_seconds: float = Field(
        default=30.0, gt=0, description="A pause counts as working time up to this length"
    )
    snippets: bool = Field(
        default=False, description="Verifiers get single fields of many applications and no page around them"
    )
    vigilance_share: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Share of questions whose answer is known, to measure vigilance",
    )
    session_minutes: float = Field(default=60.0, gt=0, description="A web session without a request ends")
    session_hours: float = Field(default=12.0, gt=0, description="A web session ends in any case")
    secure_cookies: bool = Field(default=False, description="Set it where the pages are reached by HTTPS")
    sso_header: str | None = Field(
        default=None, description="Header in which a reverse proxy names the person who signed in there"
    )
    sso_proxies: tuple[str, ...] = Field(
        default=("127.0.0.1", "::1"), description="Addresses from which that header is believed"
    )
    session_secret: SecretStr | None = Field(
        default=None, description="Signs web sessions (default: a key file)"
    )
    browser: Path | None = Field(default=None, description="The browser to drive (default: the one found)")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The file is below home, so home itself can only come from the environment.
        toml = TomlConfigSettingsSource(settings_cls, _home() / "utsushi.toml")
        # The environment before the file: where machines share a home, what differs between them is set there.
        return init_settings, env_settings, toml

    @property
    def inbox_folder(self) -> Path:
        return self.inbox or self.home / "inbox"

    @property
    def quarantine_folder(self) -> Path:
        return self.quarantine or self.home / "quarantine"

    @property
    def evidence_folder(self) -> Path:
        return self.home / "evidence"

    @property
    def certificates_folder(self) -> Path:
        return self.home / "certificates"

    @property
    def reports_folder(self) -> Path:
        return self.home / "reports"

    @property
    def url(self) -> str:
        """The database; SQLite below home when none is named."""
        return self.database_url or f"sqlite:///{self.home / 'utsushi.db'}"

    @property
    def prefect_api(self) -> str:
        return self.prefect_url or f"http://127.0.0.1:{self.prefect_port}/api"

    @property
    def own_folder(self) -> Path:
        return self.machine_home or self.home

    @property
    def intake_lock(self) -> Path:
        """The lock of the one process that takes files; below home, since all machines share the inbox."""
        return self.home / ".intake.lock"

    @property
    def reading_lock(self) -> Path:
        """The lock of this machine's reader; below the machine's own folder, since each machine reads."""
        return self.own_folder / ".reading.lock"

    @property
    def logs_folder(self) -> Path:
        return self.own_folder / "logs"

    def prepare(self) -> Settings:
        """Creates the folders, closed to other users of the machine."""
        for folder in (
            self.home,
            self.own_folder,
            self.inbox_folder,
            self.quarantine_folder,
            self.evidence_folder,
            self.reports_folder,
        ):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self


@cache
def load_settings() -> Settings:
    """This process's settings, read once; the folders are created."""
    return Settings().prepare()


def prefect_password(settings: Settings) -> str:
    """What Prefect's server asks of everybody: user and password, made at the first start, mode 0600.

    Below home, not below the machine's own folder: the workers of other machines have the same.
    """
    path = settings.home / "keys" / "prefect.password"
    # The first of several starting processes writes it; the others read what it wrote.
    write_new(path, f"utsushi:{secrets.token_urlsafe(32)}".encode())
    return path.read_text(encoding="ascii").strip()


def prefect_environment(settings: Settings) -> dict[str, str]:
    """The environment of Prefect's server, worker and client: no connections outside, state in our own folder."""
    password = prefect_password(settings)
    return {
        # In the environment, which other users cannot read, and not on a command line, which they can.
        "PREFECT_SERVER_API_AUTH_STRING": password,
        "PREFECT_API_AUTH_STRING": password,
        # No page of another origin may use the interface; by default every page may.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": "",
        "PREFECT_HOME": str(settings.own_folder / "prefect"),
        "PREFECT_API_URL": settings.prefect_api,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # Results are in our own database, and a retry must never take an old one.
        "PREFECT_TASKS_DEFAULT_PERSIST_RESULT": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_WORKER_QUERY_SECONDS": "2",  # the default of 10 s would delay every run
        # Slots of deployments that run one at a time: kept when the server dies, released soon after a run has died.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION": "60",
        "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "5",
        # Libraries that would report their use or look for model hosts on the internet.
        "DO_NOT_TRACK": "1",
        "ORT_DISABLE_TELEMETRY": "1",
        "PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK": "True",
    }

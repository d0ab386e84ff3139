"""Checks of the office's set-up: its folders, keys, ports, people and network."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from bots.spec.language.load import forms_of, load_bot
from pipelines.alarms.messenger import require_inside
from pipelines.network import tls
from pipelines.settings import Settings
from pipelines.steps.entry.granted import not_granted
from pipelines.steps.keeping.backup import BACKED_UP
from store.base.schema import AuditEvent
from store.database import Store
from store.documents import file_references
from store.ops import users

SAMPLED = 200  # hashing every original takes long in a large store; `backup` does that


@dataclass(frozen=True, slots=True)
class SetupCheck:
    """One check's result; ``mend`` is the fix when it is not ``ok``."""

    name: str
    ok: bool
    detail: str
    mend: str = ""


def checks() -> tuple[Callable[[Settings], SetupCheck], ...]:
    """Every check of this module, in the order of the report."""
    return (
        inbox,
        folders,
        ports,
        keys,
        kept_files,
        people,
        bots,
        clock_and_zone,
        backups,
        alarms,
        shared,
        limits,
    )


def inbox(settings: Settings) -> SetupCheck:
    """Files must be readable, and removable once they are taken."""
    folder = settings.inbox_folder
    good = os.access(folder, os.R_OK | os.W_OK | os.X_OK)
    return SetupCheck(
        "受付フォルダー",
        good,
        str(folder),
        f"{folder} を読み書きできるようにしてください (mount it, rights rwx)",
    )


def folders(settings: Settings) -> SetupCheck:
    """The state folder must be closed to other users."""
    loose = [
        path.name
        for path in (
            settings.home,
            settings.home / "files",
            settings.home / "keys",
            settings.quarantine_folder,
        )
        if path.is_dir() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    return SetupCheck(
        "フォルダーの権限",
        not loose,
        "本人のみ" if not loose else f"他の利用者に開いています: {', '.join(loose)}",
        f"chmod 700 {settings.home} とその下のフォルダー (no rights for others)",
    )


def ports(settings: Settings) -> SetupCheck:
    """Ports must be free, or in use by our own `serve`."""
    taken = [port for port in (settings.port, settings.prefect_port) if _listens(port)]
    ours = [port for port in taken if _is_ours(settings, port)]
    strange = sorted(set(taken) - set(ours))
    detail = "起動中" if ours else "空いています"
    return SetupCheck(
        "ポート",
        not strange,
        detail if not strange else f"使用中: {strange}",
        "ほかのプログラムが使っています。設定 port / prefect_port を変えてください (in use by another program)",
    )


def keys(settings: Settings) -> SetupCheck:
    """The key file must exist, since secret fields cannot be read without it, and be closed to others."""
    path = settings.home / "keys" / "fields.json"
    if not path.is_file():
        return SetupCheck(
            "暗号鍵", False, "ありません", f"バックアップした鍵を {path.parent} に戻してください"
        )
    tight = not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return SetupCheck("暗号鍵", tight, "あり" if tight else "他の利用者が読めます", f"chmod 600 {path}")


def kept_files(settings: Settings) -> SetupCheck:
    """The newest originals must exist unchanged; `backup` checks all of them."""
    store = Store(settings.url, settings.home)
    try:
        with store.read() as session:
            names = list(dict.fromkeys(file_references.referenced(session)))[-SAMPLED:]
    finally:
        store.close()
    bad = [name[:12] for name in names if not store.files.verify(name)]
    return SetupCheck(
        "保管した原本",
        not bad,
        f"新しい {len(names)} 個を確認" if not bad else f"ないか壊れています: {', '.join(bad[:3])}",
        "バックアップの files/ から同じ名前のファイルを戻してください (copy them back from a backup)",
    )


def people(settings: Settings) -> SetupCheck:
    """A double needs two people, and a lead to decide when they disagree."""
    store = Store(settings.url, settings.home)
    try:
        with store.read() as session:
            active = [user for user in users.all_users(session) if user.active]
    finally:
        store.close()
    verifiers = sum(bool({"verifier", "lead"} & set(user.roles)) for user in active)
    leads = sum("lead" in user.roles for user in active)
    return SetupCheck(
        "利用者",
        # Without any account the office has just been set up: nothing is wrong yet.
        not active or (verifiers >= 2 and leads >= 1),
        f"確認できる人 {verifiers}、確認責任者 {leads}",
        "二重確認には 2 人以上の確認担当と 1 人以上の確認責任者が必要です: utsushi user add NAME --role verifier",
    )


def bots(settings: Settings) -> SetupCheck:
    """Every bot loads, settings name known systems only, and grant what the bots of used systems ask for."""
    every = [load_bot(p, form) for p in sorted(settings.systems.glob("*/bot.yaml")) for form in forms_of(p)]
    loaded = {bot.system for bot in every}
    named = {*settings.system_urls, *settings.bot_hosts, *settings.bot_secrets, *settings.bot_uploads}
    unknown = sorted(named - loaded)
    # A system without an address has not been set up yet: the samples are there from the beginning.
    missing = not_granted(settings, [bot for bot in every if bot.system in named])
    return SetupCheck(
        "入力ボット",
        not unknown and not missing,
        f"{len(loaded)} システム、接続先の設定 {len(settings.system_urls)}",
        f"設定の {', '.join(unknown)} はありません。{', '.join(sorted(loaded))} から選んでください"
        if unknown
        else " ".join(dict.fromkeys(error.ja for error in missing)),
    )


def clock_and_zone(settings: Settings) -> SetupCheck:
    """The clock must not be behind the newest audit event."""
    store = Store(settings.url, settings.home)
    try:
        with store.read() as session:
            newest = session.scalar(select(AuditEvent.at).order_by(AuditEvent.seq.desc()).limit(1))
    finally:
        store.close()
    back = newest is not None and datetime.fromisoformat(newest) > datetime.now(UTC)
    return SetupCheck(
        "時計と監査記録",
        not back,
        "前進しています" if not back else f"監査記録の最後は {newest}",
        "時計が戻っています。NTP で合わせてください (the clock is behind the audit chain)",
    )


def backups(settings: Settings) -> SetupCheck:
    """A machine that has received files must have a backup."""
    store = Store(settings.url, settings.home)
    try:
        with store.read() as session:
            query = select(AuditEvent.at).where(AuditEvent.act == BACKED_UP).order_by(AuditEvent.seq.desc())
            last = session.scalar(query.limit(1))
            used = session.scalar(select(AuditEvent.seq).where(AuditEvent.act == "file.received").limit(1))
    finally:
        store.close()
    return SetupCheck(
        "バックアップ",
        last is not None or used is None,
        f"最後は {last[:16]}" if last else "まだありません",
        "utsushi backup /mnt/backup --keep 14 を毎晩実行してください (nightly, to another disk)",
    )


def alarms(settings: Settings) -> SetupCheck:
    """Mail server and webhook are inside the network, and the mail server answers."""
    require_inside(settings)
    ways = [way for way in (settings.mail_server and settings.mail_to, settings.webhook_url) if way]
    host, _, port = settings.mail_server.partition(":")
    dead = bool(settings.mail_server) and not _listens(int(port or 25), host)
    return SetupCheck(
        "通知",
        not dead,
        f"{len(ways)} 経路" if ways else "画面のボードのみ",
        f"メールサーバー {settings.mail_server} に接続できません (mail server does not answer)",
    )


def shared(settings: Settings) -> SetupCheck:
    """SQLite must not be on a network share: its locks do not work there."""
    kind = _file_system(settings.home)
    risky = settings.url.startswith("sqlite") and kind in {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "fuse.sshfs",
        "9p",
    }
    return SetupCheck(
        "状態フォルダーの場所",
        not risky,
        kind or "不明",
        "ネットワーク上のフォルダーに SQLite は置けません。database_url に PostgreSQL を指定してください",
    )


def limits(settings: Settings) -> SetupCheck:
    """Memory for one reader."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    gib = pages * size / 2**30
    return SetupCheck(
        # 3.5: a machine sold with 4 GiB shows less, since firmware and graphics take their part.
        "メモリ",
        gib >= 3.5,
        f"{gib:.1f} GiB",
        "4 GiB 以上にしてください (a reader needs about 1.5 GiB)",
    )


def _listens(port: int, host: str = "127.0.0.1") -> bool:
    try:
        with socket.create_connection((host, port), timeout=2.0):
            return True
    except OSError:
        return False


def _is_ours(settings: Settings, port: int) -> bool:
    import httpx

    address = f"http://127.0.0.1:{port}/" + ("healthz" if port == settings.port else "api/health")
    try:
        return httpx.get(address, timeout=3.0, verify=tls()).is_success
    except httpx.HTTPError:
        return False


def _file_system(folder: Path) -> str:
    """The file system type of a folder, from /proc/mounts; "" where it is not known."""
    best, kind = "", ""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        _, place, found, *_ = line.split(" ")
        # The longest mount point that contains the folder; "/" at the end, so that /var does not contain /varnish.
        if (str(folder.resolve()) + "/").startswith(place.rstrip("/") + "/") and len(place) >= len(best):
            best, kind = place, found
    return kind

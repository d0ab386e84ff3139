"""``bot check``: every check of a bot.yaml that is possible without entering anything."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bots.base.errors import BotError, BotFileError, SecretMissing
from bots.base.secrets import Secrets
from bots.run.grants import request_of
from bots.run.journal import SqliteJournal
from bots.run.runner import Runner, RunSettings
from bots.spec.language.load import forms_of, load_bot, read_source
from bots.spec.language.rules import names_used
from bots.spec.language.schema import problems
from bots.spec.model.bot import Bot, BotRecord, Capture, Expect, WaitFor, step_templates
from bots.spec.model.steps import walk
from bots.tools import ie_pages
from bots.tools.ie_pages import PageSigns


@dataclass(frozen=True)
class CheckResult:
    """What ``check_bot`` found. ``errors`` make the bot unusable here; ``warnings`` should be reviewed."""

    bots: tuple[Bot, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether the bot can be used: there are no errors."""
        return not self.errors


def check_bot(
    path: Path | str,
    fields: Collection[str] | None = None,
    dry_walk: BotRecord | None = None,
    form: str = "",
    settings: RunSettings | None = None,
    existing: BotRecord | None = None,
) -> CheckResult:
    """Check a bot.yaml.

    Args:
        path: the file or its folder.
        fields: names of the Record's fields, from the form or a CSV's header; a name that the bot uses and
            that is not there is an error, one that no step uses is a warning.
        dry_walk: a Record with which to walk through login, find and enter, up to the irreversible step.
        form: check only this form.
        settings: for secrets and for the dry walk's browser.
        existing: a Record that is in the system: find must find it, and read_back must show its values.
    """
    try:
        found = problems(read_source(path))
        if found:
            return CheckResult(errors=tuple(map(str, found)))
        bots = tuple(load_bot(path, name) for name in ([form] if form else forms_of(path)))
    except BotFileError as error:
        return CheckResult(errors=(str(error),))
    chosen = settings or RunSettings()
    errors, warnings = _secrets(bots, chosen), list[str]()
    for bot in bots:
        if fields is not None:
            errors += _unknown_fields(bot, fields)
            warnings += _unused_fields(bot, fields)
        warnings += _risk_warnings(bot)
    # With errors the browser would only meet them again.
    if dry_walk is not None and not errors:
        errors_found, signs = _dry_walk_all(bots, dry_walk, chosen)
        errors += errors_found
        warnings += signs
    if existing is not None and not errors:
        errors += [line for bot in bots for line in _existing_errors(bot, existing, chosen)]
    # Each once: several forms of a file share its login and its secrets.
    return CheckResult(bots, tuple(dict.fromkeys(errors)), tuple(warnings))


def _secrets(bots: tuple[Bot, ...], settings: RunSettings) -> list[str]:
    secrets = Secrets.load(settings.account, settings.secrets_file)
    names = {name for bot in bots for name in request_of(bot).secrets}
    missing: list[str] = []
    for name in sorted(names):
        try:
            secrets.get(name)
        except SecretMissing as error:
            missing.append(str(error))
    return missing


def _unknown_fields(bot: Bot, fields: Collection[str]) -> list[str]:
    found: list[str] = []
    for name, step in names_used(bot).items():
        if name not in fields:
            where = step.where if step is not None else "procedures.find"
            found.append(
                str(
                    BotFileError(
                        bot.file,
                        str(where),
                        f"項目「{name}」は帳票にありません。",
                        f"the form has no field {name!r}",
                    )
                )
            )
    missing = [k for k in bot.key_fields if k not in fields]
    return found + [
        f"{bot.file}: キー「{k}」は帳票にありません。 [the form has no key field {k!r}]" for k in missing
    ]


def _unused_fields(bot: Bot, fields: Collection[str]) -> list[str]:
    unused = sorted(set(fields) - set(names_used(bot)) - set(bot.key_fields))
    return [f"{bot.id}: 項目「{n}」はどこにも入力されません。 [no step uses the field {n!r}]" for n in unused]


def _risk_warnings(bot: Bot) -> list[str]:
    found: list[str] = []
    if ie_pages.named_browser(bot.browser.user_agent):
        found.append(ie_pages.message(bot.id, "browser.user_agent"))
    if not bot.session_lost:
        found.append(f"{bot.id}: session_lost が空です。 [session_lost is empty: a lost login may go unseen]")
    if bot.find.many is None:
        found.append(
            f"{bot.id}: find に many がありません。 [find has no many: doubled rows would go unseen]"
        )
    if not bot.refused:
        found.append(
            f"{bot.id}: refused が空です。登録の後は、システムの言葉がなければ「拒否」と判断しません。"
            " [refused is empty: after a submission nothing but the system's own words makes a refusal]"
        )
    if not _has_sign(bot):
        found.append(
            f"{bot.id}: 登録の手順の後に wait_for か capture がありません。"
            "画面が切り替わらずに登録するシステムでは必要です。"
            " [no wait_for or capture after the irreversible step: pages that save without loading need one]"
        )
    if bot.encoding != "utf-8" and (names := _names_in_find(bot)):
        found.append(
            f"{bot.id}: find が「{', '.join(names)}」で探します。古い文字コードの検索は氏名を見つけないことがあります。"
            "番号で探すか、登録済みの行で確かめてください (--existing)。"
            f" [find searches by {', '.join(names)}: in an old character set a search may miss a name;"
            " search by a number, or prove it with --existing]"
        )
    if bot.policy.settle == 0:
        found.append(f"{bot.id}: settle_seconds が0です。 [settle_seconds is 0: a late save could be missed]")
    return found


def _has_sign(bot: Bot) -> bool:
    steps = list(walk(bot.enter.steps))
    last = next(index for index, step in enumerate(steps) if step.irreversible)
    return any(isinstance(step, WaitFor | Expect | Capture) for step in steps[last + 1 :])


def _names_in_find(bot: Bot) -> list[str]:
    """Return the fields by which find searches and which hold a person's name or address."""
    used = {n for step in walk(bot.find.steps) for template in step_templates(step) for n in template.names}
    return sorted(name for name in used if re.search("name|kana|address", name))


def _existing_errors(bot: Bot, record: BotRecord, settings: RunSettings) -> list[str]:
    """Look up and read back a Record that is in the system; find must say yes, and every field must be equal."""
    with TemporaryDirectory(prefix="utsushi-existing-") as place:
        journal = SqliteJournal(Path(place) / "journal.db")
        # As after a crash: the runner then looks the Record up, and the dry run keeps it from entering anything.
        journal.plan(bot.id, record)
        journal.submitting(bot.id, record.key)
        try:
            [outcome] = Runner(bot, journal, Path(place) / "evidence", _dry(settings)).run([record])
        except BotError as error:
            return [str(error)]
        finally:
            journal.close()
    if outcome.status == "confirmed":
        return []
    if "dry run" in outcome.reason:
        return [
            f"{bot.id}: 登録済みのはずのキー {record.key} を find が見つけません。"
            f" [find does not find {record.key!r}, which exists]"
        ]
    return [f"{bot.id}: {outcome.status}: {outcome.reason}"]


def _dry_walk_all(
    bots: tuple[Bot, ...], record: BotRecord, settings: RunSettings
) -> tuple[list[str], list[str]]:
    """Walk through every bot; return the errors, and what on the pages needs Internet Explorer."""
    pages = PageSigns()
    watched = replace(settings, on_browser=pages.watch)
    errors = [line for bot in bots for line in _dry_walk_errors(bot, record, watched)]
    # A walk that fails on such a page fails because of it; one that comes through may not need that part of the page.
    return (errors + pages.messages, []) if errors else ([], pages.messages)


def _dry_walk_errors(bot: Bot, record: BotRecord, settings: RunSettings) -> list[str]:
    # A dry walk must not leave anything in the real journal.
    with TemporaryDirectory(prefix="utsushi-dry-") as place:
        journal = SqliteJournal(Path(place) / "journal.db")
        try:
            outcome = Runner(bot, journal, Path(place) / "evidence", _dry(settings)).run([record])[0]
        except BotError as error:
            return [str(error)]
        finally:
            journal.close()
    return [] if "dry run" in outcome.reason else [f"{bot.id}: {outcome.reason}"]


def _dry(settings: RunSettings) -> RunSettings:
    return replace(settings, dry_run=True, trace="never")

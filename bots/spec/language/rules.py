"""Rules of a bot.yaml that a schema cannot express: one irreversible step, no secret in clear, known names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bots.base.errors import BotFileError
from bots.spec.language.schema import file_error
from bots.spec.language.yaml_source import Source
from bots.spec.model.bot import (  # fmt: skip
    Bot,
    Capture,
    Check,
    Choose,
    Click,
    Dialog,
    Expect,
    Fill,
    ForEach,
    Goto,
    If,
    InFrame,
    Popup,
    Press,
    Select,
    SourcePosition,
    Step,
    Target,
    Upload,
    Use,
    WaitFor,
    While,
    step_templates,
    walk,
)
from bots.spec.templating import Template

PASSWORD_WORDS = re.compile(
    r"パスワード|暗証|password|passwd|pwd|passcode|secret|token|api.?key", re.IGNORECASE
)
# user:password@ in an address, or a query parameter named like a secret.
_URL_PASSWORD = re.compile(
    r"//[^/\s]*:[^/\s]*@|[?&](?:password|passwd|pwd|token|secret)=[^&{]+", re.IGNORECASE
)
# Steps that can change something in the system.
_WEB_ADDRESS = re.compile(r"https?://[^/?#{}\s]+([/?#]|$)")
_ACTING = (Goto, Fill, Select, Check, Choose, Click, Press, Upload, Popup)


def check_rules(bot: Bot, source: Source) -> None:
    """Check the rules that the schema cannot express.

    Raises:
        BotFileError: naming file, step and line.
    """
    _one_irreversible(bot, source)
    _addresses_are_web(bot, source)
    _no_secret_in_clear(bot, source)
    _lookups_exist(bot, source)
    _files_can_arrive(bot, source)
    _key_is_read_back(bot, source)


def _fail(source: Source, where: object, ja: str, en: str) -> BotFileError:
    if isinstance(where, SourcePosition):
        return file_error(source, where, ja, en)
    return BotFileError(source.file, str(where), ja, en)


def _one_irreversible(bot: Bot, source: Source) -> None:
    for name in ("login", "find", "read_back"):
        for step in walk(bot.procedure(name).steps):
            if step.irreversible:
                raise _fail(
                    source,
                    step.where,
                    f"{name} に irreversible の手順は置けません。enter と correct だけです。",
                    f"{name} must not hold an irreversible step; only enter and correct do",
                )
    for name, procedure in (("enter", bot.enter), *([("correct", bot.correct)] if bot.correct else [])):
        marked = [s for s in walk(procedure.steps) if s.irreversible]
        if len(marked) != 1:
            place = marked[1].where if marked else f"procedures.{name}"
            raise _fail(
                source,
                place,
                f"{name} には irreversible: true の手順がちょうど一つ必要です (今は{len(marked)}個)。",
                f"{name} needs exactly one step marked irreversible: true (there are {len(marked)})",
            )
        _reachable_once(procedure.steps, marked[0], source)
        _nothing_changed_after(procedure.steps, marked[0], source)


def _reachable_once(steps: Iterable[Step], marked: Step, source: Source) -> None:
    for step in walk(tuple(steps)):
        inside = isinstance(step, If | ForEach | While) and any(s is marked for s in walk((step,)))
        if inside:
            raise _fail(
                source,
                marked.where,
                "irreversible の手順は if、for_each、while の中に置けません。必ず一回だけ実行されるためです。",
                "the irreversible step must not stand inside if, for_each or while: it happens exactly once",
            )


def _nothing_changed_after(steps: tuple[Step, ...], marked: Step, source: Source) -> None:
    ordered = [s for s in walk(steps) if not isinstance(s, InFrame | If | ForEach | While | Use)]
    after = ordered[next(i for i, s in enumerate(ordered) if s is marked) + 1 :]
    for step in after:
        if isinstance(step, _ACTING):
            raise _fail(
                source,
                step.where,
                "irreversible の手順の後では、画面を変える手順は使えません (wait_for, expect, capture, frame だけ)。",
                "enter ends with the irreversible step: after it only wait_for, expect, capture and frame may stand",
            )


def _addresses_are_web(bot: Bot, source: Source) -> None:
    for step in all_steps(bot):
        # Not file:, view-source: or chrome:, which show this machine's own files; and no host out of a Record.
        if isinstance(step, Goto) and step.is_whole and not _WEB_ADDRESS.match(step.url.source):
            raise _fail(
                source,
                step.where,
                "goto で開けるのは http:// か https:// のアドレスだけです。ホスト名に値は使えません。",
                "goto opens http:// and https:// only, and no value may stand in the host",
            )


def _no_secret_in_clear(bot: Bot, source: Source) -> None:
    if _URL_PASSWORD.search(bot.base_url):
        raise _fail(
            source, "base_url", "アドレスに秘密情報が書かれています。", "the address holds a secret in clear"
        )
    for name in ("login", "find", "enter", "read_back", *(["correct"] if bot.correct else [])):
        for step in walk(bot.procedure(name).steps):  # type: ignore[arg-type]
            if _holds_secret(step, in_login=name == "login"):
                raise _fail(
                    source,
                    step.where,
                    "秘密情報が書かれています。{{ secret.NAME }} と書き、値は UTSUSHI_SECRET_NAME に。",
                    "a secret stands in clear: write {{ secret.NAME }} and set UTSUSHI_SECRET_NAME",
                )


def _holds_secret(step: Step, in_login: bool) -> bool:
    if isinstance(step, Goto):
        return bool(_URL_PASSWORD.search(step.url.source))
    if isinstance(step, Fill) and step.value.literal and step.value.source:
        # In a login, an input without a label may be the password: a literal value is refused on suspicion.
        blind = in_login and step.target.by in ("position", "css")
        return blind or any(PASSWORD_WORDS.search(w) for w in _words(step.target))
    return any(rule.write is not None and _literal_password(rule.text, rule.write) for rule in step.dialogs)


def _literal_password(asked: Template, written: Template) -> bool:
    return written.literal and bool(PASSWORD_WORDS.search(asked.source))


def _words(target: Target) -> Iterator[str]:
    return (t.source for t in target.templates())


def _files_can_arrive(bot: Bot, source: Source) -> None:
    for name in ("login", "find", "enter", "read_back", "correct"):
        saved = False
        for step in walk(bot.procedure(name).steps):
            # Only from the irreversible step on does the bot itself receive what the system sends.
            if isinstance(step, Capture) and step.file and not (saved and bot.send_once):
                raise _fail(
                    source,
                    step.where,
                    "file は、irreversible の手順の後でだけ使えます (send_once: false のときは使えません)。",
                    "file stands after the irreversible step only (and never with send_once: false)",
                )
            saved = saved or step.irreversible


def _lookups_exist(bot: Bot, source: Source) -> None:
    for step in all_steps(bot):
        for template in step_templates(step):
            for table in re.findall(r"lookup(?:_all)?\(\s*['\"]([^'\"]+)['\"]", template.source):
                if table not in bot.lookups:
                    known = ", ".join(bot.lookups) or "—"
                    raise _fail(
                        source,
                        step.where,
                        f"対応表「{table}」がありません ({known})。",
                        f"no lookup {table!r}; there are: {known}",
                    )


def _key_is_read_back(bot: Bot, source: Source) -> None:
    captures = [s for s in walk(bot.read_back.steps) if isinstance(s, Capture)]
    if not captures:
        raise _fail(
            source,
            "procedures.read_back",
            "read_back には capture が必要です。",
            "read_back must capture the stored values",
        )
    shown = {s.name for s in captures} | {n for s in captures if s.expected for n in s.expected.names}
    # Without the key, another person's row with equal values would pass as this one.
    if not shown & {*bot.key_fields, "key"}:
        raise _fail(
            source,
            "procedures.read_back",
            f"read_back ではキー ({', '.join(bot.key_fields)}) も capture してください。",
            f"read_back must capture the key too ({', '.join(bot.key_fields)}): another row could pass for it",
        )


def all_steps(bot: Bot) -> Iterator[Step]:
    """Yield every step of all procedures."""
    for name in ("login", "find", "enter", "read_back", "correct"):
        yield from walk(bot.procedure(name).steps)


def names_used(bot: Bot) -> dict[str, Step | None]:
    """Return the Record's fields that the bot uses, each with the first step using it (None: a condition of find)."""
    found: dict[str, Step | None] = {}
    for name in ("login", "find", "enter", "read_back", "correct"):
        _collect(bot.procedure(name).steps, frozenset(), found)
    conditions = [bot.find.yes, bot.find.no, *([bot.find.many] if bot.find.many else [])]
    for condition in conditions:
        for template in condition.templates():
            for used in _fields_of(template, frozenset()):
                found.setdefault(used, None)
    for step in walk(bot.read_back.steps):
        # The receipt number comes from the system, not from the Record.
        if isinstance(step, Capture) and step.expected is None and step.name not in ("receipt",):
            found.setdefault(step.name, step)
    return found


def _fields_of(template: Template, known: frozenset[str]) -> Iterator[str]:
    for name in template.names - known:
        # Names that the runner provides, not the Record.
        if name in ("key", "today", "item", "n") or name.split(".")[0] in ("secret", "captured", "item"):
            continue
        yield name


def _collect(steps: tuple[Step, ...], known: frozenset[str], found: dict[str, Step | None]) -> None:
    for step in steps:
        for template in step_templates(step):
            for name in _fields_of(template, known):
                found.setdefault(name, step)
        match step:
            case Use():
                # The names of `with` belong to the steps, not to the Record.
                _collect(step.steps, known | set(step.given), found)
            case Popup():
                _collect((step.opener, *step.steps), known, found)
            case If():
                _collect((*step.then, *step.otherwise), known, found)
            case InFrame() | While():
                _collect(step.steps, known, found)
            case ForEach():
                _collect_numbered(step, found)
                _collect(step.steps, known, found)
            case Dialog() | Expect() | WaitFor():
                continue


def _collect_numbered(step: ForEach, found: dict[str, Step | None]) -> None:
    if step.over != "fields":
        return
    names = {n for s in walk(step.steps) for t in step_templates(s) for n in t.names}
    parts = {n.removeprefix("item.") for n in names if n.startswith("item.")}
    for number in range(1, step.up_to + 1):
        for part in parts:
            found.setdefault(step.source.source.replace("{n}", str(number)) + part, step)

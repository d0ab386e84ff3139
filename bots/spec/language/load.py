"""Loads a bot.yaml as a ``Bot``: checks the schema, then the rules that a schema cannot express.

A file describes one system. It contains either one set of procedures, or ``forms`` with a set for each form;
everything outside ``forms`` (login, session_lost, hours …) applies to all of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bots.base.errors import BotFileError
from bots.spec.language.includes import load_with_includes
from bots.spec.language.rules import check_rules
from bots.spec.language.schema import problems
from bots.spec.language.step_reader import StepReader
from bots.spec.language.yaml_source import NodePath, Source
from bots.spec.model.bot import Bot, BrowserNeeds, FieldRule, Find, Hours, Procedure, RunPolicy

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def load_bot(path: Path | str, form: str = "") -> Bot:
    """Load the bot for one form.

    Args:
        path: a bot.yaml, or the folder that holds it.
        form: which of its ``forms``; may be left out when there is only one set of procedures.

    Raises:
        BotFileError: the file cannot be used; the message names file, step, line and key.
    """
    source = read_source(path)
    found = problems(source)
    # Only the first one; the others may follow from it. `bot check` lists them all.
    if found:
        raise found[0]
    names = list(source.data.get("forms", {}))
    if not names and form:
        raise BotFileError(
            source.file, "", f"帳票「{form}」はありません。", f"the file has no forms, so no {form!r}"
        )
    if names and not form:
        if len(names) > 1:
            known = ", ".join(names)
            raise BotFileError(
                source.file, "forms", f"帳票を選んでください: {known}", f"choose a form: {known}"
            )
        form = names[0]
    if form and form not in names:
        raise BotFileError(
            source.file,
            "forms",
            f"帳票「{form}」はありません: {', '.join(names)}",
            f"no form {form!r}; there are: {names}",
        )
    bot = _build(source, form)
    check_rules(bot, source)
    return bot


def forms_of(path: Path | str) -> list[str]:
    """Return the names of the forms in the file; one empty name when it contains a single set of procedures."""
    source = read_source(path)
    forms = source.data.get("forms") if isinstance(source.data, dict) else None
    return list(forms) if isinstance(forms, dict) else [""]


def read_source(path: Path | str) -> Source:
    """Read the YAML at ``path`` (a file, or a folder with a bot.yaml)."""
    file = Path(path)
    return load_with_includes(file / "bot.yaml" if file.is_dir() else file)


def _build(source: Source, form: str) -> Bot:
    data: dict[str, Any] = source.data
    # What a form defines itself takes precedence over the shared part of the file.
    own: dict[str, Any] = data["forms"][form] if form else {}
    at: NodePath = ("forms", form) if form else ()
    named = {n: (("steps", n), s) for n, s in data.get("steps", {}).items()}
    named |= {n: ((*at, "steps", n), s) for n, s in own.get("steps", {}).items()}
    reader = StepReader(source, named)
    title = own.get("title") or data.get("title") or data["id"]
    key = own.get("key", data.get("key"))
    if "form" in data and "forms" in data:
        reader.fail(("form",), "form と forms は一緒に書けません。", "either form or forms, not both")
    if key is None:
        reader.fail(
            at, "キー「key」がありません。", "the key 'key' is missing: which fields make a record unique"
        )
    fields = {**(data.get("fields") or {}), **(own.get("fields") or {})}
    return Bot(
        id=f"{data['id']}.{form}" if form else data["id"],
        system=data["id"],
        form=form or data.get("form", ""),
        title=title if isinstance(title, str) else title["ja"],
        title_en=title if isinstance(title, str) else title.get("en", title["ja"]),
        file=source.file,
        # The addresses of the steps begin with the slash.
        base_url=data["base_url"].rstrip("/"),
        encoding=own.get("encoding", data.get("encoding", "utf-8")),
        key_fields=(key,) if isinstance(key, str) else tuple(key),
        fields={n: FieldRule(n, **_field(reader, rule, n)) for n, rule in fields.items()},
        lookups=_lookups(data, own),
        login=_procedure(reader, data, at, "login"),
        find=_find(reader, data, at),
        enter=_procedure(reader, data, at, "enter"),
        read_back=_procedure(reader, data, at, "read_back"),
        correct=_procedure(reader, data, at, "correct") if _has(data, own, "correct") else None,
        session_lost=_conditions(reader, data["session_lost"], ("session_lost",)),
        password_expired=_conditions(reader, data.get("password_expired", []), ("password_expired",)),
        error_page=_conditions(reader, data.get("error_page", []), ("error_page",)),
        refused=_conditions(reader, own.get("refused", []), (*at, "refused"))
        + _conditions(reader, data.get("refused", []), ("refused",)),
        dialogs=reader.dialogs(data.get("dialogs", []), ("dialogs",)),
        mask=tuple(
            reader.target(node, path)
            for nodes, base in ((data.get("mask", []), ("mask",)), (own.get("mask", []), (*at, "mask")))
            for path, node in (((*base, i), n) for i, n in enumerate(nodes))
        ),
        allowed_hosts=tuple(data.get("allowed_hosts", ())),
        harmless_errors=tuple(data.get("harmless_errors", ())),
        background=tuple(data.get("background", ())),
        send_once=data.get("send_once", True),
        policy=_run_policy(data),
        browser=_browser(reader, data.get("browser", {})),
    )


def _field(reader: StepReader, rule: dict[str, Any] | None, name: str) -> dict[str, Any]:
    if rule and "pattern" in rule:
        path = ("fields", name, "pattern")
        if not reader.regex_template(rule["pattern"], path).literal:
            reader.fail(
                path, "fields の pattern には {{ }} を使えません。", "the pattern of a field takes no {{ }}"
            )
    return rule or {}


def _lookups(data: dict[str, Any], own: dict[str, Any]) -> dict[str, dict[str, str]]:
    # A table may have been written with numbers; the values of a Record are text.
    tables = {**data.get("lookups", {}), **own.get("lookups", {})}
    return {name: {str(k): str(v) for k, v in table.items()} for name, table in tables.items()}


def _conditions(reader: StepReader, nodes: list[Any], path: NodePath) -> Any:
    return tuple(reader.condition(node, (*path, i)) for i, node in enumerate(nodes))


def _node(reader: StepReader, data: dict[str, Any], at: NodePath, name: str) -> tuple[Any, NodePath]:
    own = data["forms"][at[1]]["procedures"] if at else {}
    if name in own:
        return own[name], (*at, "procedures", name)
    if name in data["procedures"]:
        return data["procedures"][name], ("procedures", name)
    reader.fail(
        (*at, "procedures"),
        f"手順書「{name}」がありません (login, find, enter, read_back の四つが必要です)。",
        f"the procedure {name!r} is missing; login, find, enter and read_back are all needed",
    )


def _has(data: dict[str, Any], own: dict[str, Any], name: str) -> bool:
    return name in data["procedures"] or name in own.get("procedures", {})


def _procedure(reader: StepReader, data: dict[str, Any], at: NodePath, name: str) -> Procedure:
    node, path = _node(reader, data, at, name)
    if isinstance(node, dict):
        return Procedure(reader.steps(node["steps"], (*path, "steps")))
    return Procedure(reader.steps(node, path))


def _find(reader: StepReader, data: dict[str, Any], at: NodePath) -> Find:
    node, path = _node(reader, data, at, "find")
    return Find(
        steps=reader.steps(node["steps"], (*path, "steps")),
        yes=reader.condition(node["yes"], (*path, "yes")),
        no=reader.condition(node["no"], (*path, "no")),
        many=reader.condition(node["many"], (*path, "many")) if "many" in node else None,
        in_place=node.get("in_place", False),
    )


def _browser(reader: StepReader, data: dict[str, Any]) -> BrowserNeeds:
    shown, place = data.get("client_certificate", {}), ("browser", "client_certificate")
    login, at = data.get("basic_login", {}), ("browser", "basic_login")
    width, height = data.get("window", BrowserNeeds().window)
    return BrowserNeeds(
        data.get("user_agent", ""),
        data.get("any_certificate", False),
        reader.optional_template(login, "user", at),
        reader.optional_template(login, "password", at),
        (width, height),
        data.get("language", BrowserNeeds().language),
        reader.optional_template(shown, "file", place),
        reader.optional_template(shown, "passphrase", place),
    )


def _run_policy(data: dict[str, Any]) -> RunPolicy:
    usual = RunPolicy()
    return RunPolicy(
        timeout=float(data.get("timeout_seconds", usual.timeout)),
        settle=float(data.get("settle_seconds", usual.settle)),
        per_minute=data.get("per_minute"),
        attempts=data.get("attempts", usual.attempts),
        back_off=float(data.get("back_off_seconds", usual.back_off)),
        back_off_most=float(data.get("back_off_most_seconds", usual.back_off_most)),
        breaker=data.get("breaker", usual.breaker),
        hours=_hours(data.get("hours", {})),
    )


def _hours(data: dict[str, Any]) -> Hours:
    days = tuple(_DAYS.index(d) for d in data.get("days", _DAYS))
    windows = tuple((w["from"], w["to"]) for w in data.get("maintenance", []))
    return Hours(
        data.get("open", ""),
        data.get("close", ""),
        days,
        data.get("holidays", True),
        tuple(data.get("closed", ())),
        windows,
    )

"""Recorded steps and locators in plain words, by the same sentences as ``bot explain``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bots.base.errors import BotFileError
from bots.spec.explain.sentences import Language, Writer
from bots.spec.language.step_reader import StepReader
from bots.spec.language.target_reader import TargetReader
from bots.spec.language.yaml_source import Source
from bots.spec.model.bot import Condition, Popup, Step, Target

_NOWHERE = Source(Path("draft"), {})
_READER = TargetReader(_NOWHERE)


def read_target(node: Any) -> Target:
    """Read a locator as a bot.yaml would be read; raises ``BotFileError`` for one that means nothing."""
    return _READER.target(node, ())


def read_condition(node: Any) -> Condition:
    """Read a condition."""
    return _READER.condition(node, ())


def read_step(node: dict[str, Any]) -> Step:
    """Read one step; steps that it uses by name are left empty."""
    if "popup" in node and "steps" not in node["popup"]:
        # In a draft the steps inside a window follow it in the list.
        node = {**node, "popup": {**node["popup"], "steps": []}}
    named = (
        {node["use"] if isinstance(node["use"], str) else node["use"]["steps"]} if "use" in node else set()
    )
    return StepReader(_NOWHERE, {name: ((), []) for name in named}).step(node, ())


def target_sentences(target: Target) -> dict[str, str]:
    """Return the words for a locator in both languages."""
    return {"ja": Writer("ja").target(target), "en": Writer("en").target(target)}


def step_sentences(node: dict[str, Any]) -> dict[str, str]:
    """Return the sentence of a step in both languages; for a step written by hand that cannot be read, its kind."""
    try:
        step = read_step(node)
    except (BotFileError, KeyError, TypeError):
        kind = next(iter(node), "")
        return {"ja": kind, "en": kind}
    return {"ja": _with_dialogs(step, "ja"), "en": _with_dialogs(step, "en")}


def _with_dialogs(step: Step, language: Language) -> str:
    writer = Writer(language)
    joint = "。" if language == "ja" else "; "
    inner = [step.opener] if isinstance(step, Popup) else []
    rules = [rule for one in (step, *inner) for rule in one.dialogs]
    return joint.join([*map(writer.step, (step, *inner)), *map(writer.dialog, rules)])

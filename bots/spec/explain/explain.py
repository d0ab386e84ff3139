"""Writes the steps in plain Japanese (or English), for the system's owner to read and sign off."""

from __future__ import annotations

from collections.abc import Iterator

from bots.spec.explain.sentences import Language, Writer
from bots.spec.explain.terms import terms
from bots.spec.model.bot import Bot, ForEach, If, InFrame, Popup, Step, Use, While


def explain(bot: Bot, language: Language = "ja") -> str:
    """Describe what the bot does, procedure by procedure, step by step."""
    writer = Writer(language)
    lines = [f"# {bot.title if writer.ja else bot.title_en} ({bot.id})", "", *terms(bot, writer.ja), ""]
    for number, name in enumerate(("login", "find", "enter", "read_back"), start=1):
        title = writer.words.coded("procedure", name)
        lines += [f"## {number}. {title}", ""]
        lines += list(_lines(writer, bot.procedure(name).steps, ""))  # type: ignore[arg-type]
        if name == "find":
            lines += _answers(writer, bot)
        lines.append("")
    return "\n".join(lines)


def _answers(writer: Writer, bot: Bot) -> list[str]:
    yes, no = writer.condition(bot.find.yes), writer.condition(bot.find.no)
    return [
        "",
        writer.localised(f"- {yes}なら「登録済み」", f"- if {yes}: it is there"),
        writer.localised(f"- {no}なら「未登録」", f"- if {no}: it is not there"),
        writer.localised(
            "- どちらでもなければ「判断できない」として人に渡す",
            "- otherwise it cannot tell, and a person decides",
        ),
    ]


def _lines(writer: Writer, steps: tuple[Step, ...], number: str) -> Iterator[str]:
    for count, step in enumerate(steps, start=1):
        here = f"{number}{count}."
        indent = "   " * (here.count(".") - 1)
        mark = (
            writer.localised(" 【ここで登録される。一度だけ】", " [THIS SAVES; once only]")
            if step.irreversible
            else ""
        )
        note = f" ({step.note})" if step.note else ""
        yield f"{indent}{here} {writer.step(step)}{mark}{note}"
        for rule in step.dialogs:
            yield f"{indent}   - {writer.dialog(rule)}"
        before = writer.given
        # The names of `with` are valid only inside the steps that are used.
        if isinstance(step, Use):
            writer.given = {**before, **{name: writer.value(t) for name, t in step.given.items()}}
        yield from _lines(writer, _inside(step), here)
        writer.given = before
        if isinstance(step, If) and step.otherwise:
            yield indent + writer.localised("   そうでなければ:", "   otherwise:")
            yield from _lines(writer, step.otherwise, here)


def _inside(step: Step) -> tuple[Step, ...]:
    match step:
        case Popup():
            return (step.opener, *step.steps)
        case If():
            return step.then
        case InFrame() | ForEach() | While() | Use():
            return step.steps
    return ()

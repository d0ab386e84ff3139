"""The steps in plain Japanese (or English), for the system's owner to read and sign off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from bots.explain_terms import terms
from bots.model import (
    Bot,
    Capture,
    Check,
    Choose,
    Click,
    Condition,
    Dialog,
    DialogRule,
    Expect,
    Fill,
    ForEach,
    Goto,
    If,
    InFrame,
    Popup,
    Press,
    Select,
    Step,
    Target,
    Upload,
    Use,
    WaitFor,
    While,
)  # fmt: skip
from bots.templating import Call, Expression, Template

Language = Literal["ja", "en"]
_PROCEDURES = {
    "login": ("ログインする", "Log in"),
    "find": ("登録済みかどうか調べる", "Look whether the record is there"),
    "enter": ("入力して登録する", "Enter and submit"),
    "read_back": ("登録された行を開いて突合する", "Open the stored row and compare"),
}
_BY = {
    "label": ("「{0}」の欄", "the input labelled “{0}”"),
    "cell": ("表の「{0}」の隣の欄", "the input beside “{0}” in the table"),
    "button": ("ボタン「{0}」", "the button “{0}”"),
    "link": ("リンク「{0}」", "the link “{0}”"),
    "words": ("「{0}」", "“{0}”"),
    "text": ("「{0}」の文字", "the words “{0}”"),
    "name": ("名前が {0} の欄", "the input named {0}"),
    "id": ("IDが {0} の要素", "the element with id {0}"),
    "role": ("役割が {0} の要素", "the element with role {0}"),
    "title": ("説明が「{0}」の要素", "the element with title “{0}”"),
    "alt": ("画像「{0}」", "the picture “{0}”"),
    "placeholder": ("薄い字で「{0}」とある欄", "the input with the hint “{0}”"),
    "position": ("{0}番目の欄", "input number {0}"),
    "column": ("「{0}」の列", "the column “{0}”"),
    "row": ("「{0}」の行", "the row “{0}”"),
    "css": ("要素 {0}", "the element {0}"),
}


class _Writer:
    """Writes sentences in one language."""

    def __init__(self, language: Language) -> None:
        self.ja = language == "ja"
        # What the names of a ``use … with`` stand for where the steps are used.
        self.given: dict[str, str] = {}

    def say(self, ja: str, en: str) -> str:
        return ja if self.ja else en

    def value(self, template: Template) -> str:
        return "".join(p if isinstance(p, str) else self._expression(p) for p in template.parts) or self.say(
            "(空)", "(empty)"
        )

    def _expression(self, expression: Expression) -> str:
        name = expression.name
        if name in self.given and not expression.calls:
            return self.given[name]
        if name.startswith("secret."):
            return self.say(f"〔秘密情報 {name[7:]}〕", f"[secret {name[7:]}]")
        base = self.given[name].strip("〔〕[]") if name in self.given else name
        words = ": ".join([base, *(_call(c) for c in expression.calls)])
        return f"〔{words}〕" if self.ja else f"[{words}]"

    def target(self, target: Target) -> str:
        words = _BY[target.by][0 if self.ja else 1].format(self.value(target.words))
        if target.row is not None:
            words = self.say(
                f"「{self.value(target.row)}」の行の{words}", f"{words} in the row “{self.value(target.row)}”"
            )
        if target.option is not None:
            words += self.say(f"の「{self.value(target.option)}」", f", option “{self.value(target.option)}”")
        number = target.part or target.nth
        return words + (self.say(f" ({number}番目)", f" (number {number})") if number else "")

    def condition(self, condition: Condition) -> str:
        match condition.kind:
            case "all" | "any":
                joint = (
                    self.say("、かつ", " and ") if condition.kind == "all" else self.say("、または", " or ")
                )
                return joint.join(self.condition(p) for p in condition.parts)
            case "not":
                return self.say(
                    f"「{self.condition(condition.parts[0])}」でない",
                    f"not ({self.condition(condition.parts[0])})",
                )
        wanted = self.value(condition.wanted) if condition.wanted else ""
        subject = self._subject(condition)
        if condition.test == "shown":
            more = (
                self.say(f"{condition.at_least}つ以上", f"{condition.at_least} times ")
                if condition.at_least > 1
                else ""
            )
            return self.say(f"{subject}が{more}ある", f"{subject} is there {more}".rstrip())
        verbs = {
            "is": (f"{subject}が「{wanted}」である", f"{subject} is “{wanted}”"),
            "contains": (f"{subject}に「{wanted}」とある", f"{subject} says “{wanted}”"),
            "matches": (f"{subject}が {wanted} の形である", f"{subject} matches {wanted}"),
            "empty": (f"{subject}が空である", f"{subject} is empty"),
        }
        return self.say(*verbs[condition.test])

    def _subject(self, condition: Condition) -> str:
        if condition.target is not None:
            return self.target(condition.target)
        if condition.subject is not None:
            return self.value(condition.subject)
        words = {
            "text": ("画面", "the page"),
            "url": ("アドレス", "the address"),
            "title": ("ページの題", "the page's title"),
            "dialog": ("メッセージ", "the message box"),
        }
        return self.say(*words[condition.kind])

    def dialog(self, rule: DialogRule) -> str:
        answer = self.say("OK", "OK") if rule.answer == "accept" else self.say("キャンセル", "Cancel")
        return self.say(
            f"メッセージ「{self.value(rule.text)}」には「{answer}」と答える",
            f"answer the message “{self.value(rule.text)}” with {answer}",
        )

    def step(self, step: Step) -> str:
        say, value = self.say, self.value
        match step:
            case Goto():
                return say(f"{value(step.url)} を開く", f"open {value(step.url)}")
            case Fill():
                return say(
                    f"{self.target(step.target)}に「{value(step.value)}」と入力する",
                    f"write “{value(step.value)}” into {self.target(step.target)}",
                )
            case Select():
                return say(
                    f"{self.target(step.target)}で「{value(step.option)}」を選ぶ",
                    f"select “{value(step.option)}” in {self.target(step.target)}",
                )
            case Choose():
                option = value(step.option) if step.option is not None else ""
                return say(
                    f"{self.target(step.target)}で「{option}」を選ぶ",
                    f"choose “{option}” at {self.target(step.target)}",
                )
            case Check():
                return say(
                    f"{self.target(step.target)}のチェックを「{value(step.on)}」にする",
                    f"set the tick of {self.target(step.target)} to “{value(step.on)}”",
                )
            case Click():
                return say(f"{self.target(step.target)}を押す", f"press {self.target(step.target)}")
            case Press():
                where = (
                    say(f"{self.target(step.target)}で", f" in {self.target(step.target)}")
                    if step.target
                    else ""
                )
                return say(f"{where}{step.key} キーを押す", f"press the key {step.key}{where}")
            case Upload():
                return say(
                    f"{self.target(step.target)}にファイル {value(step.path)} を付ける",
                    f"attach {value(step.path)} to {self.target(step.target)}",
                )
            case Capture():
                where = self.target(step.target) if step.target else say("画面", "the page")
                return say(f"{where}を「{step.name}」として読む", f"read {where} as “{step.name}”")
            case _:
                return self._block(step)

    def _block(self, step: Step) -> str:
        say = self.say
        match step:
            case InFrame():
                words = " > ".join(map(str, step.path)) or say("一番外", "the top")
                return say(f"フレーム「{words}」で作業する", f"work in the frame “{words}”")
            case Popup():
                return say("子画面を開き、その中で次を行う", "open a window and do this in it")
            case Dialog():
                return say("次の操作でメッセージが出る", "the next step raises a message")
            case WaitFor():
                return say(
                    f"{self.condition(step.condition)}まで待つ",
                    f"wait until {self.condition(step.condition)}",
                )
            case Expect():
                return say(
                    f"{self.condition(step.condition)}ことを確かめる",
                    f"make sure that {self.condition(step.condition)}",
                )
            case If():
                return say(
                    f"{self.condition(step.condition)}なら次を行う",
                    f"if {self.condition(step.condition)}, do this",
                )
            case ForEach():
                return say(
                    f"{step.source.source} のそれぞれについて次を行う",
                    f"for each of {step.source.source}, do this",
                )
            case While():
                return say(
                    f"{self.condition(step.condition)}間は次を繰り返す (最大{step.at_most}回)",
                    f"as long as {self.condition(step.condition)}, do this again (at most {step.at_most} times)",
                )
            case Use():
                return say(f"手順「{step.name}」を行う", f"do the steps “{step.name}”")
        raise AssertionError(f"no words for {type(step).__name__}")


def explain(bot: Bot, language: Language = "ja") -> str:
    """Describe what the bot does, procedure by procedure, step by step."""
    writer = _Writer(language)
    lines = [f"# {bot.title if writer.ja else bot.title_en} ({bot.id})", "", *terms(bot, writer.ja), ""]
    for number, name in enumerate(("login", "find", "enter", "read_back"), start=1):
        lines += [f"## {number}. {writer.say(*_PROCEDURES[name])}", ""]
        lines += list(_lines(writer, bot.procedure(name).steps, ""))  # type: ignore[arg-type]
        if name == "find":
            lines += _answers(writer, bot)
        lines.append("")
    return "\n".join(lines)


def _answers(writer: _Writer, bot: Bot) -> list[str]:
    yes, no = writer.condition(bot.find.yes), writer.condition(bot.find.no)
    return [
        "",
        writer.say(f"- {yes}なら「登録済み」", f"- if {yes}: it is there"),
        writer.say(f"- {no}なら「未登録」", f"- if {no}: it is not there"),
        writer.say(
            "- どちらでもなければ「判断できない」として人に渡す",
            "- otherwise it cannot tell, and a person decides",
        ),
    ]


def _lines(writer: _Writer, steps: tuple[Step, ...], number: str) -> Iterator[str]:
    for count, step in enumerate(steps, start=1):
        here = f"{number}{count}."
        indent = "   " * (here.count(".") - 1)
        mark = (
            writer.say(" 【ここで登録される。一度だけ】", " [THIS SAVES; once only]")
            if step.irreversible
            else ""
        )
        note = f" ({step.note})" if step.note else ""
        yield f"{indent}{here} {writer.step(step)}{mark}{note}"
        for rule in step.dialogs:
            yield f"{indent}   - {writer.dialog(rule)}"
        before = writer.given
        if isinstance(step, Use):
            writer.given = {**before, **{name: writer.value(t) for name, t in step.given.items()}}
        yield from _lines(writer, _inside(step), here)
        writer.given = before
        if isinstance(step, If) and step.otherwise:
            yield indent + writer.say("   そうでなければ:", "   otherwise:")
            yield from _lines(writer, step.otherwise, here)


def _call(call: Call) -> str:
    return f"{call.name}({', '.join(map(str, call.arguments))})" if call.arguments else call.name


def _inside(step: Step) -> tuple[Step, ...]:
    match step:
        case Popup():
            return (step.opener, *step.steps)
        case If():
            return step.then
        case InFrame() | ForEach() | While() | Use():
            return step.steps
    return ()

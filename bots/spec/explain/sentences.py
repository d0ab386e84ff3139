"""One sentence for each step, condition and element of a bot.yaml, in plain Japanese or English."""

from __future__ import annotations

from typing import Literal

from bots.spec.model.bot import (  # fmt: skip
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
    Scroll,
    Select,
    Step,
    Target,
    Upload,
    Use,
    WaitFor,
    While,
)
from bots.spec.templating import Call, Expression, Template
from foundation.words import words

Language = Literal["ja", "en"]


class Writer:
    """Writes sentences in one language."""

    def __init__(self, language: Language) -> None:
        self.ja = language == "ja"
        self.words = words(language, "bots")
        # The values of the names of a ``use … with`` at the place where the steps are used.
        self.given: dict[str, str] = {}

    def localised(self, ja: str, en: str) -> str:
        return ja if self.ja else en

    def value(self, template: Template) -> str:
        return "".join(
            p if isinstance(p, str) else self._expression(p) for p in template.parts
        ) or self.localised("(空)", "(empty)")

    def _expression(self, expression: Expression) -> str:
        name = expression.name
        if name in self.given and not expression.calls:
            return self.given[name]
        if name.startswith("secret."):
            return self.localised(f"〔秘密情報 {name[7:]}〕", f"[secret {name[7:]}]")
        base = self.given[name].strip("〔〕[]") if name in self.given else name
        words = ": ".join([base, *(self._call(c) for c in expression.calls)])
        return f"〔{words}〕" if self.ja else f"[{words}]"

    def _call(self, call: Call) -> str:
        name = self.words.coded("format", call.name)
        return f"{name} {', '.join(map(str, call.arguments))}" if call.arguments else name

    def target(self, target: Target) -> str:
        words = self.words(f"by.{target.by}", words=self.value(target.words))
        if target.row is not None:
            words = self.localised(
                f"「{self.value(target.row)}」の行の{words}", f"{words} in the row “{self.value(target.row)}”"
            )
        if target.option is not None:
            words += self.localised(
                f"の「{self.value(target.option)}」", f", option “{self.value(target.option)}”"
            )
        number = target.part or target.nth
        return words + (self.localised(f" ({number}番目)", f" (number {number})") if number else "")

    def condition(self, condition: Condition) -> str:
        match condition.kind:
            case "all" | "any":
                joint = (
                    self.localised("、かつ", " and ")
                    if condition.kind == "all"
                    else self.localised("、または", " or ")
                )
                return joint.join(self.condition(p) for p in condition.parts)
            case "not":
                return self._not(condition.parts[0])
        wanted = self.value(condition.wanted) if condition.wanted else ""
        subject = self._subject(condition)
        if condition.test == "shown":
            more = (
                self.localised(f"{condition.at_least}つ以上", f"{condition.at_least} times ")
                if condition.at_least > 1
                else ""
            )
            return self.localised(f"{subject}が{more}ある", f"{subject} is there {more}".rstrip())
        verbs = {
            "is": (f"{subject}が「{wanted}」である", f"{subject} is “{wanted}”"),
            "contains": (f"{subject}に「{wanted}」とある", f"{subject} says “{wanted}”"),
            "matches": (f"{subject}が {wanted} の形である", f"{subject} matches {wanted}"),
            "empty": (f"{subject}が空である", f"{subject} is empty"),
        }
        return self.localised(*verbs[condition.test])

    def _not(self, condition: Condition) -> str:
        subject = self._subject(condition) if condition.kind not in ("all", "any", "not") else ""
        if subject and condition.test == "shown":
            return self.localised(f"{subject}がない", f"{subject} is not there")
        if subject and condition.test == "contains" and condition.wanted is not None:
            wanted = self.value(condition.wanted)
            return self.localised(f"{subject}に「{wanted}」がない", f"{subject} does not say “{wanted}”")
        return self.localised(f"「{self.condition(condition)}」でない", f"not ({self.condition(condition)})")

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
        return self.localised(*words[condition.kind])

    def dialog(self, rule: DialogRule) -> str:
        answer = (
            self.localised("OK", "OK") if rule.answer == "accept" else self.localised("キャンセル", "Cancel")
        )
        return self.localised(
            f"メッセージ「{self.value(rule.text)}」には「{answer}」と答える",
            f"answer the message “{self.value(rule.text)}” with {answer}",
        )

    def step(self, step: Step) -> str:
        localised, value = self.localised, self.value
        match step:
            case Goto():
                return localised(f"{value(step.url)} を開く", f"open {value(step.url)}")
            case Fill():
                return localised(
                    f"{self.target(step.target)}に「{value(step.value)}」と入力する",
                    f"write “{value(step.value)}” into {self.target(step.target)}",
                )
            case Select():
                return localised(
                    f"{self.target(step.target)}で「{value(step.option)}」を選ぶ",
                    f"select “{value(step.option)}” in {self.target(step.target)}",
                )
            case Choose():
                option = value(step.option) if step.option is not None else ""
                return localised(
                    f"{self.target(step.target)}で「{option}」を選ぶ",
                    f"choose “{option}” at {self.target(step.target)}",
                )
            case Check():
                return localised(
                    f"{self.target(step.target)}のチェックを「{value(step.on)}」にする",
                    f"set the tick of {self.target(step.target)} to “{value(step.on)}”",
                )
            case Click():
                return localised(f"{self.target(step.target)}を押す", f"press {self.target(step.target)}")
            case Press():
                where = (
                    localised(f"{self.target(step.target)}で", f" in {self.target(step.target)}")
                    if step.target
                    else ""
                )
                return localised(f"{where}{step.key} キーを押す", f"press the key {step.key}{where}")
            case Upload():
                return localised(
                    f"{self.target(step.target)}にファイル {value(step.path)} を付ける",
                    f"attach {value(step.path)} to {self.target(step.target)}",
                )
            case Scroll():
                until = self.condition(step.condition)
                return localised(
                    f"{self.target(step.target)}を、{until}まで、または終わりまで送る",
                    f"scroll {self.target(step.target)} until {until}, or to its end",
                )
            case Capture():
                where = self.target(step.target) if step.target else localised("画面", "the page")
                if step.file:
                    where = localised(
                        f"届いたファイル「{step.file}」", f"the file “{step.file}” that the system sends"
                    )
                return self._capture(step, where)
            case _:
                return self._block(step)

    def _each(self, step: ForEach) -> str:
        if step.over != "fields":
            return self.value(step.source)
        first, last = (step.source.source.replace("{n}", str(n)) for n in (1, step.up_to))
        return self.localised(f"〔{first}…〕〜〔{last}…〕", f"[{first}…] to [{last}…]")

    def _capture(self, step: Capture, where: str) -> str:
        if step.name == "receipt":
            return self.localised(f"{where}から受付番号を読む", f"read the receipt number off {where}")
        if step.expected is not None:
            wanted = self.value(step.expected)
            return self.localised(f"{where}を「{wanted}」と突き合わせる", f"compare {where} with “{wanted}”")
        return self.localised(
            f"{where}を「{step.name}」として読み、突き合わせる", f"read {where} as “{step.name}” and compare"
        )

    def _block(self, step: Step) -> str:
        localised = self.localised
        match step:
            case InFrame():
                words = " > ".join(map(str, step.path)) or localised("一番外", "the top")
                return localised(f"フレーム「{words}」で作業する", f"work in the frame “{words}”")
            case Popup():
                return localised("子画面を開き、その中で次を行う", "open a window and do this in it")
            case Dialog():
                return localised("次の操作でメッセージが出る", "the next step raises a message")
            case WaitFor():
                return localised(
                    f"{self.condition(step.condition)}まで待つ",
                    f"wait until {self.condition(step.condition)}",
                )
            case Expect():
                return localised(
                    f"{self.condition(step.condition)}ことを確かめる",
                    f"make sure that {self.condition(step.condition)}",
                )
            case If():
                return localised(
                    f"{self.condition(step.condition)}なら次を行う",
                    f"if {self.condition(step.condition)}, do this",
                )
            case ForEach():
                each = self._each(step)
                return localised(f"{each}のそれぞれについて次を行う", f"for each of {each}, do this")
            case While():
                return localised(
                    f"{self.condition(step.condition)}間は次を繰り返す (最大{step.at_most}回)",
                    f"as long as {self.condition(step.condition)}, do this again (at most {step.at_most} times)",
                )
            case Use():
                return localised(f"手順「{step.name}」を行う", f"do the steps “{step.name}”")
        # A new step without a sentence fails in the tests, instead of leaving a gap in what the owner signs.
        raise AssertionError(f"no words for {type(step).__name__}")

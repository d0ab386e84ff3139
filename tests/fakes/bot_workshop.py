"""A bot workshop without a browser: three drawn pages, steps kept in a file, walks and rehearsals that end as told."""

from __future__ import annotations

import base64
import copy
import io
import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import yaml
from PIL import Image, ImageDraw, ImageFont

from verification.errors import CannotMake
from verification.workshop_port import Act, Checked, Draft, Element, Failure, Locator, Screen

WIDTH, HEIGHT = 1000, 640
NONE = "該当する行はありません"
_PAGES: dict[str, tuple[str, list[tuple[str, str, str, list[float]]]]] = {
    "login": (
        "ログイン",
        [
            ("user", "input", "利用者ID", [300, 150, 260, 36]),
            ("password", "password", "パスワード", [300, 210, 260, 36]),
            ("login", "button", "ログイン", [300, 270, 120, 40]),
        ],
    ),
    "search": (
        "許可台帳 検索",
        [
            ("number", "input", "番号", [300, 110, 260, 36]),
            ("search", "button", "検索", [580, 110, 90, 36]),
            ("none", "text", NONE, [120, 200, 420, 30]),
            ("row", "text", "20269001", [120, 250, 140, 30]),
            ("open", "link", "詳細", [420, 250, 60, 30]),
            ("new", "link", "新規登録", [760, 110, 120, 30]),
        ],
    ),
    "form": (
        "許可台帳 登録",
        [
            ("number", "input", "番号", [300, 110, 260, 36]),
            ("name", "input", "氏名", [300, 170, 260, 36]),
            ("sex", "select", "性別", [300, 230, 140, 36]),
            ("agree", "check", "同意", [300, 290, 26, 26]),
            ("save", "button", "登録", [300, 360, 120, 44]),
        ],
    ),
}
_LEADS = {"login": "search", "search": "search", "new": "form", "open": "form", "save": "form"}


class FakeWorkshop:
    """Implements `WorkshopPort`. `ends`: outcomes of the next rehearsal; `broken`: the next walk fails at once."""

    def __init__(self) -> None:
        self.ends: list[str] = []
        self.broken = False
        self.problem = ""
        self.picture_size = 0
        self.calls: list[str] = []
        self.hold = threading.Event()
        self.hold.set()
        self._page: dict[str, str] = {}
        self._dialog: dict[str, bool] = {}

    def create(self, folder: Path, draft: Mapping[str, Any]) -> Draft:
        folder.mkdir()
        made: dict[str, Any] = {
            "id": "", "title": {}, "base_url": "http://kyoka.example.lan/app", "encoding": "utf-8", "form": "",
            "key": [], "sample": {}, "procedures": {n: [] for n in ("login", "find", "enter", "read_back")},
            "signs": [], "extra": {},
        }  # fmt: skip
        if "yaml" in draft:
            made |= self._of_yaml(str(draft["yaml"]))
        made |= {key: value for key, value in draft.items() if key != "yaml"}
        self._save(folder, made)
        return self.draft(folder)

    def draft(self, folder: Path) -> Draft:
        return cast("Draft", json.loads((folder / "draft.json").read_text(encoding="utf-8")))

    def edit(self, folder: Path, edit: Mapping[str, Any]) -> Draft:
        draft: Any = self.draft(folder)
        if "undo" in edit:
            return self._undo(folder)
        if "yaml" in edit:
            draft |= self._of_yaml(edit["yaml"])
        elif "unsign" in edit:
            draft["signs"] = [sign for sign in draft["signs"] if sign["id"] != edit["unsign"]]
        elif "sign" in edit:
            what = edit["sign"]
            words = what.get("text") or self._element(folder, what["element"])[2]
            number = f"g{len(draft['signs']) + 1}"
            sign = {"id": number, "kind": what["kind"], "text": words, "condition": {"text": words}}
            draft["signs"].append(sign)
        elif "set" in edit:
            draft |= edit["set"]
        else:
            self._edit_step(draft, edit)
        self._save(folder, draft)
        return self.draft(folder)

    def _edit_step(self, draft: Any, edit: Mapping[str, Any]) -> None:
        wanted = edit.get("delete") or edit.get("move") or edit.get("step")
        for steps in draft["procedures"].values():
            for at, step in enumerate(steps):
                if step["id"] != wanted:
                    continue
                if "delete" in edit:
                    del steps[at]
                elif "move" in edit:
                    steps.insert(edit["to"], steps.pop(at))
                elif "locator" in edit:
                    step["chosen"] = edit["locator"]
                else:
                    step |= {key: edit[key] for key in ("field", "value", "irreversible") if key in edit}
                    step["step"] |= {"target": edit["target"]} if "target" in edit else {}
                return
        raise CannotMake("その手順はありません。", "There is no such step.")

    def screen(self, folder: Path, url: str = "") -> Screen:
        self.calls.append(f"screen {url}")
        name = self._page.setdefault(str(folder), "login")
        title, elements = _PAGES[name]
        picture = "A" * self.picture_size or base64.b64encode(_draw(name)).decode()
        dialog = (
            {"kind": "confirm", "text": "登録します。よろしいですか"}
            if self._dialog.get(str(folder))
            else None
        )
        return cast("Screen", {
            "picture": picture, "width": WIDTH, "height": HEIGHT,
            "url": f"http://kyoka.example.lan/app/{name}",
            "title": title, "elements": [_as_element(name, one) for one in elements], "dialog": dialog,
            "windows": [title], "hints": [_HINT] if name == "login" else [],
        })  # fmt: skip

    def act(self, folder: Path, act: Act) -> Screen:
        self.calls.append(f"{act['kind']} {act.get('element', '')}")
        key = str(folder)
        if act["kind"] == "dialog":
            self._dialog[key] = False
        elif act["kind"] == "goto":
            self._page[key] = "form" if "new" in act.get("value", "") else "search"
        elif act["kind"] == "click":
            self._dialog[key] = act.get("element") == "save"
        if "procedure" in act:
            self._record(folder, act)
        if act["kind"] == "click":
            self._page[key] = _LEADS.get(act.get("element", ""), self._page.get(key, "login"))
        return self.screen(folder)

    def _record(self, folder: Path, act: Act) -> None:
        draft: Any = self.draft(folder)
        steps = draft["procedures"][act.get("procedure", "login")]
        _, _, words, box = self._element(folder, act.get("element", "search"))
        verb = (
            "capture"
            if act["kind"] == "capture"
            else "click"
            if act["kind"] == "only_record"
            else act["kind"]
        )
        value = f"{{{{ {act['field']} }}}}" if act.get("field") else act.get("value", "")
        step: dict[str, Any] = {
            verb: {"as": act.get("field", "")} if verb == "capture" else {"cell": words, "value": value}
        }
        number = sum(len(each) for each in draft["procedures"].values()) + 1
        shown = act.get("secret") or value
        steps.append({
            "id": f"s{number}", "step": step,
            "ja": f"「{words}」{_VERBS[act['kind']]}" + (f"（{shown}）" if shown else ""),
            "en": f"{act['kind']} “{words}” {shown}".strip(), "value": act.get("value", ""),
            "field": act.get("field", ""), "locators": _locators(words), "chosen": 0,
            "picture": f"{self._page.get(str(folder), 'login')}.png",
            "box": box, "irreversible": act.get("irreversible", False),
        })  # fmt: skip
        self._save(folder, draft)

    def picture(self, folder: Path, name: str) -> bytes:
        return _draw(name.removesuffix(".png"))

    def yaml(self, folder: Path) -> str:
        draft: Any = self.draft(folder)
        form = draft["form"]
        body = {
            "key": draft["key"],
            "procedures": {n: [s["step"] for s in steps] for n, steps in draft["procedures"].items()},
        }
        data = {"id": draft["id"], "title": draft["title"], "base_url": draft["base_url"], **draft["extra"]}
        data |= {"forms": {form: body}} if form else body
        data["signs"] = [[sign["kind"], sign["text"]] for sign in draft["signs"]]
        return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)

    def check(self, folder: Path) -> Checked:
        draft = self.draft(folder)
        lines = [
            {"ja": step["ja"], "en": step["en"]} for steps in draft["procedures"].values() for step in steps
        ]
        empty = [name for name, steps in draft["procedures"].items() if not steps]
        saving = any(step["irreversible"] for step in draft["procedures"]["enter"])
        words = [self.problem, *(f"{name} の手順がありません。" for name in empty)]
        words += [] if saving else ["保存ボタンがありません。"]
        problems = [{"ja": one, "en": one} for one in words if one]
        warnings = [{"ja": "「拒否された」ときの文言がありません。", "en": "No words of refusal are marked."}]
        return {"problems": problems, "warnings": warnings, "sentences": lines}

    def dry_walk(self, folder: Path, record: Mapping[str, str]) -> Failure | None:
        self.hold.wait(60)
        if not self.broken:
            return None
        self.broken = False
        step = self.draft(folder)["procedures"]["find"][0]
        return {
            "procedure": "find", "step": step["id"],
            "reason": {"ja": "「番号」の入力欄が見つかりません。", "en": "The input “番号” cannot be found."},
            "then": base64.b64encode(_draw("search")).decode(), "now": base64.b64encode(_draw("form")).decode(),
            "proposals": [{**one, "box": [300, 110, 260, 36]} for one in _locators("許可番号")],
        }  # fmt: skip

    def rehearse(
        self, folder: Path, records: Sequence[Mapping[str, str]], base_url: str
    ) -> list[dict[str, str]]:
        self.hold.wait(60)
        self.calls.append(f"rehearse {len(records)} {base_url}")
        key = self.draft(folder)["key"][0]
        ends = self.ends or ["confirmed"] * len(records)
        return [
            {"key": record[key], "status": end, "receipt": f"R-{at:04}", "reason": _REASONS.get(end, "")}
            for at, (record, end) in enumerate(zip(records, ends, strict=False))
        ]  # fmt: skip

    def close(self, folder: Path) -> None:
        self._page.pop(str(folder), None)
        self._dialog.pop(str(folder), None)

    def _element(self, folder: Path, element: str) -> tuple[str, str, str, list[float]]:
        elements = _PAGES[self._page.get(str(folder), "login")][1]
        return next((one for one in elements if one[0] == element), elements[0])

    def _of_yaml(self, text: str) -> dict[str, Any]:
        data = yaml.safe_load(text)
        forms = data.get("forms") or {"": data}
        form, body = next(iter(forms.items()))
        title = data.get("title") or data["id"]
        return {
            "id": data["id"], "title": title if isinstance(title, dict) else {"ja": title, "en": title},
            "base_url": data.get("base_url", ""), "form": form, "key": body.get("key") or ["no"],
            "extra": {key: data[key] for key in data if key in {"note", "settle_seconds"}},
        }  # fmt: skip

    def _save(self, folder: Path, draft: Any) -> None:
        path = folder / "draft.json"
        if path.exists():
            with (folder / "undo.jsonl").open("a", encoding="utf-8") as stream:
                stream.write(path.read_text(encoding="utf-8") + "\n")
        path.write_text(json.dumps(copy.deepcopy(draft), ensure_ascii=False), encoding="utf-8")

    def _undo(self, folder: Path) -> Draft:
        path = folder / "undo.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if not lines:
            raise CannotMake("元に戻せる操作がありません。", "There is nothing to undo.")
        (folder / "draft.json").write_text(lines.pop(), encoding="utf-8")
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return self.draft(folder)


_REASONS = {"refused": "桁数が違います", "mismatch": "氏名: 見本 → 見木"}
_HINT = {"ja": "Internet Explorer 用のページです。", "en": "A page for Internet Explorer."}
_VERBS = {
    "click": "を押す", "fill": "に入れる", "select": "で選ぶ", "check": "に印を付ける", "uncheck": "の印を外す",
    "choose": "を選ぶ", "press": "でキーを押す", "goto": "を開く", "capture": "の値を読み取る", "dialog": "に答える",
    "back": "から戻る", "window": "の窓に移る", "only_record": "を押す",
}  # fmt: skip


def _locators(words: str) -> list[Locator]:
    return [
        {
            "target": {"cell": words},
            "ja": f"見出し「{words}」の隣",
            "en": f"beside the words “{words}”",
            "matches": 1,
        },
        {"target": {"label": words}, "ja": f"ラベル「{words}」", "en": f"labelled “{words}”", "matches": 1},
        {"target": {"css": "td input"}, "ja": "表の中の入力欄", "en": "an input in a table", "matches": 3},
    ]


def _as_element(page: str, one: tuple[str, str, str, list[float]]) -> Element:
    name, kind, words, box = one
    options = ["男", "女"] if kind == "select" else []
    return {
        "id": name, "kind": kind, "words": words, "value": "男" if kind == "select" else "", "options": options,
        "frame": "", "box": box, "locators": _locators(words),
    }  # fmt: skip


def _draw(name: str) -> bytes:
    title, elements = _PAGES.get(name, _PAGES["login"])
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen, font, large = ImageDraw.Draw(picture), _font(18), _font(24)
    pen.rectangle((0, 0, WIDTH, 60), fill="#2f5d50")
    pen.text((24, 16), f"若葉市 許可管理システム  {title}", fill="white", font=large)
    for _, kind, words, (x, y, width, height) in elements:
        edge = (x, y, x + width, y + height)
        if kind in {"input", "password", "select"}:
            pen.text((120, y + 6), words, fill="black", font=font)
            pen.rectangle(edge, outline="#777777")
        elif kind == "button":
            pen.rectangle(edge, fill="#e2e2e2", outline="#777777")
            pen.text((x + 16, y + 8), words, fill="black", font=font)
        elif kind == "check":
            pen.text((120, y), words, fill="black", font=font)
            pen.rectangle(edge, outline="#777777")
        else:
            pen.text((x, y + 2), words, fill="#0000cc" if kind == "link" else "black", font=font)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype("ipaexg.ttf", size)  # `./run setup` installs it

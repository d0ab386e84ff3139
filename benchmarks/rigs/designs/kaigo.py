"""介護保険 要介護認定申請書: two columns, round corners, small labels inside cells, letters □, lines to write on."""

from __future__ import annotations

from benchmarks.rigs.designs.form_canvas import MINCHO, FormCanvas, inset
from templates_forms.model import Box


def draw() -> FormCanvas:
    p = FormCanvas((210, 297), MINCHO)
    p.text(105, 16, "介護保険　要介護・要支援認定申請書", 15, "centre")
    p.text(20, 27, "○○広域連合長　様", 10.5)
    p.text(20, 35, "次のとおり申請します。", 9.5)
    p.date("request", 140, 27, "", None, size=10, blank=9, height=6, start=140)
    _insured(p)
    _application(p)
    _agent(p)
    _doctor(p)
    _consent(p)
    return p


def _small(p: FormCanvas, box: Box, words: str) -> None:
    p.rect(box)
    p.text(box.x + 1.2, box.y + 2.4, words, 6.5)


def _insured(p: FormCanvas) -> None:
    p.text(16, 42, "◆被保険者", 10)
    p.rect(Box(14, 45, 182, 62), 0.5, radius=3)
    p.text(18, 51.5, "被保険者番号", 8.5)
    p.cells("insured_number", "digits", Box(44, 48, 55, 7), (10,), inner=0.25, outer=0.25)
    p.text(108, 51.5, "個人番号", 8.5)
    p.apart("my_number", "my_number", 126, 48.2, (5, 6.6), (4, 4, 4), between=2.5, hyphen="-")
    _small(p, Box(18, 58, 100, 7), "ﾌﾘｶﾞﾅ")
    p.free("kana", "kana", Box(28, 58.6, 89, 5.8))
    _small(p, Box(18, 65, 100, 13), "氏名")
    p.free("name", "text", Box(18.8, 68.6, 98.4, 8.8))
    _small(p, Box(118, 58, 74, 10), "性別")
    p.ring("sex", "choice", 140, 63.5, ("男", "女"), 10, "・", 3)
    _small(p, Box(118, 68, 74, 10), "生年月日")
    p.date("birth", 121, 74, ("明", "大", "昭"), None, size=8, blank=8, height=6.5, dot="・")
    _small(p, Box(18, 78, 174, 15), "住所")
    p.text(20, 84, "〒", 9)
    p.apart("zip", "postal_code", 25, 80.5, (4.6, 6), (3, 4), between=4)
    p.free("address", "text", Box(18.8, 87, 172.4, 5.6))
    _small(p, Box(18, 93, 100, 11), "電話番号")
    p.free("phone", "phone", Box(18.8, 96.4, 98.4, 7.2))
    _small(p, Box(118, 93, 74, 11), "医療保険者名")
    p.free("insurer", "text", Box(118.8, 96.4, 72.4, 7.2))


def _application(p: FormCanvas) -> None:
    p.text(16, 113, "◆申請内容", 10)
    p.rect(Box(14, 116, 88, 58), 0.5, radius=3)
    p.text(18, 121, "申請区分", 9)
    p.ticks("category", "choice", [(22, 127), (48, 127), (74, 127)], ("新規", "更新", "変更"), 9.5)
    p.text(18, 135, "前回の要介護認定の結果", 9)
    p.ring("level", "choice", 24, 142, ("要支援", "要介護", "非該当"), 9, "・", 2.5)
    p.text(18, 150, "有効期間満了日", 9)
    p.date("expiry", 50, 150, "令和", (4, 6), size=9)
    p.text(18, 159, "変更申請の理由", 9)
    for i in range(2):
        p.line(20, 165.5 + 6 * i, 98, 165.5 + 6 * i, 0.15, (0.6, 0.6))
    p.free("reason", "text", Box(20, 160.5, 78, 11))
    p.rect(Box(108, 116, 88, 58), 0.5, radius=3)
    p.text(112, 121, "現在の居場所", 9)
    words = ("自宅", "病院・診療所", "介護老人保健施設", "その他の施設")
    p.ticks("place", "choice", [(116, 127 + 6 * i) for i in range(4)], words, 9)
    p.text(112, 154, "施設等の名称", 8.5)
    p.line(132, 157, 192, 157, 0.2)
    p.free("facility", "text", Box(132, 150, 60, 7))
    p.text(112, 165, "入所年月日", 8.5)
    p.line(132, 168, 192, 168, 0.2)
    p.date("entered", 134, 165, "", None, size=9, blank=11, height=6, start=132)


def _agent(p: FormCanvas) -> None:
    p.text(16, 180, "◆申請者（本人以外が申請する場合）", 10)
    y = 183
    rows = (
        (9, "氏　名", "agent_name", "text"),
        (9, "本人との関係", "agent_relation", "text"),
        (12, "住　所", "agent_address", "text"),
    )
    for high, words, name, kind in rows:
        p.bar(14, y, 196, y)
        p.text(16, y + high / 2, words, 9)
        p.bar(46, y, 46, y + high)
        right = 130 if name == "agent_name" else 196
        if name == "agent_name":
            p.seal("seal", 122, y + high / 2, "㊞")
            p.truths.pop()
            p.note("seal", "seal", Box(116, y, 12, high))
            p.bar(130, y, 130, y + high)
            p.text(132, y + high / 2, "電話番号", 9)
            p.bar(150, y, 150, y + high)
            p.free("agent_phone", "phone", inset(Box(150, y, 46, high)))
            right = 116
        p.free(name, kind, inset(Box(46, y, right - 46, high)))
        y += high
    p.bar(14, y, 196, y)
    p.bar(14, 183, 14, y, 0.4)
    p.bar(196, 183, 196, y, 0.4)


def _doctor(p: FormCanvas) -> None:
    p.text(16, 219, "◆主治医", 10)
    p.rect(Box(14, 222, 182, 20), 0.3)
    p.line(14, 232, 196, 232)
    p.line(105, 222, 105, 242)
    for box, words, name, kind in (
        (Box(14, 222, 91, 10), "医療機関名", "clinic", "text"),
        (Box(105, 222, 91, 10), "医師の氏名", "doctor", "text"),
        (Box(14, 232, 91, 10), "所在地", "clinic_address", "text"),
        (Box(105, 232, 91, 10), "最終受診日", "", ""),
    ):
        p.text(box.x + 2, box.y + 5, words, 8)
        if name:
            start = box.x + 2 + p.width(words, 8)
            p.free(name, kind, Box(start + 0.6, box.y + 0.8, box.right - 1.4 - start, 8.4))
    p.date("visit", 128, 237, "令和", None, size=8.5, blank=10, height=7)


def _consent(p: FormCanvas) -> None:
    p.rect(Box(14, 248, 182, 34), 0.3, radius=2)
    for i, words in enumerate(
        (
            "　要介護認定の審査、介護サービス計画の作成等のため必要があるときは、調査の内容、審査会による判定結果及び",
            "意見書を、地域包括支援センター、居宅介護支援事業者、主治医等に提示することに同意します。",
        )
    ):
        p.text(18, 254 + 5.5 * i, words, 8.5)
    p.ticks("consent", "check", [(20, 266)], ("上記の内容に同意します。",), 9.5)
    p.text(90, 275, "本人署名", 9)
    p.line(108, 278.5, 180, 278.5, 0.25)
    p.free("signature", "signature", Box(108, 271, 72, 7.5))

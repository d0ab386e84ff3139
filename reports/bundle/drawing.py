"""The pages of a bundle: its facts, the scan, the sheet as read, readings, verifications, entries, audit chain."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable, PageBreak, Spacer

from reports.bundle.model import Attachment, Bundle, EntryRow, FieldRow, Sheet
from reports.paper import BLUE, BODY, FONT, HEADING, MARGIN, SMALL, TITLE, build, grid, para, printable

# 22 mm less: the heading and the line of the hash stand above the picture on the same page.
_PRINT_AREA = (A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN - 22 * mm)
_SAME = {True: "一致", False: "不一致", None: "―"}


def draw(
    bundle: Bundle, sheets: Sequence[Sheet], pictures: Sequence[Attachment], inside: Sequence[Attachment]
) -> bytes:
    """The pages as PDF.

    Args:
        bundle: the facts.
        sheets: the application's pages.
        pictures: PNG pictures of the entries, in order.
        inside: every file to be attached, for the list on the first page.
    """
    story: list[Flowable] = [*_cover(bundle, inside)]
    for sheet in sheets:
        story += _sheet(bundle, sheet)
    story += [PageBreak(), *_fields(bundle), *_verifications(bundle)]
    for entry in bundle.entries:
        story += _entry(entry)
    for picture in pictures:
        words = f"入力時の画面 / Picture of the entry: {picture.name}"
        story += [PageBreak(), para(words, HEADING), _Picture(picture.data)]
    story += [PageBreak(), *_chain(bundle)]
    footer = f"{bundle.office}　証跡 evidence　申請書 {bundle.document}　{bundle.made_at}"
    return build(story, f"証跡 申請書 {bundle.document}", footer)


def _cover(bundle: Bundle, inside: Sequence[Attachment]) -> Iterable[Flowable]:
    yield para(f"証跡　申請書 {bundle.document}", TITLE)
    yield para(
        "Evidence bundle of one application: what was received, read, verified and entered, with its proof."
    )
    yield Spacer(1, 3 * mm)
    rows = [
        ("組織 / Office", bundle.office),
        ("帳票 / Form", f"{bundle.title}　{bundle.edition}"),
        ("整理番号 / Key", bundle.key),
        ("状態 / State", bundle.state),
        ("受付 / Received", bundle.opened),
        ("受け付けたファイル / File received", f"{bundle.file_name}（{bundle.file_size:,} bytes）"),
        ("その SHA-256", bundle.file_sha256),
        ("この証跡の作成 / Made", f"{bundle.made_at}　{bundle.made_by}"),
    ]
    yield grid(("項目", "内容"), rows, (45, 135))
    yield para("この PDF に添付されているファイル / Files inside this PDF", HEADING)
    yield grid(
        ("ファイル", "内容", "bytes"), [(a.name, a.description, len(a.data)) for a in inside], (62, 96, 22)
    )
    yield para("確かめ方 / How to check", HEADING)
    yield para(
        "1. PDF 閲覧ソフトの署名欄、または pdfsig で、署名が有効で変更がないことを確かめます。 "
        "2. 証明書の SHA-256 指紋を、組織が公表する値と比べます。 "
        "3. 添付を取り出し（pdfdetach -saveall）、sha256sum -c SHA256SUMS で確かめます。 "
        "4. 添付の HOW_TO_CHECK.md の手順で、chain.json の各記録から日次の封印までをたどります。"
    )
    yield para(
        "伏せた項目（個人番号、口座番号など）は、この証跡の中でも伏せています。 "
        "Secret fields stay masked in this bundle, in text and in pictures.",
        SMALL,
    )


def _sheet(bundle: Bundle, sheet: Sheet) -> Iterable[Flowable]:
    yield PageBreak()
    yield para(f"受け付けた画像 {sheet.number} ページ目 / Original scan, page {sheet.number}", HEADING)
    if sheet.scan_sha256:
        yield para(f"覆いのない元画像の SHA-256 / of the uncovered picture: {sheet.scan_sha256}", SMALL)
    yield _Picture(sheet.scan) if sheet.scan else para(sheet.note or "画像はありません。")
    if sheet.sheet and sheet.size_mm:
        yield PageBreak()
        yield para(
            f"読み取った面 {sheet.number} ページ目 / As read, fields overlaid, page {sheet.number}", HEADING
        )
        mine = [field for field in bundle.fields if field.page == sheet.number]
        yield _Picture(sheet.sheet, sheet.size_mm, mine)


def _fields(bundle: Bundle) -> Iterable[Flowable]:
    yield para("読取結果と確定した値 / Readings and settled values", HEADING)
    rows = [
        (
            str(f.number),
            f.label,
            f.read,
            "" if f.confidence is None else f"{f.confidence:.1%}",
            "、".join((f.decision, *f.reasons)).strip("、"),
            f.value,
            f.origin,
        )
        for f in bundle.fields
    ]
    yield grid(
        ("番号", "項目", "読取", "確信度", "判定と理由", "確定した値", "決めた人"),
        rows,
        (10, 32, 36, 14, 36, 36, 16),
    )
    if bundle.versions:
        yield para("確定データの版 / Versions of the record", HEADING)
        versions = [(str(version), *rest) for version, *rest in bundle.versions]
        yield grid(
            ("版", "確定日時", "確定者", "鍵付き指紋 / keyed fingerprint"), versions, (10, 38, 32, 100)
        )


def _verifications(bundle: Bundle) -> Iterable[Flowable]:
    yield para("人の確認 / Verifications", HEADING)
    rows = [
        (s.at, s.label, s.who, f"{s.outcome}（{s.shown}）", s.value, f"{s.seconds:.1f} 秒", s.note)
        for s in bundle.verifications
    ]
    if rows:
        yield grid(
            ("日時", "項目", "確認者", "判断", "値", "時間", "メモ"), rows, (32, 30, 28, 30, 30, 14, 16)
        )
    else:
        yield para("人の確認はありません。 / No verification.", BODY)


def _entry(entry: EntryRow) -> Iterable[Flowable]:
    yield para(f"業務システムへの入力 / Entry: {entry.system}　{entry.state}", HEADING)
    yield para(f"確定データ 第{entry.record_version}版　受付番号 {entry.receipt or '―'}", SMALL)
    yield grid(("日時", "状態", "実行者"), entry.journal, (45, 45, 90))
    if entry.compared:
        yield para("突合 / Read-back: 確定した値と、業務システムを開き直して見えた値", SMALL)
        rows = [(label, value, there, _SAME[same]) for label, value, there, same in entry.compared]
        yield grid(("項目", "確定した値", "業務システムの値", "結果"), rows, (45, 60, 60, 15))


def _chain(bundle: Bundle) -> Iterable[Flowable]:
    proof = bundle.proof
    yield para("監査記録と封印 / Audit chain and seals", HEADING)
    under = {path["seq"]: path["tree"] for path in proof["paths"]}
    rows = [
        (str(e["seq"]), e["at"], e["actor"], e["act"], e["hash"][:24], under[e["seq"]])
        for e in proof["events"]
    ]
    yield grid(
        ("番号", "日時 (UTC)", "実行者", "操作", "ハッシュ（先頭）", "木"), rows, (13, 43, 38, 36, 37, 13)
    )
    for seal in proof["seals"]:
        yield para(
            f"封印 {seal['day']}: 記録 {seal['last_seq']} 番、鍵 {seal['key_id']}、署名 {seal['signature']}",
            SMALL,
        )
    if proof["interim"]:
        interim = proof["interim"]
        yield para(
            f"まだ日次の封印がない記録（{interim['first']}〜{interim['last']} 番）は、作成時に同じ鍵で署名しました: "
            f"{interim['signature']}",
            SMALL,
        )


class _Picture(Flowable):  # type: ignore[misc]
    """A picture as large as the page allows; with fields, each has a frame, its number and its value."""

    def __init__(
        self, data: bytes, size_mm: tuple[float, float] | None = None, fields: Sequence[FieldRow] = ()
    ) -> None:
        super().__init__()
        self._image = ImageReader(io.BytesIO(data))
        self._fields, self._size_mm = fields, size_mm
        width, height = size_mm or self._image.getSize()
        scale = min(_PRINT_AREA[0] / width, _PRINT_AREA[1] / height)
        self._width, self._height = width * scale, height * scale

    def wrap(self, *_: float) -> tuple[float, float]:
        """Width and height in points."""
        return self._width, self._height

    def draw(self) -> None:
        """The picture, and the frames over it."""
        canvas = self.canv
        canvas.drawImage(self._image, 0, 0, self._width, self._height)
        if self._size_mm is None:
            return
        scale = self._width / self._size_mm[0]
        canvas.setStrokeColor(BLUE)
        canvas.setFillColor(BLUE)
        canvas.setLineWidth(0.6)
        for field in self._fields:
            # A PDF measures from the bottom of the page, a template from the top of the sheet.
            left, top = field.box.x * scale, self._height - field.box.y * scale
            canvas.rect(
                left, top - field.box.height * scale, field.box.width * scale, field.box.height * scale
            )
            canvas.setFont(FONT, 5.5)
            canvas.drawString(left, top + 0.8, printable(f"{field.number} {field.value}"[:48]))

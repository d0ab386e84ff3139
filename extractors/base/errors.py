"""Everything that can go wrong between a file and its readings, with a message for the clerk who must act."""

from __future__ import annotations

from foundation.errors import UtsushiError


class ExtractionError(UtsushiError):
    """Base of everything that this room raises on purpose.

    Attributes:
        code: short stable name of the cause, for the board and for counting.
    """

    def __init__(self, code: str, ja: str, en: str) -> None:
        self.code = code
        super().__init__(ja, en)


class UnreadableFile(ExtractionError):
    """The file, or one page of it, cannot be opened and must go into quarantine.

    Attributes:
        source: the file's name.
    """

    def __init__(self, code: str, source: str, ja: str, en: str) -> None:
        self.source = source
        super().__init__(code, ja, en)


class BlankPage(ExtractionError):
    """Nothing is printed on the page, for example the empty back of a sheet."""

    def __init__(self) -> None:
        super().__init__(
            "blank_page",
            "白紙のページです。記入がなければ対応は不要です。",
            "The page is blank; nothing to do unless something should be on it.",
        )


class Unidentified(ExtractionError):
    """No installed form can be recognised on the page with certainty.

    Attributes:
        suggestions: (form id, page number, score 0 to 1), best first.
        edition_of: id of the form of which this is an unknown edition; None when it is not known.
    """

    def __init__(
        self,
        suggestions: list[tuple[str, int, float]],
        all_black: bool = False,
        edition_of: str | None = None,
    ) -> None:
        self.suggestions = suggestions
        self.edition_of = edition_of
        if edition_of is not None:
            super().__init__(
                "unknown_edition",
                "帳票の知らない版のようです。印刷が登録済みの版と違うため、読み取りませんでした。"
                "新しい版のテンプレートを作ってください。",
                f"This seems to be an unknown edition of {edition_of}: its print differs; make a template of it.",
            )
            return
        if all_black:
            super().__init__(
                "all_black",
                "ページ全体が黒く、何も読み取れません。スキャンし直してください。",
                "The page is black all over; scan it again.",
            )
            return
        super().__init__(
            "unidentified",
            "どの帳票か判別できません。画面で帳票を選んでください。",
            "The form cannot be identified; choose it on the exceptions screen.",
        )


class Unregistered(ExtractionError):
    """The form is known, but the page cannot be registered to its template exactly enough.

    Attributes:
        form_id: the form.
        page_no: its page, from 1.
        score: share of the printed structure that was found, 0 to 1.
        residual_mm: remaining error of the fit; None when no fit was found.
        other_edition: the sheet is aligned well, but its print is that of another edition.
    """

    def __init__(
        self,
        form_id: str,
        page_no: int,
        score: float,
        residual_mm: float | None,
        other_edition: bool = False,
    ) -> None:
        self.other_edition = other_edition
        self.form_id = form_id
        self.page_no = page_no
        self.score = score
        self.residual_mm = residual_mm
        super().__init__(
            "unregistered",
            "帳票の位置を合わせられません。画面で用紙の四隅を指定するか、スキャンし直してください。",
            "The page cannot be aligned; click the four corners of the sheet or scan it again.",
        )


class MissingModel(ExtractionError):
    """A model file that reading needs is not installed."""

    def __init__(self, what: str) -> None:
        super().__init__(
            "missing_model",
            f"読取モデルが見つかりません: {what}。「utsushi doctor」で確認してください。",
            f"A model file is missing: {what}; run utsushi doctor.",
        )


class AuthoringError(ExtractionError):
    """No template can be made from a file: a photograph, a page without lines, a form that is filled in already."""

"""Errors between a person's browser and the store, each with a message that says what to do."""

from __future__ import annotations

from typing import ClassVar

from foundation.errors import UtsushiError
from store.base import errors as store_errors


class WebError(UtsushiError):
    """Base of this package's errors. `status` is the HTTP status, `code` the value that scripts check."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    ja = "送られた内容を受け取れません。画面を開き直してください。"
    en = "The request cannot be understood; reload the page."


class NotSignedIn(WebError):
    """No session, or it has expired."""

    status = 401
    code = "session_expired"
    ja = "サインインの期限が切れました。もう一度サインインしてください。入力した内容は残っています。"
    en = "Your session has expired. Sign in again; what you typed is kept."


class Forbidden(WebError):
    """The person's role does not allow it."""

    status = 403
    code = "forbidden"
    ja = "この操作をする権限がありません。必要な場合は管理者に役割の追加を依頼してください。"
    en = "Your role does not allow this; ask the administrator for the role if you need it."


class BadToken(WebError):
    """The CSRF token is missing or not this session's."""

    status = 403
    code = "csrf"
    ja = "この画面からの送信と確かめられませんでした。画面を開き直してから、もう一度操作してください。"
    en = "This did not come from your own page. Reload it and try again."


class TooLarge(WebError):
    """The body is larger than any form of this app sends."""

    status = 413
    code = "too_large"
    ja = "入力が大きすぎます。4,000文字以内にしてください。何も保存していません。"
    en = "That is too long; use at most 4,000 characters. Nothing was stored."


class NoSuchPage(WebError):
    """No such address or object."""

    status = 404
    code = "not_found"
    ja = "お探しの画面または対象はありません。一覧から選び直してください。"
    en = "There is no such page or item; choose from the list again."


class ReasonNeeded(WebError):
    """A decision was sent without its required reason."""

    status = 422
    code = "reason_needed"
    ja = "理由を入力してください。"
    en = "Give a reason."


class BadDeadline(WebError):
    """The deadline is not a date."""

    status = 422
    code = "bad_deadline"
    ja = "期限は 2026-12-31 のような日付で入力してください。期限がなければ空欄にします。"
    en = "Give the deadline as a day like 2026-12-31, or leave it empty."


class CannotRegister(WebError):
    """The page could not be registered on the chosen form."""

    status = 422
    code = "cannot_register"
    ja = "選んだ帳票に位置を合わせられませんでした。帳票とページを確かめるか、四隅を指定してください。"
    en = "The page could not be aligned with that form; check form and page, or click the four corners."


class CannotMake(WebError):
    """A blank form, a sample scan or a package cannot be used; the message says why."""

    status = 422
    code = "cannot_make"
    ja = "このファイルは使えません。別のファイルで試してください。"
    en = "This file cannot be used; try another one."


class UploadTooLarge(WebError):
    """A file is larger than any blank form or package needs to be."""

    status = 413
    code = "upload_too_large"
    ja = "ファイルが大きすぎます。64 MB 以内にしてください。何も保存していません。"
    en = "The file is too large; use at most 64 MB. Nothing was stored."


class TemplateRefused(WebError):
    """The template has errors, or the change would break applications in progress."""

    status = 422
    code = "template_refused"
    ja = "テンプレートに誤りがあるため保存していません。"
    en = "The template has errors and was not saved."


class TemplateOvertaken(WebError):
    """Somebody else has saved it since it was opened."""

    status = 409
    code = "template_overtaken"
    ja = "開いた後に別の人が保存しました。画面を開き直してください。"
    en = "Somebody else has saved it since you opened it; reload."


# Errors of the store have no HTTP status of their own: the store is also used without a web app.
_STATUS: dict[type[UtsushiError], tuple[int, str]] = {
    store_errors.NotFound: (404, "not_found"),
    store_errors.NotYours: (409, "not_yours"),
    store_errors.ItemGone: (409, "item_gone"),
    store_errors.IllegalMove: (409, "illegal_move"),
    store_errors.StaleVersion: (409, "stale"),
    store_errors.LeaseLost: (409, "lease_lost"),
    store_errors.KeyConflictOpen: (409, "conflict_open"),
    store_errors.InvalidAnswer: (422, "invalid_answer"),
    store_errors.InvalidUser: (422, "invalid_user"),
    store_errors.BadLogin: (401, "bad_login"),
    store_errors.BotNotReady: (409, "bot_not_ready"),
    store_errors.SecondPersonNeeded: (403, "second_person"),
    store_errors.StoreBusy: (503, "busy"),
    store_errors.StorageFull: (507, "full"),
    store_errors.DatabaseUnavailable: (503, "database"),
    store_errors.DatabaseDamaged: (503, "database"),
    store_errors.FileDamaged: (404, "file_damaged"),
}


def status_of(error: UtsushiError) -> tuple[int, str]:
    """HTTP status and code word of an error of any package."""
    if isinstance(error, WebError):
        return error.status, error.code
    return _STATUS.get(type(error), (500, "store"))

"""Errors of reports and evidence bundles."""

from __future__ import annotations

from foundation.errors import UtsushiError


class ReportError(UtsushiError):
    """Base of this room's errors."""


class NoPrintFont(ReportError):
    """No Japanese TrueType font is installed that can be embedded into a PDF."""

    ja = "PDF に埋め込める日本語フォントがありません。fonts-ipaexfont を入れてください。"
    en = "No Japanese TrueType font to embed into a PDF; install fonts-ipaexfont."


class TimestampFailed(ReportError):
    """The time-stamping server did not answer, or not with a time stamp."""

    retry = True  # a server that is down now may answer later; nothing is wrong with the data
    ja = "タイムスタンプ局から証明を得られません。設定 timestamp_url とサーバーを確かめてください。"
    en = "The time-stamping server returned no time stamp; check timestamp_url and the server."

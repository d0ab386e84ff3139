"""The operating conditions of a bot in plain words: hours, pace, retries, and the browser's special settings."""

from __future__ import annotations

from collections.abc import Iterator

from bots.spec.model.bot import Bot, BrowserNeeds, Hours, RunPolicy

_DAYS = (
    ("月", "Mon"),
    ("火", "Tue"),
    ("水", "Wed"),
    ("木", "Thu"),
    ("金", "Fri"),
    ("土", "Sat"),
    ("日", "Sun"),
)


def terms(bot: Bot, ja: bool) -> list[str]:
    """Return one sentence for each operating condition, as a list in Markdown.

    Args:
        bot: the bot.
        ja: in Japanese, else in English.
    """
    # Both languages at once, so that no condition can be missing in one of them.
    pairs = [*_hours(bot.policy.hours), *_policy(bot.policy), *_browser(bot.browser)]
    return [f"- {pair[0] if ja else pair[1]}" for pair in pairs]


def _hours(hours: Hours) -> Iterator[tuple[str, str]]:
    opens, closes = hours.opens or "0:00", hours.closes or "24:00"
    ja = "・".join(_DAYS[d][0] for d in hours.days) if len(hours.days) < len(_DAYS) else "毎日"
    en = ", ".join(_DAYS[d][1] for d in hours.days) if len(hours.days) < len(_DAYS) else "every day"
    ja += "" if hours.holidays else " (祝日を除く)"
    en += "" if hours.holidays else " (not on holidays)"
    yield f"使う時間: {ja} {opens}〜{closes}", f"Hours: {en}, {opens} to {closes}"
    if hours.closed_dates:
        days = ", ".join(hours.closed_dates)
        yield f"使わない日: {days}", f"Closed on: {days}"
    for start, end in hours.maintenance:
        yield f"メンテナンス: {start}〜{end} は使わない", f"Maintenance: not from {start} to {end}"


def _policy(policy: RunPolicy) -> Iterator[tuple[str, str]]:
    if policy.per_minute is not None:
        yield (
            f"速さ: 1分に{policy.per_minute:g}件まで",
            f"Pace: at most {policy.per_minute:g} records a minute",
        )
    yield (
        f"システムの障害には{policy.attempts}回まで試し、{policy.breaker}件続いたら全体を止める",
        f"System failures: {policy.attempts} tries; {policy.breaker} parked records in a row stop everything",
    )


def _browser(needs: BrowserNeeds) -> Iterator[tuple[str, str]]:
    if needs.user_agent:
        yield f"ブラウザー: 「{needs.user_agent}」と名乗る", f"Browser: calls itself “{needs.user_agent}”"
    if needs.any_certificate:
        yield (
            "ブラウザー: 証明書が信頼できなくても続ける (相手がこのシステムであることは確かめられない)",
            "Browser: goes on with a certificate that nobody vouches for (it may be another machine)",
        )
    if needs.user is not None:
        yield (
            f"ブラウザー: 最初に出るログインの窓に「{_with_secret_label(needs.user.source, '秘密情報')}」で入る",
            f"Browser: answers its own login box as “{_with_secret_label(needs.user.source, 'secret')}”",
        )
    if needs.certificate is not None:
        name = needs.certificate.source
        yield (
            f"ブラウザー: クライアント証明書「{_with_secret_label(name, '秘密情報')}」で機械の身元を示す",
            f"Browser: shows the client certificate “{_with_secret_label(name, 'secret')}”",
        )
    if needs.window != BrowserNeeds().window:
        width, height = needs.window
        yield f"ブラウザー: 窓の大きさは {width}×{height} px", f"Browser: window of {width} by {height} px"


def _with_secret_label(source: str, secret: str) -> str:
    return source.replace("{{ secret.", f"〔{secret} ").replace(" }}", "〕")

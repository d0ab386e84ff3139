"""The scripted lead's other work: unidentified pages, key conflicts and parked entries."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from pipelines.demo.truth import Truth

NOT_OURS = "申請書ではない用紙"
SCAN_AGAIN = "読み取れないためスキャンし直し"
TRY_AGAIN = "システムの一時的な障害。もう一度入力"
TWO_PEOPLE = "別人の申請。番号の付け間違いを担当課に確認"
_HREFS = "all => all.map(one => one.getAttribute('href'))"


def clear_exceptions(page: Page, address: str, truth: Truth) -> None:
    """Settles every page, key conflict and parked entry on the exceptions screen."""
    page.goto(f"{address}/exceptions")
    cases = _links(page, "#unidentified, #unregistered, #missing", "/exceptions/pages/")
    conflicts = _links(page, "#conflicts", "/exceptions/conflicts/")
    # All links are collected first: settling one changes the page.
    stopped = page.locator("#entries tr:has(.state-parked) a").evaluate_all(_HREFS)
    for link in stopped:
        page.goto(f"{address}{link}")
        page.locator('input[name="decision"][value="planned"]').check()
        page.locator("#reason").fill(TRY_AGAIN)
        page.locator('form[action^="/exceptions/entries/"] button.primary').click()
        page.wait_for_url("**/exceptions")
    for link in cases:
        page.goto(f"{address}{link}")
        _place(page, truth)
    for link in conflicts:
        page.goto(f"{address}{link}")
        page.locator('input[name="decision"][value="distinct"]').check()
        page.locator("#reason").fill(TWO_PEOPLE)
        page.locator("form.decision button.primary").click()
        page.wait_for_url("**/exceptions")


def _links(page: Page, sections: str, prefix: str) -> list[str]:
    inside = ", ".join(f'{section} a[href^="{prefix}"]' for section in sections.split(", "))
    found = page.locator(inside).evaluate_all(_HREFS)
    return list(dict.fromkeys(found))  # one case may stand in two sections


def _place(page: Page, truth: Truth) -> None:
    """Chooses the sheet's true form; by its corners when registration by print fails."""
    facts = page.locator(".facts span")
    file = facts.nth(0).inner_text()
    number = int((re.findall(r"\d+", facts.nth(1).inner_text()) or ["1"])[0])
    target = truth.form_page(file, number)
    if target is None:
        _dismiss(page, NOT_OURS)
        return
    for corners in (False, True):
        if corners:
            _point_at_corners(page)
        page.locator(f'input[name="target"][value="{target}"]').check()
        # Back on the list: the page was registered. On the same page again: it was refused.
        with page.expect_navigation():
            page.locator("#register button.primary").click()
        if page.url.endswith("/exceptions"):
            return
    _dismiss(page, SCAN_AGAIN)


def _point_at_corners(page: Page) -> None:
    """Enters the picture's own corners: the sample scans show the sheet from edge to edge."""
    width, height = (
        float(page.locator("#scan").get_attribute(name) or 0) for name in ("data-width", "data-height")
    )
    page.locator("#corners-on").click()
    for place, (x, y) in enumerate(((0, 0), (width, 0), (width, height), (0, height))):
        entry = page.locator(f'[data-corner="{place}"]')
        entry.fill(f"{x:.0f}, {y:.0f}")
        entry.press("Tab")  # the page takes a corner when its input loses the focus


def _dismiss(page: Page, reason: str) -> None:
    page.locator('details:has(form[action$="/dismiss"]) summary').click()
    page.locator("#why-dismiss").fill(reason)
    with page.expect_navigation():
        page.locator('form[action$="/dismiss"] button').click()

"""What the scripted member of staff does at the screen, as a person who knows the old system would."""

from __future__ import annotations

from benchmarks.workshop.staff import Staff

USER, PASSWORD = "KYOKA_USER", "KYOKA_PASSWORD"
PHP_SAMPLE = {
    "no": "10000001", "name": "高橋　花子", "kana": "タカハシ　ハナコ", "birth": "1988-04-01", "phone": "0312345678",
    "state": "renewal", "amount": "50000", "agree": "true", "memo": "窓口で受付",
}  # fmt: skip
PHP_CHOICES = {"state": {"new": "新規", "renewal": "継続", "change": "変更"}}
DJANGO_SAMPLE = {
    "application_no": "30000001", "person_no": "10000001", "received": "2026-10-17", "amount": "50000",
    "approved": "true", "note": "窓口で受付",
}  # fmt: skip


def build_php(staff: Staff) -> None:
    """Build the bot for the register of ``php_register``."""
    staff.open()
    staff.into = "login"
    staff.do("goto", value="/login.php")
    staff.fill("ユーザID", secret=USER)
    staff.fill("パスワード", secret=PASSWORD)
    staff.click("ログイン")
    staff.into = ""
    staff.click("申請検索")
    staff.into = "find"
    staff.fill("受付番号", PHP_SAMPLE["no"])
    staff.click("検索")
    staff.sign("no", "該当する申請はありません。")
    staff.into = ""
    staff.click("メニュー")
    staff.click("新規登録")
    staff.into = "enter"
    _fill_php(staff)
    staff.click("確認画面へ")
    for words, field in (("10000001", "no"), ("昭和63年4月1日", "birth"), ("50,000円", "amount")):
        staff.capture(words, field=field)
    # On the test system the button is pressed for real, so that the pages after it can be shown.
    staff.click("この内容で登録する", irreversible=True)
    staff.capture("登録しました。整理番号", value="K-00001", field="receipt")
    staff.into = ""
    staff.click("新規登録")
    _fill_php(staff)
    staff.click("確認画面へ")
    staff.sign("refused", "エラー E012")
    staff.do("goto", value="/list.php")
    staff.fill("受付番号", PHP_SAMPLE["no"])
    staff.click("検索")
    staff.sign("yes", PHP_SAMPLE["no"], kind="text")
    staff.into = "read_back"
    staff.click("参照")
    _read_php(staff)
    staff.into = ""
    staff.do("goto", value="/logout.php")
    staff.sign("session_lost", "ログイン", kind="button")
    staff.edit({"sign": {"kind": "session_lost", "text": "セッションの有効期限が切れました"}})


def _fill_php(staff: Staff) -> None:
    staff.fill("受付番号", PHP_SAMPLE["no"])
    staff.fill("氏名", PHP_SAMPLE["name"])
    staff.fill("フリガナ", PHP_SAMPLE["kana"])
    staff.select("生年月日", "昭和")
    for at, value in enumerate(("63", "4", "1")):
        staff.fill("生年月日", value, nth=at)
    for at, value in enumerate(("03", "1234", "5678")):
        staff.fill("電話番号", value, nth=at)
    staff.do("choose", staff.find("継続", "radio"))
    staff.fill("申請額", PHP_SAMPLE["amount"])
    staff.do("check", staff.find("同意", "check"))
    staff.fill("備考", PHP_SAMPLE["memo"])


def _read_php(staff: Staff) -> None:
    shown = {
        "no": "10000001", "name": "高橋　花子", "kana": "タカハシ", "birth": "昭和63年4月1日", "phone": "03-1234-5678",
        "state": "継続", "amount": "50,000円", "agree": "あり", "memo": "窓口で受付",
    }  # fmt: skip
    for field, words in shown.items():
        staff.capture(words, "text", field=field)


def build_django(staff: Staff) -> None:
    """Build the bot for Django's admin: autocompletion, a date input, a tick box, a list with a search."""
    staff.open()
    staff.into = "login"
    staff.do("goto", value="/admin/")
    staff.fill("ユーザー名", secret=USER)
    staff.fill("パスワード", secret=PASSWORD)
    staff.click("ログイン")
    staff.into = "find"
    staff.do("goto", value="/admin/django_kyufu/application/?q=30000001")
    staff.sign("no", "0 申請")
    staff.into = "enter"
    staff.do("goto", value="/admin/django_kyufu/application/add/")
    staff.fill("申請番号", "30000001")
    staff.click("申請者", "button")
    staff.fill("", "10000001", kind="input")
    staff.click("10000001 佐藤", "button")
    staff.fill("受付日", "2026-10-17")
    staff.fill("金額", "50000")
    staff.do("check", staff.find("承認", "check"))
    staff.fill("備考", "窓口で受付")
    staff.click("保存", irreversible=True)
    staff.do("wait_for", value="を追加しました")
    staff.into = ""
    staff.do("goto", value="/admin/django_kyufu/application/?q=30000001")
    staff.sign("yes", "30000001", kind="link")
    staff.into = "read_back"
    staff.click("30000001", "link")
    for words, field in (
        ("申請番号", "application_no"),
        ("受付日", "received"),
        ("金額", "amount"),
        ("備考", "note"),
    ):
        staff.capture(words, "input", field=field)
    staff.capture("10000001 佐藤", "text|button", field="person_no")
    staff.capture("承認", "check", field="approved")
    staff.into = ""
    staff.do("goto", value="/admin/django_kyufu/application/add/")
    staff.click("保存")
    staff.sign("refused", "下記のエラーを修正してください")
    staff.click("ログアウト")
    staff.do("goto", value="/admin/")
    staff.sign("session_lost", "ログイン", kind="button")
